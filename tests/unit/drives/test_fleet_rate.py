"""Failures and drive-days are counted over the time in which drives were watched, and no other."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podplanner.drives.fleet_rate import LONGEST_GAP, FleetCount, Watched, fleet_count

NOW = datetime(2031, 6, 1, 3, 0, tzinfo=UTC)
START = NOW - timedelta(days=300)


def daily(days: float, *, until: datetime = NOW, step: float = 1.0) -> tuple[datetime, ...]:
    """Answers every `step` days over `days`, the last at `until`."""
    return tuple(until - timedelta(days=step * n) for n in range(int(days / step) + 1))


def test_no_drive_makes_no_days_and_no_failures():
    assert fleet_count((), now=NOW) == FleetCount(0, 0, 0, 0, 0, None, None)


def test_a_drive_counts_from_its_first_to_its_last_answer():
    found = fleet_count((Watched(daily(100)), Watched(daily(50))), now=NOW)
    assert (found.drives, found.drive_days, found.failures) == (2, 150, 0)
    assert (found.since, found.until) == (NOW - timedelta(days=100), NOW)


def test_a_drive_that_answered_once_was_not_watched():
    assert fleet_count((Watched((NOW,)),), now=NOW).drive_days == 0


def test_a_failed_drive_counts_with_the_days_before_it_fell_silent():
    gone = Watched(daily(40, until=NOW - timedelta(days=200)), failed=True, retired=True)
    found = fleet_count((gone, Watched(daily(100))), now=NOW)
    assert (found.failures, found.drive_days, found.lost) == (1, 140, 0)


def test_a_retired_drive_that_did_not_fail_is_no_failure():
    moved = Watched(daily(40, until=NOW - timedelta(days=200)), retired=True)
    found = fleet_count((moved,), now=NOW)
    assert (found.failures, found.drive_days, found.lost) == (0, 40, 0)


def test_a_drive_that_fell_silent_unexplained_is_said_and_not_counted_as_failed():
    silent = Watched(daily(40, until=NOW - LONGEST_GAP - timedelta(days=1)))
    quiet = Watched(daily(40, until=NOW - LONGEST_GAP + timedelta(days=1)))
    found = fleet_count((silent, quiet), now=NOW)
    assert (found.failures, found.lost) == (0, 1)


def test_a_check_a_month_is_watching_and_a_year_of_silence_is_not():
    assert fleet_count((Watched(daily(310, step=31)),), now=NOW).drive_days == 310
    early, late = daily(10, until=NOW - timedelta(days=365)), daily(10)
    found = fleet_count((Watched((*early, *late)),), now=NOW)
    assert (found.drive_days, found.unwatched_days) == (20, 355)


def test_answers_of_the_future_are_left_out():
    wrong = Watched((START, NOW + timedelta(days=1)))
    found = fleet_count((wrong,), now=NOW)
    assert (found.drives, found.drive_days, found.until) == (1, 0, START)
    assert fleet_count((Watched((NOW + timedelta(days=9),), failed=True),), now=NOW).failures == 0


@pytest.mark.parametrize("days", [0.4, 0.9])
def test_parts_of_days_add_up_over_drives(days):
    drives = [Watched((NOW - timedelta(days=days), NOW))] * 10
    assert fleet_count(drives, now=NOW).drive_days == int(10 * days)


@given(
    st.lists(
        st.builds(
            Watched,
            st.lists(st.integers(-30, 2000).map(lambda d: NOW - timedelta(days=d)), max_size=12),
            st.booleans(),
            st.booleans(),
        ),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_order_does_not_matter_and_nothing_is_counted_twice(fleet, random):
    found = fleet_count(fleet, now=NOW)
    mixed = [
        Watched(random.sample(list(d.answered), len(d.answered)), d.failed, d.retired)
        for d in random.sample(fleet, len(fleet))
    ]
    assert fleet_count(mixed, now=NOW) == found
    spans = [[at for at in d.answered if at <= NOW] for d in fleet]
    whole = sum(((max(s) - min(s)).days for s in spans if s), start=0)
    assert found.drive_days + found.unwatched_days == whole
    assert found.failures + found.lost <= found.drives <= len(fleet)
