from dataclasses import replace
from datetime import timedelta

import pytest
from support.drives.readings import NOW, accepted, flash, hard_drive, past_of

from podplanner.drives.assessment import Cause, Verdict
from podplanner.drives.judging import assess
from podplanner.drives.past import NOTHING
from podplanner.drives.reading import (
    Attribute,
    DriveReading,
    ExitStatus,
    Identity,
    Protocol,
    SelfTest,
    Temperature,
    Trouble,
)
from podplanner.drives.signals import Signal

OK, WATCH, WARNING, REPLACE, UNKNOWN = (
    Verdict.OK, Verdict.WATCH, Verdict.WARNING, Verdict.REPLACE, Verdict.UNKNOWN,
)  # fmt: skip


def verdict(reading, past=NOTHING):
    return assess(reading, past, now=NOW).verdict


def counts(**signals):
    return hard_drive(signals={Signal[name.upper()]: value for name, value in signals.items()})


@pytest.mark.parametrize(
    ("signals", "expected"),
    [
        ({}, OK),
        ({"reallocated": 1}, WATCH),
        ({"reallocated": 16}, WATCH),
        ({"reallocated": 17}, WARNING),
        ({"reallocated": 999}, WARNING),
        ({"reallocated": 1000}, REPLACE),
        ({"pending": 1}, WARNING),
        ({"pending": 15}, WARNING),
        ({"pending": 16}, REPLACE),
        ({"offline_uncorrectable": 16}, REPLACE),
        ({"reported_uncorrectable": 1}, WATCH),
        ({"reported_uncorrectable": 2}, WARNING),
        ({"reported_uncorrectable": 66}, REPLACE),
        ({"end_to_end_errors": 1}, WARNING),
        ({"command_timeouts": 12}, OK),
        ({"command_timeouts": 500}, WATCH),
        ({"crc_errors": 644}, WATCH),
        ({"grown_defects": 4}, WATCH),
        ({"grown_defects": 7}, WARNING),
        ({"grown_defects": 260, "uncorrected_errors": 536}, REPLACE),
        ({"corrected_errors": 2_000_000_000, "error_log_entries": 98}, OK),
    ],
    ids=str,
)
def test_counts_without_a_past_are_judged_by_their_level(signals, expected):
    assert verdict(counts(**signals)) is expected


def test_a_count_that_has_not_moved_for_weeks_is_less_than_a_new_one():
    reading = counts(reallocated=100)
    assert verdict(reading) is WARNING
    assert verdict(reading, past_of((30, {Signal.REALLOCATED: 100}))) is WATCH


def test_a_count_that_has_not_moved_for_days_only_is_judged_as_new():
    assert verdict(counts(reallocated=100), past_of((3, {Signal.REALLOCATED: 100}))) is WARNING


def test_growth_matters_more_than_level():
    grown = past_of((30, {Signal.REALLOCATED: 2}))
    assert verdict(counts(reallocated=10), grown) is WARNING
    assert verdict(counts(reallocated=10)) is WATCH
    assert verdict(counts(reallocated=120), grown) is REPLACE


def test_growth_is_told_with_what_it_grew_from():
    found = assess(counts(reallocated=10), past_of((30, {Signal.REALLOCATED: 2})), now=NOW)
    assert found.evidence[0].before == 2
    assert "8 more since 2026-05-02" in found.reason


def test_growth_of_long_ago_has_settled():
    past = past_of(
        (300, {Signal.PENDING: 0}), (200, {Signal.PENDING: 3}), (20, {Signal.PENDING: 3})
    )
    assert verdict(counts(pending=3), past) is WATCH


def test_a_count_that_fell_has_not_grown():
    past = past_of((20, {Signal.PENDING: 8}), (1, {Signal.PENDING: 3}))
    assert verdict(counts(pending=3), past) is WATCH


def test_a_later_reading_is_no_past():
    reading = hard_drive(at=NOW - timedelta(days=40), signals={Signal.REALLOCATED: 100})
    past = past_of((1, {Signal.REALLOCATED: 0}))
    assert assess(reading, past, now=NOW).evidence[0].before is None


def test_an_accepted_count_is_quiet_until_it_grows():
    past = past_of((5, {Signal.CRC_ERRORS: 644}),
                   accepted=[accepted(Signal.CRC_ERRORS, 644, note="old cable")])  # fmt: skip
    found = assess(counts(crc_errors=644), past, now=NOW)
    assert found.verdict is OK
    assert "old cable" in found.reason
    assert found.evidence[0].accepted
    grown = assess(counts(crc_errors=660), past, now=NOW)
    assert grown.verdict is WARNING
    assert "grew since" in grown.reason


