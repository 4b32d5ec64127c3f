"""NumPy's .npy: a magic number, a header that is a Python literal, then one array.

The header is matched by a pattern, never evaluated.
Source: numpy/lib/format.py, versions 1.0 to 3.0 of the format.
"""

import re
from typing import NamedTuple

from podplanner.store.cutting.access import ContradictionError, RandomAccess, read_exactly
from podplanner.store.cutting.anatomy import Anatomy, By, Region, Tensor, checked, listed
from podplanner.store.cutting.dtypes import elements_of, width_of

MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 64 * 2**10
# What version 1.0 can state; numpy itself reads no longer one than 10,000 unless told to.
_LENGTH_WIDTHS = {1: 2, 2: 4, 3: 4}
# Bytes of the header's length, by the major version.
_HEADER = re.compile(
    r"\{'descr': '([^'\\]{1,64})', 'fortran_order': (False|True), "
    r"'shape': \(((?:\d{1,19}, ?)*(?:\d{1,19})?)\),? ?\} *\n?"
)
# As every version of numpy writes it: the keys are sorted.
_DESCR = re.compile(r"([<>|=])([a-zA-Z])(\d{1,9})(?:\[[^\]]{1,16}\])?")
_WORDS = {
    "b1": "BOOL",
    "i1": "I8",
    "i2": "I16",
    "i4": "I32",
    "i8": "I64",
    "u1": "U8",
    "u2": "U16",
    "u4": "U32",
    "u8": "U64",
    "f2": "F16",
    "f4": "F32",
    "f8": "F64",
    "c8": "C64",
}
# Words of safetensors. Others (big-endian, text, dates, long double) are cut, but not listed.
_CHARACTER = 4
# Bytes of each character of text, type U.


class Array(NamedTuple):
    """An array in a file: where its numbers begin, and what they are."""

    offset: int
    """From the start of the file."""
    length: int
    shape: tuple[int, ...]
    fortran: bool
    dtype: str | None
    """A word of safetensors; None: it has none."""

    def region(self, name: str) -> Region:
        """Return the region in which its numbers lie."""
        tensor = self.tensor(name)
        return tensor.region() if tensor else Region(self.offset, self.length)

    def tensor(self, name: str) -> Tensor | None:
        """Return the tensor under a name; None where its type has no word."""
        if self.dtype is None:
            return None
        width = width_of(self.dtype)
        return Tensor(name, self.dtype, self.shape, self.offset, self.length, width, self.fortran)


def parse(file: RandomAccess, size: int, *, name: str) -> Anatomy:
    """Return what a .npy file holds; the array has no name of its own, and gets this one.

    Raises:
        ContradictionError: The header cannot be read, or is of objects or records.
    """
    array = array_at(file, 0, size)
    tensor = array.tensor(name)
    header = Region(0, array.offset, By.HEADER)
    regions = checked([header, array.region(name)], start=0, end=size)
    return Anatomy("npy", regions, listed([tensor], size=size) if tensor else None)


def array_at(file: RandomAccess, offset: int, length: int) -> Array:
    """Return the array whose .npy form begins at an offset and takes at most `length` bytes.

    Raises:
        ContradictionError: There is none that could be understood, or it takes more.
    """
    head = read_exactly(file, offset, min(length, 12))
    width = _LENGTH_WIDTHS.get(head[6]) if len(head) == 12 and head.startswith(MAGIC) else None
    if width is None:
        raise ContradictionError("no array begins here")
    start = len(MAGIC) + 2 + width
    long = int.from_bytes(head[start - width : start], "little")
    if long > min(_LONGEST_HEADER, length - start):
        raise ContradictionError("a header longer than any that is known")
    header = read_exactly(file, offset + start, long)
    array = _described(header.decode("utf-8" if head[6] == 3 else "latin-1", "replace"))
    if start + long + array.length > length:
        raise ContradictionError("an array reaches beyond the end")
    return array._replace(offset=offset + start + long)


def _described(header: str) -> Array:
    """Return the array that a header describes; where it lies is filled in by the caller."""
    found = _HEADER.fullmatch(header)
    descr = _DESCR.fullmatch(found[1]) if found else None
    if found is None or descr is None or descr[2] == "O":
        raise ContradictionError("an array of objects or records, or no array")
    shape = tuple(int(extent) for extent in found[3].replace(" ", "").split(",") if extent)
    bytes_each = int(descr[3]) * (_CHARACTER if descr[2] == "U" else 1)
    length = elements_of(shape) * bytes_each
    dtype = None if descr[1] == ">" else _WORDS.get(descr[2] + descr[3])
    return Array(0, length, shape, found[2] == "True", dtype)
