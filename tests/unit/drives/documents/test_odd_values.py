"""One odd value costs that value, and nothing else of the document."""

from datetime import UTC, datetime

import pytest
from support.drives.made import NOON, ata_hdd, nvme, sas_hdd

from podplanner.drives.signals import Signal
from podplanner.drives.smartctl.document import reading_of

ODD = [
    None, True, "words", "", -1, 3.5, 1e400, float("nan"), 2**200, [], {}, [1], {"a": 1}, "\x1b[2J",
]  # fmt: skip


def read(document, **more):
    return reading_of(document, source="odd.json", **more)


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("key", sorted(set(ata_hdd(extended=True)) - {"ata_smart_attributes"}))
def test_one_odd_block_of_an_ata_drive_leaves_its_counts(key, odd):
    reading = read(ata_hdd(pending=8, crc=3) | {key: odd})
    assert reading.signals[Signal.PENDING] == 8
    assert reading.signals[Signal.CRC_ERRORS] == 3


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_one_odd_row_of_a_table_leaves_the_others(odd):
    document = ata_hdd(pending=8)
    document["ata_smart_attributes"]["table"][0] = odd
    assert read(document).signals[Signal.PENDING] == 8


@pytest.mark.parametrize("odd", [odd for odd in ODD if odd is not True], ids=repr)
@pytest.mark.parametrize("key", ["critical_warning", "percentage_used", "power_cycles"])
def test_one_odd_figure_of_an_nvme_drive_leaves_the_others(key, odd):
    document = nvme(media_errors=7)
    document["nvme_smart_health_information_log"][key] = odd
    assert read(document).signals[Signal.MEDIA_ERRORS] == 7


def test_an_odd_counter_of_a_sas_drive_leaves_the_others():
    document = sas_hdd(uncorrected=(5, 2, 1))
    document["scsi_error_counter_log"]["write"] = "none"
    assert read(document).signals[Signal.UNCORRECTED_ERRORS] == 6


def test_a_number_that_is_written_as_text_counts():
    document = nvme(media_errors=0)
    document["nvme_smart_health_information_log"]["media_errors"] = "12"
    assert read(document).signals[Signal.MEDIA_ERRORS] == 12


def test_names_come_in_one_line_without_control_characters():
    reading = read(ata_hdd(model="EVIL\x1b[2J\nDRIVE", serial="ZA1\x00ABCDE"))
    assert reading.identity.model == "EVIL [2J DRIVE"
    assert "\x00" not in reading.identity.serial


def test_messages_are_kept_in_one_line_each():
    document = ata_hdd(messages=[("two\nlines", "warning"), ("two\nlines", "warning")])
    assert read(document).messages == ("two lines",)


def test_the_time_is_the_documents_unless_it_is_given():
    given = datetime(2020, 1, 2, tzinfo=UTC)
    assert read(ata_hdd()).read_at == datetime.fromtimestamp(NOON, UTC)
    assert read(ata_hdd(), read_at=given).read_at == given
    assert read(ata_hdd(local_time=None)).read_at is None
    assert read(ata_hdd() | {"local_time": {"time_t": 10**30}}).read_at is None
