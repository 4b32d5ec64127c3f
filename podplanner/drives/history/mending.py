"""A database that is broken or gone, made anew from all that is left of it; the old one stays."""

import contextlib
import os
import sqlite3
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from podplanner.drives.history.copies import noted_since
from podplanner.drives.history.database import (
    AilingError,
    Ailment,
    ailing,
    connect,
    fill_from,
    open_to_read,
    transaction,
)
from podplanner.drives.history.entries import Accepted, Answered, AnyEntry
from podplanner.drives.history.files import Files, settle_folder
from podplanner.drives.history.salvaging import salvaged
from podplanner.drives.history.schema import stored
from podplanner.drives.history.writing import write

_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class Mended:
    """What a mending left.

    Attributes:
        aside: Where the broken file is now; None: there was none.
        readings, drives: That were saved.
    """

    aside: Path | None
    readings: int
    drives: int


def mend(files: Files, seen: int | None, *, now: datetime, wait_s: float) -> Mended | None:
    """Put a new database in the place of a broken one; None: another process has done so.

    Args:
        files: Of the history.
        seen: Number of the file (inode) that is broken; None: there is no file.
        now: For the name of the broken file.
        wait_s: How long to wait for another process that mends, in seconds.

    Raises:
        AilingError: Another process still mends, or the new one cannot be written.
        OSError: The folder cannot be written.
    """
    with _alone(files.database.with_name(f"{files.database.name}.lock"), wait_s):
        if number_of(files.database) != seen:
            return None
        made = files.database.with_name(f"{files.database.name}.new-{uuid.uuid4().hex[:8]}")
        try:
            readings, drives = _make(made, files, broken=seen is not None)
            aside = None if seen is None else _set_aside(files, now)
            made.replace(files.database)
            settle_folder(files.database.parent)
        finally:
            with contextlib.suppress(OSError):
                made.unlink()
    return Mended(aside, readings, drives)


def number_of(path: Path) -> int | None:
    """Return the number of a file; None: there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _make(path: Path, files: Files, *, broken: bool) -> tuple[int, int]:
    database = connect(path, wait_s=0)
    try:
        fill(database, files, broken=broken)
        with ailing():
            (readings,) = database.execute("SELECT count(*) FROM reading").fetchone()
            (drives,) = database.execute("SELECT count(*) FROM drive").fetchone()
    finally:
        database.close()
    return readings, drives


def fill(database: sqlite3.Connection, files: Files, *, broken: bool) -> None:
    """Fill a new database, that nobody else uses, with what the copies hold.

    Args:
        database: The new one.
        files: Of the history.
        broken: Take what can be read of the database too; where the copies know the same thing,
            they are nearer to the truth.

    Raises:
        AilingError: The new one cannot be written.
    """
    whole = False
    with (
        contextlib.suppress(AilingError),
        contextlib.closing(open_to_read(files.copy)) as copy,
    ):
        fill_from(database, copy)
        whole = True
    with ailing(), transaction(database):
        if not whole:
            write(database, salvaged(files.copy))
        if broken:
            write(database, _unknown(database, salvaged(files.database)))
        write(database, noted_since(files))


def _unknown(database: sqlite3.Connection, entries: Iterable[AnyEntry]) -> Iterator[AnyEntry]:
    """Yield the entries of which a database knows nothing."""
    for entry in entries:
        if isinstance(entry, Answered):
            query = "SELECT 1 FROM reading WHERE key = ? AND at = ?"
            more: tuple[str, ...] = ()
        elif isinstance(entry, Accepted):
            query = "SELECT 1 FROM acceptance WHERE key = ? AND at = ? AND signal = ?"
            more = (entry.signal,)
        else:
            yield entry
            continue
        if database.execute(query, (entry.key, stored(entry.at), *more)).fetchone() is None:
            yield entry


def _set_aside(files: Files, now: datetime) -> Path:
    """Give the broken file another name, by which it stays."""
    aside = files.aside(now)
    try:
        aside.hardlink_to(files.database)
    except OSError:
        # No hard links here: for a moment there is no database, which the copies make good.
        files.database.replace(aside)
    for ending in ("-journal", "-wal", "-shm"):
        # A journal of the old one would be played into the new one.
        old = files.database.with_name(files.database.name + ending)
        with contextlib.suppress(FileNotFoundError):
            old.replace(aside.with_name(aside.name + ending))
    return aside


@contextlib.contextmanager
def _alone(lock: Path, wait_s: float) -> Iterator[None]:
    """Let one process mend at a time.

    Raises:
        AilingError: Another one does, for longer than was to be waited.
        OSError: The folder cannot be written.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        until = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= until:
                    words = "another process makes it anew"
                    raise AilingError(Ailment.LOCKED, words) from error
                time.sleep(_PAUSE_S)
        yield
    finally:
        os.close(handle)
