"""Cutting inside a tensor: slices counted from its start, and a tail that may grow."""

from collections.abc import Iterator

from podplanner.store.cutting.anatomy import By, Region

LARGE = 64 * 2**10
"""A tensor of this many bytes is cut by itself. Each costs 40 bytes in a table: under 0.1 %."""
_LARGEST_SLICE = 8 * 2**20
# A span of pieces is read into one buffer of this size.
_FINER = 4
# A matrix that may grow has slices of a quarter: when a row more fills one, all of it is new.
# Two such matrices in 2 GiB then cost 4 MiB at the very worst, 0.2 %.
_TAIL = 512 * 2**10
# Smaller pieces share an object, so a rest below this costs no object of its own.


def slice_bytes(piece_bytes: int) -> int:
    """Return the slice that a store's policy asks for, within what a span may hold.

    >>> slice_bytes(8 * 2**20), slice_bytes(0), slice_bytes(100_000)
    (8388608, 65536, 65536)
    """
    return min(max(piece_bytes // LARGE * LARGE, LARGE), _LARGEST_SLICE)


def cut_in_slices(region: Region, piece_bytes: int, first: int, last: int) -> Iterator[int]:
    """Yield the lengths of the pieces of part of a region; they add up to `last` - `first`.

    Cuts are counted from the start of the whole region, so that one that grows at its end keeps
    all its pieces but the last few; those at the edges of the part are shortened.

    Args:
        region: The region, whole.
        piece_bytes: The slice that the store's policy asks for.
        first: Where the part begins, from the region's start.
        last: Where it ends.
    """
    whole = slice_bytes(piece_bytes)
    if region.by is By.ROWS:
        whole = max(whole // _FINER, LARGE)
    tail = region.length // whole * whole
    while first < min(tail, last):
        after = min(first // whole * whole + whole, last)
        yield after - first
        first = after
    rest = region.length - tail
    for length in _halved(rest, whole) if region.by is By.ROWS else _parted(rest):
        tail += length
        if first < min(tail, last):
            after = min(tail, last)
            yield after - first
            first = after


def _halved(rest: int, whole: int) -> Iterator[int]:
    """Yield what is left in pieces of falling powers of two: a row more renews the last.

    A row that fills one of them joins it with those behind, so what is new is on average the
    last rest and as much as a row for each power.
    """
    power = 1 << (whole.bit_length() - 1)
    while power >= LARGE:
        if rest >= power:
            yield power
            rest -= power
        power //= 2
    if rest:
        yield rest


def _parted(rest: int) -> Iterator[int]:
    """Yield what is left in two pieces: one that rarely changes when rows are added, the end."""
    steady = rest // _TAIL * _TAIL
    if steady:
        yield steady
    if rest - steady:
        yield rest - steady
