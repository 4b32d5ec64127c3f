"""Small tensors that lie side by side share pieces, cut where one of them begins."""

from collections.abc import Iterator
from zlib import crc32

from podplanner.store.cutting.access import RandomAccess
from podplanner.store.cutting.anatomy import Region

LEAST = 32 * 2**10
MOST = 128 * 2**10
"""Bytes of a piece; a run that is no longer than `MOST` is one piece.

Measured on 14 MiB of small tensors (a LoRA): one of 20 KB inserted makes 108 KiB new, and with
pieces of 64 to 512 KiB 404. Small pieces share objects, so more of them cost little.
"""
_STEER = 64
# Bytes of a tensor that steer: enough that no two trained tensors begin alike. Names would do as
# well until layers are renumbered: then all pieces behind are new.


class Runs:
    """Gathers small tensors, and says where to cut.

    Of all the tensors at which a piece could end, it ends before the one whose first bytes have
    the least checksum. So where one is inserted, removed or longer than before, the next cuts
    fall on the same tensors again; counting bytes alone would move all later cuts.
    """

    def __init__(self, file: RandomAccess) -> None:
        self._file = file
        self._items: list[Region] = []
        self._keys: list[int] = []
        self._total = 0

    def add(self, item: Region) -> Iterator[Region]:
        """Take a tensor that follows the last one; yield pieces that are now settled."""
        self._items.append(item)
        self._keys.append(-1)
        self._total += item.length
        while self._total > MOST:
            yield self._cut(self._best())

    def rest(self) -> Iterator[Region]:
        """Yield what is left as the last piece."""
        if self._items:
            yield self._cut(len(self._items))

    def _best(self) -> int:
        """Return how many of the tensors the next piece holds."""
        best, least, position = 0, 2**32, 0
        for number, item in enumerate(self._items):
            if position > MOST:
                break
            if position >= LEAST and self._key(number) < least:
                best, least = number, self._key(number)
            position += item.length
        return best

    def _key(self, number: int) -> int:
        if self._keys[number] < 0:
            item = self._items[number]
            self._keys[number] = crc32(self._file.read_at(item.offset, min(item.length, _STEER)))
        return self._keys[number]

    def _cut(self, count: int) -> Region:
        """Take the first tensors out; return the piece that they are."""
        taken = self._items[:count]
        del self._items[:count], self._keys[:count]
        length = sum(item.length for item in taken)
        self._total -= length
        first = taken[0]
        if count == 1:
            return first
        alike = all(item.dtype == first.dtype and item.width for item in taken)
        if alike:
            return Region(first.offset, length, dtype=first.dtype, width=first.width)
        return Region(first.offset, length)
