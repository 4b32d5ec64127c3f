"""Verifying a version: every piece read, decoded and hashed; nothing written."""

import threading
from collections.abc import Callable

from podplanner.store.names import Reference
from podplanner.store.progress import Progress, Silent
from podplanner.store.reader import OpenVersion
from podplanner.store.reading.fetching import Fetcher
from podplanner.store.reading.jobs import Job, fetch, jobs
from podplanner.store.reading.opening import open_version
from podplanner.store.reading.workers import thread_count, work_off
from podplanner.store.results import Verified
from podplanner.store.root import StoreRoot
from podplanner.store.unreadable import UnreadableOnceBackend


def verify(
    root: StoreRoot,
    reference: Reference,
    progress: Progress | None = None,
    *,
    threads: int | None = None,
) -> Verified:
    """Read every byte of a version and say which files are hurt.

    Of an object that is there and cannot be read, all files that it holds count as hurt after three
    tries at parts of it.

    Args:
        root: The store.
        reference: The version.
        progress: Hears how far it is, and of every hurt file.
        threads: That read and hash; by default two.

    Raises:
        UnknownNameError: There is no such version.
        ObjectMissingError: A document of the version is lost: no file can be read.
        ObjectCorruptError: A document of the version is damaged.
    """
    version = open_version(root, reference)
    files = version.manifest.files
    heard = progress or Silent()
    heard.begin("verifying", files=len(files), size=version.manifest.total_bytes)
    check = _Check(version, heard)
    skip = bytearray(sum(entry.pieces for entry in files))
    work_off(jobs(version, skip), check.worker, thread_count(threads, root.backend.traits))
    heard.advance(size=version.manifest.total_bytes - check.size)
    # Holes: there is nothing of them to read.
    return Verified(
        model=version.version.record.model,
        version=version.version.number,
        manifest=version.layout.manifest,
        files=len(files),
        pieces=len(skip),
        bytes=version.manifest.total_bytes,
        bad=tuple(files[number].path for number in sorted(check.bad)),
    )


class _Check:
    """What the threads share: the hurt files."""

    def __init__(self, version: OpenVersion, progress: Progress) -> None:
        self._version = version
        # A bundle that cannot be read holds thousands of pieces, and each would take a minute.
        self._backend = UnreadableOnceBackend(version.reader.backend)
        self._progress = progress
        self._lock = threading.Lock()
        self.bad: set[int] = set()
        """Indexes into the manifest's files."""
        self.size = 0
        """Plain bytes that were looked at."""

    def worker(self) -> Callable[[Job], None]:
        """Return what does one job; for one thread."""
        fetcher = Fetcher(self._backend)

        def do(job: Job) -> None:
            moved = fetcher.fetched_bytes
            for found in fetch(job, fetcher):
                if found.error is not None:
                    self._hurt({job.table.files[row] for row in found.want.rows}, found.error)
                size = len(found.want.rows) * found.want.row.piece.length
                with self._lock:
                    self.size += size
                self._progress.advance(size=size, moved=fetcher.fetched_bytes - moved)
                moved = fetcher.fetched_bytes

        return do

    def _hurt(self, files: set[int], error: Exception) -> None:
        with self._lock:
            new = files - self.bad
            self.bad |= new
        for number in sorted(new):
            path = self._version.manifest.files[number].path
            self._progress.warn(f"{path} of {self._version.version} is hurt: {error}")
