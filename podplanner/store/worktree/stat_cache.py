"""The stat cache: what is known of a file that has not been written since it was last read.

A file counts as the same while device, inode, size and both times are. A file that was written
less than two seconds before it was looked at is not remembered: its times could stay the same
through one more write. Every entry carries a digest of itself, so that a broken database can
give nothing, and never something wrong. Without the cache a push takes longer, that is all: no
trouble with it is ever told.
"""

import contextlib
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from podplanner.store.digest import digest_of
from podplanner.store.worktree.identity import FileIdentity
from podplanner.store.worktree.scan import SourceFile
from podplanner.store.worktree.user_folders import cache_folder, make_private

if TYPE_CHECKING:
    import sqlite3

NAME = "stat.db"
YOUNG_S = 2.0
"""Seconds after which a write shows in a file's times: FAT counts in twos, NFS caches one."""

_FORM = 1
# Raised when the columns change; a database of another form is made anew.
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

T = TypeVar("T")


class StatCache:
    """Remembers bytes about files; several threads and processes may use it at once."""

    def __init__(self, folder: Path | None, *, clock: Callable[[], float] = time.time) -> None:
        """Use the database in a folder; None: do without."""
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None

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
        return self._tried(lambda database: self._get(database, files), {}, _READ_WAIT_S)

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
            self._tried(lambda database: _put(database, rows, today), None, _WRITE_WAIT_S)

    def close(self) -> None:
        """Close the database; a later question opens it again."""
        with self._lock:
            self._close()

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

    def _tried(self, work: Callable[["sqlite3.Connection"], T], otherwise: T, wait_s: float) -> T:
        """Return what the work gives; on any trouble `otherwise`, and a broken file is removed."""
        if self._folder is None:
            return otherwise
        import sqlite3

        with self._lock:
            for _ in range(2):
                try:
                    if (database := self._opened(self._folder)) is None:
                        return otherwise
                    database.execute(f"PRAGMA busy_timeout = {int(wait_s * 1000)}")
                    return work(database)
                except sqlite3.DatabaseError as error:
                    self._close()
                    if _is_passing(error):
                        return otherwise
                    with contextlib.suppress(OSError):
                        (self._folder / NAME).unlink()
            return otherwise

    def _opened(self, folder: Path) -> "sqlite3.Connection | None":
        import sqlite3

        if self._database is None and make_private(folder):
            database = sqlite3.connect(
                folder / NAME,
                timeout=_READ_WAIT_S,
                check_same_thread=False,
                isolation_level=None,
            )
            try:
                _prepare(database)
            except BaseException:
                database.close()
                raise
            self._database = database
        return self._database

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
        self._database = None


def pack_identity(identity: FileIdentity) -> bytes:
    """Return an identity as bytes: SQLite's whole numbers are too short for some inodes."""
    return _IDENTITY.pack(*identity)


def _prepare(database: "sqlite3.Connection") -> None:
    """Make the table where there is none."""
    import sqlite3

    # A power cut may break the file: then it is made anew.
    database.execute("PRAGMA synchronous = OFF")
    (form,) = database.execute("PRAGMA user_version").fetchone()
    if form == _FORM:
        return
    if form != 0:
        raise sqlite3.DatabaseError(f"form {form}")
    with database:
        database.execute("BEGIN IMMEDIATE")
        database.execute(
            "CREATE TABLE IF NOT EXISTS files (path BLOB NOT NULL UNIQUE, identity BLOB NOT NULL, "
            "used INTEGER NOT NULL, proof BLOB NOT NULL, known BLOB NOT NULL)"
        )
        database.execute(f"PRAGMA user_version = {_FORM}")


def _put(
    database: "sqlite3.Connection", rows: list[tuple[bytes, bytes, int, bytes, bytes]], today: int
) -> None:
    with database:
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", rows)
        database.execute("DELETE FROM files WHERE used < ?", (today - _FORGET_DAYS,))


def _is_passing(error: "sqlite3.DatabaseError") -> bool:
    """Return whether a database is locked, full or not to be written, rather than broken."""
    import sqlite3

    broken = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode not in broken


def _is_young(identity: FileIdentity, seen: float) -> bool:
    return max(identity.mtime_ns, identity.ctime_ns) > (seen - YOUNG_S) * 1e9


def _key(file: SourceFile) -> bytes:
    return file.real.encode("utf-8", "surrogateescape")


def _proof(key: bytes, file: SourceFile, blob: bytes) -> bytes:
    """Return a digest of the whole entry, cut short."""
    head = struct.pack("<Q", len(key))
    return digest_of(head, key, pack_identity(file.identity), blob)[:_PROOF_BYTES]
