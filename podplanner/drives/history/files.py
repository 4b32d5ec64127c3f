"""Where the history lies, and the files that stand beside it."""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from podplanner.drives.state_folder import state_folder

_NAME = "drives.db"


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
        home = state_folder()
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
    """Return where the history lies: in a named file, else in the folder of what is kept of drives.

    None where there is no place for it.
    """
    if path is not None:
        return Files(Path(os.path.realpath(path)), chosen=True)
    folder = state_folder(os.environ if environ is None else environ)
    return None if folder is None else Files(Path(os.path.realpath(folder / _NAME)))


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
