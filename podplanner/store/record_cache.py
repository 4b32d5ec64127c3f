"""The cache of records that never change: a second list of models reads none of them again.

Kept are the records of versions and of the moves of aliases, which are created once. Whoever
asks has seen the key in a listing of the store, just now: what is kept counts only for an object
of the same length and time, so that one which was mended, or made anew where it was lost, is read
again. Every entry carries a digest of itself. What is read from here is checked as if it came
from the store.
"""

import contextlib
import struct
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from podplanner.store.backend import ObjectInfo
from podplanner.store.digest import digest_of
from podplanner.store.worktree.user_database import UserDatabase
from podplanner.store.worktree.user_folders import cache_folder

if TYPE_CHECKING:
    import sqlite3

NAME = "records.db"

_FORM = 1
_TABLES = (
    "CREATE TABLE IF NOT EXISTS records (name TEXT NOT NULL UNIQUE, used INTEGER NOT NULL, "
    "proof BLOB NOT NULL, content BLOB NOT NULL)",
)
_READ_WAIT_S = 0.1
_WRITE_WAIT_S = 1.0
# How long to wait for another list that writes; after that this one does without.
_AT_ONCE = 500
# Keys in one query: SQLite may be built to take no more than 999.
_FRESHEN_DAYS = 7
_FORGET_DAYS = 60
# A record that was not asked for in two months goes; its day is renewed once a week.
_LARGEST = 16 * 2**10
# Bytes of a record that is kept: they have some hundred.
_MOST = 200_000
# Records that are kept: some 150 MB.
_PROOF_BYTES = 16
# Of a digest: enough against accidents.
_SEEN = struct.Struct("<QQd")
_DAY_S = 86_400


class RecordCache:
    """Remembers the bytes of records; several threads and processes may use it at once."""

    def __init__(
        self, folder: Path | None, address: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        """Use a database.

        Args:
            folder: Where it is; None: do without.
            address: Of the store: one that was copied by other means has the same id.
            clock: Tells which day it is.
        """
        self._address = address
        self._database = UserDatabase(folder, NAME, form=_FORM, tables=_TABLES)
        self._clock = clock

    @classmethod
    def open(cls, store_id: str, address: str) -> "RecordCache":
        """Return this user's cache for a store. Nothing is opened until something is asked."""
        return cls(cache_folder(store_id), address)

    def get_many(self, seen: Iterable[ObjectInfo]) -> dict[str, bytes]:
        """Return the content that is known of these objects, by their keys."""
        wanted = {self._name(info): info for info in seen}
        if not wanted:
            return {}
        return self._database.tried(
            lambda database: self._get(database, wanted), {}, wait_s=_READ_WAIT_S
        )

    def put_many(self, read: Iterable[tuple[ObjectInfo, bytes]]) -> None:
        """Remember what was read of objects that never change."""
        today = self._today()
        rows = [
            (name := self._name(info), today, _proof(name, info, content), content)
            for info, content in read
            if len(content) <= _LARGEST
        ]
        if rows:
            self._database.tried(
                lambda database: _put(database, rows, today), None, wait_s=_WRITE_WAIT_S
            )

    def close(self) -> None:
        """Close the database; a later question opens it again."""
        self._database.close()

    def __enter__(self) -> "RecordCache":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _get(
        self, database: "sqlite3.Connection", wanted: Mapping[str, ObjectInfo]
    ) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        old: list[str] = []
        today = self._today()
        names = tuple(wanted)
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            query = f"SELECT name, used, proof, content FROM records WHERE name IN ({marks})"  # noqa: S608  question marks only
            for name, used, proof, content in database.execute(query, some):
                info = wanted[name]
                if isinstance(content, bytes) and proof == _proof(name, info, content):
                    found[info.key] = content
                    if not isinstance(used, int) or used <= today - _FRESHEN_DAYS:
                        old.append(name)
        if old:
            self._freshen(database, old, today)
        return found

    def _freshen(self, database: "sqlite3.Connection", names: list[str], today: int) -> None:
        """Note that entries were used; it does not matter when another process writes."""
        import sqlite3

        with contextlib.suppress(sqlite3.OperationalError), database:
            database.execute("BEGIN IMMEDIATE")
            database.executemany(
                "UPDATE records SET used = ? WHERE name = ?", [(today, name) for name in names]
            )

    def _name(self, info: ObjectInfo) -> str:
        return f"{self._address} {info.key}"

    def _today(self) -> int:
        return int(self._clock() // _DAY_S)


def _put(
    database: "sqlite3.Connection", rows: list[tuple[str, int, bytes, bytes]], today: int
) -> None:
    with database:
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", rows)
        database.execute("DELETE FROM records WHERE used < ?", (today - _FORGET_DAYS,))
        # The oldest rows have the lowest numbers: one that is replaced gets a new one.
        database.execute(
            "DELETE FROM records WHERE rowid <= (SELECT max(rowid) FROM records) - ?", (_MOST,)
        )


def _proof(name: str, info: ObjectInfo, content: bytes) -> bytes:
    """Return a digest of the whole entry, cut short."""
    named = name.encode()
    head = _SEEN.pack(len(named), info.size, info.time)
    return digest_of(head, named, content)[:_PROOF_BYTES]
