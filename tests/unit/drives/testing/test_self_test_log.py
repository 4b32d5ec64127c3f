"""What is made of a drive's log of self-tests."""

import pytest
from support.drives.self_tested import drive_with, logged

from podplanner.drives.reading import Protocol
from podplanner.drives.testing.log import (
    Kind,
    expected_min,
    hours_since,
    last_of,
    last_try_of,
    runs_now,
)


def test_a_test_that_was_broken_off_is_no_test_but_a_try():
    broken, passed = logged(at=990, passed=None), logged(at=500)
    reading = drive_with(1, broken, passed)
    assert last_of(reading, Kind.LONG) == passed
    assert last_try_of(reading, Kind.LONG) == broken


def test_short_and_long_tests_are_told_apart():
    reading = drive_with(1, logged("short", at=900), logged("long", at=100))
    assert hours_since(reading, last_of(reading, Kind.SHORT)) == 100
    assert hours_since(reading, last_of(reading, Kind.LONG)) == 900


@pytest.mark.parametrize(
    ("now_h", "at_h", "since"),
    [(1_000, 1_000, 0), (70_000, 4_464, 0), (70_000, 4_400, 64), (70_000, 69_000, 1_000),
     (70_000, 65_000, 5_000), (1_000, 1_001, None), (1_000, None, None), (None, 5, None)],
)  # fmt: skip
def test_hours_of_an_ata_log_start_over_at_65536(now_h, at_h, since):
    assert hours_since(drive_with(hours=now_h), logged(at=at_h)) == since


def test_a_scsi_log_that_stopped_counting_does_not_say_when():
    reading = drive_with(hours=90_000, protocol=Protocol.SCSI)
    assert hours_since(reading, logged(at=65_535)) is None
    assert hours_since(reading, logged(at=65_000)) == 25_000


def test_a_running_test_is_seen_by_what_is_left_or_by_the_entry_of_the_log():
    assert not runs_now(drive_with(1, logged()))
    assert runs_now(drive_with(1, left=0))
    assert runs_now(drive_with(1, logged(passed=None, words="Self test in progress ...")))
    assert not runs_now(drive_with(1, logged(passed=None)))
    old = logged(passed=None, words="Self test in progress ...")
    assert not runs_now(drive_with(1, logged(), old))


def test_a_long_test_takes_as_long_as_the_drive_says():
    assert expected_min(drive_with(long_min=1_700), Kind.LONG) == 1_700
    assert expected_min(drive_with(long_min=None), Kind.LONG) is None
    assert expected_min(drive_with(long_min=None), Kind.SHORT) == 2
