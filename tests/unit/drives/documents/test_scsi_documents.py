"""SCSI and SAS drives, as every version of smartctl writes them."""

import pytest
from support.drives.made import VERSIONS, LoggedTest, sas_hdd, sas_ssd

from podplanner.drives.reading import Protocol
from podplanner.drives.signals import Signal
from podplanner.drives.smartctl.document import reading_of


def read(document):
    return reading_of(document, source="sdb.json")


@pytest.mark.parametrize("version", [None, *VERSIONS])
def test_a_sas_drive_is_the_same_drive_in_every_version(version):
    reading = read(sas_hdd(version=version, grown_defects=7, uncorrected=(3, 0, 1)))
    assert reading.trouble is None
    assert reading.protocol is Protocol.SCSI
    assert reading.identity.model == "SEAGATE ST8000NM0185"
    assert reading.identity.key == read(sas_hdd()).identity.key
    assert reading.identity.firmware == "GN03"
    found = reading.signals
    assert found[Signal.GROWN_DEFECTS] == 7
    assert found[Signal.UNCORRECTED_ERRORS] == 4
    assert found[Signal.CORRECTED_ERRORS] == 183_204_563
    assert found[Signal.TEMPERATURE_C] == 33
    assert found[Signal.POWER_ON_H] == 31_000
    assert found[Signal.WRITTEN_BYTES] == 90_311_002_000_000
    assert reading.temperature.trip_c == 65


@pytest.mark.parametrize("version", [(7, 0), (7, 1), None])
def test_bytes_that_old_versions_wrote_for_defects_are_told_as_such(version):
    said = " ".join(read(sas_hdd(version=version, grown_defects=7)).messages)
    assert "56" in said
    assert "7 entries" in said


@pytest.mark.parametrize("version", [(7, 2), (7, 3), (7, 5)])
def test_defects_of_newer_versions_are_taken_as_they_are(version):
    reading = read(sas_hdd(version=version, grown_defects=56))
    assert reading.signals[Signal.GROWN_DEFECTS] == 56
    assert reading.messages == ()


def test_a_count_that_is_no_multiple_of_an_entry_is_taken_as_it_is():
    document = sas_hdd(version=(7, 0)) | {"scsi_grown_defect_list": 13}
    assert read(document).signals[Signal.GROWN_DEFECTS] == 13


def test_a_drive_without_a_list_of_defects_has_no_count_of_them():
    found = read(sas_ssd(wear_percent=12)).signals
    assert Signal.GROWN_DEFECTS not in found
    assert found[Signal.WEAR_PERCENT] == 12


def test_a_temperature_may_stand_in_the_environment_alone():
    document = sas_hdd(version=(7, 4), temperature=38)
    document["temperature"] = {"current": 0, "drive_trip": 0}
    reading = read(document)
    assert reading.temperature.current_c == 38
    assert reading.temperature.trip_c is None


def test_an_environment_may_say_unknown():
    document = sas_hdd(version=(7, 4))
    document["temperature"] = {}
    document["scsi_environmental_reports"]["temperature_1"]["current"] = "unknown"
    assert read(document).temperature.current_c is None


def test_pending_defects_are_counted_and_those_of_the_background_scan():
    assert read(sas_hdd(pending_defects=2)).signals[Signal.PENDING] == 2
    scan = {
        "status": {"value": 1, "string": "scan is active"},
        "result_1": {"sense_key": {"value": 3}, "reassign_status": {"value": 1}},
        "result_2": {"sense_key": {"value": 3}, "reassign_status": {"value": 5}},
        "result_3": {"sense_key": {"value": 1}, "reassign_status": {"value": 1}},
    }
    assert read(sas_hdd() | {"scsi_background_scan": scan}).signals[Signal.PENDING] == 1


def test_what_the_drive_says_of_its_failure_is_passed_on():
    document = sas_hdd(passed=False)
    document["smart_status"]["scsi"] = {"ie_string": "FAILURE PREDICTION THRESHOLD EXCEEDED"}
    reading = read(document)
    assert reading.passed is False
    assert any("FAILURE PREDICTION" in said for said in reading.messages)


def test_a_long_test_takes_minutes_rounded_up():
    document = sas_hdd() | {"scsi_extended_self_test_seconds": 61}
    assert read(document).long_test_min == 2


def test_only_results_that_are_failures_count():
    tests = [LoggedTest("aborted", "short", 90), LoggedTest("read failure", "long", 80),
             LoggedTest("electrical failure", "short", 70), LoggedTest("passed", "long", 60),
             LoggedTest("read failure", "long", 50)]  # fmt: skip
    reading = read(sas_hdd(tests=tests))
    assert reading.signals[Signal.FAILED_SELF_TESTS] == 2
    assert [test.passed for test in reading.self_tests] == [None, False, False, True, False]


def test_a_drive_that_says_nothing_of_hours_is_read_all_the_same():
    reading = read(sas_hdd(hours=None))
    assert reading.trouble is None
    assert Signal.POWER_ON_H not in reading.signals
