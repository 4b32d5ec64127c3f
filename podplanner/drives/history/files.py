"""Where the history lies, and the files that stand beside it."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_NAME = "drives.db"
_SYSTEM = Path("/var/lib/podplanner")
# Of the administrator (Filesystem Hierarchy Standard 3.0, 5.8), so that a check by hand as root and
# one by systemd, whose StateDirectory= is the same folder, share one history.


@dataclass(frozen=True, slots=True)
class Files:
    """The database and what belongs to it.

    Attributes:
        database: Links are followed, so that what is renamed lies where the file lies.
        chosen: Whether the user named it; then its folder must be there.
    """

    database: Path
    chosen: bool = False

    @property
    def copy(self) -> Path:
        """Return the copy that is made once a day."""
        return self._beside("copy")

    @property
    def since(self) -> Path:
        """Return the list of what was written since the copy, lines of JSON."""
        return self._beside("since")

    @property
    def spool(self) -> Path:
        """Return the folder of what could not be written yet."""
        return self._beside("spool")

    @property
    def spools(self) -> tuple[Path, ...]:
        """Return the spool and, where that cannot be written, others: by preference."""
        # One user may have several histories: each has its own folder in the common places.
        own = hashlib.sha256(os.fsencode(self.database)).hexdigest()[:16]
        home = _user_folder(os.environ)
        last = Path(tempfile.gettempdir()) / f"podplanner-drives-{_user()}-{own}"
        return (self.spool, *(() if home is None else (home / f"drives.spool-{own}",)), last)

    def aside(self, at: datetime) -> Path:
        """Return a name for a broken database; none of that name is there."""
        number = 1
        while True:
            more = "" if number == 1 else f"-{number}"
            found = self._beside(f"broken-{at:%Y%m%dT%H%M%SZ}{more}")
            if not os.path.lexists(found):
                return found
            number += 1

    def _beside(self, ending: str) -> Path:
        return self.database.with_name(f"{self.database.name}.{ending}")


def files_of(path: Path | None, environ: Mapping[str, str] | None = None) -> Files | None:
    """Return where the history lies; None where there is no place for it.

    A named file; else in the folder that systemd gives (STATE_DIRECTORY); else in
    XDG_STATE_HOME/podplanner; else root's in /var/lib/podplanner, another user's in
    ~/.local/state/podplanner.
    """
    if path is not None:
        return Files(Path(os.path.realpath(path)), chosen=True)
    folder = _user_folder(os.environ if environ is None else environ)
    return None if folder is None else Files(Path(os.path.realpath(folder / _NAME)))


def _user_folder(environ: Mapping[str, str]) -> Path | None:
    given = environ.get("STATE_DIRECTORY", "").split(":")[0]
    # Several of them are separated by colons (systemd.exec(5)).
    if given and Path(given).is_absolute():
        return Path(given)
    base = environ.get("XDG_STATE_HOME", "")
    if base and Path(base).is_absolute():
        return Path(base) / "podplanner"
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return _SYSTEM
    try:
        return Path.home() / ".local/state" / "podplanner"
    except RuntimeError:
        return None


def make_private(folder: Path) -> None:
    """Make a folder that only this user may enter, with those above it.

    Raises:
        OSError: It cannot be made; or it is somebody else's, who could have made up what is in it.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not is_private(folder):
        raise PermissionError(1, "it is not this user's alone", str(folder))


def is_private(folder: Path) -> bool:
    """Return whether a folder is this user's own, and nobody else may write in it.

    Raises:
        OSError: It is not there.
    """
    found = folder.lstat()
    if not hasattr(os, "geteuid"):
        return True  # Windows: the profile's own permissions hold
    writable = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not writable


def _user() -> str:
    return str(os.geteuid()) if hasattr(os, "geteuid") else "user"


def settle_folder(folder: Path) -> None:
    """Write the names in a folder to the disk, so that a power cut does not lose a new file."""
    if os.name == "nt":
        return  # NTFS keeps its own journal, and has no fsync of a folder
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
