"""Bases for deltas: the same run of the same tensor in the parent version, stored whole."""

import threading
from bisect import bisect_left
from collections import OrderedDict

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.backend import Backend
from podplanner.store.presence import Presence
from podplanner.store.reader import OpenVersion
from podplanner.store.stored import read_base
from podplanner.store.tables import DELTA, Base, Piece, Place

_FILES_KEPT = 2
# Files of the parent whose rows are kept: a push goes through files one by one, and threads may
# be in two of them.


class _FileRows:
    """The rows of one file of the parent, by where they begin in the file."""

    def __init__(self, parent: OpenVersion, path: str) -> None:
        self.starts: list[int] = []
        self.rows: list[tuple[Piece, Place | None]] = []
        at = 0
        for piece, place in parent.file_rows(path):
            self.starts.append(at)
            self.rows.append((piece, place))
            at += piece.length

    def at(self, offset: int, length: int) -> tuple[Piece, Place] | None:
        """Return the row that is exactly this range of the file."""
        number = bisect_left(self.starts, offset)
        if number == len(self.starts) or self.starts[number] != offset:
            return None
        piece, place = self.rows[number]
        return (piece, place) if place is not None and piece.length == length else None


class Bases:
    """Finds bases in one parent; usable from threads."""

    def __init__(self, backend: Backend, presence: Presence, parent: OpenVersion) -> None:
        self._backend = backend
        self._presence = presence
        self._parent = parent
        self._lock = threading.Lock()
        self._files: OrderedDict[str, _FileRows] = OrderedDict()
        self._tensors: dict[str, dict[str, int]] = {}
        self._homes: dict[str, str] | None = None

    def find(
        self, path: str, tensor: str, start: int, length: int
    ) -> tuple[Base, bytearray] | None:
        """Return the base for a run of a tensor, and its plain bytes; None when there is none.

        Args:
            path: The file in the new version; the tensor may have been in another one.
            tensor: Its name.
            start: Where the run begins in the tensor, in bytes.
            length: Of the run, in bytes.
        """
        try:
            with self._lock:
                row = self._row(path, tensor, start, length)
        except (ObjectMissingError, ObjectCorruptError):
            # The parent is damaged.
            return None
        if row is None:
            return None
        base = as_base(*row)
        if base is None or base.length != length:
            return None
        if not self._presence.is_usable(base.object, base.object_bytes, settled=True):
            return None
        try:
            return base, read_base(self._backend, base)
        except (ObjectMissingError, ObjectCorruptError):
            # Then the piece is stored whole, which needs no base.
            return None

    def _row(self, path: str, tensor: str, start: int, length: int) -> tuple[Piece, Place] | None:
        home = path if tensor in self._offsets(path) else self._home(tensor)
        if home is None:
            return None
        offset = self._offsets(home)[tensor]
        return self._rows(home).at(offset + start, length)

    def _offsets(self, path: str) -> dict[str, int]:
        """Return where each tensor of a file of the parent begins."""
        if path not in self._tensors:
            entry = self._parent.file(path)
            listed = None if entry is None else self._parent.tensor_list(entry)
            self._tensors[path] = (
                {} if listed is None else dict(zip(listed.names, listed.offsets, strict=True))
            )
        return self._tensors[path]

    def _home(self, tensor: str) -> str | None:
        """Return the file of the parent that has a tensor of that name."""
        if self._homes is None:
            self._homes = {
                name: entry.path
                for entry in self._parent.manifest.files
                if entry.tensors is not None
                for name in self._offsets(entry.path)
            }
        return self._homes.get(tensor)

    def _rows(self, path: str) -> _FileRows:
        if path not in self._files:
            self._files[path] = _FileRows(self._parent, path)
        self._files.move_to_end(path)
        while len(self._files) > _FILES_KEPT:
            self._files.popitem(last=False)
        return self._files[path]


def as_base(piece: Piece, place: Place) -> Base | None:
    """Return the base that a row of the parent offers: itself, or what it is a delta of."""
    if place.encoding == DELTA:
        return place.base
    return Base(
        piece.digest,
        piece.length,
        place.object,
        place.object_bytes,
        place.offset,
        place.stored,
        place.encoding,
    )
