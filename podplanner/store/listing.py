"""What a store holds, in lists: models, the versions of one, and all that is known of a version."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from podplanner.errors import FormatVersionError, UnknownNameError, WrongUsageError
from podplanner.store.manifest import TensorList
from podplanner.store.names import ModelName, Reference
from podplanner.store.reader import OpenVersion
from podplanner.store.records import NoteRecord, VersionRecord
from podplanner.store.refs import Refs, Version
from podplanner.store.results import ModelSummary, VersionSummary
from podplanner.store.root import StoreRoot
from podplanner.store.tables import Piece

if TYPE_CHECKING:
    from podplanner.store.comparing import Comparison, Side
    from podplanner.store.model_figures import ModelFigures

VERSIONS_LISTED = 50
"""Versions in a list that says nothing else: more than a screen, and quick on a slow disk."""
_ANCESTORS = 100
# A lineage may go on for as long as there are versions; each one is a read.


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A version from which another was made."""

    reference: str
    """`name:number`."""
    state: Literal["live", "deleted", "unknown"]
    """Unknown: the store has no such version; it may be another store's."""
    time: str | None
    """When it was pushed."""


@dataclass(frozen=True, slots=True)
class ShownFile:
    """One file of a version."""

    path: str
    size: int
    pieces: int
    executable: bool
    format: str | None
    tensors: int | None
    """None: it holds none that are understood."""
    parameters: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Note:
    """What was found of a version after its push."""

    time: str
    who: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SignatureNote:
    """A signature that lies beside a version; `pull --require-signature` tells whether it holds."""

    time: str
    who: str
    of_this_content: bool
    """Whether it names the manifest of the version."""


@dataclass(frozen=True, slots=True)
class Shown:
    """All that is known of one version."""

    record: VersionRecord
    aliases: tuple[str, ...]
    files: tuple[ShownFile, ...]
    """In order of their paths."""
    folders: tuple[str, ...]
    """Folders that are empty."""
    pieces: int
    stored_bytes: int
    """Bytes that its pieces take in the store, those shared with other versions too."""
    figures: "ModelFigures"
    """Parameters, dtypes, formats, and what its pickles would import."""
    lineage: tuple[Ancestor, ...]
    """Its parent, the parent of that, and so on; 100 at most."""
    notes: tuple[Note, ...]
    """The oldest first."""
    signatures: tuple[SignatureNote, ...]
    metadata: dict[str, Any]

    @property
    def noted(self) -> dict[str, Any]:
        """Return the values of all notes together; of one noted twice, the later."""
        return _together(self.notes)


def _together(notes: Iterable[Note]) -> dict[str, Any]:
    together: dict[str, Any] = {}
    for note in notes:
        _lay_over(together, note.values)
    return together


def _lay_over(together: dict[str, Any], values: dict[str, Any]) -> None:
    for name, value in values.items():
        before = together.get(name)
        if isinstance(before, dict) and isinstance(value, dict):
            inner = dict(before)
            _lay_over(inner, value)
            together[name] = inner
        else:
            together[name] = value


def models(root: StoreRoot) -> list[ModelSummary]:
    """Return every model that has a version, by name.

    Of each model one record is read, that of its latest version, and one of each alias.
    """
    return [found for model in root.refs.models() if (found := _summary(root.refs, model))]


def _summary(refs: Refs, model: ModelName) -> ModelSummary | None:
    live = refs.index(model).live
    for number in reversed(live):
        try:
            record = refs.record(model, number)
        except (UnknownNameError, FormatVersionError):
            # Gone since the listing, or written by a newer podplanner.
            continue
        if record.void:
            continue
        return ModelSummary(
            record.model, number, len(live), refs.aliases(model), record.total_bytes, record.time
        )
    return None


def versions(
    root: StoreRoot,
    model: ModelName,
    *,
    limit: int | None = VERSIONS_LISTED,
    deleted: bool = False,
) -> list[VersionSummary]:
    """Return the versions of a model, the newest first.

    Args:
        root: The store.
        model: Its name.
        limit: How many at most; None: all.
        deleted: Whether to list deleted versions too.

    Raises:
        UnknownNameError: There is no such model.
    """
    index = root.refs.index(model)
    numbers = index.numbers if deleted else index.live
    if not numbers:
        root.refs.resolve(Reference(model))
    names = _names_by_number(root.refs, model)
    found: list[VersionSummary] = []
    for number in reversed(numbers):
        if limit is not None and len(found) >= limit:
            break
        try:
            record = root.refs.record(model, number)
        except UnknownNameError:
            continue
        if not record.void:
            aliases = names.get(number, ())
            found.append(VersionSummary(record, aliases, number in index.deleted))
    return found


