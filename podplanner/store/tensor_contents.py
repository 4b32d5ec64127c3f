"""What files and tensors of a version hold, in a few bytes each, from one pass over its pieces."""

import struct
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from blake3 import blake3

from podplanner.store.manifest import FileEntry, Manifest, TensorList
from podplanner.store.tables import Piece

Pieces = Callable[[str], Iterator[Piece]]
"""`pieces(path)`: the pieces of a file of a version, in order."""
_PLACED = struct.Struct("<qQ")
_BATCH = 8192
# Pieces that are looked up among the known ones at once.
_PREFIX = 8
# Bytes of a digest that tell known pieces from new ones: two of 2 million share them once in
# 10**7 versions, and then a figure is 8 MiB too small.


class Known:
    """The pieces that a version has, 8 bytes each."""

    def __init__(self) -> None:
        self._prefixes = array("Q")
        self._sorted = False

    def add(self, digest: bytes) -> None:
        """Take a piece in."""
        self._prefixes.append(int.from_bytes(digest[:_PREFIX], "little"))
        self._sorted = False

    def which(self, pieces: list[Piece]) -> list[bool]:
        """Return for each piece whether it is known."""
        import numpy as np

        if not self._prefixes:
            return [False] * len(pieces)
        if not self._sorted:
            np.frombuffer(self._prefixes, np.uint64).sort()
            self._sorted = True
        there = np.frombuffer(self._prefixes, np.uint64)
        asked = np.frombuffer(b"".join(piece.digest[:_PREFIX] for piece in pieces), "<u8")
        at = np.minimum(np.searchsorted(there, asked), len(there) - 1)
        found: list[bool] = (there[at] == asked).tolist()
        return found


class Content(NamedTuple):
    """What a file or a tensor holds."""

    fingerprint: bytes
    """Equal for equal bytes that are cut at equal places."""
    new_bytes: int
    """Bytes in pieces that are not among the known ones."""
    new_inside: int
    """The same, only of pieces that lie wholly within."""
    is_apart: bool
    """Whether all its pieces are its own alone."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of a version."""

    files: dict[str, Content] = field(default_factory=dict)
    """By path."""
    tensors: dict[str, list[Content]] = field(default_factory=dict)
    """By path, in the order of the file's list of tensors."""


def contents_of(
    manifest: Manifest,
    tensors: Mapping[str, TensorList],
    pieces: Pieces,
    *,
    known: Known | None = None,
    collect: Known | None = None,
) -> Contents:
    """Return what the files and tensors of a version hold.

    Args:
        manifest: The version.
        tensors: By the path of the file.
        pieces: Its pieces, asked for once for every file.
        known: Pieces that are not new.
        collect: Takes in every piece.
    """
    contents = Contents()
    for entry in manifest.files:
        reader = _FileReader(tensors.get(entry.path))
        for batch in _batches(entry, pieces):
            is_known = known.which(batch) if known else [False] * len(batch)
            for piece, there in zip(batch, is_known, strict=True):
                reader.take(piece, there)
                if collect is not None:
                    collect.add(piece.digest)
        contents.files[entry.path] = reader.file.content()
        contents.tensors[entry.path] = reader.finish()
    return contents


def _batches(entry: FileEntry, pieces: Pieces) -> Iterator[list[Piece]]:
    if entry.pieces:
        source = pieces(entry.path)
        while batch := list(islice(source, _BATCH)):
            yield batch


class _Span:
    """The content of a run of bytes, while its pieces come."""

    __slots__ = ("_hasher", "_is_apart", "_new", "_new_inside", "end", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end
        self._hasher = blake3()
        self._new = 0
        self._new_inside = 0
        self._is_apart = True

    def take(self, at: int, piece: Piece, is_known: bool) -> None:
        """Take a piece that lies at `at` in the file and has bytes of this span."""
        self._hasher.update(_PLACED.pack(at - self.start, piece.length) + piece.digest)
        is_inside = self.start <= at and at + piece.length <= self.end
        self._is_apart = self._is_apart and is_inside
        if not is_known:
            self._new += min(at + piece.length, self.end) - max(at, self.start)
            self._new_inside += piece.length if is_inside else 0

    def content(self) -> Content:
        """Return what was taken."""
        return Content(self._hasher.digest(), self._new, self._new_inside, self._is_apart)


class _FileReader:
    """The contents of one file and its tensors, while its pieces come."""

    def __init__(self, tensors: TensorList | None) -> None:
        self._offsets = tensors.offsets if tensors else ()
        self._lengths = tensors.lengths if tensors else ()
        self._order = sorted(range(len(self._offsets)), key=self._offsets.__getitem__)
        self._next = 0
        self._at = 0
        self._open: list[tuple[int, _Span]] = []
        self._done: dict[int, Content] = {}
        self.file = _Span(0, 2**63 - 1)

    def take(self, piece: Piece, is_known: bool) -> None:
        """Take the next piece of the file."""
        at, end = self._at, self._at + piece.length
        self.file.take(at, piece, is_known)
        self._begin(end)
        if self._open:
            for index, span in self._open:
                span.take(at, piece, is_known)
                if span.end <= end:
                    self._done[index] = span.content()
            self._open = [pair for pair in self._open if pair[1].end > end]
        self._at = end

    def _begin(self, end: int) -> None:
        """Open the tensors that begin before `end`."""
        while self._next < len(self._order):
            index = self._order[self._next]
            start = self._offsets[index]
            if start >= end:
                return
            self._next += 1
            if self._lengths[index] > 0 and start + self._lengths[index] > self._at:
                self._open.append((index, _Span(start, start + self._lengths[index])))

    def finish(self) -> list[Content]:
        """Return the tensors' contents in the order of their list."""
        for index, span in self._open:
            self._done[index] = span.content()
        nothing = _Span(0, 0).content()
        return [self._done.get(index, nothing) for index in range(len(self._offsets))]
