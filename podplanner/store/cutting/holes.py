"""Holes of a sparse file: where it has no bytes on disk, and reads as zeros."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

LEAST = 64 * 2**10
"""Bytes of a hole that is kept; a shorter one is stored as the zeros that it reads as."""


class Extent(NamedTuple):
    """A part of a file, all data or all hole."""

    offset: int
    length: int
    hole: bool


class Holes:
    """The holes of a file, in order, none touching another."""

    def __init__(self, found: Sequence[tuple[int, int]], size: int) -> None:
        starts: list[int] = []
        ends: list[int] = []
        for offset, length in sorted(found):
            start, end = max(offset, 0), min(offset + length, size)
            if end <= start:
                continue
            if ends and start <= ends[-1]:
                ends[-1] = max(ends[-1], end)
                continue
            starts.append(start)
            ends.append(end)
        kept = [pair for pair in zip(starts, ends, strict=True) if pair[1] - pair[0] >= LEAST]
        self._starts = [start for start, _ in kept]
        self._ends = [end for _, end in kept]

    def split(self, offset: int, length: int) -> Iterator[Extent]:
        """Yield the data and the holes of a part of the file, in order."""
        end = offset + length
        number = max(bisect_right(self._starts, offset) - 1, 0)
        while offset < end and number < len(self._starts):
            start, after = max(self._starts[number], offset), min(self._ends[number], end)
            number += 1
            if start >= end:
                break
            if after <= offset:
                continue
            if start > offset:
                yield Extent(offset, start - offset, False)
            yield Extent(start, after - start, True)
            offset = after
        if offset < end:
            yield Extent(offset, end - offset, False)
