"""numpy's `.npy` files, which hold a pickle where the items are objects.

Source: `numpy/lib/format.py`.
"""

import ast
import re
from typing import Any

from podplanner.store.pickles.findings import Gathered
from podplanner.store.pickles.streams import walk_pickles
from podplanner.store.pickles.window import Lost, Window

MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 2**20
# numpy itself reads 10,000 bytes of a header, more only where pickles are allowed.
_PLAIN_DTYPE = re.compile(r"[<>|=]?[biufcSUVmM?]\d*(?:\[[\w/]+\])?")
_DEEPEST = 20
# Dtypes in dtypes.


def walk_array(window: Window, gathered: Gathered) -> None:
    """Follow the pickle of an array of objects; other arrays hold none."""
    try:
        window.skip(len(MAGIC))
        major = window.take(2)[0]
        header = window.take(_header_bytes(window, major))
    except Lost:
        return
    if not _may_hold_objects(header):
        return
    if not walk_pickles(window, gathered):
        gathered.odd("is an array of objects whose pickle cannot be followed")


def _header_bytes(window: Window, major: int) -> int:
    length = int.from_bytes(window.take(2 if major < 2 else 4), "little")
    if length > _LONGEST_HEADER:
        raise Lost("has a header that is too long")
    return length


def _may_hold_objects(header: bytes) -> bool:
    """Return whether the items are objects, or something that cannot be told."""
    try:
        said = ast.literal_eval(header.decode("latin-1").strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return b"O" in header
    return not isinstance(said, dict) or not _is_plain(said.get("descr"), _DEEPEST)


def _is_plain(descr: Any, left: int) -> bool:  # noqa: ANN401  whatever stands in the header
    """Return whether a dtype is known to be of numbers and text only."""
    if isinstance(descr, str):
        return _PLAIN_DTYPE.fullmatch(descr) is not None
    if left and isinstance(descr, list):
        return all(
            isinstance(field, tuple) and len(field) in (2, 3) and _is_plain(field[1], left - 1)
            for field in descr
        )
    return (
        left > 0 and isinstance(descr, tuple) and len(descr) == 2 and _is_plain(descr[0], left - 1)
    )
