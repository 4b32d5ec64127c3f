"""The folder in which is kept what was seen of drives: history, watches, processes that hang.

Source: freedesktop.org, XDG Base Directory Specification 0.8; systemd.exec(5), StateDirectory=.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

_SYSTEM = Path("/var/lib/podplanner")
# Root's own: the folder that systemd gives the service too, so that both see one history.


def state_folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the folder, which need not exist yet; None where there can be none.

    The one that systemd gives a service (STATE_DIRECTORY); else XDG_STATE_HOME/podplanner; else
    root's is /var/lib/podplanner, another user's ~/.local/state/podplanner.
    """
    given = environment.get("STATE_DIRECTORY", "").split(":")[0]
    # Several of them are separated by colons.
    if given and Path(given).is_absolute():
        return Path(given)
    named = environment.get("XDG_STATE_HOME", "")
    if named and Path(named).is_absolute():
        return Path(named) / "podplanner"
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return _SYSTEM
    try:
        return Path.home() / ".local/state/podplanner"
    except RuntimeError:
        return None


def is_private(folder: Path) -> bool:
    """Return whether a folder is this user's own, and nobody else may write in it.

    Raises:
        OSError: It is not there.
    """
    found = folder.lstat()
    if not hasattr(os, "geteuid"):
        return True  # Windows (untested): the profile's own permissions hold
    writable = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not writable


def make_private(folder: Path) -> None:
    """Make a folder that only this user may enter, with those above it.

    Raises:
        OSError: It cannot be made; or it is somebody else's, who could have made up what is in it.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not is_private(folder):
        raise PermissionError(1, "it is not this user's alone", str(folder))
