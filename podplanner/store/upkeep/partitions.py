"""Rows of what is referenced, parted by the first byte of the digest, in little memory."""

import tempfile
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

KEY_BYTES = 37
"""Of a key in a row: as in the lists of epochs, `epochs.row_of`."""
ROW_BYTES = KEY_BYTES + 12
"""Key, then the object's length, and offset and stored length of one use; high byte first."""
PARTS = 256
_STAGED_BYTES = 2 * 2**20
# Parted in one go: numpy needs some thousand rows to be quick.
_HELD_BYTES = 24 * 2**20
# In memory before rows go to a file: an eighth of the 200 MB that collection may take.

Rows = NDArray[np.uint8]
"""Rows as a matrix of bytes, `ROW_BYTES` or `KEY_BYTES` wide."""


def as_rows(content: bytes | bytearray | memoryview, width: int) -> Rows:
    """Return bytes as rows."""
    return np.frombuffer(content, np.uint8).reshape(-1, width)


@dataclass(frozen=True, slots=True)
class Part:
    """What is referenced among the keys whose digests begin with one byte."""

    rows: Rows
    """Sorted, each once."""

    def keys(self) -> Rows:
        """Return the keys, sorted, each once."""
        return self.rows[self._starts(), :KEY_BYTES]

    def _starts(self) -> NDArray[np.intp]:
        """Return the number of the first row of every key."""
        keys = self.rows[:, :KEY_BYTES]
        changes = np.any(keys[1:] != keys[:-1], axis=1)
        return np.flatnonzero(np.concatenate((np.ones(min(len(keys), 1), bool), changes)))

    def lacks(self, keys: Rows) -> NDArray[np.bool_]:
        """Return for every key whether nothing refers to it."""
        if not len(self.rows):
            return np.ones(len(keys), bool)
        found: NDArray[np.bool_] = np.isin(_words(keys), _words(self.keys()), invert=True)
        return found

    def pinned_bytes(self) -> int:
        """Return how much of the objects, all together, nothing refers to."""
        objects = self.rows[self.rows[:, 0] == 0] if len(self.rows) else self.rows
        if not len(objects):
            return 0
        starts = Part(objects)._starts()
        used = np.add.reduceat(_numbers(objects, KEY_BYTES + 8), starts)
        sizes = _numbers(objects, KEY_BYTES)[starts]
        return int(np.maximum(sizes - used, 0).sum())


_EMPTY = Part(as_rows(b"", ROW_BYTES))


def _words(rows: Rows) -> NDArray[Any]:
    """Return rows as one comparable word each."""
    return np.ascontiguousarray(rows).view(f"S{rows.shape[1]}").reshape(-1)


def _numbers(rows: Rows, column: int) -> NDArray[np.int64]:
    """Return the 32-bit numbers that begin at a column."""
    return rows[:, column : column + 4].copy().view(">u4").reshape(-1).astype(np.int64)


def unique(rows: Rows) -> Rows:
    """Return rows sorted, each once."""
    words = np.sort(_words(rows))
    keep = np.concatenate((np.ones(min(len(words), 1), bool), words[1:] != words[:-1]))
    found: Rows = words[keep].view(np.uint8).reshape(-1, rows.shape[1])
    return found


class Partitions:
    """Takes any number of rows, in any order, and gives them back part by part.

    Rows that come again are dropped when memory gets short; then what is left goes to a
    temporary file. As a context manager it removes that file.
    """

    def __init__(self, *, held_bytes: int = _HELD_BYTES) -> None:
        self._held_bytes = held_bytes
        self._staged = bytearray()
        self._parts = [bytearray() for _ in range(PARTS)]
        self._held = 0
        self._file: IO[bytes] | None = None
        self._spilled: list[list[tuple[int, int]]] = [[] for _ in range(PARTS)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything."""
        if self._file is not None:
            self._file.close()

    def add(self, rows: bytes) -> None:
        """Take rows, one after the other."""
        self._staged += rows
        if len(self._staged) >= _STAGED_BYTES:
            self._distribute()

    def _distribute(self) -> None:
        if not self._staged:
            return
        rows = unique(as_rows(bytes(self._staged), ROW_BYTES))
        self._staged.clear()
        order = np.argsort(rows[:, 1], kind="stable")
        ends = np.searchsorted(rows[order, 1], np.arange(PARTS), side="right")
        start = 0
        for number, end in enumerate(ends.tolist()):
            if end > start:
                self._parts[number] += rows[order[start:end]].tobytes()
                self._held += (end - start) * ROW_BYTES
            start = end
        if self._held > self._held_bytes:
            self._shrink()

    def _shrink(self) -> None:
        self._held = 0
        for number, part in enumerate(self._parts):
            self._parts[number] = bytearray(unique(as_rows(part, ROW_BYTES)).tobytes())
            self._held += len(self._parts[number])
        if self._held > self._held_bytes // 2:
            self._spill()

    def _spill(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="podplanner-")  # noqa: SIM115  see close
        for number, part in enumerate(self._parts):
            self._spilled[number].append((self._file.tell(), len(part)))
            self._file.write(part)
            part.clear()
        self._held = 0

    def part(self, number: int) -> Part:
        """Return the rows whose digests begin with the byte `number`."""
        self._distribute()
        content = bytearray(self._parts[number])
        if self._file is not None:
            for offset, length in self._spilled[number]:
                self._file.seek(offset)
                content += self._file.read(length)
            self._file.seek(0, 2)
        return Part(unique(as_rows(bytes(content), ROW_BYTES))) if content else _EMPTY
