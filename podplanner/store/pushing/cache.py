"""The cache of where pieces lie: hints into tables, kept by each user, rebuilt at will.

A hint is never believed: the table that it points into is read from the store, whose digest
proves it, and the row must hold the piece.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from podplanner.errors import ObjectCorruptError
from podplanner.store.reader import DocumentKey
from podplanner.store.tables import PieceTable
from podplanner.store.worktree.user_database import UserDatabase
from podplanner.store.worktree.user_folders import cache_folder

if TYPE_CHECKING:
    import sqlite3

_NAME = "pieces.db"
_FORM = 1
_TABLES = (
    "CREATE TABLE IF NOT EXISTS pairs "
    "(id INTEGER PRIMARY KEY, pieces TEXT, places TEXT, UNIQUE (pieces, places))",
    "CREATE TABLE IF NOT EXISTS hints "
    "(digest BLOB PRIMARY KEY, pair INTEGER, place INTEGER) WITHOUT ROWID",
)
_WAIT_S = 2.0
# For another process that writes; after that the push does without.


class PieceCache:
    """Hints from a piece's digest to a row in a pair of tables; usable from threads."""

    def __init__(self, store_id: str, *, folder: Path | None = None) -> None:
        self._database = UserDatabase(
            folder or cache_folder(store_id), _NAME, form=_FORM, tables=_TABLES
        )

    def has(self, pieces: DocumentKey, places: DocumentKey) -> bool:
        """Return whether a pair of tables was put into the cache."""
        query = "SELECT 1 FROM pairs WHERE pieces = ? AND places = ?"
        names = (pieces.word, places.word)
        return self._database.tried(
            lambda database: database.execute(query, names).fetchone() is not None,
            False,
            wait_s=_WAIT_S,
        )

    def add(self, pieces: DocumentKey, places: DocumentKey, table: PieceTable) -> None:
        """Put all rows of a pair of tables into the cache."""

        def work(database: "sqlite3.Connection") -> None:
            with database:
                database.execute("BEGIN IMMEDIATE")
                added = database.execute(
                    "INSERT OR IGNORE INTO pairs (pieces, places) VALUES (?, ?)",
                    (pieces.word, places.word),
                )
                if added.rowcount:
                    pair = added.lastrowid
                    rows = sorted((piece.digest, pair, n) for n, piece in enumerate(table))
                    database.executemany("INSERT OR REPLACE INTO hints VALUES (?, ?, ?)", rows)

        self._database.tried(work, None, wait_s=_WAIT_S)

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

        return self._database.tried(work, {}, wait_s=_WAIT_S)

    def close(self) -> None:
        """Close the database."""
        self._database.close()


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
