"""Types of a tensor's elements: their words, and how many bits each takes."""

import re

from podplanner.store.cutting.access import ContradictionError

BITS = {
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "BOOL": 8,
    "U8": 8,
    "I8": 8,
    "F8_E4M3": 8,
    "F8_E5M2": 8,
    "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8,
    "U16": 16,
    "I16": 16,
    "F16": 16,
    "BF16": 16,
    "U32": 32,
    "I32": 32,
    "F32": 32,
    "U64": 64,
    "I64": 64,
    "F64": 64,
    "C64": 64,
}
"""Bits of an element, by the word that safetensors has for it.

Source: `Dtype` and `Dtype::bitsize` in safetensors/src/tensor.rs, version 0.8.
"""

_WORD = re.compile(r"[A-Z][A-Z0-9_]{0,23}")
# What a word for a type of later versions may look like.
_MOST_DIMENSIONS = 64
# numpy's limit; torch and GGUF have fewer.
_MOST_ELEMENTS = 2**53
# Documents hold whole numbers below this only.


def width_of(dtype: str) -> int:
    """Return the bytes of an element; 0 where it is no whole number of bytes, or not known."""
    bits = BITS.get(dtype, 0)
    return bits // 8 if bits % 8 == 0 else 0


def is_word(dtype: str) -> bool:
    """Return whether it looks like the word for a type, known or not."""
    return _WORD.fullmatch(dtype) is not None


def elements_of(shape: tuple[int, ...]) -> int:
    """Return how many elements a shape has.

    Raises:
        ContradictionError: It has too many dimensions, a negative one, or no number holds it.
    """
    if len(shape) > _MOST_DIMENSIONS or any(not 0 <= extent < _MOST_ELEMENTS for extent in shape):
        raise ContradictionError("a shape that no tensor has")
    count = 1
    for extent in shape:
        count *= extent
        if count >= _MOST_ELEMENTS:
            raise ContradictionError("a tensor of more elements than any file holds")
    return count


def bytes_of(shape: tuple[int, ...], bits: int) -> int:
    """Return the bytes that elements of so many bits take; the last byte may be filled in part."""
    return (elements_of(shape) * bits + 7) // 8
