"""Notice a store of models among what a push reads and a pull writes."""

import os
from pathlib import Path

from podplanner.store.policy import KEY

_MARK = b'"format":"podplanner/store/'
# As `store.json` is written, canonically, by every version of the format.
_LOOKED_AT = 4096
# Bytes; ours has 250.


def is_store(folder: str) -> bool:
    """Return whether a folder is the root of a store."""
    try:
        with Path(folder, KEY).open("rb") as file:
            return _MARK in file.read(_LOOKED_AT)
    except OSError:
        return False


def store_around(path: str) -> str | None:
    """Return the store that an absolute path is, or lies in; None when there is none."""
    while True:
        if is_store(path):
            return path
        above = os.path.dirname(path)  # noqa: PTH120  as often as there are folders above
        if above == path:
            return None
        path = above
