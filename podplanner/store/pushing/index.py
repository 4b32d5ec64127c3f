"""An index from a piece's digest to something small, flat in memory however large it grows."""

import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from podplanner.store.temporary import temporary

if TYPE_CHECKING:
    import sqlite3

_IN_MEMORY = 100_000
# Entries kept in a dict: about 25 MB. More go to a temporary file.


class DigestIndex:
    """Maps digests to bytes; usable from threads. The newest entry of a digest counts."""

    def __init__(self, *, in_memory: int = _IN_MEMORY) -> None:
        self._near: dict[bytes, bytes] = {}
        self._most = in_memory
        self._lock = threading.Lock()
        self._far: sqlite3.Connection | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            if self._far is not None:
                self._far.close()
                self._far = None
            if self._folder is not None:
                self._folder.cleanup()
                self._folder = None

    def get(self, digest: bytes) -> bytes | None:
        """Return what is kept for a digest."""
        with self._lock:
            found = self._near.get(digest)
            if found is None and self._far is not None:
                row = self._far.execute("SELECT v FROM t WHERE k = ?", (digest,)).fetchone()
                found = None if row is None else row[0]
            return found

    def put(self, digest: bytes, value: bytes) -> None:
        """Keep something for a digest."""
        with self._lock:
            self._near[digest] = value
            if len(self._near) >= self._most:
                with temporary():
                    self._spill()

    def _spill(self) -> None:
        import sqlite3

        if self._far is None:
            self._folder = tempfile.TemporaryDirectory(prefix="podplanner-")
            self._far = sqlite3.connect(
                Path(self._folder.name) / "index.db", check_same_thread=False, isolation_level=None
            )
            self._far.execute("PRAGMA journal_mode = OFF")
            self._far.execute("PRAGMA synchronous = OFF")
            self._far.execute("CREATE TABLE t (k BLOB PRIMARY KEY, v BLOB) WITHOUT ROWID")
        self._far.execute("BEGIN")
        self._far.executemany("INSERT OR REPLACE INTO t VALUES (?, ?)", sorted(self._near.items()))
        self._far.execute("COMMIT")
        self._near = {}
