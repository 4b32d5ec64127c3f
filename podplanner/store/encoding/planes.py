"""Planes: numbers taken apart byte by byte, so that alike bytes lie together, and put back.

Plane 0 holds the most significant byte of every number, the last plane the least significant. Of
floating-point numbers the sign is first moved from the top to the bottom, by turning the number
left by one bit: then plane 0 holds the exponent alone (its top 8 bits), which is what packs.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from typing_extensions import Buffer

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.unsignedinteger[Any]]
"""Numbers as unsigned integers of their width, whatever they mean."""

BLOCK = 2**16
"""Numbers taken at a time: their words and scratch stay in a second-level cache of 1 MiB."""


def words_of(content: Buffer, width: int) -> Words:
    """Return a view of little-endian numbers, at any address; the content is a whole number."""
    words: Words = np.frombuffer(memoryview(content), np.dtype(f"<u{width}"))
    return words


def bytes_of(content: Buffer) -> Bytes:
    """Return a view of bytes."""
    return np.frombuffer(memoryview(content), np.uint8)


def split(words: Words, *, turned: bool) -> list[Bytes]:
    """Return the planes of the numbers; of numbers of one byte, a view."""
    width = words.itemsize
    if width == 1:
        return [words.view(np.uint8)]
    planes = [np.empty(len(words), np.uint8) for _ in range(width)]
    room = np.empty((2, min(BLOCK, len(words))), f"u{width}")
    for start in range(0, len(words), BLOCK):
        block = words[start : start + BLOCK]
        here, other = room[0, : len(block)], room[1, : len(block)]
        if turned:
            np.right_shift(block, 8 * width - 1, out=other)
            np.left_shift(block, 1, out=here)
            np.bitwise_or(here, other, out=here)
        else:
            np.copyto(here, block)
        for plane in planes[:0:-1]:
            # The cast keeps the lowest byte.
            np.copyto(plane[start : start + BLOCK], here, casting="unsafe")
            np.right_shift(here, 8, out=here)
        np.copyto(planes[0][start : start + BLOCK], here, casting="unsafe")
    return planes


def join(planes: list[Bytes], out: Words, *, turned: bool) -> None:
    """Put the numbers of these planes together in `out`, which is as long as each of them."""
    width = len(planes)
    if width == 1:
        np.copyto(out, planes[0])
        return
    room = np.empty((2, min(BLOCK, len(out))), f"u{width}")
    for start in range(0, len(out), BLOCK):
        block = out[start : start + BLOCK]
        here, other = room[0, : len(block)], room[1, : len(block)]
        np.copyto(here, planes[0][start : start + BLOCK])
        for plane in planes[1:]:
            np.left_shift(here, 8, out=here)
            np.copyto(other, plane[start : start + BLOCK])
            np.bitwise_or(here, other, out=here)
        if turned:
            np.left_shift(here, 8 * width - 1, out=other)
            np.right_shift(here, 1, out=here)
            np.bitwise_or(here, other, out=block)
        else:
            np.copyto(block, here)
