"""What can still be read of a damaged database, row by row."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from podplanner.drives.history.entries import Accepted, Answered, AnyEntry, Retired, Silent
from podplanner.drives.history.schema import moment_of, named

Row = tuple[object, ...]

_STEP = 86_400_000_000
# Microseconds: over damage, readings are asked for a day at a time, for each drive.
_MOST_STEPS = 20 * 366
# More days than that are a damaged moment, and no history.


def salvaged(path: Path) -> Iterator[AnyEntry]:
    """Yield what can be read of a database, each thing once or more; of a hopeless one, nothing."""
    with contextlib.suppress(sqlite3.Error):
        database = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            database.text_factory = partial(str, encoding="utf-8", errors="replace")
            yield from _entries(database)
        finally:
            database.close()


def _entries(database: sqlite3.Connection) -> Iterator[AnyEntry]:
    drives: dict[object, Row] = {
        row[0]: row
        for row in _rows(database, "drive", "key, model, serial, capacity_bytes, retired_at, "
                         "retirement_told_at, failed, note", "key")
        if type(row[0]) is str
    }  # fmt: skip
    readings = list(_rows(database, "reading", "key, at, device, bay, verdict, reason, signals",
                          "key, at", drives))  # fmt: skip
    yield from _made(lambda row: _answered(row, drives.get(row[0], ())), readings)
    silences = list(_rows(database, "silence", "key, since, until, trouble, there, device, bay",
                          "key, since", drives))  # fmt: skip
    yield from _made(lambda row: _silent(row, row[1], drives.get(row[0], ())), silences)
    yield from _made(lambda row: _silent(row, row[2], drives.get(row[0], ())), silences)
    yield from _made(_accepted, _rows(database, "acceptance", "key, signal, at, value, note",
                                      "key, signal"))  # fmt: skip
    yield from _made(_retired, drives.values())


def _rows(
    database: sqlite3.Connection, table: str, columns: str, order: str, keys: Iterable[object] = ()
) -> Iterator[Row]:
    """Yield the rows of a table: from both ends, then those between damaged pages.

    Args:
        database: The damaged one.
        table: Its name.
        columns: The key first, then, in a table that has many rows a drive, the moment.
        order: That of the primary key.
        keys: Of all drives, as far as known; those that are seen are added.
    """
    query = f"SELECT {columns} FROM {table}"  # noqa: S608  names of our own
    back = ", ".join(f"{name} DESC" for name in order.split(", "))
    seen: dict[object, None] = dict.fromkeys(keys)
    moments: list[int] = []
    for way in (order, back):
        rows = _Rows(database, f"{query} ORDER BY {way}", ())
        for row in rows:
            seen[row[0]] = None
            if type(row[1]) is int:
                moments.append(row[1])
            yield row
        if rows.whole:
            return
    if not moments:
        return
    moment = order.split(", ")[-1]
    first, last = min(moments), max(moments)
    if (last - first) // _STEP > _MOST_STEPS:
        first = last - _MOST_STEPS * _STEP
    between = f"{query} WHERE key = ? AND {moment} >= ? AND {moment} < ?"
    for key in list(seen):
        for start in range(first, last + 1, _STEP):
            yield from _Rows(database, between, (key, start, start + _STEP))


class _Rows:
    """Rows up to the first that cannot be read.

    Attributes:
        whole: Whether all could.
    """

    def __init__(self, database: sqlite3.Connection, query: str, values: Row) -> None:
        self._database, self._query, self._values = database, query, values
        self.whole = False

    def __iter__(self) -> Iterator[Row]:
        with contextlib.suppress(sqlite3.Error, OverflowError):
            yield from self._database.execute(self._query, self._values)
            self.whole = True


def _made(make: Callable[[Row], AnyEntry | None], rows: Iterable[Row]) -> Iterator[AnyEntry]:
    for row in rows:
        # A row that makes no sense is damage that SQLite cannot see.
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            entry = make(row)
            if entry is not None:
                yield entry


def _answered(row: Row, drive: Row) -> AnyEntry:
    key, at, device, bay, verdict, reason, signals = row
    model, serial, capacity = _who(drive)
    return Answered(
        key=_text(key), at=moment_of(_whole(at)), model=model, serial=serial,
        capacity_bytes=capacity, device=_text_or_none(device), bay=_whole_or_none(bay),
        verdict=_text_or_none(verdict), reason=_text(reason),
        signals=named(_text(signals)),
    )  # fmt: skip


def _silent(row: Row, at: object, drive: Row) -> AnyEntry:
    key, _, _, trouble, there, device, bay = row
    model, serial, capacity = _who(drive)
    return Silent(
        key=_text(key), at=moment_of(_whole(at)), trouble=_text(trouble), there=bool(there),
        model=model, serial=serial, capacity_bytes=capacity, device=_text_or_none(device),
        bay=_whole_or_none(bay),
    )  # fmt: skip


def _accepted(row: Row) -> AnyEntry:
    key, signal, at, value, note = row
    return Accepted(key=_text(key), signal=_text(signal), at=moment_of(_whole(at)),
                    value=_whole_or_none(value), note=_text(note))  # fmt: skip


def _retired(row: Row) -> AnyEntry | None:
    key, _, _, _, retired_at, told_at, failed, note = row
    if told_at is None:
        return None
    return Retired(
        key=_text(key), at=moment_of(_whole(told_at)), withdrawn=retired_at is None,
        failed=None if failed is None else bool(failed), note=_text(note),
    )  # fmt: skip


def _who(drive: Row) -> tuple[str, str, int | None]:
    if not drive:
        return "", "", None
    return _text(drive[1]), _text(drive[2]), _whole_or_none(drive[3])


def _text(value: object) -> str:
    if type(value) is not str:
        raise TypeError("no text")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError("no whole number")
    return value


def _whole_or_none(value: object) -> int | None:
    return None if value is None else _whole(value)
