"""What a store holds, in lists: models, the versions of one, and all that is known of a version."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from podplanner.errors import FormatVersionError, UnknownNameError
from podplanner.store.backend import ObjectInfo
from podplanner.store.lineage import Ancestor, lineage
from podplanner.store.manifest import TensorList
from podplanner.store.names import ModelName, Reference
from podplanner.store.reader import OpenVersion
from podplanner.store.record_keys import record_key
from podplanner.store.records import NoteRecord, VersionRecord
from podplanner.store.refs import Refs, Version
from podplanner.store.results import ModelSummary, VersionSummary
from podplanner.store.root import StoreRoot
from podplanner.store.side_by_side import calls_at_once, side_by_side
from podplanner.store.tables import Piece
from podplanner.store.version_index import Surveyed, survey, survey_of

if TYPE_CHECKING:
    from podplanner.store.comparing import Comparison, Side
    from podplanner.store.listed_records import ListedRecords
    from podplanner.store.model_figures import ModelFigures

VERSIONS_LISTED = 50
"""Versions in a list that says nothing else: more than a screen, and quick on a slow disk."""
_LOOKED_UP = 500
# Models of which the cache is asked in one go.


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

    Of each model one record is read, that of its latest version, and one of each alias. Where
    each is a request, many are under way together, and those that were read before are not read
    again.
    """
    if calls_at_once(root.backend) == 1:
        found = ((model, _summary(root.refs, model)) for model in root.refs.models())
        return [summary for _, summary in found if summary is not None]
    from podplanner.store.listed_records import ListedRecords

    with ListedRecords(root) as records:
        surveyed = side_by_side(
            lambda model: _summary_of(records, model),
            _looked_up(records, survey(root.backend)),
            calls_at_once(root.backend),
        )
        return [one for _, one in sorted(filter(None, surveyed), key=lambda found: found[0])]


def _summary(refs: Refs, model: ModelName) -> ModelSummary | None:
    live = refs.index(model).live
    for number in reversed(live):
        try:
            record = refs.record(model, number)
        except (UnknownNameError, FormatVersionError):
            # Gone since the listing, or written by a newer podplanner.
            continue
        if not record.void:
            return _summed_up(record, len(live), refs.aliases(model))
    return None


def _looked_up(records: "ListedRecords", surveyed: Iterable[Surveyed]) -> Iterator[Surveyed]:
    """Yield models after a look into the cache for what is about to be read of them."""
    waiting = iter(surveyed)
    while some := list(islice(waiting, _LOOKED_UP)):
        records.look_up(info for model in some for info in _to_read(model))
        yield from some


def _to_read(model: Surveyed) -> Iterator[ObjectInfo]:
    for number in model.index.live[-1:]:
        yield model.records[record_key(model.model, number)]
    yield from model.aliases.values()


def _summary_of(records: "ListedRecords", found: Surveyed) -> tuple[str, ModelSummary] | None:
    """Return a model in the list, and the name by which it is put in order."""
    model, live = found.model, found.index.live
    for number in reversed(live):
        try:
            record = records.record(model, number, found.records[record_key(model, number)])
        except FormatVersionError:
            continue
        if record is not None and not record.void:
            aliases = {alias: records.alias(info) for alias, info in found.aliases.items()}
            named = {alias: named for alias, named in sorted(aliases.items()) if named is not None}
            return model.key, _summed_up(record, len(live), named)
    return None


def _summed_up(record: VersionRecord, versions: int, aliases: dict[str, int]) -> ModelSummary:
    return ModelSummary(
        record.model, record.number, versions, aliases, record.total_bytes, record.time
    )


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
    found = survey_of(root.backend, model)
    numbers = found.index.numbers if deleted else found.index.live
    if not numbers:
        root.refs.resolve(Reference(model))
    names = _names_by_number(root.refs, model)
    return [
        VersionSummary(record, names.get(record.number, ()), record.number in found.index.deleted)
        for record in _records(root, found, list(reversed(numbers)), limit)
    ]


def _records(
    root: StoreRoot, found: Surveyed, numbers: list[int], limit: int | None
) -> Iterator[VersionRecord]:
    """Yield the records of these versions that are there and not void, up to a limit."""
    at_once = calls_at_once(root.backend)
    if at_once == 1:
        records = filter(None, (_record(root.refs, found.model, number) for number in numbers))
        yield from islice((record for record in records if not record.void), limit)
        return
    from podplanner.store.listed_records import ListedRecords

    infos = [(number, found.records[record_key(found.model, number)]) for number in numbers]
    left = len(infos) if limit is None else limit
    with ListedRecords(root) as listed:
        while left and infos:
            some, infos = infos[:left], infos[left:]
            listed.look_up(info for _, info in some)
            for record in side_by_side(partial(_listed, listed, found.model), some, at_once):
                if record is not None and not record.void:
                    left -= 1
                    yield record


def _record(refs: Refs, model: ModelName, number: int) -> VersionRecord | None:
    try:
        return refs.record(model, number)
    except UnknownNameError:
        # Gone since the listing.
        return None


def _listed(
    listed: "ListedRecords", model: ModelName, version: tuple[int, ObjectInfo]
) -> VersionRecord | None:
    return listed.record(model, *version)


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
        lineage=tuple(lineage(root.backend, version)),
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
    files = opened.manifest.files
    lists = side_by_side(opened.tensor_list, files, calls_at_once(opened.reader.backend))
    return {
        entry.path: tensors
        for entry, tensors in zip(files, lists, strict=True)
        if tensors is not None
    }


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
