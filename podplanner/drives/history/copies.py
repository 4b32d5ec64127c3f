"""The second copy: the whole database once a day, and a list of what was written since.

Together they hold what the database holds, also while that is locked, and after it broke.
"""

import contextlib
import os
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from podplanner.drives.history.database import (
    AilingError,
    Ailment,
    ailing,
    duplicate,
    open_to_read,
    transaction,
)
from podplanner.drives.history.entries import AnyEntry, entries_in, lines_of
from podplanner.drives.history.files import Files, settle_folder
from podplanner.drives.history.schema import moment_of, stored
from podplanner.drives.history.thinning import thin
from podplanner.drives.history.writing import write

_EVERY = timedelta(hours=24)


def note_since(files: Files, entries: Sequence[AnyEntry]) -> None:
    """Add to the list, onto the disk, while the database is locked for writing.

    Raises:
        OSError: It cannot be written.
    """
    # A line that a power cut left unfinished must not swallow the next one.
    with files.since.open("ab") as file:
        file.write(b"\n" + lines_of(entries))
        file.flush()
        os.fsync(file.fileno())


def noted_since(files: Files) -> list[AnyEntry]:
    """Return what the list holds, as far as it can be read."""
    try:
        content = files.since.read_bytes()
    except OSError:
        return []
    return entries_in(content)[0]


def are_there(files: Files) -> bool:
    """Return whether there is a copy or a list: then this was a history before."""
    return files.copy.exists() or files.since.exists()


def keep_up(database: sqlite3.Connection, files: Files, now: datetime) -> None:
    """Once a day: look for damage, thin out, and make the copy anew.

    Raises:
        AilingError: The database does not do it; damage is found this way.
        OSError: The copy cannot be written.
    """
    with ailing():
        if not _is_due(database, files, now):
            return
        (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise AilingError(Ailment.BROKEN, str(found))
        with transaction(database):
            # What another process noted and could not end, or wrote into a file that was broken.
            write(database, noted_since(files))
            thin(database, now)
            database.execute(
                "INSERT OR REPLACE INTO upkeep (name, value) VALUES ('copied', ?)", (stored(now),)
            )
    with ailing(), transaction(database):
        # Nobody else writes into database or list meanwhile.
        _copy(files)
        with contextlib.suppress(FileNotFoundError):
            os.truncate(files.since, 0)


def _is_due(database: sqlite3.Connection, files: Files, now: datetime) -> bool:
    row = database.execute("SELECT value FROM upkeep WHERE name = 'copied'").fetchone()
    if row is None or not files.copy.exists():
        return True
    try:
        return not timedelta() <= now - moment_of(row[0]) < _EVERY
    except (OverflowError, TypeError):
        return True


def _copy(files: Files) -> None:
    partial = files.copy.with_name(f"{files.copy.name}.{os.getpid()}.part")
    try:
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()
        # By another connection: one that is about to write cannot be copied.
        with (
            contextlib.closing(open_to_read(files.database)) as source,
            contextlib.closing(sqlite3.connect(partial, isolation_level=None)) as target,
        ):
            duplicate(source, target)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(files.copy)
        settle_folder(files.copy.parent)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
