"""Filling memory with parts of a version's files: each piece read once, straight to its place."""

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from podplanner.store.reader import OpenVersion
from podplanner.store.reading.fetching import Fetcher
from podplanner.store.reading.harm import harmed
from podplanner.store.reading.jobs import Fetched, Job, Want, fetch, jobs, tables_of
from podplanner.store.reading.rows import TableRows
from podplanner.store.reading.workers import thread_count, work_off

if TYPE_CHECKING:
    import numpy as np

    Bytes = np.ndarray[Any, np.dtype[np.uint8]]

_ALONE_BYTES = 2 * 2**20
# Less is read by one thread where no server is waited for: starting another takes as long.


class Target(NamedTuple):
    """A range of a file, and the memory that takes it."""

    file: int
    """Index into the manifest's files."""
    offset: int
    """In the file, in bytes; the range lies inside the file."""
    content: "Bytes"
    """As long as the range, all zeros, and nobody else's."""


def fill(
    version: OpenVersion, targets: Sequence[Target], done: Callable[[int], None] | None = None
) -> None:
    """Fill the memory of all targets with verified bytes.

    A piece that lies inside one target is read, or decoded, in its place, and hashed there; one
    that several share is read beside and copied. Ranges may overlap. Holes are left as they are.

    Args:
        version: Its manifest's numbers are checked already (`open_version`).
        targets: What is wanted.
        done: Called with the number of each target as soon as it is filled and verified, from
            any thread; what it raises ends the reading and comes out of it.

    Raises:
        ObjectMissingError, ObjectCorruptError: The store is damaged; the memory may hold anything.
    """
    filling = _Filling(version, targets, done)
    skip = filling.skipped_rows()
    traits = version.reader.backend.traits
    wanted = sum(len(target.content) for target in targets)
    threads = 1 if wanted <= _ALONE_BYTES and not traits.at_once else thread_count(None, traits)
    work_off(jobs(version, skip), filling.worker, threads)


class _Part(NamedTuple):
    """What a target needs of a piece."""

    target: int
    at: int
    """Where it begins in the target."""
    skip: int
    """Where it begins in the piece."""
    size: int


class _Ranges:
    """The targets in one file, found by a range of it."""

    def __init__(self, found: list[tuple[int, int, int]]) -> None:
        """Take start, end and number of each."""
        found.sort()
        self._found = found
        self._starts = [start for start, _, _ in found]
        self._reach = list(accumulate((end for _, end, _ in found), max))

    def parts(self, start: int, size: int) -> Iterator[_Part]:
        """Yield what the targets need of a piece; those that begin later come first."""
        last = bisect_left(self._starts, start + size)
        while last and self._reach[last - 1] > start:
            last -= 1
            begins, ends, number = self._found[last]
            if ends > start:
                first = max(begins, start)
                yield _Part(number, first - begins, first - start, min(ends, start + size) - first)


class _Filling:
    """What the threads share: which target lies where, and how much each still lacks."""

    def __init__(
        self,
        version: OpenVersion,
        targets: Sequence[Target],
        done: Callable[[int], None] | None,
    ) -> None:
        self._version = version
        self._targets = targets
        self._done = done
        self._lock = threading.Lock()
        self._lacking = [len(target.content) for target in targets]
        self._ranges = _ranges(targets)

    def skipped_rows(self) -> bytearray:
        """Return, for each row of the version, whether it need not be read.

        Targets that are nothing, or holes alone, are told to be done.

        Raises:
            ObjectCorruptError: A table contradicts the manifest.
        """
        for number, lacking in enumerate(self._lacking):
            if not lacking:
                self._tell(number)
        skip = bytearray()
        for number, entry in enumerate(self._version.manifest.files):
            skip += (b"\0" if number in self._ranges else b"\1") * entry.pieces
        for table in tables_of(self._version, skip):
            for row in range(len(table.files)):
                if skip[table.first + row]:
                    continue
                parts = list(self._parts(table, row))
                if not parts or table.is_hole(row):
                    skip[table.first + row] = 1
                    self._count(parts)
        return skip

    def worker(self) -> Callable[[Job], None]:
        """Return what does one job; for one thread."""
        fetcher = Fetcher(self._version.reader.backend)

        def do(job: Job) -> None:
            def place(want: Want) -> memoryview | None:
                return self._place(job.table, want)

            for found in fetch(job, fetcher, place):
                if found.error is not None:
                    file = job.table.files[found.want.rows[0]]
                    path = self._version.manifest.files[file].path
                    raise harmed(found.error, self._version.version, path) from found.error
                self._take(job.table, found)

        return do

    def _parts(self, table: TableRows, row: int) -> Iterator[_Part]:
        ranges = self._ranges[table.files[row]]
        return ranges.parts(table.offsets[row], table.pieces.lengths[row])

    def _place(self, table: TableRows, want: Want) -> memoryview | None:
        """Return where a piece is to be read; None when no target needs all of it."""
        part = self._whole(table, want)
        if part is None:
            return None
        return self._targets[part.target].content[part.at : part.at + part.size].data

    def _whole(self, table: TableRows, want: Want) -> _Part | None:
        """Return the first need of all of a piece."""
        for row in want.rows:
            for part in self._parts(table, row):
                if part.size == want.row.piece.length:
                    return part
        return None

    def _take(self, table: TableRows, found: Fetched) -> None:
        """Copy a piece to where it is needed and does not lie already."""
        import numpy as np

        parts = [part for row in found.want.rows for part in self._parts(table, row)]
        there = self._whole(table, found.want) if found.in_place else None
        plain = np.frombuffer(found.plain or b"", np.uint8)
        for part in parts:
            if part != there:
                content = self._targets[part.target].content
                content[part.at : part.at + part.size] = plain[part.skip : part.skip + part.size]
        self._count(parts)

    def _count(self, parts: list[_Part]) -> None:
        """Take note of what is in its place, and tell of targets that are filled by it."""
        filled = []
        with self._lock:
            for part in parts:
                self._lacking[part.target] -= part.size
                if not self._lacking[part.target]:
                    filled.append(part.target)
        for number in filled:
            self._tell(number)

    def _tell(self, number: int) -> None:
        if self._done is not None:
            self._done(number)


def _ranges(targets: Sequence[Target]) -> dict[int, _Ranges]:
    """Return the targets that are not empty, by file."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    for number, (file, offset, content) in enumerate(targets):
        if len(content):
            found.setdefault(file, []).append((offset, offset + len(content), number))
    return {file: _Ranges(some) for file, some in found.items()}
