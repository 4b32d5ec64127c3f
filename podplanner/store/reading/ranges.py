"""Reading any range of a file of a version, from verified pieces."""

from collections import OrderedDict

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.manifest import FileEntry
from podplanner.store.reader import OpenVersion
from podplanner.store.reading.fetching import Fetcher
from podplanner.store.reading.harm import harmed
from podplanner.store.reading.rows import Positions, Row

KEPT_BYTES = 32 * 2**20
"""Verified pieces that an open file keeps: four of the largest usual ones."""


class FileRange:
    """Reads the bytes of one file; only one thread at a time may use it."""

    def __init__(
        self,
        version: OpenVersion,
        entry: FileEntry,
        start: int,
        *,
        positions: Positions | None = None,
        fetcher: Fetcher | None = None,
    ) -> None:
        """Prepare to read.

        Args:
            version: The version.
            entry: The file.
            start: Where its bytes begin among all of the version.
            positions: Shared by those who read one version.
            fetcher: Of this thread.
        """
        self._version = version
        self._entry = entry
        self._start = start
        self._positions = positions or Positions(version)
        self._fetcher = fetcher or Fetcher(version.reader.backend)
        self._kept: OrderedDict[int, bytearray] = OrderedDict()
        self._kept_bytes = 0

    def read_into(self, offset: int, out: memoryview, *, keep: bool = True) -> None:
        """Fill `out` from an offset in the file; the range lies inside the file.

        Args:
            offset: In the file, in bytes.
            out: Writable.
            keep: Whether a piece that is needed in part only is kept for the next call.

        Raises:
            ObjectMissingError: An object is lost.
            ObjectCorruptError: An object is damaged; nothing wrong is handed out.
        """
        done = 0
        while done < len(out):
            done += self._read_piece(self._start + offset + done, out[done:], keep=keep)

    def _read_piece(self, position: int, out: memoryview, *, keep: bool) -> int:
        """Fill the beginning of `out` from one piece and return how many bytes."""
        begins, piece, place = self._positions.at(position)
        skip = position - begins
        size = min(piece.length - skip, len(out))
        if place is None:
            _fill_with_zeros(out[:size])
            return size
        row = Row(piece, place)
        kept = self._kept.get(begins)
        if kept is not None:
            self._kept.move_to_end(begins)
            out[:size] = memoryview(kept)[skip : skip + size]
        elif size == piece.length:
            self._fetch_into(row, out[:size])
        elif keep:
            out[:size] = memoryview(self._keep(begins, row))[skip : skip + size]
        else:
            out[:size] = self._fetch(row)[skip : skip + size]
        return size

    def _keep(self, begins: int, row: Row) -> bytearray:
        while self._kept and self._kept_bytes + row.piece.length > KEPT_BYTES:
            self._kept_bytes -= len(self._kept.popitem(last=False)[1])
        plain = bytearray(row.piece.length)
        self._fetch_into(row, memoryview(plain))
        self._kept[begins] = plain
        self._kept_bytes += len(plain)
        return plain

    def _fetch_into(self, row: Row, out: memoryview) -> None:
        try:
            self._fetcher.fetch_into(row, out)
        except (ObjectMissingError, ObjectCorruptError) as error:
            raise harmed(error, self._version.version, self._entry.path) from error

    def _fetch(self, row: Row) -> memoryview:
        try:
            return self._fetcher.fetch(row)
        except (ObjectMissingError, ObjectCorruptError) as error:
            raise harmed(error, self._version.version, self._entry.path) from error


_ZEROS = bytes(2**20)
# Holes are handed out in steps of this: they may be as long as the file.


def _fill_with_zeros(out: memoryview) -> None:
    for start in range(0, len(out), len(_ZEROS)):
        part = out[start : start + len(_ZEROS)]
        part[:] = _ZEROS[: len(part)]
