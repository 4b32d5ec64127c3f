"""Stored forms of pieces, fetched from the source of a copy and verified by what they decode to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from podplanner.errors import ObjectCorruptError
from podplanner.store.backend import Backend
from podplanner.store.digest import digest_of
from podplanner.store.encoding import decode
from podplanner.store.pushing.bundling import Slot
from podplanner.store.reading.buffers import Buffer
from podplanner.store.reading.harm import WrongBytesError
from podplanner.store.stored import read_base
from podplanner.store.tables import RAW, Base, Piece, Place

_GAP = 128 * 2**10
# Bytes between two parts of a bundle that are read along: cheaper than a second request.


@dataclass(slots=True)
class Want:
    """A piece that is to be sent."""

    piece: Piece
    place: Place
    """In the source."""
    slot: Slot
    """Of its place in the target."""
    row: int
    """Number, in its table, of a row that needs it."""
    told: int = 0
    """Plain bytes that are done with it, for the progress."""
    base: Base | None = None
    """Of a difference: its base in the target."""


class StoredForms:
    """One thread's way to stored forms; only that thread may use it.

    Attributes:
        run: What was read last in one go.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._stored = Buffer()
        self._plain = Buffer()
        self._base: tuple[bytes, bytearray] = (b"", bytearray())
        self.run = memoryview(b"")

    def fetch(self, wants: Sequence[Want]) -> Iterator[memoryview]:
        """Yield the stored forms of pieces in one object, each void when the next is asked for.

        What lies close together is read in one go.

        Args:
            wants: Of one object, in order of their offsets in it.

        Raises:
            ObjectMissingError: The object, or a base's, is lost.
            ObjectCorruptError: An object is too short, or holds other bytes than it should.
        """
        first = 0
        while first < len(wants):
            last, end = _run(wants, first)
            start = wants[first].place.offset
            self.run = self._stored.view(end - start)
            self._backend.read_into(wants[first].place.object.key, start, self.run)
            for want in wants[first:last]:
                at = want.place.offset - start
                stored = self.run[at : at + want.place.stored]
                self._verify(want.piece, want.place, stored)
                yield stored
            first = last

    def _verify(self, piece: Piece, place: Place, stored: memoryview) -> None:
        plain = stored
        if place.encoding != RAW or place.stored != piece.length:
            plain = self._plain.view(piece.length)
            base = None if place.base is None else memoryview(self._base_of(place.base))
            try:
                decode(stored, place.encoding, piece.length, plain, base)
            except ObjectCorruptError as error:
                raise WrongBytesError(place.object) from error
        if digest_of(plain) != piece.digest:
            raise WrongBytesError(place.object)

    def _base_of(self, base: Base) -> bytearray:
        """Return the plain bytes of a base; the last one is remembered."""
        if self._base[0] != base.digest:
            self._base = (base.digest, read_base(self._backend, base))
        return self._base[1]


def _run(wants: Sequence[Want], first: int) -> tuple[int, int]:
    """Return how far one read reaches from a piece on: the one after the last, the last byte."""
    end = 0
    last = first
    while last < len(wants):
        place = wants[last].place
        if last > first and place.offset > end + _GAP:
            break
        end = max(end, place.offset + place.stored)
        last += 1
    return last, end