def test_accepting_one_count_does_not_quieten_another():
    past = past_of((5, {}), accepted=[accepted(Signal.CRC_ERRORS, 644)])
    assert verdict(counts(crc_errors=644, pending=20), past) is REPLACE


def test_crc_errors_speak_about_the_cable():
    found = assess(counts(crc_errors=108), now=NOW)
    assert found.evidence[0].cause is Cause.LINK
    assert "cable" in found.reason


def test_passed_alone_is_never_ok():
    bare = DriveReading("x", protocol=Protocol.ATA, passed=True)
    assert verdict(bare) is WATCH
    assert verdict(replace(bare, passed=None)) is UNKNOWN
    assert verdict(replace(bare, passed=False)) is REPLACE


def test_a_drive_that_calls_itself_failing_is_to_be_replaced_however_clean_it_looks():
    assert verdict(hard_drive(passed=False)) is REPLACE
    assert verdict(hard_drive(exit_status=ExitStatus(8))) is REPLACE


@pytest.mark.parametrize("bit", [1, 2, 4, 64])
def test_exit_bits_of_reading_and_history_are_no_failure(bit):
    assert verdict(hard_drive(exit_status=ExitStatus(bit))) is OK


def test_exit_bits_of_thresholds_count_where_no_row_explains_them():
    assert verdict(hard_drive(exit_status=ExitStatus(16))) is REPLACE
    assert verdict(hard_drive(exit_status=ExitStatus(32))) is WARNING
    heat = Attribute(190, "Airflow_Temperature_Cel", 60, 40, 45, 40, 40, "past", prefailure=False)
    assert verdict(hard_drive(exit_status=ExitStatus(32), attributes=(heat,))) is WATCH


@pytest.mark.parametrize(
    ("number", "failed", "prefailure", "expected"),
    [
        (5, "now", True, REPLACE),
        (5, "past", True, WARNING),
        (202, "now", False, WARNING),
        (9, "now", False, WATCH),
        (194, "now", False, WARNING),
        (194, "past", False, WATCH),
    ],
)
def test_thresholds_count_by_what_the_attribute_is(number, failed, prefailure, expected):
    row = Attribute(number, "x", 1, 1, 5, 9, None, failed, prefailure)
    assert verdict(hard_drive(attributes=(row,))) is expected


@pytest.mark.parametrize(
    ("bits", "expected"),
    [(0, OK), (1, REPLACE), (2, WARNING), (4, REPLACE), (8, REPLACE), (16, WARNING), (3, REPLACE)],
)
def test_nvme_warnings_are_told_apart(bits, expected):
    passed = bits == 0
    assert verdict(flash(signals={Signal.CRITICAL_WARNING: bits}, passed=passed)) is expected


def test_a_failed_nvme_status_without_a_reason_is_believed():
    assert verdict(flash(passed=False)) is REPLACE
    assert verdict(flash(passed=False, signals={Signal.CRITICAL_WARNING: 64})) is REPLACE


@pytest.mark.parametrize(
    ("signals", "expected"),
    [
        ({Signal.MEDIA_ERRORS: 7}, WARNING),
        ({Signal.MEDIA_ERRORS: 100}, REPLACE),
        ({Signal.ERROR_LOG_ENTRIES: 8382}, OK),
        ({Signal.SPARE_PERCENT: 9, Signal.SPARE_THRESHOLD_PERCENT: 10}, REPLACE),
        ({Signal.SPARE_PERCENT: 15, Signal.SPARE_THRESHOLD_PERCENT: 10}, WARNING),
        ({Signal.SPARE_PERCENT: 99, Signal.SPARE_THRESHOLD_PERCENT: 10}, OK),
        ({Signal.SPARE_PERCENT: 0, Signal.SPARE_THRESHOLD_PERCENT: 0}, WATCH),
        ({Signal.WEAR_PERCENT: 45}, OK),
        ({Signal.WEAR_PERCENT: 73}, WATCH),
        ({Signal.WEAR_PERCENT: 85}, WARNING),
        ({Signal.WEAR_PERCENT: 130}, WARNING),
        ({Signal.RETIRED_BLOCKS: 4}, WATCH),
        ({Signal.ERASE_FAILS: 130}, WATCH),
    ],
    ids=str,
)
def test_flash_is_judged_by_what_flash_counts(signals, expected):
    assert verdict(flash(signals=signals)) is expected


