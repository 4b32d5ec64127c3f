"""What a push stores: a directory, or files that are in memory and never were on a disk."""

import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Protocol

from podplanner.errors import WrongUsageError
from podplanner.store.manifest import MOST_FILES
from podplanner.store.paths import check_tree, too_many
from podplanner.store.worktree import Scan, SourceFile, open_source
from podplanner.store.worktree.identity import FileIdentity
from podplanner.store.worktree.scan import scan

Content = Sequence[memoryview] | Path
"""What a file holds: its bytes in order, in as many buffers as there are, or a file on a disk."""
_LARGE = 2**16
# Bytes: a training may go on in another thread, and Python lets none run while it copies itself.


class OpenFile(Protocol):
    """A file of a source that is open; its methods may be called from several threads."""

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fill a buffer from `offset`, up to the end of the file; return how many bytes."""
        ...

    def read_at(self, offset: int, length: int) -> bytes:
        """Return the bytes from `offset`: `length`, or fewer at the end of the file."""
        ...

    def holes(self) -> Iterator[tuple[int, int]]:
        """Yield offset and length of what is not stored on the disk."""
        ...

    def require_unchanged(self) -> None:
        """Refuse a file that has changed since it was chosen, by a SourceChangedError."""
        ...

    def close(self) -> None:
        """Close it; a second time does nothing."""
        ...


class Source(Protocol):
    """What a push stores."""

    @property
    def remembered(self) -> bool:
        """Whether a file's name and times say whether it has changed since it was last pushed."""
        ...

    @property
    def place(self) -> Path:
        """Where it is, or where the program runs that has it: the code's checkout is there."""
        ...

    def look(self) -> Scan:
        """Return what it holds now; an error says why it cannot be stored."""
        ...

    def open(self, file: SourceFile) -> OpenFile:
        """Return one of its files, open."""
        ...


class FolderSource:
    """A directory, or a single file."""

    remembered = True

    def __init__(
        self, place: Path, *, exclude: Sequence[str] = (), follow_links: bool = False
    ) -> None:
        self.place = place
        self._exclude = exclude
        self._follow_links = follow_links

    def __str__(self) -> str:
        return str(self.place)

    def look(self) -> Scan:
        """Scan it, now."""
        return scan(self.place, exclude=self._exclude, follow_links=self._follow_links)

    def open(self, file: SourceFile) -> OpenFile:
        """Return one of its files, open."""
        return open_source(file)


class MemoryFiles:
    """Files in memory, some of them perhaps on a disk: `store.push(MemoryFiles(...), "team/cat")`.

    The buffers are read in place while the push runs: nothing may write to them meanwhile, and a
    write cannot be noticed.
    """

    remembered = False

    def __init__(self, files: Mapping[str, Content], *, place: Path | None = None) -> None:
        """Take files in.

        Args:
            files: Path in the version -> content; buffers are flat and of bytes.
            place: Where the program runs; default: the working directory.

        Raises:
            UnsafeContentError: A path is none that a version can have.
            WrongUsageError: There is no file, or a path leads to a folder.
        """
        if not files:
            raise WrongUsageError("there is nothing to store")
        if len(files) > MOST_FILES:
            raise too_many("files and empty folders")
        self.place = Path.cwd() if place is None else place
        self._buffers: dict[str, _Buffers] = {}
        self._on_disk: dict[str, Path] = {}
        for path, content in files.items():
            if isinstance(content, Path):
                self._on_disk[path] = content
            else:
                self._buffers[path] = _Buffers(content)
        check_tree(sorted(files), ())

    def __str__(self) -> str:
        return f"{len(self._buffers) + len(self._on_disk)} files in memory"

    def look(self) -> Scan:
        """Return the files; those on a disk as they are now."""
        began = time.time()
        found = [
            SourceFile(path, "", _identity(content.size), executable=False, sparse=False)
            for path, content in self._buffers.items()
        ]
        for path, real in self._on_disk.items():
            if real.is_dir():
                raise WrongUsageError(f"{real} is a folder", hint="Name its files.")
            found += (file._replace(path=path) for file in scan(real).files)
        files = tuple(sorted(found))
        return Scan(files, (), (), sum(file.identity.size for file in files), began)

    def open(self, file: SourceFile) -> OpenFile:
        """Return one of the files, open."""
        return self._buffers[file.path] if file.path in self._buffers else open_source(file)


class _Buffers:
    """One file in memory."""

    def __init__(self, buffers: Iterable[memoryview]) -> None:
        self._buffers = [buffer for buffer in buffers if len(buffer)]
        if any(buffer.itemsize != 1 or buffer.ndim != 1 for buffer in self._buffers):
            raise ValueError("a buffer must be flat and of bytes")
        self._starts = list(accumulate(map(len, self._buffers), initial=0))

    @property
    def size(self) -> int:
        """Bytes."""
        return self._starts[-1]

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fill a buffer from `offset`, up to the end; return how many bytes."""
        wanted = max(min(len(buffer), self.size - offset), 0)
        done = 0
        while done < wanted:
            number = bisect_right(self._starts, offset + done) - 1
            within = offset + done - self._starts[number]
            part = self._buffers[number][within : within + wanted - done]
            _copy(part, buffer[done : done + len(part)])
            done += len(part)
        return done

    def read_at(self, offset: int, length: int) -> bytes:
        """Return the bytes from `offset`: `length`, or fewer at the end."""
        found = bytearray(max(0, min(length, self.size - offset)))
        self.read_into(offset, memoryview(found))
        return bytes(found)

    def holes(self) -> Iterator[tuple[int, int]]:
        """Yield nothing: memory has no holes that are known."""
        return iter(())

    def require_unchanged(self) -> None:
        """Do nothing: what writes to memory meanwhile cannot be noticed."""

    def close(self) -> None:
        """Do nothing: the memory is the caller's."""


def _copy(source: memoryview, target: memoryview) -> None:
    """Copy bytes; many of them without holding up the program's other threads."""
    if len(source) < _LARGE:
        target[:] = source
        return
    import numpy as np

    np.copyto(np.frombuffer(target, np.uint8), np.frombuffer(source, np.uint8))


def _identity(size: int) -> FileIdentity:
    return FileIdentity(device=0, inode=0, size=size, mtime_ns=0, ctime_ns=0)
