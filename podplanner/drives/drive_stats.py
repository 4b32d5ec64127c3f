"""Recorded fleets in the form of Drive Stats: a row for each drive and day, as Backblaze publishes.

Columns are found by name: `date`, `serial_number`, `model`, `capacity_bytes`, `failure` and
`smart_<number>_raw`, `smart_<number>_normalized`; whatever else there is, is left out. `failure` is
1 on the last row of a drive that failed.

Source: https://www.backblaze.com/cloud-storage/resources/hard-drive-test-data, "What You'll Find".
"""

import csv
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from podplanner.errors import FileAccessError, FormatError

_NEEDED = ("date", "serial_number", "model", "failure")
_ATTRIBUTE = re.compile(r"smart_(\d{1,3})_(raw|normalized)")
_JUDGED = (
    5, 10, 22, 170, 171, 172, 173, 177, 180, 181, 182, 184, 187, 188, 196, 197, 198, 199, 202, 231,
    232, 233,
)  # fmt: skip
# Attributes whose change makes a day worth keeping; others change every day, like hours and heat.
_APART = timedelta(days=7)
# Days without a change are kept at this distance, so that a past of months has few rows.


@dataclass(frozen=True, slots=True)
class StatsDay:
    """What one drive said on one day.

    Attributes:
        raw, normalized: By attribute number; what was left empty is not in them.
    """

    day: date
    raw: dict[int, int]
    normalized: dict[int, int]

    @property
    def at(self) -> datetime:
        """Return the day as a time in UTC."""
        return datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC)


@dataclass(slots=True)
class StatsDrive:
    """One drive of a fleet, with the days on which what is judged changed.

    Attributes:
        days: The oldest first; the first and the last row are always among them.
        failed: A row says that it failed.
    """

    serial: str
    model: str
    capacity_bytes: int | None
    days: list[StatsDay] = field(default_factory=list)
    failed: bool = False

    @property
    def observed_days(self) -> int:
        """Return how many days lie between its first and its last row, both counted."""
        return (self.days[-1].day - self.days[0].day).days + 1

    def add(self, day: StatsDay) -> None:
        """Take in a day; the row before it goes where it told nothing new."""
        days = self.days
        if days and day.day <= days[-1].day:
            _insert(days, day)
            return
        if len(days) > 1 and _is_idle(days[-2], days[-1], day):
            days.pop()
        days.append(day)


def _insert(days: list[StatsDay], day: StatsDay) -> None:
    """Put a day that came late in its place; a second row of one day takes that of the first."""
    place = bisect_left(days, day.day, key=lambda known: known.day)
    if days[place].day == day.day:
        days[place] = day
    else:
        days.insert(place, day)


def _is_idle(before: StatsDay, middle: StatsDay, after: StatsDay) -> bool:
    """Return whether the middle one of three days tells nothing that the others do not."""
    return after.day - before.day < _APART and _judged(before) == _judged(middle) == _judged(after)


def _judged(day: StatsDay) -> tuple[int | None, ...]:
    return tuple(day.raw.get(number) for number in _JUDGED)


@dataclass(frozen=True, slots=True)
class StatsFleet:
    """What files of Drive Stats hold.

    Attributes:
        unread_rows: Rows that could not be read: no serial number, no date, a number that is none.
    """

    drives: tuple[StatsDrive, ...]
    rows: int
    unread_rows: int


@dataclass(frozen=True, slots=True)
class _Row:
    serial: str
    model: str
    capacity_bytes: int | None
    failed: bool
    day: StatsDay


@dataclass(frozen=True, slots=True)
class _Columns:
    date: int
    serial: int
    model: int
    failure: int
    capacity: int | None
    attributes: tuple[tuple[int, int, bool], ...]
    """Column, attribute number, whether it is the raw value."""


def read_drive_stats(paths: Sequence[Path]) -> StatsFleet:
    """Return the drives of files, or of folders of `*.csv`, in whatever order they come.

    Raises:
        FileAccessError: A file cannot be opened.
        FormatError: A file has no such columns.
    """
    found: dict[str, StatsDrive] = {}
    rows = unread = 0
    for path in _files(paths):
        for row in _rows(path):
            rows += 1
            if row is None:
                unread += 1
            else:
                _take(found, row)
    return StatsFleet(tuple(found.values()), rows, unread)


def _take(found: dict[str, StatsDrive], row: _Row) -> None:
    key = f"{row.model}/{row.serial}"
    drive = found.get(key)
    if drive is None:
        drive = found[key] = StatsDrive(row.serial, row.model, row.capacity_bytes)
    drive.failed = drive.failed or row.failed
    drive.add(row.day)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(path.glob("*.csv"))
        if not inside:
            raise FileAccessError(f"{path} holds no *.csv", hint="Name files of Drive Stats.")
        yield from inside


def _rows(path: Path) -> Iterator[_Row | None]:
    """Give every row of a file; None for one that cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            rows = csv.reader(file)
            columns = _columns(next(rows, []), path)
            for cells in rows:
                if cells:
                    yield _row(cells, columns)
    except OSError as error:
        words = error.strerror or str(error)
        raise FileAccessError(f"{path} cannot be opened: {words}",
                              hint="Name files of Drive Stats.") from error  # fmt: skip
    except csv.Error as error:
        raise FormatError(
            f"{path} is no CSV: {error}", hint="Name files of Drive Stats."
        ) from error


def _columns(header: Sequence[str], path: Path) -> _Columns:
    names = {name.strip().lower(): place for place, name in enumerate(header)}
    if missing := [name for name in _NEEDED if name not in names]:
        raise FormatError(
            f"{path} has no column {', '.join(missing)}",
            hint="Drive Stats files begin with date,serial_number,model,capacity_bytes,failure.",
        )
    attributes = []
    for name, place in names.items():
        if found := _ATTRIBUTE.fullmatch(name):
            attributes.append((place, int(found[1]), found[2] == "raw"))
    if not attributes:
        raise FormatError(f"{path} has no column smart_<number>_raw",
                          hint="Name files of Drive Stats.")  # fmt: skip
    return _Columns(
        names["date"], names["serial_number"], names["model"], names["failure"],
        names.get("capacity_bytes"), tuple(attributes),
    )  # fmt: skip


def _row(cells: Sequence[str], columns: _Columns) -> _Row | None:
    try:
        serial, model = cells[columns.serial].strip(), cells[columns.model].strip()
        day = date.fromisoformat(cells[columns.date].strip())
        failed = cells[columns.failure].strip() not in ("", "0")
        raw: dict[int, int] = {}
        normalized: dict[int, int] = {}
        for place, number, is_raw in columns.attributes:
            if cell := cells[place].strip():
                (raw if is_raw else normalized)[number] = _number(cell)
        size = None if columns.capacity is None else int(cells[columns.capacity] or 0)
    except (ValueError, IndexError, OverflowError):
        return None
    if not serial or not model:
        return None
    return _Row(serial, model, size if size and size > 0 else None, failed,
                StatsDay(day, raw, normalized))  # fmt: skip


def _number(cell: str) -> int:
    """Return an integer of up to 64 bits; some files write it with a point."""
    return int(cell) if cell.lstrip("-").isdigit() else int(float(cell))
