"""What a push knows to be in the store: pieces whose stored form it may refer to."""

import struct
import threading
from collections.abc import Iterable

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.lease import find_leases, read_log
from podplanner.store.presence import Presence
from podplanner.store.pushing.bundling import ALONE_BYTES, Slot
from podplanner.store.pushing.cache import PieceCache
from podplanner.store.pushing.index import DigestIndex
from podplanner.store.reader import DocumentKey, OpenVersion, Reader, located
from podplanner.store.tables import RAW, Base, ObjectKey, Piece, Place

_PLACE = struct.Struct("<32sIIIIB")
# Object's digest and epoch, its bytes, offset, stored, encoding: what a logged place needs.


def pack_place(place: Place) -> bytes:
    """Return a place, and its base, in a few bytes."""
    own = _PLACE.pack(
        place.object.digest,
        place.object.epoch,
        place.object_bytes,
        place.offset,
        place.stored,
        place.encoding,
    )
    base = place.base
    if base is None:
        return own
    return (
        own
        + base.digest
        + base.length.to_bytes(4, "little")
        + _PLACE.pack(
            base.object.digest,
            base.object.epoch,
            base.object_bytes,
            base.offset,
            base.stored,
            base.encoding,
        )
    )


def unpack_place(packed: bytes) -> Place:
    """Return the place that `pack_place` packed."""
    digest, epoch, size, offset, stored, encoding = _PLACE.unpack_from(packed)
    base = None
    if len(packed) > _PLACE.size:
        rest = packed[_PLACE.size :]
        b = _PLACE.unpack_from(rest, 36)
        length = int.from_bytes(rest[32:36], "little")
        base = Base(rest[:32], length, ObjectKey(b[0], b[1]), b[2], b[3], b[4], b[5])
    return Place(ObjectKey(digest, epoch), size, offset, stored, encoding, base)


class Known:
    """Finds pieces that the store has; usable from threads.

    In this order: what this push has stored itself; what the parent's tables and the cache point
    at; what pushes that were broken off have logged; large pieces stored raw under their own key.
    A hit counts only when its object is there with the right length and no epoch lists it.
    """

    def __init__(self, presence: Presence, reader: Reader, cache: PieceCache) -> None:
        self._presence = presence
        self._reader = reader
        self._cache = cache
        self._lock = threading.Lock()
        self._own: dict[bytes, Slot] = {}
        self._stored = DigestIndex()
        self._logged = DigestIndex()
        self._live_tables: set[str] = set()
        self.absent_objects: set[str] = set()
        """Keys that a table names and that are lost, truncated or known to be bad."""

    def learn_version(self, version: OpenVersion) -> None:
        """Put the pieces of a live version, the parent, into the cache."""
        renamed = version.layout.renamed
        for ref, place_ref in zip(version.manifest.tables, version.layout.tables, strict=True):
            pieces = located("tables", ref.table, renamed)
            places = located("tables", place_ref.table, renamed)
            self._live_tables.add(places.word)
            if not self._cache.has(pieces, places):
                try:
                    self._cache.add(pieces, places, self._reader.pieces(pieces))
                except (ObjectMissingError, ObjectCorruptError):
                    # What it would have said is looked for elsewhere, or stored again.
                    continue

    def learn_logs(self) -> None:
        """Read what pushes under way, or broken off, have stored."""
        backend = self._presence.backend
        for lease in find_leases(backend):
            for key in lease.logs:
                try:
                    for piece, place in read_log(backend, key):
                        self._logged.put(piece.digest, pack_place(place))
                except ObjectCorruptError:
                    # Torn by a power cut: what it would have said is stored again.
                    continue

    def claim(self, piece: Piece) -> tuple[Slot, bool]:
        """Return the slot of a piece in this push, and whether the caller is to fill it."""
        with self._lock:
            slot = self._own.get(piece.digest)
            if slot is not None:
                return slot, False
            packed = self._stored.get(piece.digest)
            if packed is not None:
                return Slot(unpack_place(packed)), False
            slot = self._own[piece.digest] = Slot()
            return slot, True

    def seen(self, piece: Piece) -> Slot | None:
        """Return the slot of a piece that this push has had already; None for a new one."""
        with self._lock:
            slot = self._own.get(piece.digest)
            packed = None if slot is not None else self._stored.get(piece.digest)
        return Slot(unpack_place(packed)) if packed is not None else slot

    def remember(self, pieces: Iterable[Piece], places: Iterable[Place]) -> None:
        """Keep in little memory where pieces of this push lie, once their places are known."""
        for piece, place in zip(pieces, places, strict=True):
            self._stored.put(piece.digest, pack_place(place))
            with self._lock:
                self._own.pop(piece.digest, None)

    def forget(self, piece: Piece) -> None:
        """Take back a claim that failed."""
        with self._lock:
            self._own.pop(piece.digest, None)

    def find(self, piece: Piece) -> tuple[Place, bool] | None:
        """Return where a piece lies already, and whether only a log says so."""
        hint = self._cache.find((piece.digest,)).get(piece.digest)
        if hint is not None:
            place = self._proved(piece, *hint)
            if place is not None:
                settled = hint[1].word in self._live_tables
                if self._usable(place, settled=settled):
                    return place, False
        packed = self._logged.get(piece.digest)
        if packed is not None:
            place = unpack_place(packed)
            if self._usable(place, settled=False):
                return place, True
        if piece.length >= ALONE_BYTES:
            key = self._presence.epochs.name_object(piece.digest)
            if self._presence.is_usable(key, piece.length, settled=False, guessed=True):
                return Place(key, piece.length, 0, piece.length, RAW), True
        return None

    def _proved(
        self, piece: Piece, pieces: DocumentKey, places: DocumentKey, row: int
    ) -> Place | None:
        """Return the place that a hint points at, if the tables are there and hold the piece."""
        try:
            table = self._reader.pieces(pieces)
            if row >= len(table) or table[row] != piece:
                return None
            place_table = self._reader.places(places)
            return place_table[row] if row < len(place_table) else None
        except (ObjectMissingError, ObjectCorruptError):
            return None

    def _usable(self, place: Place, *, settled: bool) -> bool:
        presence = self._presence
        needed = [(place.object, place.object_bytes)]
        if place.base is not None:
            needed.append((place.base.object, place.base.object_bytes))
        for key, size in needed:
            if not presence.is_usable(key, size, settled=settled):
                if not presence.epochs.lists_key(key):
                    self.absent_objects.add(key.key)
                return False
        return True

    def close(self) -> None:
        """Remove temporary files."""
        self._stored.__exit__(None, None, None)
        self._logged.__exit__(None, None, None)
