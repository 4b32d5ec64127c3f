"""The folder of this user in which is kept what was seen of drives.

Source: freedesktop.org, XDG Base Directory Specification 0.8.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path


def state_folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the folder, which need not exist yet; None where there can be none."""
    named = environment.get("XDG_STATE_HOME", "")
    if named and Path(named).is_absolute():
        return Path(named) / "podplanner" / "drives"
    try:
        return Path.home() / ".local/state/podplanner/drives"
    except RuntimeError:
        return None


def make_private(folder: Path) -> bool:
    """Make a folder that only this user may write; return whether it is one.

    A folder of somebody else is not trusted: what lies in it could be made up.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.stat()
    except OSError:
        return False
    writable = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return found.st_uid == os.geteuid() and not writable
