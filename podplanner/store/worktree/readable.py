"""A file that is open for reading, and that notices when it changes under the reader."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self

from podplanner.errors import SourceChangedError
from podplanner.store.paths import printable
from podplanner.store.worktree.failures import read_failure
from podplanner.store.worktree.holes import Extent, data, holes
from podplanner.store.worktree.identity import FileIdentity

OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)
"""For reading a file; O_NONBLOCK so that a pipe put in its place does not stop us."""
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_MEMORY_BYTES = 2**20
# Of a range whose memory is let go: for less the call costs more than it gains.


class ReadableFile:
    """An open file whose identity is known; its methods may be called from several threads.

    Attributes:
        fd: The descriptor; `copying` takes it.
        identity: What the file was when it was chosen.
    """

    def __init__(
        self,
        fd: int,
        shown: str,
        identity: FileIdentity,
        look: Callable[[], os.stat_result],
        *,
        sparse: bool,
    ) -> None:
        """Take over an open descriptor.

        Args:
            fd: The descriptor; closed by `close`.
            shown: How to name the file in an error.
            identity: What the file was when it was chosen.
            look: Looks at the name under which it stood, anew.
            sparse: Whether it may have holes.
        """
        self.fd = fd
        self.identity = identity
        self._shown = shown
        self._look = look
        self._sparse = sparse
        self._turn = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes, as it was when it was chosen."""
        return self.identity.size

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fill a buffer from `offset`, up to the end of the file; return how many bytes.

        Raises:
            SourceChangedError: The file has become shorter.
            FileAccessError: It cannot be read.
        """
        wanted = min(len(buffer), self.size - offset)
        done = 0
        while done < wanted:
            try:
                got = self._read(offset + done, buffer[done:wanted])
            except OSError as error:
                raise read_failure(error, self._shown) from error
            if not got:
                raise self._changed("became shorter")
            done += got
        return max(done, 0)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return the bytes from `offset`: `length`, or fewer at the end of the file.

        Raises:
            SourceChangedError: The file has become shorter.
            FileAccessError: It cannot be read.
        """
        buffer = bytearray(max(0, min(length, self.size - offset)))
        self.read_into(offset, memoryview(buffer))
        return bytes(buffer)

    def let_go(self, offset: int, length: int) -> None:
        """Say that a range will hardly be read again: its memory is free for what is written."""
        if length >= _MEMORY_BYTES and hasattr(os, "posix_fadvise"):
            with suppress(OSError):  # a hint
                os.posix_fadvise(self.fd, offset, length, os.POSIX_FADV_DONTNEED)

    def holes(self) -> Iterator[Extent]:
        """Yield the file's holes, in order; none where it takes as much space as it has bytes."""
        return holes(self.fd, self.size) if self._sparse else iter(())

    def written(self) -> Iterator[Extent]:
        """Yield what is no hole, in order."""
        return data(self.fd, self.size)

    def unchanged(self) -> bool:
        """Return whether it is still the file that was chosen, under its name and by its times."""
        try:
            mine, named = os.fstat(self.fd), self._look()
        except OSError:
            return False
        return FileIdentity.of(mine) == self.identity == FileIdentity.of(named)

    def require_unchanged(self) -> None:
        """Refuse a file that has changed since it was chosen.

        Raises:
            SourceChangedError: It has.
        """
        if not self.unchanged():
            raise self._changed("changed")

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        fd, self.fd = self.fd, -1
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

    def _read(self, offset: int, buffer: memoryview) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self.fd, [buffer], offset)
        with self._turn:
            # Untested: Windows has no read that leaves the position alone.
            os.lseek(self.fd, offset, os.SEEK_SET)
            content = os.read(self.fd, len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def _changed(self, how: str) -> SourceChangedError:
        return SourceChangedError(
            f"{printable(self._shown)} {how} while it was read",
            hint="Let nothing write there, and run the same command again.",
        )
