"""Examining versions: what of each can be read, and what it needs."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from podplanner.errors import (
    FormatVersionError,
    ObjectCorruptError,
    ObjectMissingError,
    PodplannerError,
    UnknownNameError,
)
from podplanner.store.epochs import row_of
from podplanner.store.layout import Layout
from podplanner.store.manifest import Manifest
from podplanner.store.names import ModelName
from podplanner.store.reader import DocumentKey, located
from podplanner.store.record_keys import record_key
from podplanner.store.refs import Version
from podplanner.store.root import StoreRoot
from podplanner.store.tables import LARGEST_TABLE, PieceTable, PlaceTable
from podplanner.store.upkeep.verifying import Kind, verify_document
from podplanner.store.version_index import VersionIndex


@dataclass(slots=True)
class Examined:
    """One version, as far as it can be read."""

    model: ModelName
    number: int
    version: Version | None = None
    """None: its record is damaged."""
    layout: Layout | None = None
    manifest: Manifest | None = None
    damaged: dict[str, Kind] = field(default_factory=dict)
    """Keys of records and documents of it that cannot be read, and what is wrong."""
    newer: str = ""
    """Why a newer podplanner is needed to read it; empty: this one can."""

    def __str__(self) -> str:
        return f"{self.model}:{self.number}"

    @property
    def shown(self) -> str:
        """The version as people write it, the model's name as it was pushed."""
        return str(self.version or self)

    def documents(self) -> Iterator[DocumentKey]:
        """Yield the documents that are known to be needed; some more than once."""
        if self.version is None:
            return
        yield DocumentKey.of("layouts", self.version.layout)
        if self.layout is None:
            return
        renamed = self.layout.renamed
        yield located("manifests", self.layout.manifest, renamed)
        for place in self.layout.tables:
            yield located("tables", place.table, renamed)
        if self.manifest is None:
            return
        for table in self.manifest.tables:
            yield located("tables", table.table, renamed)
        for entry in self.manifest.files:
            if entry.tensors is not None:
                yield located("tables", entry.tensors.table, renamed)

    def place_tables(self) -> list[DocumentKey]:
        """Return the keys of the place tables; none when the layout is damaged."""
        if self.layout is None:
            return []
        return [located("tables", ref.table, self.layout.renamed) for ref in self.layout.tables]

    def piece_tables(self) -> list[DocumentKey]:
        """Return the keys of the piece tables; none when the manifest is damaged."""
        if self.manifest is None:
            return []
        renamed = self.layout.renamed if self.layout is not None else {}
        return [located("tables", ref.table, renamed) for ref in self.manifest.tables]


def examine_all(root: StoreRoot) -> Iterator[Examined]:
    """Examine every version that is not deleted: records, layouts and manifests."""
    for model in root.refs.models():
        index = root.refs.index(model)
        for number in index.live:
            found = examine(root, model, number, index)
            if found is not None:
                yield found
                yield from _missed(found, index)


def _missed(found: Examined, index: VersionIndex) -> Iterator[Examined]:
    """Yield the version before one, when its record is lost."""
    before = found.version.record.previous if found.version is not None else 0
    if before and before not in index.numbers:
        key = record_key(found.model, before)
        yield Examined(found.model, before, damaged={key: "lost"})


def examine(root: StoreRoot, model: ModelName, number: int, index: VersionIndex) -> Examined | None:
    """Examine one version; None when it is void, or has gone meanwhile."""
    found = Examined(model, number)
    try:
        return _examine(root, found, index)
    except FormatVersionError as error:
        found.newer = error.message
        return found


def _examine(root: StoreRoot, found: Examined, index: VersionIndex) -> Examined | None:
    model, number = found.model, found.number
    try:
        found.version = root.refs.version(model, number, index)
    except UnknownNameError:
        return None
    except (ObjectCorruptError, ObjectMissingError):
        found.damaged[record_key(model, number)] = "flipped"
        return found
    version = found.version
    if not version.record.proof:
        found.damaged[record_key(model, number)] = "flipped"
    key = DocumentKey.of("layouts", version.layout)
    try:
        layout = root.reader.layout(version.layout)
    except (ObjectCorruptError, ObjectMissingError) as error:
        found.damaged[key.key] = kind_of(root, key, error)
        return found
    if layout.manifest != version.record.manifest:
        found.damaged[key.key] = "flipped"
        return found
    found.layout = layout
    key = located("manifests", layout.manifest, layout.renamed)
    try:
        found.manifest = root.reader.manifest(layout.manifest, layout.renamed)
    except (ObjectCorruptError, ObjectMissingError) as error:
        found.damaged[key.key] = kind_of(root, key, error)
    return found


def kind_of(root: StoreRoot, key: DocumentKey, error: PodplannerError) -> Kind:
    """Return what is wrong with a document that could not be read."""
    if isinstance(error, ObjectMissingError):
        return "lost"
    # Bytes that are as their name says, and make no sense: no writer should have made them.
    return verify_document(root.backend, key) or "flipped"


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
