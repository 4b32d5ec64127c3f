"""How the figures of a drive went over the time that its history knows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from podplanner.drives.assessment import Verdict
from podplanner.drives.checked import CheckedDrive
from podplanner.drives.signals import Signal
from podplanner.drives.trends import points_of
from podplanner.report.drive_values import DriveEntry, Point, TrendEntry
from podplanner.report.drive_words import believed, label_of
from podplanner.report.trend_chart import trend_chart
from podplanner.report.wording import plural

_MOST = 4
# Trends of one drive; what is weightiest comes first.
_MOST_POINTS = 60
# Of one trend: more are closer together than five pixels of a phone.
_MOST_CHARTS, _ALL_POINTS, _LEAST_POINTS = 30, 600, 20
# Of one page: a chart takes 2.3 kB and 0.3 kB for each point, and a page of 60 drives in trouble
# must stay below 500 kB, to be sent by mail. Beyond, trends are told in words.
_GROWS = frozenset(
    (Signal.POWER_ON_H, Signal.POWER_CYCLES, Signal.WRITTEN_BYTES, Signal.CORRECTED_ERRORS,
     Signal.ERROR_LOG_ENTRIES, Signal.TEMPERATURE_C, Signal.READ_ERRORS, Signal.SEEK_ERRORS)
)  # fmt: skip
# What moves on every healthy drive; it is drawn where evidence speaks of it.

_LIMITS = {Signal.WEAR_PERCENT: 100}
# All of the rated endurance.


def trends_of(drive: CheckedDrive, now: datetime) -> tuple[TrendEntry, ...]:
    """Return how the figures went that evidence speaks of, then those that changed, undrawn.

    A drive that is seen for the first time has none.

    Args:
        drive: The drive.
        now: Of the round, in UTC, for a reading without a time.
    """
    found = (_trend(drive, signal, now) for signal in _wanted(drive, now))
    return tuple(entry for entry in found if entry is not None)[:_MOST]


def _wanted(drive: CheckedDrive, now: datetime) -> tuple[Signal, ...]:
    named = [
        evidence.signal
        for evidence in drive.assessment.evidence
        if evidence.signal is not None and (evidence.accepted or evidence.verdict is not Verdict.OK)
    ]
    changed = [
        signal
        for signal in Signal
        if signal not in _GROWS and len({p.value for p in _points(drive, signal, now)}) > 1
    ]
    return tuple(dict.fromkeys((*named, *changed)))


def _points(drive: CheckedDrive, signal: Signal, now: datetime) -> list[Point]:
    """Return the values of a figure, the oldest first, the one of this reading last."""
    at = drive.reading.read_at or now
    points = [Point(*point) for point in points_of(drive.past.before(at).readings, signal)]
    if signal in drive.reading.signals:
        points.append(Point(at, drive.reading.signals[signal]))
    return points


def drawn(drives: Sequence[DriveEntry]) -> tuple[DriveEntry, ...]:
    """Return drives with their trends drawn, those of the first ones where there are many."""
    charts = min(sum(len(drive.trends) for drive in drives), _MOST_CHARTS)
    if not charts:
        return tuple(drives)
    most, left, found = max(_ALL_POINTS // charts, _LEAST_POINTS), charts, []
    for drive in drives:
        trends = tuple(
            replace(trend, chart=_chart(trend, drive.anchor, most)) if number < left else trend
            for number, trend in enumerate(drive.trends)
        )
        left = max(left - len(trends), 0)
        found.append(replace(drive, trends=trends))
    return tuple(found)


def _chart(trend: TrendEntry, anchor: str, most: int) -> str:
    return trend_chart(
        thinned(trend.points, most), name=f"{anchor}-{trend.signal}", title=trend.label,
        description=trend.words, accepted=trend.accepted, limit=trend.limit,
    )  # fmt: skip


def _trend(drive: CheckedDrive, signal: Signal, now: datetime) -> TrendEntry | None:
    points = thinned(_points(drive, signal, now), _MOST_POINTS)
    if len(points) < 2:
        return None
    accepted = (entry.value for entry in drive.past.accepted if entry.signal is signal)
    return TrendEntry(
        signal.value, label_of(signal), _words(points), points,
        accepted=next(accepted, None), limit=_limit(drive, signal),
    )  # fmt: skip


def _limit(drive: CheckedDrive, signal: Signal) -> int | None:
    if signal is Signal.TEMPERATURE_C and believed(drive.reading.temperature.limit_c):
        return drive.reading.temperature.limit_c
    return _LIMITS.get(signal)


def thinned(points: Sequence[Point], most: int) -> tuple[Point, ...]:
    """Return at most `most` of many points, two or more, the first and the last among them."""
    if len(points) <= most:
        return tuple(points)
    step = (len(points) - 1) / (most - 1)
    return tuple(points[round(number * step)] for number in range(most))


def _words(points: tuple[Point, ...]) -> str:
    first, last = points[0], points[-1]
    days = (last.at - first.at).days
    over = plural(days, "day") if days else "less than a day"
    if len({point.value for point in points}) == 1:
        return f"{last.value:,} in all {len(points)} readings over {over}"
    return f"from {first.value:,} on {first.at:%Y-%m-%d} to {last.value:,} after {over}"
