"""How the figures of a drive went over the time that its history knows."""

from datetime import datetime

from podplanner.drives.assessment import Verdict
from podplanner.drives.checked import CheckedDrive
from podplanner.drives.signals import Signal
from podplanner.drives.trends import points_of
from podplanner.report.drive_values import Point, TrendEntry
from podplanner.report.drive_words import label_of
from podplanner.report.wording import plural

_MOST = 4
# Charts of one drive on a page; what is weightiest comes first.
_MOST_POINTS = 60
# Of one chart: more are closer together than a pixel on a phone, and 60 drives must stay a page
# that can be sent by mail.
_GROWS = frozenset(
    (Signal.POWER_ON_H, Signal.POWER_CYCLES, Signal.WRITTEN_BYTES, Signal.CORRECTED_ERRORS,
     Signal.ERROR_LOG_ENTRIES, Signal.TEMPERATURE_C, Signal.READ_ERRORS, Signal.SEEK_ERRORS)
)  # fmt: skip
# What moves on every healthy drive; it is drawn where evidence speaks of it.


def trends_of(drive: CheckedDrive, now: datetime) -> tuple[TrendEntry, ...]:
    """Return how the figures went that evidence speaks of, then those that changed.

    A drive that is seen for the first time has none.
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


def _trend(drive: CheckedDrive, signal: Signal, now: datetime) -> TrendEntry | None:
    points = thinned(_points(drive, signal, now))
    if len(points) < 2:
        return None
    return TrendEntry(signal.value, label_of(signal), "", _words(points), points)


def thinned(points: list[Point]) -> tuple[Point, ...]:
    """Return at most `_MOST_POINTS` of many points, the first and the last among them."""
    if len(points) <= _MOST_POINTS:
        return tuple(points)
    step = (len(points) - 1) / (_MOST_POINTS - 1)
    return tuple(points[round(number * step)] for number in range(_MOST_POINTS))


def _words(points: tuple[Point, ...]) -> str:
    first, last = points[0], points[-1]
    days = (last.at - first.at).days
    over = plural(days, "day") if days else "less than a day"
    if len({point.value for point in points}) == 1:
        return f"{last.value:,} in all {len(points)} readings over {over}"
    return f"from {first.value:,} on {first.at:%Y-%m-%d} to {last.value:,} after {over}"
