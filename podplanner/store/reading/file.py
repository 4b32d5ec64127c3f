"""A file of a version, open for reading like any other; every byte is verified."""

import io
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from podplanner.store.manifest import FileEntry
from podplanner.store.names import Reference
from podplanner.store.reader import OpenVersion
from podplanner.store.reading.opening import file_at, open_version
from podplanner.store.reading.ranges import FileRange
from podplanner.store.root import StoreRoot

if TYPE_CHECKING:
    from typing_extensions import Buffer

_STEP = 2**20
# Bytes that `cat` yields at a time: a pipe holds less, a terminal shows less.


class StoredFile(io.RawIOBase):
    """A file of a version: seekable, read only; every byte that it gives has been verified.

    It keeps up to 32 MiB of verified pieces, so small reads one after the other do not read
    from the store again. Its methods may be called from several threads; they share one position,
    as those of any file do. `pread` has none.

    Attributes:
        name: The file's path in the version.
        size: In bytes.
    """

    def __init__(self, version: OpenVersion, entry: FileEntry, start: int) -> None:
        super().__init__()
        self.name = entry.path
        self.size = entry.size
        self._range = FileRange(version, entry, start)
        self._position = 0
        self._lock = threading.RLock()

    def readable(self) -> bool:
        """Return True: it can be read."""
        return True

    def seekable(self) -> bool:
        """Return True: any position can be read."""
        return True

    def write(self, buffer: "Buffer") -> int:
        """Refuse: a version never changes."""
        raise io.UnsupportedOperation("a version of a model never changes")

    @property
    def mode(self) -> str:
        """The mode in which it is open."""
        return "rb"

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position and return it; one beyond the end is allowed and reads nothing."""
        with self._lock:
            self._check_open()
            if whence not in (io.SEEK_SET, io.SEEK_CUR, io.SEEK_END):
                raise ValueError(f"no way to seek has the number {whence}")
            base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
            if base + offset < 0:
                raise ValueError(f"position {base + offset} lies before the beginning")
            self._position = base + offset
            return self._position

    def tell(self) -> int:
        """Return the position."""
        with self._lock:
            self._check_open()
            return self._position

    def readinto(self, buffer: "Buffer") -> int:
        """Fill a buffer from the position, up to the end of the file, and move on.

        Returns:
            How many bytes: as many as the buffer holds, fewer only at the end of the file.

        Raises:
            ObjectMissingError: An object is lost.
            ObjectCorruptError: An object is damaged; nothing of it is handed out.
        """
        with self._lock:
            done = self._pread_into(memoryview(buffer).cast("B"), self._position)
            self._position += done
            return done

    def pread(self, size: int, offset: int) -> bytes:
        """Return up to `size` bytes from an offset, and leave the position where it is.

        Raises:
            ObjectMissingError: An object is lost.
            ObjectCorruptError: An object is damaged; nothing of it is handed out.
        """
        if offset < 0 or size < 0:
            raise ValueError("a range of bytes begins at 0 or later and has no negative length")
        with self._lock:
            content = bytearray(max(0, min(size, self.size - offset)))
            self._pread_into(memoryview(content), offset)
        return bytes(content)

    def readall(self) -> bytes:
        """Return all bytes from the position to the end of the file."""
        with self._lock:
            content = bytearray(max(0, self.size - self._position))
            self.readinto(content)
        return bytes(content)

    def _pread_into(self, view: memoryview, offset: int) -> int:
        self._check_open()
        size = max(0, min(len(view), self.size - offset))
        self._range.read_into(offset, view[:size])
        return size

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("the file is closed")


def open_file(root: StoreRoot, reference: Reference, path: str) -> StoredFile:
    """Open a file of a version.

    Args:
        root: The store.
        reference: The version.
        path: The file's path in the version.

    Raises:
        UnknownNameError: There is no such version, or it has no such file.
    """
    version = open_version(root, reference)
    return StoredFile(version, *file_at(version, path))


def cat(root: StoreRoot, reference: Reference, path: str) -> Iterator[bytes]:
    """Return the bytes of a file of a version, in order, a few at a time.

    The version and the file are looked up at once; damage is told when it is reached.

    Args:
        root: The store.
        reference: The version.
        path: The file's path in the version.

    Raises:
        UnknownNameError: There is no such version, or it has no such file.
    """
    return _chunks(open_file(root, reference, path))


def _chunks(file: StoredFile) -> Iterator[bytes]:
    with file:
        for offset in range(0, file.size, _STEP):
            yield file.pread(_STEP, offset)
