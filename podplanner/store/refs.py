"""References: models, their versions and aliases, as the records in the store say."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

from podplanner.errors import ConflictError, ObjectMissingError, UnknownNameError
from podplanner.store.backend import Backend, ObjectInfo
from podplanner.store.claims import claim, new_id, who_am_i
from podplanner.store.clock import written
from podplanner.store.documents import decode, encode
from podplanner.store.names import HIGHEST_NUMBER, ModelName, Reference
from podplanner.store.record_keys import (
    MODELS,
    alias_prefix,
    aliases_prefix,
    all_notes_prefix,
    notes_prefix,
    record_key,
    relayout_key,
    swept_key,
    tombstone_key,
    versions_prefix,
)
from podplanner.store.records import (
    ALIAS_FORMAT,
    FATE_FORMAT,
    NOTE_FORMAT,
    RELAYOUT_FORMAT,
    TOMBSTONE_FORMAT,
    AliasRecord,
    Fate,
    NoteRecord,
    Relayout,
    Tombstone,
    VersionRecord,
    read_move,
    read_record,
)
from podplanner.store.side_by_side import calls_at_once, side_by_side
from podplanner.store.version_index import (
    VersionIndex,
    alias_move,
    index_of,
    model_of_folder,
    survey,
)

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Version:
    """One version as its records say."""

    model: ModelName
    record: VersionRecord
    layout: str
    """Digest of the layout in force, hex, with `-<epoch>` where it has one."""
    deleted: bool = False

    @property
    def number(self) -> int:
        """Its number."""
        return self.record.number

    def __str__(self) -> str:
        return f"{self.record.model}:{self.record.number}"


@dataclass(frozen=True, slots=True)
class AliasMove:
    """One step in the history of an alias."""

    sequence: int
    record: AliasRecord


class Refs:
    """Reads and writes the records below `models/`."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def models(self) -> Iterator[ModelName]:
        """Yield all models by their folders' names, sorted; those without versions too."""
        for folder in self._backend.folders(MODELS):
            model = model_of_folder(folder)
            if model is not None:
                yield model

    def indexes(self) -> Iterator[tuple[ModelName, VersionIndex]]:
        """Yield every model with what a listing says of its versions, in the order of listings."""
        if calls_at_once(self._backend) > 1:
            for found in survey(self._backend):
                yield found.model, found.index
        else:
            for model in self.models():
                yield model, self.index(model)

    def index(self, model: ModelName) -> VersionIndex:
        """Return what one listing says of a model's versions; empty for an unknown model."""
        return index_of(model, self._backend.keys(versions_prefix(model)))

    def record(self, model: ModelName, number: int) -> VersionRecord:
        """Return the record of a version, deleted and void ones too.

        Raises:
            UnknownNameError: There is no such version.
            ObjectCorruptError: It is not what was written.
        """
        try:
            content = self._backend.get(record_key(model, number))
        except ObjectMissingError as error:
            raise self._unknown(Reference(model, version=number)) from error
        return read_record(content, model, number)

    def version(self, model: ModelName, number: int, index: VersionIndex | None = None) -> Version:
        """Return a version, deleted or not.

        Raises:
            UnknownNameError: There is none of that number, or the number is void.
        """
        index = index or self.index(model)
        record = self.record(model, number)
        if record.void:
            raise self._unknown(Reference(model, version=number))
        return self._version(model, record, index)

    def _version(self, model: ModelName, record: VersionRecord, index: VersionIndex) -> Version:
        """Return the version of a record that is not void."""
        number = record.number
        k = index.relayouts.get(number, 0)
        layout = record.layout
        if k:
            key = relayout_key(model, number, k)
            layout = decode(
                self._backend.get(key), Relayout, what=key, expected=RELAYOUT_FORMAT
            ).layout
        return Version(ModelName.parse(record.model), record, layout, number in index.deleted)

    def latest(self, model: ModelName, index: VersionIndex | None = None) -> Version | None:
        """Return the highest version that is not deleted; None when there is none."""
        index = index or self.index(model)
        for number in reversed(index.live):
            record = self.record(model, number)
            if not record.void:
                return self._version(model, record, index)
        return None

    def versions(self, model: ModelName, *, deleted: bool = False) -> Iterator[Version]:
        """Yield a model's versions from the highest down, deleted ones only when asked for."""
        index = self.index(model)
        for number in reversed(index.numbers if deleted else index.live):
            try:
                yield self.version(model, number, index)
            except UnknownNameError:
                continue

    def resolve(self, reference: Reference) -> Version:
        """Return the version that a reference names.

        Raises:
            UnknownNameError: There is no such model, version or alias, or it is deleted.
        """
        model = reference.model
        number = reference.version
        if reference.alias is not None:
            number = self.alias(model, reference.alias)
            if number is None:
                raise self._unknown(reference)
        index = self.index(model)
        if number is None:
            latest = self.latest(model, index)
            if latest is None:
                raise self._unknown(reference)
            return latest
        found = self.version(model, number, index)
        if found.deleted:
            raise UnknownNameError(
                f"{model}:{number} is deleted",
                hint=f"Run `podplanner model undelete {model}:{number}` while it can be.",
            )
        return found

    def _unknown(self, reference: Reference) -> UnknownNameError:
        index = self.index(reference.model)
        if not index.live:
            return UnknownNameError(
                f"no model {reference.model} in {self._backend.address}",
                hint="Run `podplanner model list` to see what is there.",
            )
        have = ", ".join(str(number) for number in index.live[-5:])
        named = ", ".join(sorted(self.aliases(reference.model)))
        return UnknownNameError(
            f"no version {reference} in {self._backend.address}; the last versions are {have}"
            + (f", the aliases {named}" if named else ""),
            hint=f"Run `podplanner model list {reference.model}` to see all.",
        )

    # Aliases

    def alias(self, model: ModelName, alias: str) -> int | None:
        """Return the version that an alias names; None when it names none."""
        last = self._last_move(model, alias)
        return None if last is None else last.record.version

    def _last_move(self, model: ModelName, alias: str) -> AliasMove | None:
        for move in self._moves(model, alias):
            return self._read_move(move)
        return None

    def _moves(self, model: ModelName, alias: str) -> Iterator[tuple[int, str]]:
        """Yield number and key of each move, the last one first."""
        for info in self._backend.keys(alias_prefix(model, alias)):
            if (found := alias_move(model, info.key)) is not None:
                yield found[1], info.key

    def _read_move(self, move: tuple[int, str]) -> AliasMove:
        sequence, key = move
        return AliasMove(sequence, read_move(self._backend.get(key), key))

    def aliases(self, model: ModelName) -> dict[str, int]:
        """Return a model's aliases that name a version."""
        found = {}
        for alias, number in self._all_aliases(model):
            if number is not None:
                found[alias] = number
        return found

    def _all_aliases(self, model: ModelName) -> Iterator[tuple[str, int | None]]:
        prefix = aliases_prefix(model)
        if calls_at_once(self._backend) == 1:
            for alias in self._backend.folders(prefix):
                yield alias, self.alias(model, alias)
            return
        # One listing of all moves, in place of one for each alias.
        last: dict[str, tuple[int, str]] = {}
        for info in self._backend.keys(prefix):
            if (found := alias_move(model, info.key)) is not None:
                last.setdefault(found[0], (found[1], info.key))
        moves = self._read(self._read_move, last.values())
        for alias, move in zip(last, moves, strict=True):
            yield alias, move.record.version

    def _read(self, work: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Read one small record for each task; side by side where each is a request."""
        return side_by_side(work, tasks, calls_at_once(self._backend))

    def move_alias(
        self,
        model: ModelName,
        alias: str,
        number: int | None,
        *,
        expected: int | None = None,
        check: bool = False,
    ) -> int | None:
        """Let an alias name a version, or none, and return what it named before.

        Args:
            model: Whose alias it is.
            alias: As `alias_of` returns it.
            number: The version, which must exist and not be deleted; None takes it away.
            expected: With `check`: what the alias must name now; None: nothing.
            check: Whether `expected` counts.

        Raises:
            ConflictError: It names something else than `expected`, or somebody else moved it in
                the same moment.
            UnknownNameError: There is no such version.
        """
        if number is not None:
            self.resolve(Reference(model, version=number))
        while True:
            last = self._last_move(model, alias)
            before = last.record.version if last else None
            if check and before != expected:
                raise ConflictError(
                    f"{model}:{alias} names {_named(before)}, not {_named(expected)}",
                    hint="Look at `podplanner model list` again, then say what it should replace.",
                )
            if before == number:
                return before
            sequence = (last.sequence if last else 0) + 1
            record = AliasRecord(
                format=ALIAS_FORMAT,
                version=number,
                push_id=new_id(),
                time=written(self._backend.now()),
                who=who_am_i(),
            )
            key = f"{alias_prefix(model, alias)}{HIGHEST_NUMBER - sequence:010d}.json"
            if claim(self._backend, key, encode(record)):
                if number is not None and number in self.index(model).deleted:
                    # Deleted in the same moment: whoever deletes a version takes its aliases away
                    # after burying it, and may have looked before this one was there.
                    self.move_alias(model, alias, None, expected=number, check=True)
                    self.resolve(Reference(model, version=number))
                return before

    # Deleting and noting

    def bury(self, model: ModelName, number: int) -> bool:
        """Write the tombstone of a version; False when it has one."""
        stone = Tombstone(
            format=TOMBSTONE_FORMAT,
            id=new_id(),
            time=written(self._backend.now()),
            who=who_am_i(),
        )
        return claim(self._backend, tombstone_key(model, number), encode(stone))

    def tombstone(self, model: ModelName, number: int) -> Tombstone | None:
        """Return the tombstone of a version; None when it has none."""
        key = tombstone_key(model, number)
        try:
            content = self._backend.get(key)
        except ObjectMissingError:
            return None
        return decode(content, Tombstone, what=key, expected=TOMBSTONE_FORMAT)

    def unbury(self, model: ModelName, number: int) -> bool:
        """Take the tombstone of a version away; False when a collection was first.

        From then on no collection deletes what the version needs; before it, none has.
        """
        stone = self.tombstone(model, number)
        if stone is None:
            return self._backend.head(swept_key(model, number)) is None
        if self._decide(model, number, stone, self._fate("undeleted")) == "swept":
            return False
        self._backend.delete(tombstone_key(model, number))
        return True

    def give_up(self, model: ModelName, number: int) -> bool:
        """Decide that a deleted version never comes back; False when it came back before.

        After True a collection may delete what only this version needs.
        """
        stone = self.tombstone(model, number)
        if stone is None:
            return False
        fate = self._fate("swept")
        if self._decide(model, number, stone, fate) == "undeleted":
            # Whoever undeleted it died before it could take the tombstone away.
            self._backend.delete(tombstone_key(model, number))
            return False
        claim(self._backend, swept_key(model, number), encode(fate))
        return True

    def _decide(self, model: ModelName, number: int, stone: Tombstone, fate: Fate) -> str:
        """Propose the fate of a deleted version and return what has been decided."""
        key = f"{versions_prefix(model)}{number:010d}.fate-{stone.id}.json"
        if claim(self._backend, key, encode(fate)):
            return fate.what
        return decode(self._backend.get(key), Fate, what=key, expected=FATE_FORMAT).what

    def _fate(self, what: Literal["undeleted", "swept"]) -> Fate:
        now = written(self._backend.now())
        return Fate(format=FATE_FORMAT, what=what, id=new_id(), time=now, who=who_am_i())

    def add_note(self, version: Version, note: NoteRecord) -> str:
        """Write a note on a version and return its key."""
        stamp = note.time.replace(":", "").replace("-", "").lower()
        prefix = notes_prefix(version.model, version.number)
        key = f"{prefix}{stamp}-{new_id()}.json"
        claim(self._backend, key, encode(note))
        return key

    def notes(self, model: ModelName, number: int) -> Iterator[NoteRecord]:
        """Yield the notes on a version, the oldest first."""
        return (note for _, note in self._notes(notes_prefix(model, number)))

    def all_notes(self, model: ModelName) -> Iterator[tuple[int, NoteRecord]]:
        """Yield the notes on all versions of a model, with the version's number."""
        prefix = all_notes_prefix(model)
        for key, note in self._notes(prefix):
            digits = key[len(prefix) :].partition("/")[0]
            if len(digits) == 10 and digits.isdigit():
                yield int(digits), note

    def _notes(self, prefix: str) -> Iterator[tuple[str, NoteRecord]]:
        def read(info: ObjectInfo) -> tuple[str, NoteRecord]:
            content = self._backend.get(info.key)
            return info.key, decode(content, NoteRecord, what=info.key, expected=NOTE_FORMAT)

        return self._read(read, self._backend.keys(prefix))


def _named(number: int | None) -> str:
    return "no version" if number is None else f"version {number}"
