"""The stat cache: what is known of a file that has not been written since it was last read.

A file counts as the same while device, inode, size and both times are. A file that was written
less than two seconds before it was looked at is not remembered: its times could stay the same
through one more write. Every entry carries a digest of itself, so that a broken database can
give nothing, and never something wrong. Without the cache a push takes longer, that is all: no
trouble with it is ever told.
"""

import contextlib
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from podplanner.store.digest import digest_of
from podplanner.store.worktree.identity import FileIdentity
from podplanner.store.worktree.scan import SourceFile
from podplanner.store.worktree.user_database import UserDatabase
from podplanner.store.worktree.user_folders import cache_folder

if TYPE_CHECKING:
    import sqlite3

NAME = "stat.db"
YOUNG_S = 2.0
"""Seconds after which a write shows in a file's times: FAT counts in twos, NFS caches one."""

_FORM = 1
_TABLES = (
    "CREATE TABLE IF NOT EXISTS files (path BLOB NOT NULL UNIQUE, identity BLOB NOT NULL, "
    "used INTEGER NOT NULL, proof BLOB NOT NULL, known BLOB NOT NULL)",
)
_READ_WAIT_S = 0.1
_WRITE_WAIT_S = 1.0
# How long to wait for another push that writes; after that this one does without.
_AT_ONCE = 500
# Paths in one query: SQLite may be built to take no more than 999.
_FRESHEN_DAYS = 7
_FORGET_DAYS = 60
# An entry that was not asked for in two months goes; its day is renewed once a week.
_PROOF_BYTES = 16
# Of a digest: enough against accidents.
_IDENTITY = struct.Struct("<QQQqq")
_DAY_S = 86_400


class StatCache:
    """Remembers bytes about files; several threads and processes may use it at once."""

    def __init__(self, folder: Path | None, *, clock: Callable[[], float] = time.time) -> None:
        """Use the database in a folder; None: do without."""
        self._database = UserDatabase(folder, NAME, form=_FORM, tables=_TABLES)
        self._clock = clock

    @classmethod
    def open(cls, store_id: str) -> "StatCache":
        """Return this user's cache for a store. Nothing is opened until something is asked."""
        return cls(cache_folder(store_id))

    def get_many(self, files: Sequence[SourceFile]) -> dict[str, bytes]:
        """Return what is known, by the files' paths in the manifest.

        All of it is in memory at once; a push of many large files asks for some at a time.
        """
        if not files:
            return {}
        return self._database.tried(
            lambda database: self._get(database, files), {}, wait_s=_READ_WAIT_S
        )

    def put_many(self, known: Mapping[SourceFile, bytes], seen: float) -> None:
        """Remember something about files.

        Args:
            known: Files as the scan saw them and found unchanged after they were read.
            seen: When the scan began (`Scan.time`); what was written less than two seconds
                before, or later, is not remembered.
        """
        today = self._today()
        rows = [
            (key := _key(file), pack_identity(file.identity), today, _proof(key, file, blob), blob)
            for file, blob in known.items()
            if not _is_young(file.identity, seen)
        ]
        if rows:
            self._database.tried(
                lambda database: _put(database, rows, today), None, wait_s=_WRITE_WAIT_S
            )

    def close(self) -> None:
        """Close the database; a later question opens it again."""
        self._database.close()

    def __enter__(self) -> "StatCache":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _get(self, database: "sqlite3.Connection", files: Sequence[SourceFile]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        old: list[bytes] = []
        today = self._today()
        for start in range(0, len(files), _AT_ONCE):
            by_key = {_key(file): file for file in files[start : start + _AT_ONCE]}
            marks = ",".join("?" * len(by_key))
            query = f"SELECT path, identity, used, proof, known FROM files WHERE path IN ({marks})"  # noqa: S608  question marks only
            for key, identity, used, proof, blob in database.execute(query, tuple(by_key)):
                file = by_key[key]
                if identity == pack_identity(file.identity) and proof == _proof(key, file, blob):
                    found[file.path] = blob
                    if used <= today - _FRESHEN_DAYS:
                        old.append(key)
        if old:
            self._freshen(database, old, today)
        return found

    def _freshen(self, database: "sqlite3.Connection", keys: list[bytes], today: int) -> None:
        """Note that entries were used; it does not matter when another process writes."""
        import sqlite3

        with contextlib.suppress(sqlite3.OperationalError), database:
            database.execute("BEGIN IMMEDIATE")
            database.executemany(
                "UPDATE files SET used = ? WHERE path = ?", [(today, key) for key in keys]
            )

    def _today(self) -> int:
        return int(self._clock() // _DAY_S)


def pack_identity(identity: FileIdentity) -> bytes:
    """Return an identity as bytes: SQLite's whole numbers are too short for some inodes."""
    return _IDENTITY.pack(*identity)


def _put(
    database: "sqlite3.Connection", rows: list[tuple[bytes, bytes, int, bytes, bytes]], today: int
) -> None:
    with database:
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", rows)
        database.execute("DELETE FROM files WHERE used < ?", (today - _FORGET_DAYS,))


def _is_young(identity: FileIdentity, seen: float) -> bool:
    return max(identity.mtime_ns, identity.ctime_ns) > (seen - YOUNG_S) * 1e9


def _key(file: SourceFile) -> bytes:
    return file.real.encode("utf-8", "surrogateescape")


def _proof(key: bytes, file: SourceFile, blob: bytes) -> bytes:
    """Return a digest of the whole entry, cut short."""
    head = struct.pack("<Q", len(key))
    return digest_of(head, key, pack_identity(file.identity), blob)[:_PROOF_BYTES]
