"""Reading one piece from its place, decoded and verified."""

from podplanner.errors import ObjectCorruptError
from podplanner.store.backend import Backend
from podplanner.store.digest import digest_of
from podplanner.store.encoding import decode
from podplanner.store.tables import RAW, Base, Piece, Place


def read_stored(backend: Backend, place: Place | Base) -> bytearray:
    """Return the stored form of a piece as it lies there."""
    stored = bytearray(place.stored)
    backend.read_into(place.object.key, place.offset, memoryview(stored))
    return stored


def read_base(backend: Backend, base: Base) -> bytearray:
    """Return the plain bytes of the base of a delta, verified.

    Raises:
        ObjectMissingError: Its object is lost.
        ObjectCorruptError: It is not what its digest says.
    """
    return _plain(backend, base, Piece(base.length, base.digest), None)


def read_piece(backend: Backend, piece: Piece, place: Place) -> bytearray:
    """Return the plain bytes of a piece, verified.

    Raises:
        ObjectMissingError: Its object, or its base's, is lost.
        ObjectCorruptError: It is not what its digest says.
    """
    base = None if place.base is None else read_base(backend, place.base)
    return _plain(backend, place, piece, base)


def _plain(
    backend: Backend, place: Place | Base, piece: Piece, base: bytearray | None
) -> bytearray:
    stored = read_stored(backend, place)
    if place.encoding == RAW and place.stored == piece.length:
        plain = stored
    else:
        plain = bytearray(piece.length)
        decode(
            memoryview(stored),
            place.encoding,
            piece.length,
            memoryview(plain),
            None if base is None else memoryview(base),
        )
    if digest_of(plain) != piece.digest:
        raise ObjectCorruptError(
            f"{place.object.key} holds other bytes than it should",
            hint="Run `podplanner store check --repair-from OTHER` to mend it from a second store.",
        )
    return plain
