"""The cache of where pieces lie: hints into tables, kept by each user, rebuilt at will.

A hint is never believed: the table that it points into is read from the store, whose digest
proves it, and the row must hold the piece.
"""

import contextlib
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from podplanner.errors import ObjectCorruptError
from podplanner.store.reader import DocumentKey
from podplanner.store.tables import PieceTable
from podplanner.store.worktree.user_folders import cache_folder, make_private

if TYPE_CHECKING:
    import sqlite3

_NAME = "pieces.db"
_FORM = 1
# Raised when the tables of the database change; a file of another form is thrown away.
_WAIT_S = 2.0
# For another process that writes; after that the push does without.

T = TypeVar("T")


class PieceCache:
    """Hints from a piece's digest to a row in a pair of tables; usable from threads."""

    def __init__(self, store_id: str, *, folder: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._folder = folder or cache_folder(store_id)
        self._database: sqlite3.Connection | None = None
        self._opened = False

    def _open(self) -> "sqlite3.Connection | None":
        """Return the database; None when there can be none, which costs time and nothing else."""
        if self._opened:
            return self._database
        import sqlite3

        self._opened = True
        if self._folder is None or not make_private(self._folder):
            return None
        for _ in range(2):
            try:
                database = sqlite3.connect(
                    self._folder / _NAME,
                    timeout=_WAIT_S,
                    check_same_thread=False,
                    isolation_level=None,
                )
                try:
                    self._prepare(database)
                except BaseException:
                    database.close()
                    raise
                self._database = database
                return database
            except sqlite3.OperationalError:
                return None
            except sqlite3.DatabaseError:
                # No database, or one of another form: made anew.
                self._remove()
        return None

    def _remove(self) -> None:
        if self._folder is not None:
            with contextlib.suppress(OSError):
                (self._folder / _NAME).unlink()

    def _prepare(self, database: "sqlite3.Connection") -> None:
        import sqlite3

        database.execute("PRAGMA synchronous = OFF")
        (form,) = database.execute("PRAGMA user_version").fetchone()
        if form not in (0, _FORM):
            raise sqlite3.DatabaseError(f"form {form}")
        if form == 0:
            database.execute("BEGIN IMMEDIATE")
            database.execute(
                "CREATE TABLE IF NOT EXISTS pairs "
                "(id INTEGER PRIMARY KEY, pieces TEXT, places TEXT, UNIQUE (pieces, places))"
            )
            database.execute(
                "CREATE TABLE IF NOT EXISTS hints "
                "(digest BLOB PRIMARY KEY, pair INTEGER, place INTEGER) WITHOUT ROWID"
            )
            database.execute(f"PRAGMA user_version = {_FORM}")
            database.execute("COMMIT")

    def _tried(self, work: Callable[["sqlite3.Connection"], T], otherwise: T) -> T:
        import sqlite3

        with self._lock:
            database = self._open()
            if database is None:
                return otherwise
            try:
                return work(database)
            except sqlite3.OperationalError:
                with contextlib.suppress(sqlite3.Error):
                    database.execute("ROLLBACK")
                return otherwise
            except sqlite3.DatabaseError:
                database.close()
                self._database = None
                self._remove()
                return otherwise

    def has(self, pieces: DocumentKey, places: DocumentKey) -> bool:
        """Return whether a pair of tables was put into the cache."""
        query = "SELECT 1 FROM pairs WHERE pieces = ? AND places = ?"
        names = (pieces.word, places.word)
        return self._tried(lambda db: db.execute(query, names).fetchone() is not None, False)

    def add(self, pieces: DocumentKey, places: DocumentKey, table: PieceTable) -> None:
        """Put all rows of a pair of tables into the cache."""

        def work(database: "sqlite3.Connection") -> None:
            database.execute("BEGIN IMMEDIATE")
            added = database.execute(
                "INSERT OR IGNORE INTO pairs (pieces, places) VALUES (?, ?)",
                (pieces.word, places.word),
            )
            if added.rowcount:
                pair = added.lastrowid
                rows = sorted((piece.digest, pair, n) for n, piece in enumerate(table))
                database.executemany("INSERT OR REPLACE INTO hints VALUES (?, ?, ?)", rows)
            database.execute("COMMIT")

        self._tried(work, None)

    def find(self, digests: Iterable[bytes]) -> dict[bytes, tuple[DocumentKey, DocumentKey, int]]:
        """Return a hint for each digest that has one: the pair of tables and the row."""

        def work(
            database: "sqlite3.Connection",
        ) -> dict[bytes, tuple[DocumentKey, DocumentKey, int]]:
            query = (
                "SELECT pieces, places, place FROM hints JOIN pairs ON pairs.id = hints.pair "
                "WHERE digest = ?"
            )
            found = {}
            for digest in digests:
                row = database.execute(query, (digest,)).fetchone()
                if row is not None and (hint := _hint(*row)) is not None:
                    found[digest] = hint
            return found

        return self._tried(work, {})

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            if self._database is not None:
                self._database.close()
            self._database = None
            self._opened = True


def _hint(
    pieces: object, places: object, row: object
) -> tuple[DocumentKey, DocumentKey, int] | None:
    """Return what a row of the database says; None where it cannot be true."""
    if not (isinstance(pieces, str) and isinstance(places, str) and isinstance(row, int)):
        return None
    try:
        return DocumentKey.of("tables", pieces), DocumentKey.of("tables", places), max(row, 0)
    except ObjectCorruptError:
        return None
