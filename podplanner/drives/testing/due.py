"""Which drives' tests are due, spread evenly over the time in which each is to have one.

There is no diary: the drives' own logs say when each was tested. Each drive has its test on the
last day that is in time, or earlier where that day is full: a day takes an even share of the drives
and one more, so that a day on which the machine was off is caught up. What is late comes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import blake2b
from math import inf

from podplanner.drives.reading import DriveReading
from podplanner.drives.signals import Signal
from podplanner.drives.testing.log import (
    Kind,
    expected_min,
    hours_since,
    last_of,
    last_try_of,
    runs_now,
)

_DAY_H = 24
_TODAY_H = 20
# What began within these hours counts as today's: less than a day, so that a timer that fires an
# hour late one day and on time the next does not skip.


@dataclass(frozen=True, slots=True)
class DueDay:
    """When a drive's next test is due.

    Attributes:
        since_h: Hours of power since its last test ended; None: it had none, or does not say.
        day: Days from today; 0 is today. None: a test runs, or the drive could not be read.
        today: Its test belongs to today, and was not begun yet.
    """

    reading: DriveReading
    since_h: int | None
    day: int | None
    today: bool


def daily_share(drives: int, every_days: float) -> int:
    """Return how many drives are tested a day, so that each gets its turn in time.

    >>> daily_share(60, 30), daily_share(45, 30), daily_share(4, 30)
    (3, 2, 1)
    """
    # Exactly, by the number of days as it was written: in floats 81 / 2.7 is less than 30.
    return int(drives / Fraction(str(every_days))) + 1


def due_days(
    readings: Sequence[DriveReading], kind: Kind, *, every_days: float
) -> tuple[DueDay, ...]:
    """Return for each drive when its next test is due, in the order of the drives.

    Drives that were never tested come first; equals are ordered by a digest of their identity, so
    that neighbours in a chassis, and drives of one delivery, do not test together.

    Args:
        readings: All drives of the pod; those without a reading get no day.
        kind: Of test.
        every_days: Within which each drive is to have one; above 0.
    """
    waiting = [reading for reading in readings if reading.trouble is None]
    share = daily_share(len(waiting), every_days)
    begun = sum(1 for reading in waiting if _began_today(reading, kind))
    rows = sorted(
        ((_age_h(r, kind), r) for r in waiting if not runs_now(r)),
        key=lambda row: (-row[0], -_tried_h(row[1], kind), _lot(row[1])),
    )
    deadlines = [(max(0, _days_until(age_h, every_days)), reading) for age_h, reading in rows]
    days = _Days(share, begun)
    planned = {id(r): days.from_day(0) for deadline, r in deadlines if deadline == 0}
    planned |= {id(r): days.until(deadline) for deadline, r in reversed(deadlines) if deadline > 0}
    return tuple(
        DueDay(
            reading=reading,
            since_h=_since_h(reading, kind),
            day=planned.get(id(reading)),
            today=planned.get(id(reading)) == 0,
        )
        for reading in readings
    )


class _Days:
    """Days from today on, each with room for so many tests."""

    def __init__(self, room: int, taken_today: int) -> None:
        self._room = room
        self._taken = {0: taken_today}

    def from_day(self, first: int) -> int:
        """Take the first day with room, not before a day."""
        day = first
        while self._taken.get(day, 0) >= self._room:
            day += 1
        return self._take(day)

    def until(self, last: int) -> int:
        """Take the last day with room up to a day; where there is none, the first after it."""
        free = (day for day in range(last, -1, -1) if self._taken.get(day, 0) < self._room)
        day = next(free, None)
        return self.from_day(last) if day is None else self._take(day)

    def _take(self, day: int) -> int:
        self._taken[day] = self._taken.get(day, 0) + 1
        return day


def _days_until(age_h: float, every_days: float) -> int:
    """Return after how many whole days a test of that age is due."""
    left_h = every_days * _DAY_H - age_h
    return 0 if left_h <= 0 else int(-(-left_h // _DAY_H))


def _since_h(reading: DriveReading, kind: Kind) -> int | None:
    last = last_of(reading, kind)
    return None if last is None else hours_since(reading, last)


def _age_h(reading: DriveReading, kind: Kind) -> float:
    """Return the hours since the last test; of none, or one whose time is not known, for ever."""
    since = _since_h(reading, kind)
    return inf if since is None else since


def _tried_h(reading: DriveReading, kind: Kind) -> float:
    """Return the hours since the last try, so that a test that always breaks off waits its turn."""
    tried = last_try_of(reading, kind)
    since = None if tried is None else hours_since(reading, tried)
    if since is not None:
        return since
    return reading.signals.get(Signal.POWER_ON_H, 0) if tried is None else 0


def _began_today(reading: DriveReading, kind: Kind) -> bool:
    minutes = expected_min(reading, kind) or 0
    if runs_now(reading):
        done = 100 - (100 if reading.test_left_percent is None else reading.test_left_percent)
        return minutes * done / 100 / 60 < _TODAY_H
    tried = last_try_of(reading, kind)
    since = None if tried is None else hours_since(reading, tried)
    if tried is None or since is None:
        return False
    took_h = minutes / 60 if tried.passed else 0
    return since + took_h < _TODAY_H


def _lot(reading: DriveReading) -> str:
    """Return the same for a drive every day, in no order that means anything."""
    return blake2b((reading.identity.key or reading.source).encode(), digest_size=8).hexdigest()
