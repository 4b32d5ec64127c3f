"""Reading a file's own description of itself: at an offset, or number by number with a limit."""

from typing import Protocol

_LONGEST_VARINT = 10
# Bytes that hold 64 bits, seven in each.


class ContradictionError(Exception):
    """A file is not what its first bytes promise, or lies about itself; never leaves `cutting`."""


class RandomAccess(Protocol):
    """A file that can be read at any offset."""

    def read_at(self, offset: int, length: int) -> bytes | memoryview:
        """Return the bytes there; fewer than `length` only where the file ends."""
        ...


def read_exactly(file: RandomAccess, offset: int, length: int) -> bytes:
    """Return `length` bytes at an offset.

    Raises:
        ContradictionError: The file ends before.
    """
    content = bytes(file.read_at(offset, length))
    if len(content) != length:
        raise ContradictionError("the file is shorter than it was")
    return content


class Walk:
    """Walks forward through part of a file; what is passed over is not read.

    Args:
        file: The file.
        start: Where to begin.
        end: Where the part ends.
        budget: Bytes that may be taken in all; what is skipped costs nothing.
        chunk: Bytes fetched at a time: many where most are taken, few where most are skipped.
    """

    __slots__ = ("_base", "_budget", "_buffer", "_chunk", "_end", "_file", "at")

    def __init__(
        self, file: RandomAccess, start: int, end: int, *, budget: int, chunk: int
    ) -> None:
        self.at = start
        self._file = file
        self._end = end
        self._budget = budget
        self._chunk = chunk
        self._base = start
        self._buffer = b""

    def take(self, length: int) -> bytes:
        """Return the next bytes, and go past them.

        Raises:
            ContradictionError: The part ends before, or more was taken than a header may hold.
        """
        first = self._fetch(length)
        self.at += length
        return self._buffer[first : first + length]

    def skip(self, length: int) -> None:
        """Go past bytes without reading them.

        Raises:
            ContradictionError: The part ends before.
        """
        if not 0 <= length <= self._end - self.at:
            raise ContradictionError("a length reaches beyond the end")
        self.at += length

    def number(self, width: int) -> int:
        """Return the next unsigned little-endian number of so many bytes."""
        return int.from_bytes(self.take(width), "little")

    def skip_strings(self, count: int) -> None:
        """Go past strings that are each preceded by their length in eight bytes.

        A loop of its own: a vocabulary has a quarter of a million of them.
        """
        if count > (self._end - self.at) // 8:
            raise ContradictionError("more strings than the file has room for")
        while count:
            first = self._fetch(8)
            buffer, last = self._buffer, len(self._buffer) - 8
            start = first
            while count and first <= last:
                first += 8 + int.from_bytes(buffer[first : first + 8], "little")
                count -= 1
            self._spend(min(first, len(buffer)) - start - 8)
            self.skip(first - start)

    def varint(self) -> int:
        """Return the next number as protocol buffers write it: seven bits a byte, lowest first."""
        room = min(_LONGEST_VARINT, self._end - self.at)
        first = self._fetch(room)
        value = 0
        for place in range(room):
            byte = self._buffer[first + place]
            value |= (byte & 0x7F) << 7 * place
            if byte < 0x80 and value < 2**64:
                self.at += place + 1
                # Only what was used counts.
                self._budget += room - place - 1
                return value
        raise ContradictionError("a number that does not end, or of more than 64 bits")

    def _fetch(self, length: int) -> int:
        """Have bytes at hand; return where in the buffer they begin."""
        if not 0 <= length <= self._end - self.at:
            raise ContradictionError("a length reaches beyond the end")
        self._spend(length)
        first = self.at - self._base
        if first + length > len(self._buffer):
            self._base = self.at
            wanted = min(max(length, self._chunk), self._end - self.at)
            self._buffer = bytes(self._file.read_at(self.at, wanted))
            if len(self._buffer) < length:
                raise ContradictionError("the file is shorter than it was")
            first = 0
        return first

    def _spend(self, length: int) -> None:
        self._budget -= length
        if self._budget < 0:
            raise ContradictionError("a header longer than any that is known")
