"""Only a serial number that is one names a drive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drives.made import ata_hdd, ata_ssd, nvme, sas_hdd, sas_ssd
from support.drives.made_frame import invented_serial

from podplanner.drives.identity import is_masked, key_of, plain


@pytest.mark.parametrize(
    "serial",
    ["", "   ", "0", "yes", "N/A", "n/a", "none", "None", "null", "unknown", "REDACTED", "redacted",
     "<redacted>", "XXXXXXXX", "xxxxxxxxxxxx", "XXXX", "********", "WD-WCC***", "0000000000",
     "00000000", "--------", "FFFFFFFF", "123456789", "123456789012", "1234567890ABCDEF",
     "AR01234567890C", "9RK1XXXX", "Z1Z5DWJK0000XXXXXXXX", "MK0000000000000", "74747474X",
     "ABABABABAB", "[No Information Found]", "serial-number", "To be filled by O.E.M.", "???????",
     "hidden", "ZL2\ufffdAB12", "S3Z8....", "__________"],
)  # fmt: skip
def test_a_masked_serial_number_names_no_drive(serial):
    assert key_of("ST16000NM001G-2KK103", serial) is None


def test_a_serial_number_that_repeats_the_model_names_no_drive():
    assert key_of("SABRENT ROCKET", "SABRENTROCKET") is None
    assert is_masked("WD40EFRX", "WD40EFRX")


@pytest.mark.parametrize(
    "serial",
    ["WD-WCC7K4ABCDE5", "ZL2A0B1C", "2EGL5V8J", "S3Z8NB0K112233X", "BTWA5130012K480FGN",
     "Y0A0A0BCFVGG", "PHKS7335002X1P0K", "6D1107091C9583054511", "50026B7682A1B2C3", "1922E2071CCE",
     "0a1b2c3d4e5f6789", "22130C4A0000", "MSK423Y20S3HBC", "VK0HTE0Y", "4000123A", "X4XX0XAB"],
)  # fmt: skip
def test_a_serial_number_names_its_drive(serial):
    assert key_of("A MODEL", serial) == f"A MODEL/{serial.upper()}"


@given(st.integers(0, 10**6), st.sampled_from(["WD-WX#########", "ZL2#####", "S3Z8NB0K######X"]))
def test_nearly_every_invented_serial_number_names_a_drive(seed, pattern):
    serial = invented_serial(str(seed), pattern)
    assert key_of("A MODEL", serial) == f"A MODEL/{serial}"


def test_case_and_spaces_do_not_make_two_drives_of_one():
    assert key_of("wdc  wd40efrx", " wd-wcc7k4abcde5 ") == key_of(
        "WDC WD40EFRX", "WD-WCC7K4 ABCDE5"
    )


def test_the_vendor_of_a_sata_drive_behind_a_scsi_layer_does_not_count():
    assert key_of("ATA ST8000NM0055", "ZA1ABCDE") == key_of("ST8000NM0055", "ZA1ABCDE")


def test_a_drive_without_a_model_has_no_key():
    assert key_of(None, "ZA1ABCDE") is None


def test_names_lose_padding_and_control_characters():
    assert plain("  WDC\x00 \x1b[31mWD40\n ") == "WDC [31mWD40"
    assert plain(" \t ") is None


@pytest.mark.parametrize("made", [ata_hdd, ata_ssd, nvme, sas_hdd, sas_ssd])
def test_made_drives_have_names_of_their_own(made):
    one, other = made(device="/dev/sdx"), made(device="/dev/sdy")
    assert one["serial_number"] != other["serial_number"]
    assert not is_masked(one["serial_number"])
