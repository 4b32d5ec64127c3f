"""Jobs: what is read of one object in one go, in the order in which it is written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.reader import OpenVersion
from podplanner.store.reading.fetching import Fetcher
from podplanner.store.reading.rows import Row, TableRows, open_rows, segments
from podplanner.store.reading.turns import in_turns


@dataclass(frozen=True, slots=True)
class Want:
    """One piece, and the rows that it fills."""

    row: Row
    rows: tuple[int, ...]
    """Numbers in the table, of the same piece in the same place."""


@dataclass(frozen=True, slots=True)
class Job:
    """The rows of a table whose pieces lie in one object."""

    table: TableRows
    rows: list[int]

    def wants(self) -> list[Want]:
        """Return the pieces in order of their offsets, each once."""
        offset = self.table.places.offset
        alike: dict[Row, list[int]] = {}
        for number in sorted(self.rows, key=lambda number: offset[number]):
            alike.setdefault(self.table.row(number), []).append(number)
        return [Want(row, tuple(numbers)) for row, numbers in alike.items()]


@dataclass(frozen=True, slots=True)
class Fetched:
    """One piece that was read, or the error that kept it from being read."""

    want: Want
    plain: memoryview | None
    """Void when the next one is asked for, unless it lies in a place that was given for it."""
    error: ObjectMissingError | ObjectCorruptError | None = None
    in_place: bool = False
    """Whether it lies in the place that was given for it."""


def tables_of(version: OpenVersion, skip: bytearray) -> Iterator[TableRows]:
    """Yield the tables that have rows which are not to be skipped.

    Args:
        version: Its manifest's numbers are checked already.
        skip: Of each row of the version: whether nobody needs it. It may change meanwhile.
    """
    first = 0
    for number, found in enumerate(segments(version.manifest)):
        count = version.manifest.tables[number].pieces
        if skip.find(0, first, first + count) >= 0:
            yield open_rows(version, number, first, found)
        first += count


def jobs(version: OpenVersion, skip: bytearray) -> Iterator[Job]:
    """Yield what must be read from the store, by the file of the first row that an object fills.

    Two files take turns; in each, objects come in order of their first rows.

    Args:
        version: Its manifest's numbers are checked already.
        skip: Of each row of the version: whether it need not be read. Holes never are.
    """
    for table in tables_of(version, skip):
        groups: dict[int, list[int]] = {}
        for number, index in enumerate(table.places.object):
            if not skip[table.first + number] and not table.is_hole(number):
                groups.setdefault(index, []).append(number)
        by_file: dict[int, list[Job]] = {}
        for rows in groups.values():
            by_file.setdefault(table.files[rows[0]], []).append(Job(table, rows))
        del groups
        yield from in_turns(by_file.values())


def fetch(
    job: Job, fetcher: Fetcher, place: Callable[[Want], memoryview | None] | None = None
) -> Iterator[Fetched]:
    """Yield the pieces of a job, verified; one that cannot be had is told, and the rest go on.

    Args:
        job: What to read.
        fetcher: Of this thread.
        place: Returns where a piece is best put, of just its length; it may come elsewhere.
    """
    wants = job.wants()
    places = [None if place is None else place(want) for want in wants]
    done = 0
    try:
        for plain in fetcher.fetch_all([want.row for want in wants], places):
            done += 1
            here = plain is places[done - 1]
            yield Fetched(wants[done - 1], plain, in_place=here)
    except (ObjectMissingError, ObjectCorruptError):
        # One by one from here: which piece is hurt is to be told.
        for want in wants[done:]:
            yield _fetch_alone(want, fetcher)


def _fetch_alone(want: Want, fetcher: Fetcher) -> Fetched:
    try:
        return Fetched(want, fetcher.fetch(want.row))
    except (ObjectMissingError, ObjectCorruptError) as error:
        return Fetched(want, None, error)
