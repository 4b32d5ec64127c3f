"""Reading forward through bytes that may come from a file, a part of one, or an unpacker."""

from collections.abc import Callable
from typing import Protocol

ReadAt = Callable[[int, int], bytes]
"""`read_at(offset, length)`: that many bytes, fewer only at the end of the file."""

MARGIN = 32
"""Bytes that lie behind every place where an opcode may begin: no fixed argument is longer."""
_PAD = bytes(MARGIN)
# Behind the last byte: 0 is no opcode, so a cut-off pickle is noticed without a check for each.
_FIRST, _BLOCK, _GROWTH = 4096, 2**20, 16
# The first look costs one small read; who reads on reads more at a time.
_LONGEST_LINE = 64 * 2**20
# Bytes of a text argument of protocol 0.


class Lost(Exception):  # noqa: N818  not an error of podplanner: it never leaves `pickles`
    """The way cannot be followed further; says why."""


class Bomb(Lost):
    """What is packed becomes too large: unsafe, whatever else it is."""


class Feed(Protocol):
    """Bytes that come one after the other."""

    def read(self, length: int) -> bytes:
        """Return the next bytes, at most `length`; none at the end."""
        ...

    def skip(self, length: int) -> int:
        """Pass over bytes; return how many there were to pass over."""
        ...


def bytes_reader(content: bytes) -> ReadAt:
    """Return what reads from bytes in memory."""
    return lambda offset, length: content[offset : offset + length]


class Stretch:
    """A part of a file, or all of it: skipping costs nothing."""

    __slots__ = ("_at", "_end", "_read_at")

    def __init__(self, read_at: ReadAt, start: int, length: int) -> None:
        self._read_at = read_at
        self._at = start
        self._end = start + length

    def read(self, length: int) -> bytes:
        """Return the next bytes, at most `length`; none at the end."""
        got = self._read_at(self._at, min(length, self._end - self._at))
        self._at += len(got)
        return got

    def skip(self, length: int) -> int:
        """Pass over bytes; return how many there were to pass over."""
        passed = min(length, self._end - self._at)
        self._at += passed
        return passed


class Window:
    """The bytes around the place that is looked at; what lies behind is forgotten.

    The hot loop of the walk works on `data`, `at` and `soft` directly.
    """

    __slots__ = ("_block", "_feed", "_passed", "at", "data", "ended", "limit", "soft")

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._block = _FIRST
        self._passed = 0
        self.data = b""
        self.at = 0
        """Index of the next byte in `data`."""
        self.limit = 0
        """How many bytes of `data` are real."""
        self.soft = 0
        """Below this index an opcode with its fixed argument lies wholly in `data`."""
        self.ended = False

    @property
    def offset(self) -> int:
        """How many bytes lie before the next one."""
        return self._passed + self.at

    def more(self, need: int = 2 * MARGIN) -> None:
        """Read on until `need` bytes are ahead, or all that there are."""
        parts = [self.data[self.at : self.limit]]
        have = len(parts[0])
        while have < need and not self.ended:
            got = self._feed.read(max(self._block, need - have))
            self.ended = not got
            parts.append(got)
            have += len(got)
            self._block = min(self._block * _GROWTH, _BLOCK)
        self._passed += self.at
        self.at = 0
        self.limit = have
        self.soft = have if self.ended else have - MARGIN
        if self.ended:
            parts.append(_PAD)
        self.data = b"".join(parts)

    def peek(self, length: int) -> bytes:
        """Return the next bytes without passing them; fewer at the end."""
        if self.limit - self.at < length and not self.ended:
            self.more(length + MARGIN)
        return self.data[self.at : min(self.at + length, self.limit)]

    def skip(self, length: int) -> None:
        """Pass over bytes.

        Raises:
            Lost: There are not so many.
        """
        ahead = self.limit - self.at
        if length <= ahead:
            self.at += length
            return
        passed = self._feed.skip(length - ahead)
        self._passed += self.limit + passed
        self.data, self.at, self.limit, self.soft = b"", 0, 0, 0
        if passed < length - ahead:
            self.ended = True
            raise Lost("is cut off")

    def take(self, length: int) -> bytes:
        """Return the next bytes and pass them.

        Raises:
            Lost: There are not so many.
        """
        got = self.peek(length)
        self.at += len(got)
        if len(got) < length:
            raise Lost("is cut off")
        return got

    def line(self, most: int) -> bytes:
        """Return a line without its end, at most `most` bytes of it, and pass all of it.

        Raises:
            Lost: No line ends here.
        """
        start, end = self.at, self.data.find(b"\n", self.at, self.limit)
        if end >= 0:
            self.at = end + 1
            return self.data[start : min(end, start + most)]
        kept, passed = b"", 0
        while True:
            end = self.data.find(b"\n", self.at, self.limit)
            stop = self.limit if end < 0 else end
            if len(kept) < most:
                kept += self.data[self.at : min(stop, self.at + most - len(kept))]
            passed += stop - self.at
            self.at = stop
            if end >= 0:
                self.at += 1
                return kept
            if self.ended or passed > _LONGEST_LINE:
                raise Lost("has a line without an end")
            self.more()

    def is_at_end(self) -> bool:
        """Return whether no byte is left."""
        return not self.peek(1)
