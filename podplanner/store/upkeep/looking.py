"""Looking at the tables of versions: whether they can be read, agree, and what they name."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.reader import DocumentKey
from podplanner.store.root import StoreRoot
from podplanner.store.tables import NO_OBJECT, RAW, PieceTable, PlaceTable
from podplanner.store.upkeep.examining import Examined, kind_of
from podplanner.store.upkeep.references import table_rows
from podplanner.store.upkeep.tables import Tables, for_tables
from podplanner.store.upkeep.verifying import Kind

T = TypeVar("T")


@dataclass(slots=True)
class Looked:
    """What was found of a place table, and of the piece table beside it."""

    rows: bytes = b""
    """Of the objects that it names; empty where it was looked at before."""
    damaged: dict[str, Kind] = field(default_factory=dict)
    """Keys of tables that cannot be read, or contradict each other."""


@dataclass(frozen=True, slots=True)
class _Task:
    places: DocumentKey
    pieces: DocumentKey | None
    """None: it is not known, or the pair has been compared."""
    count: int
    is_new: bool
    """Whether what the place table names is wanted."""


class TableLook:
    """Looks at each table, and each pair of tables, once."""

    def __init__(self, root: StoreRoot) -> None:
        self._root = root
        self._tables = Tables(root)

    def at(self, versions: Iterable[Examined]) -> Iterator[Looked]:
        """Yield what is found of the tables of these versions that are new."""
        tasks = [task for version in versions for task in self._tasks(version)]
        yield from for_tables(self._root, self._look, tasks, lambda task: task.count)

    def _tasks(self, version: Examined) -> Iterator[_Task]:
        beside: list[DocumentKey | None] = [*version.piece_tables]
        beside += [None] * (len(version.place_tables) - len(beside))
        for places, pieces, count in zip(
            version.place_tables, beside, version.pieces, strict=False
        ):
            is_new = self._tables.is_new(places)
            if pieces is not None and not self._tables.is_new(pieces, places):
                pieces = None
            if is_new or pieces is not None:
                yield _Task(places, pieces, count, is_new)

    def _look(self, task: _Task) -> Looked:
        looked = Looked()
        places = self._reading(task.places, self._tables.places, looked)
        if places is not None and task.is_new:
            looked.rows = table_rows(places)
        if task.pieces is not None:
            pieces = self._reading(task.pieces, self._tables.pieces, looked)
            if pieces is not None and places is not None and not _agree(pieces, places):
                looked.damaged[task.places.key] = "flipped"
        return looked

    def _reading(
        self, key: DocumentKey, read: Callable[[DocumentKey], T], looked: Looked
    ) -> T | None:
        """Return what was read; None, and a word about it, where it cannot be."""
        try:
            return read(key)
        except (ObjectMissingError, ObjectCorruptError) as error:
            looked.damaged[key.key] = kind_of(self._root, key, error)
            return None


def _agree(pieces: PieceTable, places: PlaceTable) -> bool:
    """Return whether two tables can belong together."""
    return len(pieces) == len(places) and all(
        encoding != RAW or index == NO_OBJECT or stored == length
        for length, index, stored, encoding in zip(
            pieces.lengths, places.object, places.stored, places.encoding, strict=True
        )
    )
