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
from podplanner.store.side_by_side import Budget, calls_at_once, side_by_side
from podplanner.store.upkeep.partitions import KEY_BYTES
from podplanner.store.upkeep.verifying import Kind, verify_document
from podplanner.store.version_index import VersionIndex

_FILES = 100_000
# Of versions that are read side by side: a manifest of so many takes 60 MB of memory.


@dataclass(slots=True)
class Examined:
    """One version, as far as it can be read."""

    model: ModelName
    number: int
    version: Version | None = None
    """None: its record is damaged."""
    layout: Layout | None = None
    manifest: Manifest | None = None
    documents: bytes = b""
    """Rows, as in the lists of epochs, of the documents that are known to be needed; some more
    than once."""
    place_tables: tuple[DocumentKey, ...] = ()
    """None when the layout is damaged."""
    piece_tables: tuple[DocumentKey, ...] = ()
    """In the same order; none when the manifest is damaged."""
    pieces: tuple[int, ...] = ()
    """How many each place table should have."""
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

    def rows(self) -> Iterator[bytes]:
        """Yield the rows of the documents."""
        for start in range(0, len(self.documents), KEY_BYTES):
            yield self.documents[start : start + KEY_BYTES]

    def need(self, *keys: DocumentKey) -> None:
        """Take note of documents that it needs."""
        self.documents += b"".join(map(row_of, keys))

    def has_layout(self, layout: Layout) -> None:
        """Take note of its layout, and of what that needs."""
        self.layout = layout
        self.place_tables = tuple(
            located("tables", ref.table, layout.renamed) for ref in layout.tables
        )
        self.pieces = tuple(ref.pieces for ref in layout.tables)
        self.need(located("manifests", layout.manifest, layout.renamed), *self.place_tables)

    def has_manifest(self, manifest: Manifest, layout: Layout) -> None:
        """Take note of its manifest, and of what that needs."""
        self.manifest = manifest
        self.piece_tables = tuple(
            located("tables", ref.table, layout.renamed) for ref in manifest.tables
        )
        tensors = (entry.tensors for entry in manifest.files if entry.tensors is not None)
        self.need(
            *self.piece_tables, *(located("tables", one.table, layout.renamed) for one in tensors)
        )


def examine_all(root: StoreRoot) -> Iterator[Examined]:
    """Examine every version that is not deleted: records, layouts and manifests.

    Where each is a request, many are read side by side. The layouts and manifests themselves are
    not kept.
    """
    budget = Budget(_FILES)

    def work(task: tuple[ModelName, int, VersionIndex]) -> tuple[Examined | None, VersionIndex]:
        return _examine(root, *task, budget), task[2]

    tasks = (
        (model, number, index) for model, index in root.refs.indexes() for number in index.live
    )
    for found, index in side_by_side(work, tasks, calls_at_once(root.backend)):
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
        if not _read_record(root, found, index):
            return None
        _read_documents(root, found)
    except FormatVersionError as error:
        found.newer = error.message
    return found


def _examine(
    root: StoreRoot, model: ModelName, number: int, index: VersionIndex, budget: Budget
) -> Examined | None:
    """Examine one version beside others; its layout and manifest are dropped again."""
    found = Examined(model, number)
    try:
        if not _read_record(root, found, index):
            return None
        with budget.taken(0 if found.version is None else found.version.record.files):
            _read_documents(root, found)
            found.layout = found.manifest = None
    except FormatVersionError as error:
        found.newer = error.message
    return found


def _read_record(root: StoreRoot, found: Examined, index: VersionIndex) -> bool:
    """Read the record; return whether there is one of a version."""
    key = record_key(found.model, found.number)
    try:
        found.version = root.refs.version(found.model, found.number, index)
    except UnknownNameError:
        return False
    except (ObjectCorruptError, ObjectMissingError):
        found.damaged[key] = "flipped"
        return True
    if not found.version.record.proof:
        found.damaged[key] = "flipped"
    return True


def _read_documents(root: StoreRoot, found: Examined) -> None:
    version = found.version
    if version is None:
        return
    key = DocumentKey.of("layouts", version.layout)
    found.need(key)
    try:
        layout = root.reader.layout(version.layout)
    except (ObjectCorruptError, ObjectMissingError) as error:
        found.damaged[key.key] = kind_of(root, key, error)
        return
    if layout.manifest != version.record.manifest:
        found.damaged[key.key] = "flipped"
        return
    found.has_layout(layout)
    key = located("manifests", layout.manifest, layout.renamed)
    try:
        found.has_manifest(root.reader.manifest(layout.manifest, layout.renamed), layout)
    except (ObjectCorruptError, ObjectMissingError) as error:
        found.damaged[key.key] = kind_of(root, key, error)


def kind_of(root: StoreRoot, key: DocumentKey, error: PodplannerError) -> Kind:
    """Return what is wrong with a document that could not be read."""
    if isinstance(error, ObjectMissingError):
        return "lost"
    # Bytes that are as their name says, and make no sense: no writer should have made them.
    return verify_document(root.backend, key) or "flipped"
