"""Visiting versions: their records, documents and place tables read, many side by side."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from podplanner.errors import ObjectCorruptError, ObjectMissingError, UnknownNameError
from podplanner.store.epochs import row_of
from podplanner.store.names import ModelName
from podplanner.store.reader import DocumentKey, located
from podplanner.store.refs import Version
from podplanner.store.root import StoreRoot
from podplanner.store.side_by_side import calls_at_once, portions, side_by_side
from podplanner.store.upkeep.partitions import Partitions
from podplanner.store.upkeep.references import need_of, table_rows
from podplanner.store.upkeep.tables import Tables, for_tables
from podplanner.store.version_index import VersionIndex

_FILES = 100_000
# Of versions that are read side by side: a manifest of so many takes 60 MB of memory.


@dataclass(slots=True)
class Visit:
    """One version, and what has been read of it."""

    model: ModelName
    number: int
    index: VersionIndex
    version: Version | None = None
    tables: list[tuple[DocumentKey, int]] = field(default_factory=list)
    """Place tables with their pieces."""
    error: ObjectMissingError | ObjectCorruptError | None = None
    """Why it cannot be read."""

    @property
    def layout(self) -> int:
        """The number of the layout in force; 0: that of the record."""
        return self.index.relayouts.get(self.number, 0)

    @property
    def is_void(self) -> bool:
        """Whether the number is out of use, or its record has gone."""
        return self.version is None and self.error is None

    @property
    def total_bytes(self) -> int:
        """Plain bytes of the version."""
        return 0 if self.version is None else self.version.record.total_bytes


class Marks:
    """What has been marked, and of which versions."""

    def __init__(self) -> None:
        self.rows = Partitions()
        self.tables: set[bytes] = set()
        """Place tables whose rows are there."""
        self._visited: dict[str, dict[int, int]] = {}

    def has(self, visit: Visit) -> bool:
        """Return whether the layout in force of a version has been marked."""
        return self._visited.get(visit.model.key, {}).get(visit.number) == visit.layout

    def note(self, visit: Visit) -> bool:
        """Note that a version has been marked; return whether it had never been."""
        seen = self._visited.setdefault(visit.model.key, {})
        is_new = visit.number not in seen
        seen[visit.number] = visit.layout
        return is_new


def read_all(root: StoreRoot, visits: list[Visit], marks: Marks) -> None:
    """Read versions and mark what they refer to; what cannot be read is noted with each.

    Args:
        root: The store.
        visits: Not read yet.
        marks: Tables whose rows are there are not read again.
    """
    at_once = calls_at_once(root.backend)
    for _ in side_by_side(lambda visit: _read_record(root, visit), visits, at_once):
        continue
    there = [visit for visit in visits if visit.version is not None]
    for some in portions(there, _files_of, _FILES):
        for rows in side_by_side(lambda visit: _read_documents(root, visit), some, at_once):
            marks.rows.add(rows)
    _read_tables(root, visits, marks)


def _files_of(visit: Visit) -> int:
    return 0 if visit.version is None else visit.version.record.files


def _read_record(root: StoreRoot, visit: Visit) -> None:
    try:
        visit.version = root.refs.version(visit.model, visit.number, visit.index)
    except UnknownNameError:
        # The number is void.
        return
    except (ObjectMissingError, ObjectCorruptError) as error:
        visit.error = error


def _read_documents(root: StoreRoot, visit: Visit) -> bytes:
    """Read layout and manifest; return rows of all documents that they name."""
    if visit.version is None:
        return b""
    try:
        opened = root.open(visit.version)
    except (ObjectMissingError, ObjectCorruptError) as error:
        visit.error = error
        return b""
    renamed = opened.layout.renamed
    visit.tables = [
        (located("tables", ref.table, renamed), ref.pieces) for ref in opened.layout.tables
    ]
    return b"".join(need_of(row_of(key)) for key in opened.document_keys())


def _read_tables(root: StoreRoot, visits: Iterable[Visit], marks: Marks) -> None:
    """Read the place tables that have not been read, each once, and mark what they name."""
    wanted: dict[bytes, _Table] = {}
    for visit in visits:
        for key, pieces in visit.tables:
            row = row_of(key)
            if row not in marks.tables:
                wanted.setdefault(row, _Table(key, pieces)).visits.append(visit)

    tables = Tables(root)

    def read(table: _Table) -> bytes:
        try:
            return table_rows(tables.places(table.key))
        except (ObjectMissingError, ObjectCorruptError) as error:
            table.error = error
            return b""

    found = for_tables(root, read, wanted.values(), lambda table: table.pieces)
    for table, rows in zip(wanted.values(), found, strict=True):
        marks.rows.add(rows)
        if table.error is None:
            marks.tables.add(row_of(table.key))
        for visit in table.visits:
            visit.error = visit.error or table.error


@dataclass(slots=True)
class _Table:
    """A place table, and who needs it."""

    key: DocumentKey
    pieces: int
    visits: list[Visit] = field(default_factory=list)
    error: ObjectMissingError | ObjectCorruptError | None = None
