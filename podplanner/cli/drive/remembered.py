"""What the history knows of drives, as `drive history` prints it."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from podplanner.cli.console import coloured, counted, show, table, wrapped
from podplanner.cli.drive.listing import COLOUR_OF
from podplanner.cli.drive.records import moment
from podplanner.drives.assessment import Verdict
from podplanner.drives.history.known import KnownDrive
from podplanner.drives.history.moving import Move
from podplanner.drives.past import Acceptance, PastReading
from podplanner.drives.signals import Signal
from podplanner.drives.trends import MONTH, Trend, points_of, trend_of
from podplanner.report.drive_words import clean, label_of
from podplanner.report.sparkline import blocks_for, sampled, sparkline
from podplanner.units.words import say_size

_COLUMNS = 24
# Of a line of blocks: three lines of them fit beside the figures in 80 columns.
_MOST_CHANGES = 12
# The latest changes of the verdict; `--json` has all.
_NO_PACE = frozenset({Signal.TEMPERATURE_C})
# What goes up and down has no change a month.
_DAYS_A_MONTH = MONTH.total_seconds() / 86_400


@dataclass(frozen=True, slots=True)
class Remembered:
    """One drive with its past.

    Attributes:
        readings: Of the time that was asked for, the oldest first.
        wanted: Figures to show; none: all.
    """

    drive: KnownDrive
    readings: tuple[PastReading, ...]
    accepted: tuple[Acceptance, ...]
    notes: tuple[str, ...]
    moves: tuple[Move, ...]
    wanted: tuple[Signal, ...] = ()

    @property
    def trends(self) -> tuple[Trend, ...]:
        """Return how each figure went, those that changed first."""
        every = (trend_of(self.readings, signal) for signal in self.wanted or Signal)
        found = [trend for trend in every if trend is not None]
        return tuple(sorted(found, key=lambda trend: trend.changes == 0))

    @property
    def verdicts(self) -> tuple[PastReading, ...]:
        """Return the readings at which the verdict was another than before."""
        judged = [reading for reading in self.readings if reading.verdict is not None]
        changed = [after for before, after in pairwise(judged) if before.verdict != after.verdict]
        return tuple(judged[:1] + changed)


def show_remembered(found: Remembered) -> None:
    """Print one drive with its past."""
    drive = found.drive
    size = "" if drive.capacity_bytes is None else f", {say_size(drive.capacity_bytes)}"
    where = ", ".join(place for place in (_bay(drive), clean(drive.last_device or "")) if place)
    show(f"{clean(drive.serial)}  {clean(drive.model)}{size}" + (f"  ({where})" if where else ""))
    show(f"  first seen {_day(drive.first_seen)}, last answered {_day(drive.last_answered)}, "
         f"{counted(len(found.readings), 'reading')}")  # fmt: skip
    if drive.verdict is not None:
        show(" " + wrapped(clean(drive.reason), 2),
             before=f"  {coloured(drive.verdict.value, COLOUR_OF[drive.verdict])}")  # fmt: skip
    for sentence in (*state_of(drive), *found.notes):
        show(f"  {wrapped(clean(sentence), 2)}")
    if found.trends:
        show()
        heads = ("attribute", "first", "last", "change", "a month", "changed", "")
        rows = [_trend_row(found, trend) for trend in found.trends]
        show(table(rows, heads, right=(1, 2, 3, 4)))
    elif found.readings and found.wanted:
        show("  nothing of " + ", ".join(signal.value for signal in found.wanted) + " in this time")
    elif drive.last_answered is not None:
        show("  no reading in this time")
    if len(found.verdicts) > 1:
        show()
        for reading in found.verdicts[-_MOST_CHANGES:]:
            _show_verdict(reading)
    if found.accepted:
        show()
        for entry in found.accepted:
            words = f"accepted: {entry.signal.value} at {entry.value:,} on {_day(entry.at)}"
            show(words + (f" ({clean(entry.note)})" if entry.note else ""))


def _show_verdict(reading: PastReading) -> None:
    verdict = reading.verdict or Verdict.UNKNOWN
    word = coloured(verdict.value, COLOUR_OF[verdict])
    filling = " " * (8 - len(verdict.value))
    show(filling + wrapped(clean(reading.reason), 20), before=f"{_day(reading.read_at)}  {word}")


def _trend_row(found: Remembered, trend: Trend) -> tuple[str, ...]:
    values = sampled(points_of(found.readings, trend.signal), _COLUMNS)
    line = sparkline(values, blocks=blocks_for(sys.stdout.encoding)) if trend.changes else ""
    pace = "" if trend.signal in _NO_PACE else _pace(trend)
    return (
        trend.signal.value, f"{trend.first:,}", f"{trend.last:,}",
        f"{trend.change:+,}" if trend.change else "", pace,
        "" if trend.changed_at is None else _day(trend.changed_at), line,
    )  # fmt: skip


def _pace(trend: Trend) -> str:
    """Return the change a month; empty where a day is not covered, or nothing changed."""
    if trend.per_day is None or not trend.change:
        return ""
    monthly = trend.per_day * _DAYS_A_MONTH
    return f"{monthly:+,.0f}" if abs(monthly) >= 10 else f"{monthly:+.1f}"


def state_of(drive: KnownDrive) -> Iterator[str]:
    """Yield sentences about a drive that does not answer, or is out of use."""
    if drive.retired_at is not None:
        end = {True: ", it failed", False: ", it had not failed", None: ""}[drive.failed]
        note = f": {drive.note}" if drive.note else ""
        yield f"out of use since {_day(drive.retired_at)}{end}{note}"
    if drive.replaced_by is not None:
        yield f"another drive is in its bay: {_serial(drive.replaced_by)}"
    elif drive.perhaps_replaced_by is not None and drive.retired_at is None:
        yield f"{drive.last_device} is {_serial(drive.perhaps_replaced_by)} now"
    if drive.last_trouble and drive.expected:
        yield f"{drive.last_trouble} on {_day(drive.last_trouble_at)}"


def remembered_row(drive: KnownDrive) -> tuple[str, ...]:
    """Return a drive for the list of all."""
    return (
        clean(drive.serial), clean(drive.model), "" if drive.bay is None else str(drive.bay),
        clean(drive.last_device or ""), "" if drive.verdict is None else drive.verdict.value,
        _day(drive.last_answered), clean("; ".join(state_of(drive))),
    )  # fmt: skip


def known_record(drive: KnownDrive) -> dict[str, object]:
    """Return a drive of the list as JSON."""
    return {
        "serial": drive.serial, "model": drive.model or None,
        "capacity_bytes": drive.capacity_bytes, "device": drive.last_device, "bay": drive.bay,
        "verdict": drive.verdict, "reason": drive.reason or None,
        "first_seen": moment(drive.first_seen), "last_answered": moment(drive.last_answered),
        "last_seen": moment(drive.last_seen), "trouble": drive.last_trouble or None,
        "trouble_at": moment(drive.last_trouble_at), "expected": drive.expected,
        "retired_at": moment(drive.retired_at), "failed": drive.counts_as_failure,
        "retired_note": drive.note or None,
        "replaced_by": None if drive.replaced_by is None else _serial(drive.replaced_by),
    }  # fmt: skip


def remembered_record(found: Remembered) -> dict[str, object]:
    """Return one drive with its past as JSON."""
    return {
        **known_record(found.drive), "readings": len(found.readings),
        "signals": [_trend_record(found, trend) for trend in found.trends],
        "verdicts": [
            {"at": moment(r.read_at), "verdict": r.verdict, "reason": r.reason or None}
            for r in found.verdicts
        ],
        "moves": [
            {"from": move.old, "to": move.new, "left": moment(move.left),
             "arrived": moment(move.arrived)} for move in found.moves
        ],
        "accepted": [
            {"signal": a.signal, "value": a.value, "at": moment(a.at), "note": a.note or None}
            for a in found.accepted
        ],
    }  # fmt: skip


def _trend_record(found: Remembered, trend: Trend) -> dict[str, object]:
    points = _corners(points_of(found.readings, trend.signal))
    return {
        "signal": trend.signal, "label": label_of(trend.signal), "since": moment(trend.since),
        "until": moment(trend.until), "first": trend.first, "last": trend.last,
        "change": trend.change, "low": trend.low, "high": trend.high,
        "changed_at": moment(trend.changed_at), "per_day": trend.per_day,
        "points": [{"at": moment(at), "value": value} for at, value in points],
    }  # fmt: skip


def _corners(points: Sequence[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    """Return the first and the last point, and those whose value differs from a neighbour's."""
    last = len(points) - 1
    return [
        point
        for number, point in enumerate(points)
        if number in (0, last)
        or point[1] != points[number - 1][1]
        or point[1] != points[number + 1][1]
    ]


def _serial(key: str) -> str:
    return clean(key.rpartition("/")[2])


def _bay(drive: KnownDrive) -> str:
    return "" if drive.bay is None else f"bay {drive.bay}"


def _day(at: datetime | None) -> str:
    return "never" if at is None else f"{at:%Y-%m-%d}"
