"""Decoding every piece of a store, each place once: what only a bad writer can have made wrong."""

import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.progress import Progress
from podplanner.store.reader import DocumentKey
from podplanner.store.reading.fetching import Fetcher
from podplanner.store.reading.rows import Row
from podplanner.store.reading.workers import thread_count, work_off
from podplanner.store.root import StoreRoot
from podplanner.store.tables import ObjectKey, PieceTable, PlaceTable
from podplanner.store.upkeep.examining import examine_all
from podplanner.store.upkeep.tables import Tables


class _Group(NamedTuple):
    """Pieces of one object that one place table names."""

    table: DocumentKey
    rows: list[Row]


def decode_all(root: StoreRoot, wrong: frozenset[str], progress: Progress) -> list[DocumentKey]:
    """Decode all pieces, and return the place tables that name one which is not as it should be.

    Args:
        root: The store.
        wrong: Keys of tables and objects that are known to be wrong: they are left out.
        progress: Hears of every piece.
    """
    decoder = _Decoder(root, wrong, progress)
    threads = thread_count(None, root.backend.traits)
    work_off(decoder.groups(), decoder.worker, threads)
    return sorted(decoder.bad, key=lambda key: key.key)


class _Decoder:
    """What the threads share."""

    def __init__(self, root: StoreRoot, wrong: frozenset[str], progress: Progress) -> None:
        self._root = root
        self._wrong = wrong
        self._progress = progress
        self._lock = threading.Lock()
        self.bad: set[DocumentKey] = set()

    def groups(self) -> Iterator[_Group]:
        """Yield what is read of one object in one go."""
        tables = Tables(self._root)
        for version in examine_all(self._root):
            for pair in zip(version.piece_tables, version.place_tables, strict=False):
                if tables.is_new(*pair) and not {key.key for key in pair} & self._wrong:
                    yield from self._grouped(
                        pair[1], tables.pieces(pair[0]), tables.places(pair[1])
                    )

    def _grouped(
        self, key: DocumentKey, pieces: PieceTable, places: PlaceTable
    ) -> Iterator[_Group]:
        by_object: dict[ObjectKey, dict[Row, None]] = {}
        for piece, place in zip(pieces, places, strict=True):
            if place is None or place.object.key in self._wrong:
                continue
            if place.base is not None and place.base.object.key in self._wrong:
                continue
            by_object.setdefault(place.object, {})[Row(piece, place)] = None
        for rows in by_object.values():
            yield _Group(key, sorted(rows, key=lambda row: row.place.offset))

    def worker(self) -> Callable[[_Group], None]:
        """Return what decodes one group; for one thread."""
        fetcher = Fetcher(self._root.backend)

        def do(group: _Group) -> None:
            try:
                for row, _ in zip(group.rows, fetcher.fetch_all(group.rows), strict=True):
                    self._progress.advance(size=row.piece.length)
            except (ObjectMissingError, ObjectCorruptError):
                with self._lock:
                    self.bad.add(group.table)

        return do
