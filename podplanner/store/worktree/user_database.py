"""A small database of this user's, for what can be made anew: lost, broken or in use, no matter.

Whatever is wrong with it costs time and nothing else, and is never told.
"""

import contextlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from podplanner.store.worktree.user_folders import make_private

if TYPE_CHECKING:
    import sqlite3

_OPENING_WAIT_S = 0.1
# For another process that makes the tables at this moment.

T = TypeVar("T")


class UserDatabase:
    """An SQLite file in a folder of the user's caches; several threads and processes may use it."""

    def __init__(self, folder: Path | None, name: str, *, form: int, tables: Sequence[str]) -> None:
        """Name it; nothing is opened until something is asked.

        Args:
            folder: Made where it is not there, and believed only when it is this user's alone;
                None: do without.
            name: Of the file.
            form: Raised when the tables change: a file of another form is thrown away.
            tables: The statements that make them.
        """
        self._folder = folder
        self._name = name
        self._form = form
        self._tables = tables
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._wait_s = 0.0

    def tried(self, work: Callable[["sqlite3.Connection"], T], otherwise: T, *, wait_s: float) -> T:
        """Return what the work gives; on any trouble `otherwise`, and a broken file is removed.

        Args:
            work: Begins its own transactions; it may be done twice, the second time on a new file.
            otherwise: For a database that is not to be had.
            wait_s: How long to wait for another process that writes, in seconds.
        """
        import sqlite3

        with self._lock:
            for _ in range(2):
                folder = self._folder
                if folder is None:
                    return otherwise
                try:
                    if (database := self._opened(folder)) is None:
                        self._folder = None
                        return otherwise
                    self._wait(database, wait_s)
                    return work(database)
                except sqlite3.DatabaseError as error:
                    self._close()
                    if _is_passing(error):
                        if error.sqlite_errorcode == sqlite3.SQLITE_CANTOPEN:
                            # Nor will it be the next time, which may be for each piece of a push.
                            self._folder = None
                        return otherwise
                    with contextlib.suppress(OSError):
                        (folder / self._name).unlink()
            return otherwise

    def close(self) -> None:
        """Close it; a later question opens it again."""
        with self._lock:
            self._close()

    def _opened(self, folder: Path) -> "sqlite3.Connection | None":
        import sqlite3

        if self._database is None and make_private(folder):
            database = sqlite3.connect(
                folder / self._name,
                timeout=_OPENING_WAIT_S,
                check_same_thread=False,
                isolation_level=None,
            )
            try:
                self._prepare(database)
            except BaseException:
                database.close()
                raise
            self._database = database
        return self._database

    def _wait(self, database: "sqlite3.Connection", wait_s: float) -> None:
        """Set how long is waited from now on; asking thousands of times sets it once."""
        if wait_s != self._wait_s:
            database.execute(f"PRAGMA busy_timeout = {int(wait_s * 1000)}")
            self._wait_s = wait_s

    def _prepare(self, database: "sqlite3.Connection") -> None:
        """Make the tables where there are none."""
        import sqlite3

        # A power cut may break the file: then it is made anew.
        database.execute("PRAGMA synchronous = OFF")
        (form,) = database.execute("PRAGMA user_version").fetchone()
        if form == self._form:
            return
        if form != 0:
            raise sqlite3.DatabaseError(f"form {form}")
        with database:
            database.execute("BEGIN IMMEDIATE")
            for statement in self._tables:
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {self._form}")

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
        self._database = None
        self._wait_s = 0.0


def _is_passing(error: "sqlite3.DatabaseError") -> bool:
    """Return whether a database is locked, full or not to be written, rather than broken."""
    import sqlite3

    broken = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode not in broken
