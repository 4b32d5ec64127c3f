"""Real recordings of other projects, which lie beside the checkout where they are at all."""

import csv
from pathlib import Path

import pytest

from podplanner.drives.reading import Protocol, Trouble
from podplanner.drives.recordings import read_recordings
from podplanner.drives.signals import Signal

FOLDER = Path(__file__).resolve().parents[4].parent / "shared" / "smart"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the recordings are not here")


@pytest.fixture(scope="module")
def readings():
    return {reading.source: reading for reading in read_recordings([FOLDER]).readings}


@pytest.fixture(scope="module")
def index():
    with (FOLDER / "index.csv").open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def test_every_recording_but_the_listings_is_one_reading(readings, index):
    listings = {name for name, row in index.items() if row["protocol"] == "scan"}
    assert set(readings) == set(index) - listings


def test_protocol_model_status_and_verdict_are_as_indexed(readings, index):
    for name, reading in readings.items():
        row = index[name]
        if row["protocol"] == "none":
            assert reading.trouble is not None, name
            continue
        assert reading.protocol is Protocol(row["protocol"]), name
        assert (reading.identity.model or "") == row["model"], name
        status = "" if reading.exit_status is None else str(reading.exit_status.value)
        assert status == row["exit_status"], name
        passed = "" if reading.passed is None else str(reading.passed)
        assert passed == row["smart_passed"], name


def test_what_is_unknown_or_an_error_has_a_trouble_and_all_else_has_none(readings, index):
    for name, reading in readings.items():
        expected = index[name]["expected_verdict"]
        assert (reading.trouble is not None) == expected.startswith(("unknown", "error")), name


# Figures as the facts about drives state them, MEASURED on these recordings.
@pytest.mark.parametrize(
    ("name", "signal", "value"),
    [
        ("ata_hgst_hus726060_bad_but_passed", Signal.REALLOCATED, 1_040),
        ("ata_hgst_hus726060_bad_but_passed", Signal.PENDING, 878),
        ("ata_hgst_hus726060_bad_but_passed", Signal.OFFLINE_UNCORRECTABLE, 1_272),
        ("ata_hitachi_hds721050dle630_failing", Signal.REALLOCATED, 1_975),
        ("ata_hitachi_hds721050dle630_failing", Signal.FAILED_SELF_TESTS, 3),
        ("ata_st3500418as_304_realloc", Signal.SEEK_ERRORS, 2_988),
        ("ata_st16000nm001g_cmd_timeout_packed", Signal.COMMAND_TIMEOUTS, 12),
        ("ata_st16000nm001g_cmd_timeout_packed", Signal.SEEK_ERRORS, 0),
        ("ata_st3000nm0033_188_packed_1realloc", Signal.COMMAND_TIMEOUTS, 4),
        ("ata_wd140edfz", Signal.TEMPERATURE_C, 32),
        ("ata_st3200820as_exit64", Signal.ERROR_LOG_ENTRIES, 98),
        ("ata_samsung840_crc108", Signal.CRC_ERRORS, 108),
        ("ata_hp_mb0500ebncr_187_1", Signal.REPORTED_UNCORRECTABLE, 1),
        ("ata_intel_ssdsc2bb016t4_wear15", Signal.WEAR_PERCENT, 85),
        ("ata_intel_ssdsc2kb240g7_4realloc", Signal.RETIRED_BLOCKS, 4),
        ("ata_crucial_m4_mtfddak128mam", Signal.ERASE_FAILS, 130),
        ("ata_ct500mx500_freebsd", Signal.WEAR_PERCENT, 17),
        ("ata_kingston_a400_exit4", Signal.WEAR_PERCENT, 2),
        ("ata_dell_intel_s3520", Signal.WEAR_PERCENT, 0),
        ("nvme_970evo_media_errors7", Signal.MEDIA_ERRORS, 7),
        ("nvme_p4510_1tb_73pct_used", Signal.WEAR_PERCENT, 73),
        ("nvme_mp510_8382_errlog", Signal.ERROR_LOG_ENTRIES, 8_382),
        ("scsi_st4000nm0043_grown56", Signal.GROWN_DEFECTS, 7),
        ("scsi_st600mp0036", Signal.UNCORRECTED_ERRORS, 0),
        ("scsi_seagate_extended_7_4", Signal.CORRECTED_ERRORS, 20),
    ],
)
def test_figures_are_what_the_drives_meant(readings, name, signal, value):
    assert readings[f"{name}.json"].signals[signal] == value


def test_a_temperature_of_0_is_none(readings):
    assert Signal.TEMPERATURE_C not in readings["ata_crucial_m4_mtfddak128mam.json"].signals


@pytest.mark.parametrize("name", ["nvme_mp510_8382_errlog", "ata_wd140edfz", "ata_huh721008ale604",
                                  "scsi_st4000nm0043_grown56", "info_hitachi_sat",
                                  "ata_toshiba_thnsnh128_exit32_edited"])  # fmt: skip
def test_masked_serial_numbers_name_no_drive(readings, name):
    assert readings[f"{name}.json"].identity.key is None


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("err_windows_open_failed", Trouble.NOT_PERMITTED),
        ("err_unknown_usb_bridge", Trouble.WRONG_TYPE),
        ("err_virtio_unable_to_detect", Trouble.NO_SMART),
        ("err_nonexistent_device", Trouble.VANISHED),
        ("scsi_intel_raid1_volume", Trouble.NO_SMART),
        ("info_wd_sa500_support_object", Trouble.NO_HEALTH_DATA),
        ("bad_malformed", Trouble.UNREADABLE),
    ],
)
def test_each_trouble_is_told_apart(readings, name, trouble):
    assert readings[f"{name}.json"].trouble is trouble
