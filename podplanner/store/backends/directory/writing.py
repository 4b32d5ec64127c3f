"""Files being written: under a name that is no key, as fast as the disk takes them."""

# Names are looked up below an open folder, which pathlib cannot do.

import errno
import mmap
import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from typing_extensions import Buffer

from podplanner.store.backends.directory import linux
from podplanner.store.backends.directory.place import TEMPORARY, Place

OBJECT_MODE = 0o444
"""Everybody reads, nobody writes: objects never change. Folders say who may come near them."""
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_CREATE |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_DIRECT = getattr(os, "O_DIRECT", 0)
_DIRECT_FROM = 512 * 1024
# Bytes: below it, one copy into the page cache costs less than waiting for the disk.
_BOUNDARY = 4096
# Bytes to which memory, offset and length of a direct write are aligned; no disk wants more.
_BOUNCE = 4 * 2**20
# Bytes of a buffer through which unaligned parts go: half a bundle, so that each takes two writes.
_BOUNCES = 4
# Buffers kept for the next write: as many as a push has writing threads; 16 MiB in all.
_CACHED = 512 * 1024
# Bytes of one write through the page cache: a larger one has the kernel look for large runs of
# free memory, which took three times the processor time (measured by 8 MiB, Linux 6.18, ext4).
_AT_ONCE = 1024
# Parts of one gathering write: IOV_MAX of Linux.


@dataclass(frozen=True, slots=True)
class Written:
    """A file that is whole, under a temporary name."""

    name: str
    device: int
    inode: int

    def is_at(self, place: Place, relative: str) -> bool:
        """Return whether it is this very file that is now under a name."""
        try:
            found = place.look(relative)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return (found.st_dev, found.st_ino) == (self.device, self.inode)


