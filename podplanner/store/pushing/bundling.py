"""Bundles: small stored pieces gathered, across files, into objects of about 8 MiB."""

import threading
from collections.abc import Callable, Sequence

from typing_extensions import Buffer

from podplanner.store.digest import digest_of
from podplanner.store.session import Session
from podplanner.store.tables import Base, Piece, Place

ALONE_BYTES = 512 * 2**10
"""A stored piece of this size or more is an object of its own."""
BUNDLE_BYTES = 8 * 2**20
"""A bundle is closed when it has reached this size: half of what an object may have."""


class Slot:
    """A piece's place, known at once or when its bundle is closed."""

    __slots__ = ("place",)

    def __init__(self, place: Place | None = None) -> None:
        self.place = place


class Bundler:
    """Gathers small pieces and stores each full bundle; usable from threads."""

    def __init__(self, session: Session, done: Callable[[list[Piece], list[Place]], None]) -> None:
        self._session = session
        self._done = done
        self._lock = threading.Lock()
        self._stored = threading.Condition(self._lock)
        self._storing = 0
        self._failure: BaseException | None = None
        self._reset()

    def _reset(self) -> None:
        self._parts: list[bytes] = []
        self._waiting: list[tuple[Piece, Slot, int, int, int, Base | None]] = []
        self._size = 0

    def add(
        self,
        piece: Piece,
        slot: Slot,
        parts: Sequence[Buffer],
        size: int,
        encoding: int,
        base: Base | None,
    ) -> None:
        """Take a stored piece over (it is copied); its slot is filled when its bundle is closed."""
        with self._lock:
            self._waiting.append((piece, slot, self._size, size, encoding, base))
            self._parts.extend(bytes(part) for part in parts)
            self._size += size
            full = self._take() if self._size >= BUNDLE_BYTES else None
        if full is not None:
            self._store(*full)

    def flush(self) -> None:
        """Store what has been gathered: after this every slot has its place.

        Raises:
            StoreError: A bundle could not be stored, by this thread or by another one.
        """
        with self._lock:
            rest = self._take() if self._waiting else None
        if rest is not None:
            self._store(*rest)
        with self._stored:
            # Others may be storing bundles at this moment.
            self._stored.wait_for(lambda: not self._storing)
            failure = self._failure
        if failure is not None:
            raise failure

    def _take(
        self,
    ) -> tuple[list[bytes], list[tuple[Piece, Slot, int, int, int, Base | None]], int]:
        # Counted before the lock is given up, so that whoever flushes waits for it.
        self._storing += 1
        taken = self._parts, self._waiting, self._size
        self._reset()
        return taken

    def _store(
        self,
        parts: list[bytes],
        waiting: list[tuple[Piece, Slot, int, int, int, Base | None]],
        size: int,
    ) -> None:
        try:
            key, _ = self._session.put_object(digest_of(*parts), parts, size)
            places = []
            for _piece, slot, offset, stored, encoding, base in waiting:
                place = Place(key, size, offset, stored, encoding, base)
                slot.place = place
                places.append(place)
        except BaseException as error:
            # Slots that other threads gave out have no place now: whoever flushes must know.
            self._failure = error
            raise
        else:
            self._done([row[0] for row in waiting], places)
        finally:
            with self._stored:
                self._storing -= 1
                self._stored.notify_all()
