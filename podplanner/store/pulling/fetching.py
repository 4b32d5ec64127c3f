"""Fetching what is missing: read from the store, verified, written where it belongs."""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

from podplanner.errors import FileAccessError, SourceChangedError
from podplanner.store.progress import Progress
from podplanner.store.pulling.board import Board
from podplanner.store.pulling.earlier import NOWHERE, Earlier
from podplanner.store.pulling.writers import Writers
from podplanner.store.reader import OpenVersion
from podplanner.store.reading.fetching import Fetcher
from podplanner.store.reading.harm import harmed
from podplanner.store.reading.jobs import Fetched, Job, fetch
from podplanner.store.tables import Base


class Fetch:
    """What the threads share that fetch.

    Attributes:
        fetched_bytes: Stored bytes that were read from the store.
    """

    def __init__(
        self,
        version: OpenVersion,
        writers: Writers,
        paths: Mapping[int, str],
        board: Board,
        earlier: Earlier | None,
        progress: Progress,
    ) -> None:
        self._earlier = earlier
        self._version = version
        self._writers = writers
        self._paths = paths
        self._board = board
        self._progress = progress
        self._lock = threading.Lock()
        self.fetched_bytes = 0

    def worker(self) -> Callable[[Job], None]:
        """Return what does one job; for one thread."""
        fetcher = Fetcher(self._version.reader.backend, find_base=self._find_base)

        def do(job: Job) -> None:
            for found in fetch(job, fetcher):
                self._count(fetcher)
                if found.plain is None:
                    self._refuse(job, found)
                else:
                    self._write(job, found, found.plain)

        return do

    def _find_base(self, base: Base, out: memoryview) -> bool:
        """Fill a buffer with what an earlier pull left that may be a base; tell whether it did."""
        if self._earlier is None:
            return False
        number = int(self._earlier.find(base.digest)[0])
        if number == NOWHERE:
            return False
        spot = self._earlier.spot(number)
        source = self._earlier.open(spot.file)
        if source is None:
            return False
        with source, suppress(FileAccessError, SourceChangedError):
            return source.read_into(spot.offset, out) == len(out)
        return False

    def _write(self, job: Job, found: Fetched, plain: memoryview) -> None:
        table = job.table
        for number in found.want.rows:
            file = table.files[number]
            path = self._paths[file]
            with self._writers.use(path) as writer:
                writer.write_at(table.offsets[number], plain)
                self._progress.advance(size=len(plain))
                if self._board.mark(file, table.first + number, len(plain)):
                    self._writers.finish(path)

    def _count(self, fetcher: Fetcher) -> None:
        moved, fetcher.fetched_bytes = fetcher.fetched_bytes, 0
        with self._lock:
            self.fetched_bytes += moved
        self._progress.advance(moved=moved)

    def _refuse(self, job: Job, found: Fetched) -> None:
        assert found.error is not None  # noqa: S101  there is a piece or an error
        path = self._paths[job.table.files[found.want.rows[0]]]
        raise harmed(found.error, self._version.version, path) from found.error
