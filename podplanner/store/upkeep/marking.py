"""Marking: what the versions of a store, and the logs of pushes, refer to."""

from collections.abc import Callable, Iterable, Iterator
from struct import Struct
from types import TracebackType
from typing import Self

from podplanner.errors import ObjectCorruptError, ObjectMissingError, UnknownNameError
from podplanner.store.epochs import row_of
from podplanner.store.lease import FoundLease, read_log
from podplanner.store.names import ModelName
from podplanner.store.progress import Progress
from podplanner.store.reader import DocumentKey, located
from podplanner.store.refs import Version
from podplanner.store.root import StoreRoot
from podplanner.store.tables import LARGEST_TABLE, NO_OBJECT, Place, PlaceTable
from podplanner.store.upkeep.partitions import Partitions
from podplanner.store.version_index import VersionIndex

_USE = Struct(">III")
# Of an object: its length, then offset and length of the stored form of a piece.
_RANGE = Struct(">II")
_DOCUMENT = bytes(_USE.size)

Keep = Callable[[ModelName, int, float], bool]
"""Whether a deleted version (model, number, time of its tombstone) is still to be kept."""


def keep_none(model: ModelName, number: int, buried: float) -> bool:
    """Let every deleted version go."""
    return False


class Marker:
    """Walks over versions and gathers what they refer to.

    It may walk again later: then only what is new is read, and what was marked stays marked, so
    that nothing is missed of versions that went away and came back.
    """

    def __init__(self, root: StoreRoot, progress: Progress, *, skip_broken: bool = False) -> None:
        """Begin with nothing marked.

        Args:
            root: The store.
            progress: Hears of every version.
            skip_broken: Whether to warn of a version that cannot be read, and go on. Never when
                something is to be deleted by what is marked.
        """
        self.live = Partitions()
        """Rows of versions that are not deleted, and of logs."""
        self.kept = Partitions()
        """Rows of deleted versions that must be kept for now."""
        self.models = 0
        """Models with a version that is not deleted."""
        self.versions = 0
        """Versions that are not deleted."""
        self.plain_bytes = 0
        self._root = root
        self._progress = progress
        self._skip_broken = skip_broken
        self._visited: dict[str, dict[int, int]] = {}
        self._visited_kept: dict[str, dict[int, int]] = {}
        self._tables: set[bytes] = set()
        self._tables_kept: set[bytes] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.live.close()
        self.kept.close()

    def forget_kept(self) -> None:
        """Forget what was marked for deleted versions, before another walk."""
        self.kept.close()
        self.kept = Partitions()
        self._visited_kept = {}
        self._tables_kept = set()

    def walk(self, keep: Keep, *, without: frozenset[str] = frozenset()) -> Iterator[str]:
        """Mark what all versions refer to; yield a word after each model.

        Args:
            keep: Says of a deleted version whether it counts for `kept`.
            without: Versions, `model:number`, that are taken for deleted.
        """
        self.models = 0
        for model in self._root.refs.models():
            index = self._root.refs.index(model)
            live = [number for number in index.live if f"{model}:{number}" not in without]
            for number in live:
                self._visit(model, number, index, self.live, self._visited, self._tables)
            self.models += bool(live)
            for number, buried in index.buried.items():
                if number not in index.swept and keep(model, number, buried):
                    self._visit(
                        model, number, index, self.kept, self._visited_kept, self._tables_kept
                    )
            yield f"marked {model}"

    def _visit(
        self,
        model: ModelName,
        number: int,
        index: VersionIndex,
        rows: Partitions,
        visited: dict[str, dict[int, int]],
        tables: set[bytes],
    ) -> None:
        """Mark one version unless that has been done."""
        k = index.relayouts.get(number, 0)
        seen = visited.setdefault(model.key, {})
        if seen.get(number) == k:
            return
        first = number not in seen
        try:
            version = self._root.refs.version(model, number, index)
            for part in version_rows(self._root, version, tables):
                rows.add(part)
        except UnknownNameError:
            # The number is void.
            return
        except (ObjectMissingError, ObjectCorruptError) as error:
            if number not in self._root.refs.index(model).swept:
                self._broken(f"{model}:{number}", error)
            return
        seen[number] = k
        if first and rows is self.live:
            self.versions += 1
            self.plain_bytes += version.record.total_bytes
            self._progress.advance(files=1)

    def _broken(self, name: str, error: ObjectMissingError | ObjectCorruptError) -> None:
        message = f"{name} cannot be read: {error.message}"
        if self._skip_broken:
            self._progress.warn(message)
            return
        raise ObjectCorruptError(
            f"{message}; until it can, nothing is known to be unused",
            hint=(
                "Run `podplanner store check --repair-from OTHER`, or delete that version with "
                f"`podplanner model delete {name}`."
            ),
        ) from error

    def mark_logs(self, leases: Iterable[FoundLease]) -> None:
        """Mark what pushes that did not end have stored, so that they can be run again."""
        for lease in leases:
            for key in lease.logs:
                try:
                    rows = b"".join(
                        row
                        for _, place in read_log(self._root.backend, key)
                        for row in _uses(place)
                    )
                except ObjectCorruptError:
                    # Torn by a power cut. A log only saves work: what it names is sent again.
                    continue
                self.live.add(rows)


def _uses(place: Place) -> Iterator[bytes]:
    """Yield a row for each object that a place needs."""
    head = row_of(place.object)
    yield head + _USE.pack(place.object_bytes, place.offset, place.stored)
    if place.base is not None:
        base = place.base
        yield row_of(base.object) + _USE.pack(base.object_bytes, base.offset, base.stored)


def document_row(key: DocumentKey) -> bytes:
    """Return the row of a document that is needed."""
    return row_of(key) + _DOCUMENT


def version_rows(root: StoreRoot, version: Version, tables: set[bytes]) -> Iterator[bytes]:
    """Yield rows of all documents and objects that a version needs.

    Args:
        root: The store.
        version: Read from its records.
        tables: Place tables whose rows have been yielded: they are left out, and new ones added.
    """
    opened = root.open(version)
    yield b"".join(map(document_row, opened.document_keys()))
    for ref in opened.layout.tables:
        key = located("tables", ref.table, opened.layout.renamed)
        row = row_of(key)
        if row not in tables:
            yield table_rows(root, key)
            tables.add(row)


def table_rows(root: StoreRoot, key: DocumentKey) -> bytes:
    """Return rows of all objects that a place table names.

    The table is not kept in memory, as the reader would.
    """
    what = f"place table {key.digest.hex()[:12]}"
    content = root.reader.content(key, limit=LARGEST_TABLE)
    table = PlaceTable.decode(content, what=what)
    heads = [
        row_of(name) + size.to_bytes(4, "big")
        for name, size in zip(table.objects, table.object_bytes, strict=True)
    ]
    rows = {
        heads[index] + _RANGE.pack(offset, stored)
        for index, offset, stored in zip(table.object, table.offset, table.stored, strict=True)
        if index != NO_OBJECT
    }
    for base in table.bases:
        use = _USE.pack(base.object_bytes, base.offset, base.stored)
        rows.add(row_of(base.object) + use)
    return b"".join(rows)
