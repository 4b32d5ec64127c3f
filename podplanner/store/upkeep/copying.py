"""Copying: versions of one store into another, with their numbers, sending only what is missing."""

from collections.abc import Sequence

import msgspec

from podplanner.errors import (
    ConflictError,
    ObjectCorruptError,
    ObjectMissingError,
    UnknownNameError,
    WrongUsageError,
)
from podplanner.store.lease import PREFIX, Lease
from podplanner.store.names import ModelName, Reference, alias_of
from podplanner.store.progress import Progress
from podplanner.store.pushing.cache import PieceCache
from podplanner.store.pushing.known import Known
from podplanner.store.records import VersionRecord
from podplanner.store.refs import Version
from podplanner.store.results import Copied
from podplanner.store.root import StoreRoot
from podplanner.store.session import Session
from podplanner.store.upkeep.carrying import Carrier, reading
from podplanner.store.upkeep.choosing import Origins, Step, choose, is_same
from podplanner.store.upkeep.noting import Notes

_LEARNED_PIECES = 2_000_000
# Pieces of the target's versions of a model that are looked up before its first version is sent:
# ten seconds' work where the cache has none of them, and then it has them.


def copy(
    source: StoreRoot,
    target: StoreRoot,
    *,
    references: Sequence[Reference] = (),
    aliases: bool = False,
    renumber: bool = False,
    progress: Progress,
) -> list[Copied]:
    """Copy versions from one store to another.

    Every version keeps its number, its manifest, and what its record says of its push. Deleted
    versions are left out. Broken off and run again, it goes on where it stopped.

    Args:
        source: Where they are; it is only read.
        target: Where they are to be.
        references: Models (all their versions), or single versions; none: everything.
        aliases: Let aliases in the target name what they name in the source, where that is among
            the versions that were asked for.
        renumber: Give a version the next free number where its own is taken by another; one that
            has been given a number so by an earlier copy, keeps that.
        progress: Hears how far it is.

    Returns:
        Every version that was asked for, those that were there already too.

    Raises:
        WrongUsageError: Both are the same store.
        UnknownNameError: The source has no such model or version.
        ConflictError: A number is taken by another version; nothing was sent.
        ObjectCorruptError: Something in the source holds wrong bytes; versions before are copied.
        ObjectMissingError: Something in the source is lost; versions before are copied.
        NoSpaceError: The target is full.
    """
    _refuse_same(source, target)
    progress.begin("comparing", files=None, size=None)
    steps = choose(source, target, references, renumber=renumber, progress=progress)
    to_send = [step for step in steps if not step.is_there]
    if to_send:
        size = sum(step.total_bytes for step in to_send)
        progress.begin("copying", files=len(to_send), size=size)
    run = _Run(source, target, progress)
    done: list[Copied] = []
    try:
        for position, step in enumerate(steps):
            done.append(run.take(step))
            if aliases and (position + 1 == len(steps) or steps[position + 1].model != step.model):
                run.move_aliases(step.model)
    finally:
        run.close()
    return done


def _refuse_same(source: StoreRoot, target: StoreRoot) -> None:
    """Refuse to copy a store into itself, whatever paths lead to it.

    A store that was copied by other means has the same id and is another one all the same: what
    is written into the one does not appear in the other.
    """
    if source.id != target.id:
        return
    same = source.backend is target.backend
    if not same:
        lease = Lease(target.backend, ModelName("copy"), what="copy", seconds=target.lease_seconds)
        try:
            same = source.backend.head(f"{PREFIX}{lease.id}/lease.json") is not None
        finally:
            lease.release()
    if same:
        raise WrongUsageError(
            f"{source.backend.address} and {target.backend.address} are the same store",
            hint="Name two stores: the one to copy from, then the one to copy to.",
        )


