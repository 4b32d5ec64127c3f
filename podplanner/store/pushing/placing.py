"""Placing pieces: each is found in the store, or encoded and stored; or, for a trial, counted."""

import threading
from collections.abc import Sequence
from time import monotonic
from typing import Protocol

from podplanner.store.cutting import Span
from podplanner.store.digest import NO_DIGEST, digest_of
from podplanner.store.encoding import Encoded, encode, encode_delta
from podplanner.store.policy import EncodingPolicy
from podplanner.store.progress import Progress
from podplanner.store.pushing.bases import Bases
from podplanner.store.pushing.bundling import ALONE_BYTES, Bundler, Slot
from podplanner.store.pushing.known import Known
from podplanner.store.session import Session
from podplanner.store.tables import RAW, Base, ObjectKey, Piece, Place

_LOG_EVERY_S = 2.0
# What has been stored in this time is sent again when a push is killed.
_LOG_ROWS = 16_384
# Or this many pieces, so that one entry of the log stays small.


class Placer(Protocol):
    """Decides for each piece of the source where it lies."""

    def place(self, piece: Piece, plain: memoryview, span: Span, start: int, path: str) -> Slot:
        """Return the slot of a piece, which has its place now or when its bundle is closed.

        Args:
            piece: Length and digest.
            plain: Its bytes; they change after the call.
            span: The span in which it lies.
            start: Where it begins in the span.
            path: The file's path in the version.
        """
        ...

    def find(self, piece: Piece) -> Slot | None:
        """Return the slot of a piece that need not be stored; None when it must be."""
        ...


class Count:
    """Bytes that a push has written, or would write; added to from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.new_bytes = 0
        """Plain bytes of pieces for which bytes were written."""

    def add(self, plain: int) -> None:
        """Count a piece."""
        with self._lock:
            self.new_bytes += plain


class LogBuffer:
    """Gathers what was stored and writes it into the lease's log now and then."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._pieces: list[Piece] = []
        self._places: list[Place] = []
        self._written = monotonic()

    def add(self, pieces: Sequence[Piece], places: Sequence[Place]) -> None:
        """Take rows over, and write the log when it is time."""
        with self._lock:
            self._pieces += pieces
            self._places += places
            due = monotonic() - self._written > _LOG_EVERY_S or len(self._pieces) >= _LOG_ROWS
        if due:
            self.flush()

    def flush(self) -> None:
        """Write what has been gathered."""
        with self._lock:
            pieces, self._pieces = self._pieces, []
            places, self._places = self._places, []
            self._written = monotonic()
        self._session.log(pieces, places)


class StoringPlacer:
    """Stores what is not there."""

    def __init__(
        self,
        session: Session,
        known: Known,
        *,
        policy: EncodingPolicy,
        bases: Bases | None,
        count: Count,
        progress: Progress,
    ) -> None:
        """Store by a session.

        Args:
            session: Writes objects.
            known: What need not be written.
            policy: How pieces are encoded.
            bases: What deltas are made against; None: no deltas.
            count: Hears of pieces for which bytes were written.
            progress: Hears of bytes that went to the store.
        """
        self._progress = progress
        self._session = session
        self._known = known
        self._policy = policy
        self._bases = bases
        self._count = count
        self._log = LogBuffer(session)
        self.bundler = Bundler(session, self._bundled)

    def _bundled(self, pieces: list[Piece], places: list[Place]) -> None:
        self._progress.advance(moved=sum(place.stored for place in places))
        self._known.remember(pieces, places)
        self._log.add(pieces, places)

    def find(self, piece: Piece) -> Slot | None:
        """Return the slot of a piece that is in the store; None when it must be stored."""
        # Not claimed: nobody may be given a slot that is not going to be filled.
        slot = self._known.seen(piece)
        if slot is None:
            slot = Slot()
            return slot if self._fill(piece, slot) else None
        return slot

    def _fill(self, piece: Piece, slot: Slot) -> bool:
        """Fill a slot with what the store has; return whether it has it."""
        hit = self._known.find(piece)
        if hit is None:
            return False
        slot.place, only_logged = hit
        self._known.remember([piece], [slot.place])
        if only_logged:
            self._log.add([piece], [slot.place])
        return True

    def place(self, piece: Piece, plain: memoryview, span: Span, start: int, path: str) -> Slot:
        """Find a piece, or store it."""
        slot, mine = self._known.claim(piece)
        if not mine:
            return slot
        try:
            if not self._fill(piece, slot):
                encoded, base = self._encode(plain, span, start, path)
                self.store(piece, slot, encoded, base)
        except BaseException:
            self._known.forget(piece)
            raise
        return slot

    def _encode(
        self, plain: memoryview, span: Span, start: int, path: str
    ) -> tuple[Encoded, Base | None]:
        if self._bases is not None and span.tensor is not None:
            found = self._bases.find(path, span.tensor, span.start + start, len(plain))
            if found is not None:
                base, content = found
                delta = encode_delta(plain, memoryview(content), width=span.width, dtype=span.dtype)
                if delta is not None:
                    return delta, base
        return encode(plain, policy=self._policy, width=span.width, dtype=span.dtype), None

    def store(self, piece: Piece, slot: Slot, encoded: Encoded, base: Base | None) -> None:
        """Store an encoded piece, alone or in a bundle."""
        if encoded.size < ALONE_BYTES:
            self.bundler.add(piece, slot, encoded.parts, encoded.size, encoded.encoding, base)
            self._count.add(piece.length)
            return
        raw = encoded.encoding == RAW
        digest = piece.digest if raw else digest_of(*encoded.parts)
        key, written = self._session.put_object(digest, encoded.parts, encoded.size)
        place = Place(key, encoded.size, 0, encoded.size, encoded.encoding, base)
        slot.place = place
        if written:
            self._count.add(piece.length)
            self._progress.advance(moved=encoded.size)
        self._known.remember([piece], [place])
        self._log.add([piece], [place])

    def flush(self) -> None:
        """Close the bundle: after this every slot has its place."""
        self.bundler.flush()

    def flush_log(self) -> None:
        """Write what the log has not yet."""
        self._log.flush()


class CountingPlacer:
    """Stores nothing and counts what would be stored, before encoding."""

    def __init__(self, known: Known, count: Count) -> None:
        self._known = known
        self._count = count

    def find(self, piece: Piece) -> Slot | None:
        """Return the slot of a piece that is in the store; None when it would be stored."""
        slot = self._known.seen(piece)
        if slot is not None:
            return slot
        hit = self._known.find(piece)
        if hit is None:
            return None
        self._known.remember([piece], [hit[0]])
        return Slot(hit[0])

    def place(self, piece: Piece, plain: memoryview, span: Span, start: int, path: str) -> Slot:
        """Find a piece, or count it."""
        _, mine = self._known.claim(piece)
        if mine:
            hit = self._known.find(piece)
            if hit is None:
                self._count.add(piece.length)
                self._known.remember([piece], [NOWHERE])
            else:
                self._known.remember([piece], [hit[0]])
        return Slot(NOWHERE)


NOWHERE = Place(ObjectKey(NO_DIGEST), 1, 0, 1, RAW)
"""The place of a piece in a trial, in which nothing is stored."""
