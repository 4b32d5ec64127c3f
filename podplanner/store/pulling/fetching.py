"""Fetching what is missing: read from the store, verified, written where it belongs."""

import threading
from collections.abc import Callable, Mapping

from podplanner.store.progress import Progress
from podplanner.store.pulling.board import Board
from podplanner.store.pulling.writers import Writers
from podplanner.store.reader import OpenVersion
from podplanner.store.reading.fetching import Fetcher
from podplanner.store.reading.harm import harmed
from podplanner.store.reading.jobs import Fetched, Job, fetch


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
        progress: Progress,
    ) -> None:
        self._version = version
        self._writers = writers
        self._paths = paths
        self._board = board
        self._progress = progress
        self._lock = threading.Lock()
        self.fetched_bytes = 0

    def worker(self) -> Callable[[Job], None]:
        """Return what does one job; for one thread."""
        fetcher = Fetcher(self._version.reader.backend)

        def do(job: Job) -> None:
            for found in fetch(job, fetcher):
                self._count(fetcher)
                if found.plain is None:
                    self._refuse(job, found)
                else:
                    self._write(job, found, found.plain)

        return do

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