class _Run:
    """One copy under way, version by version."""

    def __init__(self, source: StoreRoot, target: StoreRoot, progress: Progress) -> None:
        self._source = source
        self._target = target
        self._progress = progress
        self._cache = PieceCache(target.id)
        self._model = ""
        """Key of the model that is being copied."""
        self._numbers: dict[int, int] = {}
        """Of its versions so far: number in the source -> number in the target."""
        self._moved: dict[tuple[str, int], int] = {}
        """Of all models: key and number in the source -> another number in the target."""
        self._last: int | None = None
        """Number of the version that was sent last, in the target."""
        self._notes: Notes | None = None
        """Of the model that is being copied."""

    def close(self) -> None:
        """Close the cache."""
        self._cache.close()

    def take(self, step: Step) -> Copied:
        """Copy a version, unless it is there, and its notes."""
        if step.model.key != self._model:
            self._model, self._numbers, self._last = step.model.key, {}, None
            self._notes = Notes(self._source, self._target, step.model)
        sent = 0
        created = not step.is_there
        if step.is_there and step.at is not None:
            number = step.at
        else:
            version = self._source.refs.version(step.model, step.number)
            number, created, sent = self._send(version, step)
            self._last = number
            self._progress.advance(files=1)
        self._numbers[step.number] = number
        if number != step.number:
            self._moved[step.model.key, step.number] = number
        if self._notes is not None:
            self._notes.copy(step.number, number)
        return Copied(
            model=step.name,
            version=number,
            created=created,
            manifest=step.manifest,
            sent_bytes=sent,
        )

    # Content

    def _send(self, version: Version, step: Step) -> tuple[int, bool, int]:
        """Copy a version.

        Returns:
            Its number in the target, whether this made it (another copy of the same may have
            been quicker), and the bytes of objects that were written.
        """
        source, target = self._source, self._target
        with reading(version, source.backend.address):
            opened = source.open(version)
        with Session(
            target.backend,
            step.model,
            what="copy",
            lease_seconds=target.lease_seconds,
            single_writer=target.policy.single_writer,
        ) as session:
            known = Known(session.presence, target.reader, self._cache)
            try:
                known.learn_logs()
                self._learn(known, version, step)
                carrier = Carrier(opened, session, known, self._progress)
                layout = carrier.carry()
                parent = self._parent(version.record.parent)

                def record(number: int) -> VersionRecord:
                    # The push id stays: by it a copy is known, under whatever number.
                    return msgspec.structs.replace(
                        version.record,
                        number=number,
                        layout=layout.word,
                        new_bytes=carrier.new_bytes,
                        stored_bytes=session.written_bytes,
                        parent=parent,
                    )

                try:
                    made = session.publish(record, number=step.at)
                except ConflictError:
                    if is_same(source.refs, target.refs, step.model, step.number):
                        return step.number, False, session.written_bytes
                    raise
                known.learn_version(target.open(target.refs.version(step.model, made.number)))
                return made.number, True, session.written_bytes
            finally:
                known.close()

    def _learn(self, known: Known, version: Version, step: Step) -> None:
        """Let the target's versions of the model be known: before the first one all, then a few.

        What they have is in the cache by then; those few are the likeliest to be referred to, and
        what a live version refers to need not be made durable again.
        """
        index = self._target.refs.index(step.model)
        if self._last is None:
            near = sorted(index.live, key=lambda number: abs(number - step.number))
        else:
            near = [self._last]
            parent = _reference(version.record.parent)
            if parent is not None and parent.model.key == step.model.key:
                near += [number for number in (parent.version,) if number in index.live]
        pieces = 0
        for number in near:
            try:
                there = self._target.open(self._target.refs.version(step.model, number, index))
                pieces += sum(table.pieces for table in there.manifest.tables)
                if pieces > _LEARNED_PIECES and number != near[0]:
                    return
                known.learn_version(there)
            except (UnknownNameError, ObjectMissingError, ObjectCorruptError):
                # Void, or hurt: what it has may be sent once more.
                continue

    # Records

    def _parent(self, word: str | None) -> str | None:
        """Return what the record in the target says of a version's parent.

        It is what the original says, unless that number means another version in the target: then
        it is the number that the parent has there, or nothing.
        """
        parent = _reference(word)
        if parent is None or parent.version is None:
            return word
        model, number = parent.model, parent.version
        moved = self._moved.get((model.key, number))
        if moved is None:
            if is_same(self._source.refs, self._target.refs, model, number) is not False:
                return word
            origins = Origins(self._target, model, self._target.refs.index(model))
            moved = origins.number(self._source.refs.record(model, number))
        return None if moved is None else f"{model}:{moved}"

    def move_aliases(self, model: ModelName) -> None:
        """Let the aliases of the model that was copied last name what they name in the source."""
        for alias, number in sorted(self._source.refs.aliases(model).items()):
            to = self._numbers.get(number)
            if to is not None:
                # What lies there may be no alias by the rules: refused before it is written.
                self._target.refs.move_alias(model, alias_of(alias), to)


def _reference(word: str | None) -> Reference | None:
    """Return the version that a record names as its parent; None for nonsense."""
    try:
        return None if word is None else Reference.parse(word)
    except WrongUsageError:
        return None