def _names_by_number(refs: Refs, model: ModelName) -> dict[int, tuple[str, ...]]:
    names: dict[int, tuple[str, ...]] = {}
    for alias, number in sorted(refs.aliases(model).items()):
        names[number] = (*names.get(number, ()), alias)
    return names


def show(root: StoreRoot, reference: Reference) -> Shown:
    """Return all that is known of a version.

    Raises:
        UnknownNameError: There is no such version, or it is deleted.
        ObjectMissingError: A document of it is lost.
        ObjectCorruptError: A document of it holds wrong bytes.
    """
    from podplanner.store.model_figures import summarise
    from podplanner.store.reading.opening import open_version

    opened = open_version(root, reference)
    version, manifest = opened.version, opened.manifest
    notes = list(root.refs.notes(version.model, version.number))
    return Shown(
        record=version.record,
        aliases=_names_by_number(root.refs, version.model).get(version.number, ()),
        files=tuple(_files(opened)),
        folders=manifest.folders,
        pieces=sum(table.pieces for table in manifest.tables),
        stored_bytes=opened.layout.stored_bytes,
        figures=summarise(manifest, _tensors(opened)),
        lineage=tuple(_lineage(root.refs, version)),
        notes=tuple(_values(notes)),
        signatures=tuple(_signatures(notes, version)),
        metadata=manifest.metadata,
    )


def _files(opened: OpenVersion) -> Iterator[ShownFile]:
    for entry in opened.manifest.files:
        tensors = entry.tensors
        yield ShownFile(
            entry.path, entry.size, entry.pieces, entry.executable, entry.format,
            tensors.count if tensors else None, tensors.parameters if tensors else None,
            entry.sha256,
        )  # fmt: skip


def _tensors(opened: OpenVersion) -> dict[str, TensorList]:
    lists = ((entry.path, opened.tensor_list(entry)) for entry in opened.manifest.files)
    return {path: tensors for path, tensors in lists if tensors is not None}


def _lineage(refs: Refs, version: Version) -> Iterator[Ancestor]:
    seen = {f"{version.model.key}:{version.number}"}
    word = version.record.parent
    while word is not None and len(seen) <= _ANCESTORS:
        try:
            reference = Reference.parse(word)
        except WrongUsageError:
            # The record says nonsense; what came before it stands.
            return
        key = f"{reference.model.key}:{reference.version}"
        if reference.version is None or key in seen:
            return
        seen.add(key)
        try:
            parent = refs.version(reference.model, reference.version)
        except UnknownNameError:
            yield Ancestor(word, "unknown", None)
            return
        yield Ancestor(word, "deleted" if parent.deleted else "live", parent.record.time)
        word = parent.record.parent


def _values(notes: list[NoteRecord]) -> Iterator[Note]:
    for note in notes:
        if note.kind == "values":
            yield Note(note.time, note.who, note.values)


def noted_values(root: StoreRoot, version: Version) -> dict[str, Any]:
    """Return what is noted of a version; of a value noted twice, the later."""
    return _together(_values(list(root.refs.notes(version.model, version.number))))


def _signatures(notes: list[NoteRecord], version: Version) -> Iterator[SignatureNote]:
    for note in notes:
        if note.kind == "signature":
            same = note.manifest == version.record.manifest
            yield SignatureNote(note.time, note.who, same)


def diff(root: StoreRoot, old: Reference, new: Reference) -> "Comparison":
    """Return what changed from one version to another, of any two models.

    Raises:
        UnknownNameError: There is no such version, or it is deleted.
        ObjectMissingError: Something of it is lost.
        ObjectCorruptError: Something of it holds wrong bytes.
    """
    from podplanner.store.comparing import compare

    return compare(_side(root, old), _side(root, new))


def _side(root: StoreRoot, reference: Reference) -> "Side":
    from podplanner.store.comparing import Side
    from podplanner.store.reading import StoredFile
    from podplanner.store.reading.opening import file_at, open_version

    opened = open_version(root, reference)
    starts = {entry.path: (first, entry.pieces) for entry, first in opened.manifest.starts()}
    last: dict[str, StoredFile] = {}

    def pieces(path: str) -> Iterator[Piece]:
        return (piece for piece, _ in opened.rows(*starts[path]))

    def read(path: str, offset: int, length: int) -> bytes:
        if path not in last:
            last.clear()
            # One at a time: each keeps the pieces that it has read last.
            last[path] = StoredFile(opened, *file_at(opened, path))
        return last[path].pread(length, offset)

    return Side(opened.manifest, _tensors(opened), pieces, read)
