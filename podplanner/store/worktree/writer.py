"""Write one file of a version where it is built."""

import os
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from typing_extensions import Buffer

from podplanner.errors import OutputError, SourceChangedError
from podplanner.store.paths import printable
from podplanner.store.worktree.copying import share_range, write_all
from podplanner.store.worktree.failures import AGAIN, write_failure, writing
from podplanner.store.worktree.holes import Extent, data
from podplanner.store.worktree.linux_calls import AbsentCallError, punch_hole, start_writing
from podplanner.store.worktree.readable import ReadableFile

_ZEROS = bytes(2**20)
_EARLY_BYTES = 2**20
# Length of a file from which on its way to the disk begins while it is written; many small ones
# go faster together at the end.
OPEN_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class FileWriter:
    """A file of a version that is being built: whole ranges, in any order, verified before.

    Different ranges may be written by several threads at once. Nothing stands under the file's
    final name until the whole plan is carried out; `finish` says that every range is right.

    Attributes:
        before: What an earlier pull that was broken off has written, in order. It is as good as
            the disk: read it with `read_into` and keep of it what has the right digest. Its edges
            lie where the file system's blocks do.
    """

    def __init__(
        self, fd: int, path: str, size: int, beat: Callable[[], None], finished: Callable[[], None]
    ) -> None:
        """Take over an open file and give it its full length, at first one hole.

        Raises:
            NoSpaceError: The disk is full.
            OutputError: The file system cannot hold a file of that length.
        """
        self._fd = fd
        self._path = path
        self._size = size
        self._beat = beat
        self._finished = finished
        self._turn = threading.Lock()
        with writing(path):
            length = os.fstat(fd).st_size
            self.before: tuple[Extent, ...] = tuple(data(fd, min(length, size)))
            if length != size:
                os.ftruncate(fd, size)

    def write_at(self, offset: int, buffer: Buffer) -> None:
        """Write a range whose bytes are known to be right.

        Raises:
            NoSpaceError: The disk is full.
            NotPermittedError: Writing is not allowed any more.
            OutputError: The disk fails.
        """
        view = memoryview(buffer)
        self._check(offset, len(view))
        # One at a time: the kernel lets one thread write to a file, and others wait at work there.
        with self._turn, writing(self._path):
            write_all(self._fd, view, offset)
            if self._size >= _EARLY_BYTES:
                start_writing(self._fd, offset, len(view))
        self._beat()

    def hole(self, offset: int, length: int) -> None:
        """Have a range be a hole: zeros that take no space, where the file system has holes.

        Raises:
            OutputError: The disk fails.
        """
        self._check(offset, length)
        end = offset + length
        for extent in self.before:
            start = max(extent.offset, offset)
            rest = min(extent.offset + extent.length, end) - start
            if rest > 0:
                self._clear(start, rest)

    def read_into(self, offset: int, buffer: memoryview) -> None:
        """Fill a buffer with what stands in the file: zeros where nothing was written.

        Raises:
            OutputError: It cannot be read.
        """
        done = 0
        while done < len(buffer):
            with writing(self._path):
                got = self._read(offset + done, buffer[done:])
            if not got:
                raise OutputError(f"{printable(self._path)} became shorter", hint=AGAIN)
            done += got

    def share_from(self, source: ReadableFile, start: int, offset: int, length: int) -> bool:
        """Have a range share the blocks of another file; return whether the disk can do that.

        Read it here afterwards (`read_into`) and verify it: the source may be another by now.

        Raises:
            SourceChangedError: The source ends before the range does.
            NoSpaceError: The disk is full.
            OutputError: One of the disks fails.
        """
        self._check(offset, length)
        try:
            shared = share_range(source.fd, start, self._fd, offset, length)
        except OSError as error:
            raise write_failure(error, self._path) from error
        except EOFError as error:
            raise SourceChangedError(
                f"a file from which {printable(self._path)} was taken became shorter",
                hint="Run the same command again.",
            ) from error
        self._beat()
        return shared

    def finish(self) -> None:
        """Close the file: every range of it is right.

        Raises:
            OutputError: The disk fails.
        """
        with writing(self._path):
            self.close()
        self._finished()

    def close(self) -> None:
        """Close the file, finished or not; a second time does nothing."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _check(self, offset: int, length: int) -> None:
        if not 0 <= offset <= offset + length <= self._size:
            raise ValueError(f"{length} bytes at {offset} are not in a file of {self._size}")

    def _clear(self, offset: int, length: int) -> None:
        with writing(self._path):
            try:
                punch_hole(self._fd, offset, length)
            except AbsentCallError:
                for at in range(0, length, len(_ZEROS)):
                    piece = memoryview(_ZEROS)[: length - at]
                    write_all(self._fd, piece, offset + at)

    def _read(self, offset: int, buffer: memoryview) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self._fd, [buffer], offset)
        os.lseek(self._fd, offset, os.SEEK_SET)
        content = os.read(self._fd, len(buffer))
        buffer[: len(content)] = content
        return len(content)
