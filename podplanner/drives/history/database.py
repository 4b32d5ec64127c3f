"""The SQLite file: opened, made, and what is wrong with it when it does not open.

It has a rollback journal and no write-ahead log, which needs memory that machines share and so
breaks on network file systems (sqlite.org, "Write-Ahead Logging", 2). Every transaction is on the
disk when it ends (synchronous = EXTRA, which also settles the folder).
"""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path

from podplanner.drives.history.schema import APPLICATION, FORM, TABLES


class Ailment(StrEnum):
    """What is wrong with the database, as far as it changes what is done."""

    LOCKED = "locked"
    """Another process holds it."""
    UNWRITABLE = "unwritable"
    """It, or its folder, cannot be opened or written, or its disk failed."""
    FULL = "full"
    BROKEN = "broken"
    NEWER = "newer"
    FOREIGN = "foreign"
    """It is no history."""


class AilingError(Exception):
    """The database cannot do what was asked; `History` turns it into words, nobody else sees it."""

    def __init__(self, ailment: Ailment, words: str) -> None:
        super().__init__(words)
        self.ailment = ailment
        self.words = words


_AILMENTS = {
    sqlite3.SQLITE_BUSY: Ailment.LOCKED, sqlite3.SQLITE_LOCKED: Ailment.LOCKED,
    sqlite3.SQLITE_PROTOCOL: Ailment.LOCKED, sqlite3.SQLITE_FULL: Ailment.FULL,
    sqlite3.SQLITE_READONLY: Ailment.UNWRITABLE, sqlite3.SQLITE_CANTOPEN: Ailment.UNWRITABLE,
    sqlite3.SQLITE_PERM: Ailment.UNWRITABLE, sqlite3.SQLITE_AUTH: Ailment.UNWRITABLE,
    sqlite3.SQLITE_IOERR: Ailment.UNWRITABLE, sqlite3.SQLITE_NOLFS: Ailment.UNWRITABLE,
    sqlite3.SQLITE_NOMEM: Ailment.UNWRITABLE, sqlite3.SQLITE_INTERRUPT: Ailment.LOCKED,
}  # fmt: skip
# By primary result code (sqlite.org, "Result and Error Codes"); of what is left, such as CORRUPT,
# NOTADB, a missing table or a constraint that a damaged index breaks, the file is to blame.


@contextmanager
def ailing() -> Iterator[None]:
    """Turn errors of SQLite into one of ours.

    Raises:
        AilingError: The database does not do what is asked.
    """
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        raise AilingError(_AILMENTS.get(code, Ailment.BROKEN), str(error)) from error


def connect(path: Path, *, wait_s: float, fresh: bool = True) -> sqlite3.Connection:
    """Open the database, and make its tables where it is new.

    Args:
        path: Of the file.
        wait_s: How long to wait for another process, in seconds.
        fresh: It may be new; otherwise one without tables lost what it held.

    Raises:
        AilingError: It does not open, is of a newer form, or is no history.
    """
    _must_be_a_file(path, make=True)
    with ailing():
        database = sqlite3.connect(path, timeout=wait_s, isolation_level=None)
    try:
        with ailing():
            _set_up(database)
            if not fresh and not _is_ready(database):
                raise AilingError(Ailment.BROKEN, "it is empty")
            _check_form(database)
    except BaseException:
        database.close()
        raise
    return database


def _must_be_a_file(path: Path, *, make: bool) -> None:
    try:
        found = path.stat()
    except FileNotFoundError:
        if not make:
            raise AilingError(Ailment.UNWRITABLE, "there is no such file") from None
    except OSError as error:
        raise AilingError(Ailment.UNWRITABLE, error.strerror or str(error)) from error
    else:
        # A pipe would be waited for without end.
        if not stat.S_ISREG(found.st_mode):
            raise AilingError(Ailment.FOREIGN, "it is no file")


def _set_up(database: sqlite3.Connection) -> None:
    # Bytes that are no UTF-8 are damage of one row, and must not end the reading of others.
    database.text_factory = partial(str, encoding="utf-8", errors="replace")
    database.execute("PRAGMA synchronous = EXTRA")
    database.execute("PRAGMA trusted_schema = OFF")


def _check_form(database: sqlite3.Connection) -> None:
    if _is_ready(database):
        return
    with transaction(database):
        # Another process may have made them meanwhile.
        if not _is_ready(database):
            for statement in TABLES:
                database.execute(statement)
            database.execute(f"PRAGMA application_id = {APPLICATION}")
            database.execute(f"PRAGMA user_version = {FORM}")


def _is_ready(database: sqlite3.Connection) -> bool:
    (whose,) = database.execute("PRAGMA application_id").fetchone()
    (form,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if whose == APPLICATION and form > FORM:
        raise AilingError(Ailment.NEWER, f"it has the form {form}, this podplanner knows {FORM}")
    if whose == APPLICATION:
        return True
    if whose or form or tables:
        raise AilingError(Ailment.FOREIGN, "it is the database of another program")
    return False


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """Begin to write, and end it whole or not at all.

    Raises:
        sqlite3.Error: It cannot begin or end.
    """
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        # A full disk may have ended the transaction by itself.
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def in_memory() -> sqlite3.Connection:
    """Return an empty database that nobody keeps."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    _set_up(database)
    _check_form(database)
    return database


def fill_from(target: sqlite3.Connection, source: sqlite3.Connection) -> None:
    """Make a database that nobody else uses the same as another.

    Raises:
        AilingError: The other is damaged, locked, or no history; then the target is to be thrown
            away.
    """
    with ailing():
        (found,) = source.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok" or not _is_ready(source):
            raise AilingError(Ailment.BROKEN, str(found))
        duplicate(source, target)


def duplicate(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Copy a database page by page; the source writes nothing meanwhile.

    Raises:
        AilingError: Another process holds it; Python would wait for that without end.
        sqlite3.Error: It cannot be read, or the target not be written.
    """

    def look(status: int, _left: int, _pages: int) -> None:
        if status & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise AilingError(Ailment.LOCKED, "database is locked")

    source.backup(target, progress=look)


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open a database that is not changed by this connection.

    Raises:
        AilingError: It is not there, or cannot be read.
    """
    _must_be_a_file(path, make=False)
    with ailing():
        database = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
        _set_up(database)
    return database
