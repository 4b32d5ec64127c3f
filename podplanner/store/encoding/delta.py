"""DELTA: numbers as differences to those of a base, those of like size together.

Floating-point numbers are put on one line of integers, on which neighbours differ by one; so
training moves a number by a few steps, and by how many depends on its exponent: the same change is
none for a large number and many steps for a small one. Differences are therefore grouped by the
exponent of the base's number, which a reader has. Each group is then alike in itself, and the
entropy coder, which adapts as it goes, sees one group after the other.
"""

import struct

import numpy as np
import numpy.typing as npt
from typing_extensions import Buffer

from podplanner.store.encoding.damage import damaged
from podplanner.store.encoding.elements import Element
from podplanner.store.encoding.form import Form, Run, run_of
from podplanner.store.encoding.planes import BLOCK, join, split

GROUPS = 16
"""One for each of the 15 largest exponents, one for all below: those hold 2^-15 of a Gaussian."""
_COUNTS = struct.Struct(f"<{GROUPS}I")
_RARE = 1 / 1024
# Exponents of which there is less than this, above all others, share the first group: one wild
# number (an infinity, say) would otherwise push all the others into the last.
_SAMPLE = 2**16
# Numbers looked at to find the largest exponent that is not rare.

Words = npt.NDArray[np.unsignedinteger]


def encode_difference(plain: memoryview, base: memoryview, element: Element) -> list[Buffer]:
    """Return the parts of the stored form of `plain`, which is as long as its base."""
    width = element.width
    whole = len(plain) - len(plain) % width
    new = np.frombuffer(plain[:whole], f"<u{width}")
    old = np.frombuffer(base[:whole], f"<u{width}")
    top = _top(old, element)
    groups: list[list[Words]] = [[] for _ in range(GROUPS)]
    for start in range(0, len(new), BLOCK):
        theirs = old[start : start + BLOCK]
        steps = _line(new[start : start + BLOCK], element) - _line(theirs, element)
        order, bounds = _grouped(theirs, element, top)
        steps = steps[order]
        for number, group in enumerate(groups):
            group.append(steps[bounds[number] : bounds[number + 1]])
    counts = _COUNTS.pack(*(sum(map(len, group)) for group in groups))
    steps = np.concatenate([part for group in groups for part in group] or [new])
    del groups
    signs = _signs(steps)
    sizes = steps.view(f"i{width}")
    np.absolute(sizes, out=sizes)
    runs = [run_of(plane.data) for plane in split(steps.data.cast("B"), width, turned=False)]
    return Form(element, top, [*runs, run_of(signs.data), Run(0, counts)], plain[whole:]).parts()


def decode_difference(stored: memoryview, base: memoryview, out: memoryview) -> None:
    """Fill `out` from a stored form and the base, which is as long.

    Raises:
        ObjectCorruptError: The form contradicts itself, the length, or the base.
    """
    form = Form.read(stored, length=len(out), more=2)
    element = form.element
    whole = len(out) - len(out) % element.width
    steps = _steps(form, whole // element.width)
    old = np.frombuffer(base[:whole], f"<u{element.width}")
    new = np.frombuffer(out[:whole], f"<u{element.width}")
    counts = _COUNTS.unpack(form.runs[-1].plain(_COUNTS.size))
    ends = np.cumsum(counts, dtype=np.int64)
    if ends[-1] != len(steps):
        raise damaged("its groups are larger or smaller than the piece")
    at = [0, *ends[:-1].tolist()]
    for start in range(0, len(new), BLOCK):
        theirs = old[start : start + BLOCK]
        order, bounds = _grouped(theirs, element, form.number)
        parts = []
        for number in range(GROUPS):
            stop = at[number] + int(bounds[number + 1] - bounds[number])
            if stop > ends[number]:
                raise damaged("its groups are not those of the base")
            parts.append(steps[at[number] : stop])
            at[number] = stop
        mine = np.empty(len(theirs), steps.dtype)
        mine[order] = np.concatenate(parts)
        mine += _line(theirs, element)
        new[start : start + BLOCK] = _line(mine, element)
    out[whole:] = form.tail


def _line(words: Words, element: Element) -> Words:
    """Return floating-point numbers as integers in the same order, and back: it is its own inverse.

    The sign stays, and the other bits of a negative number are turned over.
    """
    if not element.exponent_bits:
        return words
    below = words.view(f"i{element.width}") >> (8 * element.width - 1)
    return words ^ (below.view(words.dtype) >> 1)


def _exponents(words: Words, element: Element) -> Words:
    return (words >> element.mantissa_bits) & ((1 << element.exponent_bits) - 1)


def _top(words: Words, element: Element) -> int:
    """Return the largest exponent that is not rare; 0 of integers."""
    if not (element.exponent_bits and len(words)):
        return 0
    some = _exponents(words[:: max(1, len(words) // _SAMPLE)], element)
    return int(np.quantile(some, 1 - _RARE, method="lower"))


def _grouped(words: Words, element: Element, top: int) -> tuple[npt.NDArray[np.intp], list[int]]:
    """Return the order that puts numbers of one group together, and the bounds of the groups."""
    if not element.exponent_bits:
        return np.arange(len(words)), [0, *[len(words)] * GROUPS]
    below = top - _exponents(words, element).astype(np.int16)
    groups = np.clip(below, 0, GROUPS - 1).astype(np.uint8)
    order = np.argsort(groups, kind="stable")
    # Stable: the format's order. Of bytes it is a counting sort, 2 ns a number.
    return order, np.searchsorted(groups[order], np.arange(GROUPS + 1)).tolist()


def _signs(steps: Words) -> npt.NDArray[np.uint8]:
    """Return one bit for each difference that is not 0, in order: whether it is below 0."""
    signed = steps.view(f"i{steps.itemsize}")
    parts = []
    for start in range(0, len(steps), BLOCK):
        block = signed[start : start + BLOCK]
        parts.append((block < 0)[block != 0])
    return np.packbits(np.concatenate(parts or [np.zeros(0, bool)]))


def _steps(form: Form, count: int) -> Words:
    """Return the differences, group after group."""
    width = form.element.width
    steps = np.empty(count, f"u{width}")
    planes = [np.frombuffer(run.plain(count), np.uint8) for run in form.runs[:width]]
    join(planes, steps.data.cast("B") if count else memoryview(bytearray()), turned=False)
    del planes
    moved = int(np.count_nonzero(steps))
    packed = np.frombuffer(form.runs[width].plain((moved + 7) // 8), np.uint8)
    negative = np.unpackbits(packed, count=moved).view(bool)
    at = 0
    for start in range(0, count, BLOCK):
        block = steps[start : start + BLOCK]
        places = np.flatnonzero(block)
        places = places[negative[at : (at := at + len(places))]]
        block[places] = 0 - block[places]
    return steps
