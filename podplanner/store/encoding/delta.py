"""DELTA: numbers as differences to those of a base, those of like size together.

Floating-point numbers are put on one line of integers, on which neighbours differ by one; so
training moves a number by a few steps, and by how many depends on its exponent: the same change is
none for a large number and many steps for a small one. Differences are therefore grouped by the
exponent of the base's number, which a reader has. Each group is then alike in itself, and the
entropy coder, which adapts as it goes, sees one group after the other.
"""

import itertools
import struct

import numpy as np
import numpy.typing as npt
from typing_extensions import Buffer

from podplanner.store.encoding.damage import damaged
from podplanner.store.encoding.elements import Element
from podplanner.store.encoding.form import Form, run_as_is, run_of
from podplanner.store.encoding.planes import BLOCK, Words, bytes_of, join, split, words_of

GROUPS = 16
"""One for each of the 15 largest exponents, one for all below: those hold 2^-15 of a Gaussian."""
_COUNTS = struct.Struct(f"<{GROUPS}I")
_RARE = 1 / 1024
# Exponents of which there is less than this, above all others, share the first group: one wild
# number (an infinity, say) would otherwise push all the others into the last.
_SAMPLE = 2**14
# Numbers looked at to find the largest exponent that is not rare.


def encode_difference(plain: memoryview, base: memoryview, element: Element) -> list[Buffer]:
    """Return the parts of the stored form of `plain`, which is as long as its base."""
    whole = len(plain) - len(plain) % element.width
    new, old = words_of(plain[:whole], element.width), words_of(base[:whole], element.width)
    top = _top(old, element)
    steps, counts = _grouped_steps(new, old, element, top)
    signs = _signs(steps)
    sizes = steps.view(f"i{element.width}")
    np.absolute(sizes, out=sizes)
    runs = [run_of(run.data) for run in (*split(steps, turned=False), signs)]
    runs.append(run_as_is(_COUNTS.pack(*counts)))
    return Form(element, top, runs, plain[whole:]).parts()


def _grouped_steps(new: Words, old: Words, element: Element, top: int) -> tuple[Words, list[int]]:
    """Return the differences group after group, in order inside each, and how many each has."""
    groups: list[list[Words]] = [[] for _ in range(GROUPS)]
    for start in range(0, len(new), BLOCK):
        theirs = _native(old[start : start + BLOCK])
        mine = _native(new[start : start + BLOCK])
        order, bounds = _grouped(theirs, element, top)
        steps = (_line(mine, element) - _line(theirs, element)).take(order)
        for number, group in enumerate(groups):
            group.append(steps[bounds[number] : bounds[number + 1]])
    parts = [part for group in groups for part in group]
    nothing = np.empty(0, f"u{element.width}")
    return np.concatenate([nothing, *parts]), [sum(map(len, group)) for group in groups]


