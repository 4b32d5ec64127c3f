"""What makes files and their names survive a power cut."""

# Names are looked up below an open folder, which pathlib cannot do.

import errno
import itertools
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from podplanner.errors import BackendUnavailableError
from podplanner.store.backends.directory.faults import translated
from podplanner.store.backends.directory.place import Place
from podplanner.store.backends.directory.writing import Written

_REMEMBERED = 65_536
# Objects of which it is remembered that they are ours and not settled: about 15 MB.
_BATCH = 1024
# Objects that are settled together.
_THREADS = 4
# More do not make a disk faster (measured: 256 objects of 8 MiB), and spinning ones seek.
_FEW = 8
# Objects that are not worth starting threads for.
_ANCHORS = 16_384
# Folders of which it is remembered that their name is durable: about 3 MB.
_NO_SUCH_FSYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})
# Folders on some mounts (SMB, FUSE) have none; the server is asked for names in its own order.
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_READ |= getattr(os, "O_NONBLOCK", 0)


class Settler:
    """Makes objects durable, and remembers what this process has put and not yet settled.

    After a failed fsync the kernel has dropped what it could not write, and the next fsync of the
    same file says yes. So a file that failed and that this process has written is removed: whoever
    asks again finds it missing and writes it again. A file that others had settled before is left
    where it is, and this process does not call it durable again until it is written anew.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._lock = threading.Lock()
        self._unsettled: dict[str, Written] = {}
        self._distrusted: set[str] = set()
        self._anchored: dict[str, tuple[int, int]] = {}

    def note(self, key: str, written: Written) -> None:
        """Remember that an object was written here and is not durable."""
        with self._lock:
            self._distrusted.discard(key)
            self._unsettled[key] = written
            many = len(self._unsettled) > _REMEMBERED
        if many:
            self.settle([key])

    def forget(self, key: str) -> None:
        """Forget an object that was deleted."""
        with self._lock:
            self._unsettled.pop(key, None)
            self._distrusted.discard(key)

    def settle(self, keys: Iterable[str]) -> None:
        """Make files durable, then the folders that name them, each once."""
        folders: dict[str, None] = {}
        for batch in _batches(keys):
            for key in batch:
                folders[os.path.dirname(key)] = None
            if len(batch) <= _FEW:
                for key in batch:
                    self._settle_file(key)
            else:
                _in_threads(self._settle_file, batch)
            with self._lock:
                for key in batch:
                    self._unsettled.pop(key, None)
        for folder in folders:
            self.anchor(folder)

    def anchor(self, folder: str) -> None:
        """Make the names in a folder durable, and the folder's own name and those above it.

        A folder that is gone has nothing to make durable. What names a folder is made durable
        once: while it is the same folder, its name stays.
        """
        child, identity = "", (0, 0)
        with translated(self._place.path):
            while not child or self._anchored.get(child) != identity:
                found = self._settle_folder(folder)
                if child:
                    self._remember(child, identity)
                if not folder:
                    return
                child, identity = folder, found
                folder = os.path.dirname(folder)

    def _settle_folder(self, folder: str) -> tuple[int, int]:
        """Fsync a folder; return which one it is (device and inode)."""
        try:
            handle = self._place.open_folder(folder)
        except FileNotFoundError:
            return (0, 0)
        try:
            if not isinstance(handle, int):
                return (0, 0)
                # Windows: NTFS keeps its own journal, and has no fsync of a folder.
            try:
                os.fsync(handle)
            except OSError as error:
                if error.errno not in _NO_SUCH_FSYNC:
                    raise
            found = os.fstat(handle)
        finally:
            self._place.close_folder(handle)
        return (found.st_dev, found.st_ino)

    def _remember(self, folder: str, identity: tuple[int, int]) -> None:
        with self._lock:
            if len(self._anchored) >= _ANCHORS:
                self._anchored.clear()
            self._anchored[folder] = identity

    def _settle_file(self, key: str) -> None:
        if key in self._distrusted:
            raise BackendUnavailableError(
                f"the disk failed to take {key!r} in {self._place.path} before",
                hint="Replace the disk if it fails again; then run the same command again.",
            )
        with translated(self._place.path, key, reading=True):
            path, folder = self._place.name(key), self._place.folder
            descriptor = os.open(path, _READ, dir_fd=folder)
            try:
                if os.name != "nt":
                    os.fsync(descriptor)
                    # On Windows every put has done it. Untested there.
            except OSError:
                self._distrust(key)
                raise
            finally:
                os.close(descriptor)

    def _distrust(self, key: str) -> None:
        with self._lock:
            written = self._unsettled.pop(key, None)
            self._distrusted.add(key)
        if written is not None:
            with suppress(OSError):
                if written.is_at(self._place, key):
                    os.unlink(self._place.name(key), dir_fd=self._place.folder)


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(keys)
    while batch := list(itertools.islice(iterator, _BATCH)):
        yield batch


def _in_threads(work: Callable[[str], None], keys: list[str]) -> None:
    """Do something for every key by a few threads; raises the first error, and stops at it."""
    waiting = iter(keys)
    errors: list[Exception] = []
    lock = threading.Lock()

    def labour() -> None:
        while not errors:
            with lock:
                key = next(waiting, None)
            if key is None:
                return
            try:
                work(key)
            except Exception as error:  # noqa: BLE001 - raised again below
                errors.append(error)

    threads = [threading.Thread(target=labour) for _ in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
