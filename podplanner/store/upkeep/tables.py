"""Tables of many versions, read without being kept, each once, many side by side."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from podplanner.store.epochs import row_of
from podplanner.store.reader import DocumentKey
from podplanner.store.root import StoreRoot
from podplanner.store.side_by_side import calls_at_once, portions, side_by_side
from podplanner.store.tables import LARGEST_TABLE, PieceTable, PlaceTable

_PIECES = 6 * 65_536
# Of tables that are read side by side: the largest there are take 10 to 15 MB each.
_VERSIONS = 256
# Whose tables are read together.

T = TypeVar("T")
R = TypeVar("R")


class Tables:
    """Reads tables without keeping them; remembers which pairs have been looked at."""

    def __init__(self, root: StoreRoot) -> None:
        self._root = root
        self._seen: set[bytes] = set()

    def is_new(self, *keys: DocumentKey) -> bool:
        """Return whether these have not been asked for together before."""
        row = b"".join(row_of(key) for key in keys)
        if row in self._seen:
            return False
        self._seen.add(row)
        return True

    def pieces(self, key: DocumentKey) -> PieceTable:
        """Return a piece table."""
        content = self._root.reader.content(key, limit=LARGEST_TABLE)
        return PieceTable.decode(content, what=f"piece table {key.digest.hex()[:12]}")

    def places(self, key: DocumentKey) -> PlaceTable:
        """Return a place table."""
        content = self._root.reader.content(key, limit=LARGEST_TABLE)
        return PlaceTable.decode(content, what=f"place table {key.digest.hex()[:12]}")


def together(root: StoreRoot, versions: Iterable[T]) -> Iterator[list[T]]:
    """Yield versions, as many at a time as are best looked at together."""
    size = 1 if calls_at_once(root.backend) == 1 else _VERSIONS
    left = iter(versions)
    while some := list(islice(left, size)):
        yield some


def for_tables(
    root: StoreRoot, work: Callable[[T], R], tables: Iterable[T], pieces: Callable[[T], int]
) -> Iterator[R]:
    """Yield what the work gives for each table, or pair, in order; no more than memory holds.

    Args:
        root: The store.
        work: Reads it; from several threads where each is a request.
        tables: What is to be read.
        pieces: How many it has.
    """
    for some in portions(tables, pieces, _PIECES):
        yield from side_by_side(work, some, calls_at_once(root.backend))
