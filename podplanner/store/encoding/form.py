"""The frame of the stored forms FAST and DELTA: a head, then runs of bytes, each packed or not.

docs/store-format.md gives the bytes.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import Buffer

from podplanner.store.encoding.damage import damaged
from podplanner.store.encoding.elements import WIDTHS, Element
from podplanner.store.encoding.frames import pack_where_worth, unpack

VERSION = 1
"""First byte of the stored form."""
_HEAD = struct.Struct("<BBBBHH")
_RAW, _FRAME = 0, 1
_WORTH = 0.97
# A run that shrinks by less is not worth unpacking it: mantissas leave 1.00, exponents 0.3.
_MOST_EXPONENT_BITS = 11
# Of a double. Exponents, and what DELTA keeps of them, fit 16 bits.


@dataclass(frozen=True, slots=True)
class Run:
    """A run of bytes as it is stored."""

    codec: int
    stored: Buffer

    @property
    def size(self) -> int:
        """Stored bytes."""
        return memoryview(self.stored).nbytes

    @property
    def packed(self) -> bool:
        """Whether it is stored in another form than its own."""
        return self.codec == _FRAME

    def plain(self, length: int) -> Buffer:
        """Return the `length` bytes of the run.

        Raises:
            ObjectCorruptError: It is longer or shorter, or does not unpack.
        """
        if self.codec == _FRAME:
            return unpack(memoryview(self.stored), length)
        if self.codec != _RAW or self.size != length:
            raise damaged("a run is longer or shorter than it should be, or of no known codec")
        return self.stored


@dataclass(frozen=True, slots=True)
class Form:
    """A stored form, taken apart."""

    element: Element
    number: int
    """What the form itself says: DELTA keeps an exponent here."""
    runs: Sequence[Run]
    tail: Buffer
    """The bytes after the last whole element."""

    def parts(self) -> list[Buffer]:
        """Return the bytes of the form, to be written one after the other."""
        element, runs = self.element, self.runs
        tail = memoryview(self.tail).nbytes
        head = _HEAD.pack(
            VERSION, element.width, element.exponent_bits, tail, self.number, len(runs)
        )
        codecs = bytes(run.codec for run in runs)
        sizes = struct.pack(f"<{len(runs)}I", *(run.size for run in runs))
        parts: list[Buffer] = [head + codecs + sizes, *(run.stored for run in runs if run.size)]
        return [*parts, self.tail] if tail else parts

    @classmethod
    def read(cls, stored: memoryview, *, length: int, more: int) -> "Form":
        """Return the form in some bytes.

        Args:
            stored: The stored form, no byte more or less.
            length: Bytes of the piece.
            more: Runs beyond one for each byte of an element.

        Raises:
            ObjectCorruptError: It contradicts itself or the length.
        """
        if len(stored) < _HEAD.size:
            raise damaged("its head is cut off")
        version, width, bits, tail, number, count = _HEAD.unpack_from(stored)
        if version != VERSION or width not in WIDTHS or count != width + more:
            raise damaged("its head names no form that is known")
        if tail != length % width or bits >= min(8 * width, _MOST_EXPONENT_BITS + 1):
            raise damaged("its head belongs to another piece")
        at = _HEAD.size + 5 * count
        if len(stored) < at:
            raise damaged("its head is cut off")
        codecs = stored[_HEAD.size : _HEAD.size + count]
        sizes = struct.unpack_from(f"<{count}I", stored, _HEAD.size + count)
        if at + sum(sizes) + tail != len(stored):
            raise damaged("its runs are longer or shorter than they should be")
        runs = []
        for codec, size in zip(codecs, sizes, strict=True):
            runs.append(Run(codec, stored[at : at + size]))
            at += size
        return cls(Element(width, bits), number, runs, stored[at:])


def run_of(content: memoryview) -> Run:
    """Return a run as it is best stored."""
    frame = pack_where_worth(content, _WORTH, "symbols", "repeats")
    return Run(_RAW, content) if frame is None else Run(_FRAME, frame)


def run_as_is(content: Buffer) -> Run:
    """Return a run that is stored as it is."""
    return Run(_RAW, content)
