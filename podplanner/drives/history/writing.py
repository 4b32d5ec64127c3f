"""Entries into rows; the same entry twice leaves what it left once."""

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime

from podplanner.drives.history.entries import Accepted, Answered, AnyEntry, Retired, Silent
from podplanner.drives.history.schema import moment_of, packed, stored, unpacked
from podplanner.drives.signals import Signal

DAY, WEEK, MONTH, CHANGE = 1, 2, 4, 8
"""Bits of a reading's mark: the first of its day, ISO week or month in UTC; other than the one
before it, or the last before such a one. Marks are never taken back."""

_ALWAYS_MOVE = frozenset({
    Signal.TEMPERATURE_C, Signal.POWER_ON_H, Signal.POWER_CYCLES, Signal.WRITTEN_BYTES,
    Signal.CORRECTED_ERRORS, Signal.ERROR_LOG_ENTRIES,
})  # fmt: skip
# What differs from hour to hour on healthy drives too marks no change.

_LATEST_DRIVE = """
INSERT INTO drive (key, model, serial, capacity_bytes, told_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET model = excluded.model, serial = excluded.serial,
    capacity_bytes = coalesce(excluded.capacity_bytes, capacity_bytes), told_at = excluded.told_at
WHERE excluded.told_at >= told_at AND excluded.model != ''"""
_LATEST_BAY = """
UPDATE drive SET bay = ?, bay_at = ? WHERE key = ? AND (bay_at IS NULL OR bay_at <= ?)"""
_READING = """
INSERT INTO reading (key, at, device, bay, verdict, reason, signals, mark)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key, at) DO UPDATE SET device = coalesce(excluded.device, device),
    bay = coalesce(excluded.bay, bay), verdict = excluded.verdict, reason = excluded.reason,
    signals = excluded.signals, mark = mark | excluded.mark"""
_NEIGHBOUR = "SELECT at, device, bay, verdict, signals FROM reading WHERE key = ? AND at"
_RETIREMENT = """
INSERT INTO drive (key, model, serial, told_at, retired_at, retirement_told_at, failed, note)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET retired_at = excluded.retired_at, failed = excluded.failed,
    note = excluded.note, retirement_told_at = excluded.retirement_told_at
WHERE retirement_told_at IS NULL OR excluded.retirement_told_at >= retirement_told_at"""

_Neighbour = tuple[int, str | None, int | None, str | None, str]


def write(database: sqlite3.Connection, entries: Iterable[AnyEntry]) -> None:
    """Write entries, inside a transaction that the caller has begun.

    Raises:
        sqlite3.Error: The database does not take them.
    """
    for entry in entries:
        if isinstance(entry, Answered):
            _write_answer(database, entry)
        elif isinstance(entry, Silent):
            _write_silence(database, entry)
        elif isinstance(entry, Accepted):
            database.execute(
                "INSERT OR REPLACE INTO acceptance (key, signal, at, value, note) "
                "VALUES (?, ?, ?, ?, ?)",
                (entry.key, entry.signal, stored(entry.at), entry.value, entry.note),
            )
        else:
            _write_end(database, entry)


def _write_answer(database: sqlite3.Connection, entry: Answered) -> None:
    at = stored(entry.at)
    _write_drive(database, entry)
    if entry.bay is not None:
        database.execute(_LATEST_BAY, (entry.bay, at, entry.key, at))
    figures = packed(entry.signals)
    own: _Neighbour = (at, entry.device, entry.bay, entry.verdict, figures)
    before = _found(database, f"{_NEIGHBOUR} < ? ORDER BY at DESC LIMIT 1", entry.key, at)
    after = _found(database, f"{_NEIGHBOUR} > ? ORDER BY at LIMIT 1", entry.key, at)
    mark = _mark(before, own)
    database.execute(_READING, (entry.key, at, entry.device, entry.bay, entry.verdict,
                                entry.reason, figures, mark))  # fmt: skip
    if before is not None and mark & CHANGE:
        _mark_also(database, entry.key, before[0], CHANGE)
    if after is not None and (more := _mark(own, after)):
        _mark_also(database, entry.key, after[0], more)
        if more & CHANGE:
            _mark_also(database, entry.key, at, CHANGE)


def _write_drive(database: sqlite3.Connection, entry: Answered | Silent) -> None:
    database.execute(_LATEST_DRIVE, (entry.key, entry.model, entry.serial, entry.capacity_bytes,
                                     stored(entry.at)))  # fmt: skip


def _found(database: sqlite3.Connection, query: str, key: str, at: int) -> _Neighbour | None:
    found: _Neighbour | None = database.execute(query, (key, at)).fetchone()
    return found


def _mark_also(database: sqlite3.Connection, key: str, at: int, bits: int) -> None:
    database.execute("UPDATE reading SET mark = mark | ? WHERE key = ? AND at = ?",
                     (bits, key, at))  # fmt: skip


def _mark(before: _Neighbour | None, after: _Neighbour) -> int:
    """Return the mark of a reading that follows another; None: it is the first."""
    if before is None:
        return DAY | WEEK | MONTH | CHANGE
    early, late = moment_of(before[0]), moment_of(after[0])
    mark = CHANGE if _steady(before) != _steady(after) else 0
    if early.date() != late.date():
        mark |= DAY
        mark |= WEEK if early.isocalendar()[:2] != late.isocalendar()[:2] else 0
        mark |= MONTH if (early.year, early.month) != (late.year, late.month) else 0
    return mark


def _steady(neighbour: _Neighbour) -> tuple[object, ...]:
    try:
        signals = unpacked(neighbour[4])
    except (ValueError, TypeError):
        signals = {}
    figures = {signal: value for signal, value in signals.items() if signal not in _ALWAYS_MOVE}
    return (*neighbour[1:4], figures)


def _write_silence(database: sqlite3.Connection, entry: Silent) -> None:
    """Lengthen the silence that the drive is in, else begin one."""
    at = stored(entry.at)
    _write_drive(database, entry)
    last = database.execute(
        "SELECT since, until, trouble FROM silence WHERE key = ? AND since <= ? "
        "ORDER BY since DESC LIMIT 1", (entry.key, at),
    ).fetchone()  # fmt: skip
    if last is not None and last[2] == entry.trouble:
        answered = database.execute("SELECT 1 FROM reading WHERE key = ? AND at > ? AND at < ?",
                                    (entry.key, last[1], at)).fetchone()  # fmt: skip
        if answered is None:
            database.execute(
                "UPDATE silence SET until = max(until, ?), device = coalesce(?, device), "
                "bay = coalesce(?, bay) WHERE key = ? AND since = ?",
                (at, entry.device, entry.bay, entry.key, last[0]),
            )
            return
    database.execute(
        "INSERT OR REPLACE INTO silence (key, since, until, trouble, there, device, bay) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (entry.key, at, at, entry.trouble, int(entry.there), entry.device, entry.bay),
    )


def _write_end(database: sqlite3.Connection, entry: Retired) -> None:
    at = stored(entry.at)
    model, _, serial = entry.key.rpartition("/")
    failed = None if entry.failed is None or entry.withdrawn else int(entry.failed)
    # One that was never heard of is told of before all time: whatever it says itself is newer.
    never = stored(datetime.min.replace(tzinfo=UTC))
    database.execute(_RETIREMENT, (entry.key, model, serial, never, None if entry.withdrawn else at,
                                   at, failed, entry.note))  # fmt: skip
