"""From regions to spans: every byte of a file is in one piece, in order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from podplanner.store.cutting.access import RandomAccess
from podplanner.store.cutting.anatomy import By, Region
from podplanner.store.cutting.content import cut_by_content
from podplanner.store.cutting.holes import Holes
from podplanner.store.cutting.runs import Runs
from podplanner.store.cutting.slices import LARGE, cut_in_slices

LARGEST_SPAN = 8 * 2**20
"""Bytes of a span that is no hole: what a thread that pushes has in hand at a time."""
_LONG = 512 * 2**10
# A header, or untyped bytes between tensors, longer than this are cut by content: vocabularies.


@dataclass(frozen=True, slots=True)
class Span:
    """A run of consecutive pieces of a file, at most 8 MiB in all unless it is one hole."""

    offset: int
    """In the file."""
    lengths: tuple[int, ...]
    """Of its pieces."""
    hole: bool = False
    """One length, all zeros, not stored on the disk it came from."""
    width: int = 0
    """Bytes of an element where all of the span is elements of one type; 0: untyped."""
    dtype: str = ""
    """The word of safetensors for the type, or `GGML:` and ggml's own; empty: untyped."""
    tensor: str | None = None
    """The tensor's name, where all of the span lies in one tensor."""
    start: int = 0
    """Offset of the span inside that tensor, in bytes."""

    @property
    def length(self) -> int:
        """Bytes of all its pieces."""
        return sum(self.lengths)


class _Label(NamedTuple):
    """What is known of the bytes of a piece."""

    dtype: str
    width: int
    tensor: str | None = None
    begins: int = 0
    """Where the tensor begins in the file."""


class _Piece(NamedTuple):
    """One piece."""

    offset: int
    length: int
    label: _Label | None = None
    """None: untyped bytes, or a hole."""
    hole: bool = False


def spans_of(
    file: RandomAccess,
    size: int,
    regions: Sequence[Region],
    *,
    holes: Sequence[tuple[int, int]],
    piece_bytes: int,
) -> Iterator[Span]:
    """Yield the spans of a file: in order, covering it exactly; of an empty one, none.

    Args:
        file: Read where the cuts depend on content, and nowhere else.
        size: Bytes of the file.
        regions: In order, none over another.
        holes: Offset and length of each hole.
        piece_bytes: Slice inside a tensor.
    """
    cutter = _Cutter(file, Holes(holes, size), piece_bytes)
    first: _Piece | None = None
    lengths: list[int] = []
    total = 0
    for piece in cutter.pieces(_filled(regions, size)):
        if first is not None and _together(first, piece, total):
            total += piece.length
            lengths.append(piece.length)
            continue
        if first is not None:
            yield _span(first, lengths)
        first, lengths, total = piece, [piece.length], piece.length
    if first is not None:
        yield _span(first, lengths)


def _together(first: _Piece, piece: _Piece, total: int) -> bool:
    """Return whether a piece may share the span that begins with another."""
    if first.hole or piece.hole:
        return first.hole and piece.hole
    return first.label == piece.label and total + piece.length <= LARGEST_SPAN


def _span(first: _Piece, lengths: Sequence[int]) -> Span:
    if first.hole:
        # One length, however many tensors it lies under.
        return Span(first.offset, (sum(lengths),), hole=True)
    if first.label is None:
        return Span(first.offset, tuple(lengths))
    dtype, width, tensor, begins = first.label
    start = first.offset - begins if tensor is not None else 0
    return Span(first.offset, tuple(lengths), width=width, dtype=dtype, tensor=tensor, start=start)


def _filled(regions: Sequence[Region], size: int) -> Iterator[Region]:
    """Yield regions with what lies between them, and behind the last, as regions too."""
    position = 0
    for region in regions:
        if region.offset > position:
            yield Region(position, region.offset - position, By.BETWEEN)
        yield region
        position = region.offset + region.length
    if position < size:
        yield Region(position, size - position, By.BETWEEN)


class _Cutter:
    """Cuts regions into pieces, around the holes of the file."""

    def __init__(self, file: RandomAccess, holes: Holes, piece_bytes: int) -> None:
        self._file = file
        self._holes = holes
        self._piece_bytes = piece_bytes

    def pieces(self, regions: Iterator[Region]) -> Iterator[_Piece]:
        """Yield the pieces of regions that follow each other without a gap."""
        runs = Runs(self._file)
        for region in regions:
            if region.length < LARGE and region.by is not By.HEADER:
                for run in runs.add(region):
                    yield from self._run(run)
                continue
            for run in runs.rest():
                yield from self._run(run)
            yield from self._large(region)
        for run in runs.rest():
            yield from self._run(run)

    def _run(self, run: Region) -> Iterator[_Piece]:
        label = _label(run)
        for offset, length, hole in self._holes.split(run.offset, run.length):
            yield _Piece(offset, length, None if hole else label, hole)

    def _large(self, region: Region) -> Iterator[_Piece]:
        label = _label(region)
        for offset, length, hole in self._holes.split(region.offset, region.length):
            if hole:
                yield _Piece(offset, length, hole=True)
                continue
            for piece in self._lengths(region, offset, length):
                yield _Piece(offset, piece, label)
                offset += piece

    def _lengths(self, region: Region, offset: int, length: int) -> Iterator[int]:
        """Return the lengths of the pieces of a part of a region that has no hole."""
        if region.by in (By.SLICES, By.ROWS):
            first = offset - region.offset
            return cut_in_slices(region, self._piece_bytes, first, first + length)
        if region.by is not By.CONTENT and length <= _LONG:
            return iter((length,))
        return cut_by_content(self._file, offset, length)


def _label(region: Region) -> _Label | None:
    if region.name is not None:
        return _Label(region.dtype, region.width, region.name, region.offset)
    return _Label(region.dtype, region.width) if region.dtype else None
