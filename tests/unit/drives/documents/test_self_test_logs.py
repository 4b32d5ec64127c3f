"""Self-tests of ATA drives: which failures count, and when they were."""

import pytest
from support.drives.made import LoggedTest, ata_hdd

from podplanner.drives.signals import Signal
from podplanner.drives.smartctl.document import reading_of


def read(document):
    return reading_of(document, source="sda.json")


@pytest.mark.parametrize("extended", [True, False], ids=["extended log", "standard log"])
def test_failures_before_a_long_test_that_passed_are_outdated(extended):
    failed, long_ = LoggedTest("read failure", "long", 900), LoggedTest("passed", "long", 950)
    short = LoggedTest("passed", "short", 990)
    after = read(ata_hdd(tests=[short, long_, failed], extended=extended))
    before = read(ata_hdd(tests=[short, failed, long_], extended=extended))
    assert after.signals[Signal.FAILED_SELF_TESTS] == 0
    assert not after.exit_status.tests_failed
    assert before.signals[Signal.FAILED_SELF_TESTS] == 1
    assert before.exit_status.tests_failed


def test_a_test_that_was_broken_off_is_neither_passed_nor_failed():
    reading = read(ata_hdd(tests=[LoggedTest("aborted"), LoggedTest("running")]))
    assert [test.passed for test in reading.self_tests] == [None, None]
    assert reading.signals[Signal.FAILED_SELF_TESTS] == 0


def test_hours_that_wrapped_at_65536_are_told_as_they_were():
    tests = [LoggedTest("passed", "short", 65_578), LoggedTest("passed", "short", 65_530)]
    reading = read(ata_hdd(hours=65_592, tests=tests))
    assert [test.at_power_on_h for test in reading.self_tests] == [65_578, 65_530]


def test_an_empty_log_has_no_failures_and_no_log_says_nothing():
    assert read(ata_hdd()).signals[Signal.FAILED_SELF_TESTS] == 0
    document = ata_hdd()
    del document["ata_smart_self_test_log"]
    assert Signal.FAILED_SELF_TESTS not in read(document).signals


def test_counts_of_the_log_stand_in_for_rows_that_are_missing():
    document = ata_hdd()
    document["ata_smart_self_test_log"] = {
        "standard": {"count": 3, "error_count_total": 3, "error_count_outdated": 1}}  # fmt: skip
    assert read(document).signals[Signal.FAILED_SELF_TESTS] == 2


def test_a_test_that_runs_has_so_much_left():
    assert read(ata_hdd(test_left=40)).test_left_percent == 40
    assert read(ata_hdd()).test_left_percent is None


def test_how_long_a_long_test_takes_is_the_makers_word():
    assert read(ata_hdd()).long_test_min == 460
