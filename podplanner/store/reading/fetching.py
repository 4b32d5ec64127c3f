"""Fetching pieces from their objects: read, decoded and verified in buffers that are reused."""

from collections.abc import Callable, Iterator, Sequence

from blake3 import blake3

from podplanner.errors import ObjectCorruptError
from podplanner.store.backend import Backend
from podplanner.store.digest import digest_of
from podplanner.store.reading.buffers import Buffer
from podplanner.store.reading.harm import WrongBytesError
from podplanner.store.reading.rows import Row
from podplanner.store.tables import RAW, Base, ObjectKey, Piece, Place

_GAP = 128 * 2**10
# Bytes between two parts of a bundle that are read along: cheaper than a second request.
_RUN = 16 * 2**20
# Bytes that one read takes at most: no object is longer.
_STEP = 2**20
# Bytes that are read and then hashed: what a second-level cache holds. In steps of 8 MiB reading
# from the page cache and hashing took a third more processor time, in those of 128 KiB as much.


class Fetcher:
    """One thread's way from the store to verified pieces; only that thread may use it.

    Attributes:
        fetched_bytes: Stored bytes that were read from the store so far.
    """

    def __init__(
        self, backend: Backend, *, find_base: Callable[[Base, memoryview], bool] | None = None
    ) -> None:
        """Prepare to fetch.

        Args:
            backend: The store's.
            find_base: Fills a buffer with the plain bytes of a base from elsewhere and returns
                whether it could; they are verified here.
        """
        self._backend = backend
        self._find_base = find_base
        self._stored = Buffer()
        self._plain = Buffer()
        self._base = Buffer()
        self._base_stored = Buffer()
        self._base_digest = b""
        self.fetched_bytes = 0

    def fetch_into(self, row: Row, out: memoryview) -> None:
        """Fill `out` with a piece, verified.

        Args:
            row: The piece and its place.
            out: Writable, of just the piece's length.

        Raises:
            ObjectMissingError: Its object, or its base's, is lost.
            ObjectCorruptError: An object is too short, or holds other bytes than it should.
        """
        piece, place = row
        if place.encoding == RAW and place.stored == piece.length:
            if self._read_hashed(place, out) != piece.digest:
                raise WrongBytesError(place.object)
            return
        stored = self._stored.view(place.stored)
        self._read(place.object, place.offset, stored)
        self._decode(row, stored, out)
        _verify(piece, out, place.object)

    def fetch(self, row: Row) -> memoryview:
        """Return a piece, verified; it is void after the next call."""
        out = self._plain.view(row.piece.length)
        self.fetch_into(row, out)
        return out

    def fetch_all(
        self, rows: Sequence[Row], places: Sequence[memoryview | None] = ()
    ) -> Iterator[memoryview]:
        """Yield pieces of one object, verified, each void when the next is asked for.

        What lies close together is read in one go.

        Args:
            rows: Of one object, in order of their offsets in it.
            places: Where each piece is best put, of just its length; the piece lies there when
                this very object is yielded, and elsewhere where it was read along with others.

        Raises:
            ObjectMissingError: The object, or a base's, is lost.
            ObjectCorruptError: An object is too short, or holds other bytes than it should.
        """
        first = 0
        while first < len(rows):
            last, end = _run(rows, first)
            start = rows[first].place.offset
            wanted = places[first:last] or [None] * (last - first)
            if last == first + 1:
                yield self._fetch_to(rows[first], wanted[0])
            else:
                stored = self._stored.view(end - start)
                self._read(rows[first].place.object, start, stored)
                for row, out in zip(rows[first:last], wanted, strict=True):
                    at = row.place.offset - start
                    yield self._checked(row, stored[at : at + row.place.stored], out)
            first = last

    def _fetch_to(self, row: Row, out: memoryview | None) -> memoryview:
        if out is None:
            return self.fetch(row)
        self.fetch_into(row, out)
        return out

    def _checked(self, row: Row, stored: memoryview, out: memoryview | None) -> memoryview:
        """Return the piece of a stored form, verified; one that must be decoded, in its place."""
        piece, place = row
        if place.encoding == RAW and place.stored == piece.length:
            out = stored
        else:
            out = self._plain.view(piece.length) if out is None else out
            self._decode(row, stored, out)
        _verify(piece, out, place.object)
        return out

    def _decode(self, row: Row, stored: memoryview, out: memoryview) -> None:
        from podplanner.store.encoding import decode

        piece, place = row
        base = None if place.base is None else self._fetch_base(place.base)
        try:
            decode(stored, place.encoding, piece.length, out, base)
        except ObjectCorruptError as error:
            raise WrongBytesError(place.object) from error

    def _fetch_base(self, base: Base) -> memoryview:
        """Return the plain bytes of a base; the last one is remembered."""
        out = self._base.view(base.length)
        if self._base_digest == base.digest:
            return out
        self._base_digest = b""
        if self._find_base is not None and self._find_base(base, out):
            self._base_digest = base.digest if digest_of(out) == base.digest else b""
        if not self._base_digest:
            self._read_base(base, out)
        return out

    def _read_base(self, base: Base, out: memoryview) -> None:
        stored = self._base_stored.view(base.stored)
        self._read(base.object, base.offset, stored)
        from podplanner.store.encoding import decode

        try:
            decode(stored, base.encoding, base.length, out)
        except ObjectCorruptError as error:
            raise WrongBytesError(base.object) from error
        _verify(Piece(base.length, base.digest), out, base.object)
        self._base_digest = base.digest

    def _read_hashed(self, place: Place, out: memoryview) -> bytes:
        """Fill a buffer, and return the digest of what came.

        From a disk it comes in steps, each hashed while the processor's cache holds it.
        """
        step = len(out) if self._backend.traits.is_remote else _STEP
        hasher = blake3()
        for start in range(0, len(out), step):
            part = out[start : start + step]
            self._read(place.object, place.offset + start, part)
            hasher.update(part)
        return hasher.digest()

    def _read(self, key: ObjectKey, offset: int, out: memoryview) -> None:
        self._backend.read_into(key.key, offset, out)
        self.fetched_bytes += len(out)


def _run(rows: Sequence[Row], first: int) -> tuple[int, int]:
    """Return how far one read reaches from a row on: the row after the last, the last byte."""
    start, end = rows[first].place.offset, 0
    last = first
    while last < len(rows):
        place = rows[last].place
        if last > first and (
            place.offset > end + _GAP or max(end, place.offset + place.stored) - start > _RUN
        ):
            break
        end = max(end, place.offset + place.stored)
        last += 1
    return last, end


def _verify(piece: Piece, plain: memoryview, key: ObjectKey) -> None:
    if digest_of(plain) != piece.digest:
        raise WrongBytesError(key)
