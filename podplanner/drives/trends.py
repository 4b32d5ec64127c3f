"""How a figure of a drive went over time, and when it will reach a limit at that pace."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from podplanner.drives.past import Past, PastReading
from podplanner.drives.signals import Signal

MONTH = timedelta(days=30.4375)
"""A twelfth of a Julian year of 365.25 days."""
_DAY = timedelta(days=1)

_LEAST_SPAN = timedelta(days=7)
# Shorter spans show how a drive was used that week, a restore or a benchmark, and not its pace.
_SLOW_SPAN = timedelta(days=90)
# Wear comes in whole percents: one step may have been due a day after the first reading. Over so
# long a span a single step still bounds the pace well enough to plan by; below, it takes two.
_WINDOWS = (_SLOW_SPAN, timedelta(days=365), timedelta.max)
# The pace of late counts as well as that of the whole past: of several, the fastest is told.


@dataclass(frozen=True, slots=True)
class Trend:
    """How one figure went.

    Attributes:
        since, until: Of the first and the last reading that has the figure, in UTC.
        first, last: The figure then.
        low, high: The extremes between.
        changes: How many readings differ from the one before.
        changed_at: The last reading that differs from the one before; None: none does.
        per_day: Change a day between first and last; None where they are less than a day apart.
    """

    signal: Signal
    since: datetime
    until: datetime
    first: int
    last: int
    low: int
    high: int
    changes: int
    changed_at: datetime | None
    per_day: float | None

    @property
    def change(self) -> int:
        """Return the last less the first."""
        return self.last - self.first


def points_of(readings: Iterable[PastReading], signal: Signal) -> list[tuple[datetime, int]]:
    """Return when a figure was read and what it was, the oldest first."""
    return sorted((r.read_at, r.signals[signal]) for r in readings if signal in r.signals)


def trend_of(readings: Iterable[PastReading], signal: Signal) -> Trend | None:
    """Return how a figure went; None where no reading has it."""
    points = points_of(readings, signal)
    if not points:
        return None
    (since, first), (until, last) = points[0], points[-1]
    changed = [after[0] for before, after in pairwise(points) if after[1] != before[1]]
    values = [value for _, value in points]
    span = until - since
    return Trend(
        signal, since, until, first, last, min(values), max(values), len(changed),
        changed[-1] if changed else None,
        (last - first) / (span / _DAY) if span >= _DAY else None,
    )  # fmt: skip


def months_until(signal: Signal, limit: int, value: int, past: Past, at: datetime) -> float | None:
    """Return in how many months a figure that only grows reaches a limit, at the pace seen.

    The pace is the least-squares slope of the readings since the figure last fell (new firmware
    counts anew). Of the last 90 days, the last year and all the past, the fastest is taken: a
    drive that came under a heavier load is not judged by its quiet years.

    Args:
        signal: Which figure.
        limit: In the unit of the figure (100 percent of the rated endurance).
        value: Now.
        past: Of the drive.
        at: When now is, in UTC; later readings are left out.

    Returns:
        0 where the limit is reached; None where it cannot be said: too short a past (7 days), or
        too few steps in it (two, or one in 90 days).
    """
    if value >= limit:
        return 0.0
    points = [point for point in points_of(past.readings, signal) if point[0] < at]
    points = _since_it_fell([*points, (at, value)])
    paces = (_pace([point for point in points if at - point[0] <= window]) for window in _WINDOWS)
    found = [pace for pace in paces if pace is not None]
    return (limit - value) / max(found) if found else None


def _since_it_fell(points: Sequence[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    fell = [
        number
        for number, (before, after) in enumerate(pairwise(points), start=1)
        if after[1] < before[1]
    ]
    return list(points[fell[-1] :] if fell else points)


def _pace(points: Sequence[tuple[datetime, int]]) -> float | None:
    """Return the growth a month; None where these points cannot tell it."""
    if len(points) < 2:
        return None
    (since, first), (until, last) = points[0], points[-1]
    span, grown = until - since, last - first
    if span < _LEAST_SPAN or grown < (1 if span >= _SLOW_SPAN else 2):
        return None
    months = [(moment - since) / MONTH for moment, _ in points]
    mean, middle = sum(months) / len(months), sum(value for _, value in points) / len(points)
    spread = sum((month - mean) ** 2 for month in months)
    slope = (
        sum((m - mean) * (v - middle) for m, (_, v) in zip(months, points, strict=True)) / spread
    )
    return slope if slope > 0 else None