def test_wear_is_judged_by_forecast_where_there_is_a_history():
    fast = past_of((100, {Signal.WEAR_PERCENT: 30}), (50, {Signal.WEAR_PERCENT: 40}))
    assert verdict(flash(signals={Signal.WEAR_PERCENT: 50}), fast) is WARNING
    slow = past_of((700, {Signal.WEAR_PERCENT: 80}), (350, {Signal.WEAR_PERCENT: 82}))
    assert verdict(flash(signals={Signal.WEAR_PERCENT: 84}), slow) is WATCH


def test_wear_that_stands_still_is_no_warning():
    still = past_of((100, {Signal.WEAR_PERCENT: 85}), (50, {Signal.WEAR_PERCENT: 85}))
    found = assess(flash(signals={Signal.WEAR_PERCENT: 85}), still, now=NOW)
    assert found.verdict is WATCH
    assert "unchanged for 100 days" in found.reason
    short = past_of((30, {Signal.WEAR_PERCENT: 85}))
    assert verdict(flash(signals={Signal.WEAR_PERCENT: 85}), short) is WARNING


def test_failed_self_tests_warn_and_repeated_ones_replace():
    bad = SelfTest("short", passed=False, words="read failure", at_power_on_h=100)
    one = hard_drive(signals={Signal.FAILED_SELF_TESTS: 1}, self_tests=(bad,))
    two = hard_drive(signals={Signal.FAILED_SELF_TESTS: 2}, self_tests=(bad, bad))
    assert verdict(one) is WARNING
    assert verdict(two) is REPLACE
    assert "read failure" in assess(two, now=NOW).reason


@pytest.mark.parametrize(
    ("temperature", "expected"),
    [
        (Temperature(), OK),
        (Temperature(54), OK),
        (Temperature(56), WATCH),
        (Temperature(61), WARNING),
        (Temperature(61, limit_c=70), OK),
        (Temperature(66, limit_c=70), WATCH),
        (Temperature(62, limit_c=70, trip_c=60), WARNING),
    ],
)
def test_heat_is_judged_by_the_drives_own_limits(temperature, expected):
    found = assess(hard_drive(temperature=temperature), now=NOW)
    assert found.verdict is expected
    assert all(e.cause is Cause.HEAT for e in found.evidence)


def test_great_age_is_to_be_watched():
    assert verdict(hard_drive(signals={Signal.POWER_ON_H: 109_245})) is WATCH
    assert verdict(hard_drive(signals={Signal.POWER_ON_H: 60_000})) is OK


@pytest.mark.parametrize("trouble", [t for t in Trouble if t is not Trouble.ASLEEP])
def test_what_cannot_be_read_is_unknown_and_says_what_was_last_known(trouble):
    reading = DriveReading("/dev/sda", trouble=trouble, trouble_words="it does not answer")
    past = past_of((2, {}), verdict=WARNING, reason="3 pending sectors")
    found = assess(reading, past, now=NOW)
    assert found.verdict is UNKNOWN
    assert found.reason == "it does not answer"
    assert "2 days ago, it was WARNING: 3 pending sectors" in found.evidence[1].words.replace(
        "48 h ago", "2 days ago"
    )


def test_a_sleeping_drive_keeps_its_verdict_for_a_while():
    asleep = DriveReading("/dev/sda", identity=Identity("m", "s", "m/s"), trouble=Trouble.ASLEEP)
    fresh = past_of((6, {}), verdict=WARNING, reason="3 pending sectors")
    found = assess(asleep, fresh, now=NOW)
    assert found.verdict is WARNING
    assert "6 days ago: 3 pending sectors" in found.reason
    assert verdict(asleep, past_of((8, {}), verdict=WARNING)) is UNKNOWN
    assert verdict(asleep) is UNKNOWN
    longer = assess(asleep, past_of((8, {}), verdict=OK), now=NOW, max_age=timedelta(days=9))
    assert longer.verdict is OK


def test_the_weightiest_evidence_is_the_reason():
    found = assess(counts(crc_errors=5, reallocated=20, pending=30), now=NOW)
    assert found.evidence[0].signal is Signal.PENDING
    assert [e.verdict for e in found.evidence] == [REPLACE, WARNING, WATCH]


def test_the_risk_beside_a_count_has_its_source():
    risk = assess(counts(pending=2), now=NOW).evidence[0].risk
    assert risk is not None
    assert risk.yearly > 0.1
    assert "Backblaze" in risk.source
    assert risk.words == "1 to 2 pending sectors"


def test_a_count_beyond_every_table_has_no_risk_rather_than_a_wrong_one():
    assert assess(counts(offline_uncorrectable=1272), now=NOW).evidence[0].risk is None
