"""Whose turn it is: spread evenly, and the same whoever asks."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st
from support.drives.self_tested import drive_with, logged, running

from podplanner.drives.reading import Trouble
from podplanner.drives.signals import Signal
from podplanner.drives.testing.due import daily_share, due_days
from podplanner.drives.testing.log import Kind


def _day_later(readings, *, test):
    """Return the drives a day of power later; some began a test then, which took ten hours."""
    later = []
    for reading in readings:
        hours = reading.signals[Signal.POWER_ON_H] + 24
        log = reading.self_tests
        if reading.source in test:
            log = (logged(at=hours - 14), *log)
        later.append(replace(reading, signals={Signal.POWER_ON_H: hours}, self_tests=log))
    return later


def _today(readings, every=30):
    return {d.reading.source for d in due_days(readings, Kind.LONG, every_days=every) if d.today}


def test_sixty_new_drives_are_all_tested_within_a_month_and_few_a_day():
    readings = [drive_with(n, hours=100, long_min=600) for n in range(1, 61)]
    seen, most = set(), 0
    for _ in range(30):
        today = _today(readings)
        most = max(most, len(today))
        seen |= today
        readings = _day_later(readings, test=today)
    assert len(seen) == 60
    assert most <= 3


def test_after_the_first_month_no_drive_waits_longer_than_asked():
    readings = [drive_with(n, hours=100, long_min=600) for n in range(1, 46)]
    for day in range(120):
        if day > 31:
            for d in due_days(readings, Kind.LONG, every_days=30):
                assert d.since_h is not None
                assert d.since_h <= 31 * 24
        readings = _day_later(readings, test=_today(readings))


def test_days_on_which_the_machine_was_off_are_caught_up():
    readings = [drive_with(n, hours=100, long_min=600) for n in range(1, 61)]
    for day in range(100):
        off = 40 <= day < 47
        readings = _day_later(readings, test=set() if off else _today(readings))
    assert max(d.since_h for d in due_days(readings, Kind.LONG, every_days=30)) <= 31 * 24


def test_asking_again_on_the_same_day_gives_no_second_share():
    readings = [drive_with(n, hours=100, long_min=600) for n in range(1, 61)]
    first = _today(readings)
    begun = [running(r) if r.source in first else r for r in readings]
    assert _today(begun) == set()
    ended = [
        replace(r, self_tests=(logged(at=101),), signals={Signal.POWER_ON_H: 105})
        if r.source in first else r for r in readings
    ]  # fmt: skip
    assert _today(ended) == set()


def test_a_test_that_runs_since_yesterday_does_not_take_todays_share():
    readings = [drive_with(n, hours=100, long_min=2_400) for n in range(1, 61)]
    first = _today(readings)
    # After 24 of 40 hours.
    next_day = [running(r, 40) if r.source in first else r for r in readings]
    assert len(_today(next_day)) == 3
    assert not _today(next_day) & first


def test_a_drive_whose_tests_always_break_off_does_not_hold_up_the_others():
    readings = [drive_with(n, hours=500, long_min=600) for n in range(1, 11)]
    stubborn = readings[3].source
    seen = []
    for _ in range(12):
        today = _today(readings)
        seen.append(today)
        readings = _day_later(readings, test=today - {stubborn})
        readings = [
            replace(r, self_tests=(logged(at=r.signals[Signal.POWER_ON_H], passed=None),))
            if r.source == stubborn and stubborn in today else r for r in readings
        ]  # fmt: skip
    assert set().union(*seen) == {r.source for r in readings}


def test_drives_that_were_not_read_have_no_day():
    asleep = drive_with(1, trouble=Trouble.ASLEEP)
    (due,) = due_days([asleep], Kind.LONG, every_days=30)
    assert due.day is None
    assert not due.today


@given(
    st.lists(st.integers(0, 3_000) | st.none(), min_size=1, max_size=80),
    st.integers(1, 90),
)
def test_the_order_of_the_drives_does_not_change_whose_turn_it_is(ages, every):
    readings = [
        drive_with(n, *([] if age is None else [logged(at=5_000 - age)]), hours=5_000)
        for n, age in enumerate(ages, 1)
    ]
    days = {d.reading.source: d.day for d in due_days(readings, Kind.LONG, every_days=every)}
    back = due_days(readings[::-1], Kind.LONG, every_days=every)
    assert days == {d.reading.source: d.day for d in back}
    share = daily_share(len(readings), every)
    taken = [sum(day == one for one in days.values()) for day in set(days.values())]
    assert max(taken) <= share


@example(drives=81, every=2.7)
@given(st.integers(1, 200), st.floats(1, 400))
def test_a_daily_share_is_enough_for_all(drives, every):
    assert daily_share(drives, every) * Fraction(str(every)) > drives
