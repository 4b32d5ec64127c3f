"""How a figure went since it was seen before."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from podplanner.drives.judging.steps import Course
from podplanner.drives.past import Past, PastReading
from podplanner.drives.signals import Signal

WINDOW = timedelta(days=60)
"""Growth is looked for in this time: the rates of growing counts were seen over 40 days (Drive
Stats, 2013-04-10 to 05-19), and checks may be a few weeks apart."""
SETTLED_AFTER = timedelta(days=14)
"""A count that has not moved for so long is settled: drives that failed in those 40 days grew by
steps days apart."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How a count went.

    Attributes:
        grown: By how much, 0 or more.
        before: The count that it is compared with; None: none is known.
        since: When that was.
    """

    course: Course
    grown: int = 0
    before: int | None = None
    since: datetime | None = None


def growth_of(signal: Signal, value: int, past: Past, at: datetime | None) -> Growth:
    """Return how a count went.

    It is compared with the oldest reading within the window before `at`, or with the newest before
    it. A count that fell (new firmware, a counter that clears itself) has not grown since its
    lowest.

    Args:
        signal: Which count.
        value: Now.
        past: Of the drive.
        at: When now is; None: unknown, so nothing is said.
    """
    if at is None:
        return Growth(Course.NEW)
    known = [r for r in past.readings if signal in r.signals and r.read_at < at]
    if not known:
        return Growth(Course.NEW)
    recent = [r for r in known if at - r.read_at <= WINDOW]
    base = recent[0] if recent else known[-1]
    lowest = _lowest(signal, recent, base)
    grown = max(value - lowest.signals[signal], 0)
    before, since = lowest.signals[signal], lowest.read_at
    if grown:
        return Growth(Course.GROWING, grown, before, since)
    settled = at - base.read_at >= SETTLED_AFTER
    return Growth(Course.SETTLED if settled else Course.NEW, 0, before, since)


def _lowest(signal: Signal, recent: list[PastReading], base: PastReading) -> PastReading:
    """Return the last of the lowest of the window, or the base where nothing fell."""
    lowest = base
    for reading in recent:
        if reading.signals[signal] < lowest.signals[signal]:
            lowest = reading
    return lowest
