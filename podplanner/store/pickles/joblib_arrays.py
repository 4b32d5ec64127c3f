"""Arrays that joblib writes among the opcodes of a pickle, behind the object that describes them.

Source: `joblib/numpy_pickle.py`, `NumpyArrayWrapper.write_array` and `read_array`, 0.10 to 1.6.
"""

import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from podplanner.store.pickles.findings import Global
from podplanner.store.pickles.window import Lost

WRAPPER = Global("joblib.numpy_pickle", "NumpyArrayWrapper")
_DTYPE = Global("numpy", "dtype")
DEEPEST = 4
"""Pickles inside each other; joblib writes two: an array of objects is a pickle of its own."""
PROBE = 4096
"""Bytes of an array that are tried as opcodes."""
_MOST_ITEMS = 16
# Entries of a dict that are kept: a wrapper has 6.
_SIZED = re.compile(rb"[biufcSUVmM](\d{1,9})")
_HAS_OBJECTS = 1
# NPY_ITEM_HASOBJECT among a dtype's flags, `numpy/ndarraytypes.h`.
_FLAGS = 7
# Where the flags stand in a dtype's state, `arraydescr_reduce` in numpy.


class Made:
    """What a call of a known class returns, as far as it describes an array."""

    __slots__ = ("arguments", "callee", "state")

    def __init__(self, callee: Global, arguments: Any) -> None:  # noqa: ANN401  a machine's value
        self.callee = callee
        self.arguments = arguments
        self.state: Any = None


class Array(NamedTuple):
    """What lies behind a wrapper."""

    size: int
    """Bytes."""
    has_objects: bool
    """It is a pickle instead."""
    is_padded: bool
    """A byte says how many follow before the array begins."""


def makes(callee: Any) -> bool:  # noqa: ANN401
    """Return whether the result of a call describes an array."""
    return callee in (WRAPPER, _DTYPE)


def fill(target: dict[Any, Any], items: Sequence[Any]) -> None:
    """Put keys and values in a dict that may be a wrapper's state."""
    for key, value in zip(items[::2], items[1::2], strict=False):
        if isinstance(key, bytes) and len(target) < _MOST_ITEMS:
            target[key] = value


def array_of(wrapper: Made) -> Array:
    """Return what lies behind a wrapper.

    Raises:
        Lost: It does not say so in the way that joblib does.
    """
    state = wrapper.state
    if not isinstance(state, dict):
        raise Lost("has an array of unknown size")
    shape, dtype = state.get(b"shape"), state.get(b"dtype")
    if not isinstance(shape, tuple) or not isinstance(dtype, Made) or dtype.callee != _DTYPE:
        raise Lost("has an array of unknown size")
    if not all(type(length) is int and length >= 0 for length in shape):
        raise Lost("has an array of unknown size")
    is_padded = state.get(b"numpy_array_alignment_bytes") is not None
    item_bytes = _item_bytes(dtype)
    if item_bytes is None:
        return Array(0, has_objects=True, is_padded=False)
    return Array(math.prod(shape) * item_bytes, has_objects=False, is_padded=is_padded)


def _item_bytes(dtype: Made) -> int | None:
    """Return the size of an item; None where the items are objects."""
    arguments, state = dtype.arguments, dtype.state
    name = arguments[0] if isinstance(arguments, tuple) and arguments else None
    if not isinstance(name, bytes):
        raise Lost("has an array of unknown size")
    flags = state[_FLAGS] if isinstance(state, tuple) and len(state) > _FLAGS else 0
    if name[:1] == b"O" or (isinstance(flags, int) and flags & _HAS_OBJECTS):
        return None
    sized = _SIZED.fullmatch(name)
    if not sized:
        raise Lost("has an array of unknown size")
    return int(sized[1]) * (4 if name[:1] == b"U" else 1)
