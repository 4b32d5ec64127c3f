"""Planes: numbers taken apart byte by byte, so that alike bytes lie together, and put back.

Plane 0 holds the most significant byte of every number, the last plane the least significant. Of
floating-point numbers the sign is first moved from the top to the bottom, by turning the number
left by one bit: then plane 0 holds the exponent alone (its top 8 bits), which is what packs.

Words are little-endian in the format, whatever the machine: numpy swaps them where it must.
"""

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

BLOCK = 2**16
"""Numbers taken at a time: their words and scratch stay in a second-level cache of 1 MiB."""


def split(plain: memoryview, width: int, *, turned: bool) -> list[Bytes]:
    """Return the planes of the numbers in `plain`, whose length is a multiple of the width.

    One plane of `width` 1 is the content itself, not a copy.
    """
    if width == 1:
        return [np.frombuffer(plain, np.uint8)]
    words = np.frombuffer(plain, f"<u{width}")
    planes = [np.empty(len(words), np.uint8) for _ in range(width)]
    scratch = np.empty((2, min(BLOCK, len(words))), f"u{width}")
    for start in range(0, len(words), BLOCK):
        block = words[start : start + BLOCK]
        here, other = scratch[0, : len(block)], scratch[1, : len(block)]
        if turned:
            np.right_shift(block, 8 * width - 1, out=other)
            np.left_shift(block, 1, out=here)
            np.bitwise_or(here, other, out=here)
        else:
            np.copyto(here, block)
        for plane in planes[:0:-1]:
            np.copyto(plane[start : start + BLOCK], here, casting="unsafe")
            np.right_shift(here, 8, out=here)
        np.copyto(planes[0][start : start + BLOCK], here, casting="unsafe")
    return planes


def join(planes: list[Bytes], out: memoryview, *, turned: bool) -> None:
    """Put the numbers of these planes together in `out`, which is as long as they are."""
    width = len(planes)
    if width == 1:
        np.copyto(np.frombuffer(out, np.uint8), planes[0])
        return
    words = np.frombuffer(out, f"<u{width}")
    scratch = np.empty((2, min(BLOCK, len(words))), f"u{width}")
    for start in range(0, len(words), BLOCK):
        block = words[start : start + BLOCK]
        here, other = scratch[0, : len(block)], scratch[1, : len(block)]
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
