"""Folders of this user: what can be made anew, and what says what was done.

Source: freedesktop.org, XDG Base Directory Specification 0.8.
"""

import os
import re
import stat
from pathlib import Path

_STORE_ID = re.compile(r"[0-9a-f]{8,64}")
# A store's id comes out of the store, so it must not lead out of the folder.


def cache_folder(store_id: str) -> Path | None:
    """Return the folder of this user's caches for a store; None where there can be none."""
    base = _base("XDG_CACHE_HOME", ".cache")
    if base is None or not _STORE_ID.fullmatch(store_id):
        return None
    return base / "podplanner" / store_id


def state_folder() -> Path | None:
    """Return the folder in which is kept what this user pulled; None where there can be none."""
    base = _base("XDG_STATE_HOME", ".local/state")
    return None if base is None else base / "podplanner"


def make_private(folder: Path) -> bool:
    """Make a folder that only this user may write; return whether it is one.

    A folder of somebody else is not trusted: what lies in it could be made up.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.stat()
    except OSError:
        return False
    if not hasattr(os, "geteuid"):
        return True  # Windows (untested): the profile's own permissions hold
    writable = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return found.st_uid == os.geteuid() and not writable


def _base(variable: str, otherwise: str) -> Path | None:
    named = os.environ.get(variable, "")
    if named and Path(named).is_absolute():
        return Path(named)
    try:
        return Path.home() / otherwise
    except RuntimeError:
        return None