class Writer:
    """Writes temporary files below the root of a store; safe to use from several threads.

    Large ones go past the page cache (`O_DIRECT`), which takes half of the processor time
    of a copy through it and meets a bad disk at once rather than at the fsync. What is not
    aligned goes through a small aligned buffer. Where the file system knows no direct writes,
    the kernel is asked to begin writing early, so that the fsync later has little to wait for.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._direct = bool(_DIRECT)
        self._bounces: deque[mmap.mmap] = deque(maxlen=_BOUNCES)

    def write(self, parts: Sequence[Buffer], *, name: str = "") -> Written:
        """Write a temporary file of these parts; it is not durable.

        Args:
            parts: Its content, to be joined.
            name: Where, below the root; else a new name in the temporary folder.
        """
        name = name or temporary_name()
        descriptor = self._create(name)
        with self._dropped_on_failure(name):
            try:
                written = self._fill(descriptor, name, parts)
                if os.name == "nt":
                    os.fsync(descriptor)
                    # Windows flushes no file that is open for reading only. Untested there.
                return written
            finally:
                os.close(descriptor)
                # NFS says here that the disk is full.

    @contextmanager
    def held(self, content: bytes, *, name: str = "") -> Iterator[Written]:
        """Give a durable temporary file of this content, held open meanwhile; then drop it.

        While it is open no other file can get its inode, so that `is_at` cannot take another
        file for it.

        Args:
            content: What is in it.
            name: Where, below the root; else a new name in the temporary folder.
        """
        name = name or temporary_name()
        descriptor = self._create(name)
        with self._dropped_on_failure(name):
            try:
                written = self._fill(descriptor, name, [content])
                os.fsync(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
        if os.name == "nt":
            os.close(descriptor)
            # Windows renames no open file. Untested there.
        try:
            yield written
        finally:
            self.drop(name)
            if os.name != "nt":
                with suppress(OSError):
                    os.close(descriptor)

    def drop(self, name: str) -> None:
        """Remove a temporary file, if it is there and can be."""
        with suppress(OSError):
            os.unlink(self._place.name(name), dir_fd=self._place.folder)

    def _create(self, name: str) -> int:
        path, folder = self._place.name(name), self._place.folder
        try:
            return os.open(path, _CREATE, OBJECT_MODE, dir_fd=folder)
        except FileNotFoundError:
            self._place.make_folder(os.path.dirname(name))
            return os.open(path, _CREATE, OBJECT_MODE, dir_fd=folder)

    @contextmanager
    def _dropped_on_failure(self, name: str) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.drop(name)
            raise

    def _fill(self, descriptor: int, name: str, parts: Sequence[Buffer]) -> Written:
        views = [view for view in map(_bytes_of, parts) if len(view)]
        self._place.adorn_file(descriptor, OBJECT_MODE)
        self._fill_views(descriptor, views)
        found = os.fstat(descriptor)
        return Written(name, found.st_dev, found.st_ino)

    def _fill_views(self, descriptor: int, views: list[memoryview]) -> None:
        size = sum(map(len, views))
        if size >= _DIRECT_FROM:
            if self._direct and self._begin_direct(descriptor):
                self._fill_direct(descriptor, views)
                return
            _fill_cached(descriptor, views)
            linux.begin_write_back(descriptor)
            return
        _fill_cached(descriptor, views)

    def _begin_direct(self, descriptor: int) -> bool:
        try:
            _set_direct(descriptor, wanted=True)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP):
                raise
            self._direct = False
        return self._direct

    def _fill_direct(self, descriptor: int, views: list[memoryview]) -> None:
        if len(views) == 1 and linux.is_aligned(views[0], _BOUNDARY):
            self._write_direct(descriptor, views[0])
            return
        bounce = self._bounces.pop() if self._bounces else mmap.mmap(-1, _BOUNCE)
        with memoryview(bounce) as buffer:
            for filled in _gathered(views, buffer):
                with filled:
                    self._write_direct(descriptor, filled)
        self._bounces.append(bounce)

    def _write_direct(self, descriptor: int, view: memoryview) -> None:
        """Write an aligned buffer; what does not fill a block at its end goes by the cache."""
        whole = len(view) // _BOUNDARY * _BOUNDARY
        done = 0
        try:
            while done < whole and done % _BOUNDARY == 0:
                done += os.write(descriptor, view[done:whole])
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            self._direct = False
            # The disk wants a larger boundary, or the file system was not serious.
        if done < len(view):
            _set_direct(descriptor, wanted=False)
            _fill_cached(descriptor, [view[done:]])


def temporary_name() -> str:
    """Return a name in the temporary folder that nobody else uses, and that is no key."""
    return f"{TEMPORARY}/_{os.getpid():x}-{os.urandom(8).hex()}"


def _bytes_of(part: Buffer) -> memoryview:
    view = memoryview(part)
    return view.cast("B") if view.nbytes else memoryview(b"")


def _set_direct(descriptor: int, *, wanted: bool) -> None:
    import fcntl  # Not on Windows, where `_DIRECT` is 0 and nobody comes here.

    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    flags = flags | _DIRECT if wanted else flags & ~_DIRECT
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags)


def _gathered(views: list[memoryview], buffer: memoryview) -> Iterator[memoryview]:
    """Yield all bytes of the views in order, copied into the buffer, a buffer full at a time."""
    filled = 0
    for view in views:
        taken = 0
        while taken < len(view):
            step = min(len(view) - taken, len(buffer) - filled)
            buffer[filled : filled + step] = view[taken : taken + step]
            taken, filled = taken + step, filled + step
            if filled == len(buffer):
                yield buffer[:filled]
                filled = 0
    if filled:
        yield buffer[:filled]


def _fill_cached(descriptor: int, views: Sequence[memoryview]) -> None:
    """Write all bytes of the views through the page cache, however little each write takes."""
    waiting = deque(views)
    while waiting:
        gathered = _taken(waiting)
        done = _write(descriptor, gathered)
        for number, view in enumerate(gathered):
            if done < len(view):
                waiting.extendleft(reversed(gathered[number + 1 :]))
                waiting.appendleft(view[done:])
                break
            done -= len(view)


def _taken(waiting: deque[memoryview]) -> list[memoryview]:
    """Take views for one write from the left; the rest of one that is too long is put back."""
    gathered: list[memoryview] = []
    room = _CACHED
    while waiting and room and len(gathered) < _AT_ONCE:
        view = waiting.popleft()
        if len(view) > room:
            waiting.appendleft(view[room:])
            view = view[:room]
        gathered.append(view)
        room -= len(view)
    return gathered


def _write(descriptor: int, views: list[memoryview]) -> int:
    if hasattr(os, "writev"):
        return os.writev(descriptor, views)
    return os.write(descriptor, views[0])
