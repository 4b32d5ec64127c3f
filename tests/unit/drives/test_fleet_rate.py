"""Failures and drive-days are counted over the time in which drives were watched, and no other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drives import checked_pods as made

from podplanner.drives.asking import Asked
from podplanner.drives.checked import CheckedPod
from podplanner.drives.fleet import read_fleet
from podplanner.drives.fleet_rate import LONGEST_GAP, FleetCount, Watched, fleet_count
from podplanner.drives.history.opening import open_history
from podplanner.drives.past import NOTHING

NOW = datetime(2024, 6, 1, 3, 0, tzinfo=UTC)
# Past on every clock: a history leaves out what claims to be of the future.
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


# --- From the history ---


def remembered(folder: Path, *days: int) -> Asked:
    """A history in which the drives of a pod answered so many days ago."""
    asked = Asked(history=folder / "history.sqlite")
    with open_history(asked.history) as history:
        for ago in days:
            at = NOW - timedelta(days=ago)
            drives = tuple(replace(d, reading=replace(d.reading, read_at=at), past=NOTHING)
                           for d in (made.drive(1), made.failing(2), made.drive(3)))  # fmt: skip
            history.remember(CheckedPod(at, drives))
    return asked


def test_a_round_without_a_history_has_no_fleet(tmp_path):
    assert read_fleet(Asked(forget=True)) is None
    assert read_fleet(Asked(recordings=(tmp_path,))) is None


def test_a_history_that_is_not_there_is_not_made_by_looking(tmp_path):
    fleet = read_fleet(Asked(history=tmp_path / "history.sqlite"))
    assert fleet is not None
    assert fleet.watched == ()
    assert list(tmp_path.iterdir()) == []


def test_drives_are_counted_as_the_history_saw_them(tmp_path):
    fleet = read_fleet(remembered(tmp_path, 90, 60, 31, 2, 0))
    found = fleet_count(fleet.watched, now=NOW)
    assert (found.drives, found.drive_days, found.failures) == (3, 270, 0)


def test_a_drive_that_is_judged_replace_fails_when_it_is_retired_and_not_before(tmp_path):
    asked = remembered(tmp_path, 30, 0)
    assert fleet_count(read_fleet(asked).watched, now=NOW).failures == 0
    with open_history(asked.history) as history:
        history.retire(made.failing(2).reading.identity.key)
    assert fleet_count(read_fleet(asked).watched, now=NOW).failures == 1


def test_the_user_has_the_last_word_on_what_failed(tmp_path):
    asked = remembered(tmp_path, 30, 0)
    with open_history(asked.history) as history:
        history.retire(made.failing(2).reading.identity.key, failed=False)
        history.retire(made.drive(3).reading.identity.key, failed=True)
    found = fleet_count(read_fleet(asked).watched, now=NOW)
    assert (found.failures, found.drive_days) == (1, 90)