def decode_difference(stored: memoryview, base: memoryview, out: memoryview) -> None:
    """Fill `out` from a stored form and the base, which is as long.

    Raises:
        ObjectCorruptError: The form contradicts itself, the length, or the base.
    """
    form = Form.read(stored, length=len(out), more=2)
    element = form.element
    if form.number >= 1 << element.exponent_bits:
        raise damaged("it names an exponent that is none")
    whole = len(out) - len(out) % element.width
    steps = _steps(form, whole // element.width)
    old, new = words_of(base[:whole], element.width), words_of(out[:whole], element.width)
    counts = _COUNTS.unpack(memoryview(form.runs[-1].plain(_COUNTS.size)))
    *at, end = itertools.accumulate(counts, initial=0)
    if end != len(steps):
        raise damaged("its groups are larger or smaller than the piece")
    ends = [*at[1:], end]
    for start in range(0, len(new), BLOCK):
        theirs = _native(old[start : start + BLOCK])
        order, bounds = _grouped(theirs, element, form.number)
        parts = []
        for number in range(GROUPS):
            stop = at[number] + bounds[number + 1] - bounds[number]
            if stop > ends[number]:
                raise damaged("its groups are not those of the base")
            parts.append(steps[at[number] : stop])
            at[number] = stop
        mine = np.empty(len(theirs), steps.dtype)
        mine[order] = np.concatenate(parts)
        mine += _line(theirs, element)
        new[start : start + BLOCK] = _line(mine, element)
    out[whole:] = form.tail


def _native(words: Words) -> Words:
    """Return the words in this machine's order of bytes: a view where that is little-endian."""
    return words.astype(np.dtype(f"u{words.itemsize}"), copy=False)


def _line(words: Words, element: Element) -> Words:
    """Return floating-point numbers as integers in the same order, and back: it is its own inverse.

    The sign stays, and the other bits of a negative number are turned over.
    """
    if not element.exponent_bits:
        return words
    below = words.view(f"i{element.width}") >> (8 * element.width - 1)
    turned: Words = below.view(words.dtype)
    turned >>= 1
    turned ^= words
    return turned


def _exponents(words: Words, element: Element) -> Words:
    found: Words = np.right_shift(words, element.mantissa_bits)
    if element.exponent_bits <= 8:
        # The cast cuts off the sign above 8 bits of exponent.
        found = found.astype(np.uint8)
    found &= (1 << element.exponent_bits) - 1
    return found


def _top(words: Words, element: Element) -> int:
    """Return the largest exponent that is not rare; 0 of integers."""
    if not (element.exponent_bits and len(words)):
        return 0
    some = _exponents(_native(words[:: max(1, len(words) // _SAMPLE)]), element)
    above = np.cumsum(np.bincount(some)[::-1])
    return len(above) - 1 - int(np.searchsorted(above, _RARE * len(some), side="right"))


def _grouped(words: Words, element: Element, top: int) -> tuple[npt.NDArray[np.intp], list[int]]:
    """Return the order that puts numbers of one group together, and the bounds of the groups."""
    if not element.exponent_bits:
        return np.arange(len(words)), [0, *[len(words)] * GROUPS]
    groups = _exponents(words, element)
    np.minimum(groups, top, out=groups)
    np.subtract(top, groups, out=groups)
    groups = np.minimum(groups, GROUPS - 1).astype(np.uint8, copy=False)
    order = np.argsort(groups, kind="stable")
    # Stable: the format's order. Of bytes it is a counting sort, 2 ns a number.
    bounds = np.arange(GROUPS + 1, dtype=np.uint8)
    return order, np.searchsorted(groups.take(order), bounds).tolist()


def _signs(steps: Words) -> npt.NDArray[np.uint8]:
    """Return one bit for each difference that is not 0, in order: whether it is below 0."""
    signed = steps.view(f"i{steps.itemsize}")
    parts = []
    for start in range(0, len(steps), BLOCK):
        block = signed[start : start + BLOCK]
        parts.append(np.compress(block != 0, block < 0))
    return np.packbits(np.concatenate(parts or [np.zeros(0, bool)]))


def _steps(form: Form, count: int) -> Words:
    """Return the differences, group after group."""
    width = form.element.width
    steps = np.empty(count, f"u{width}")
    planes = [bytes_of(run.plain(count)) for run in form.runs[:width]]
    join(planes, steps, turned=False)
    del planes
    moved = int(np.count_nonzero(steps))
    packed = bytes_of(form.runs[width].plain((moved + 7) // 8))
    negative = np.unpackbits(packed, count=moved).view(bool)
    at = 0
    for start in range(0, count, BLOCK):
        block = steps[start : start + BLOCK]
        places = np.flatnonzero(block != 0)
        turned = np.zeros(len(block), bool)
        turned[places] = negative[at : (at := at + len(places))]
        # All ones where the difference is below 0: (x ^ -1) - -1 is -x.
        mask = np.negative(turned.astype(steps.dtype))
        block ^= mask
        block -= mask
    return steps
