"""The history of a model: pushes, deletions, moves of aliases and notes, in order of time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from podplanner.errors import ObjectMissingError, UnknownNameError
from podplanner.store.documents import decode
from podplanner.store.names import ModelName, Reference
from podplanner.store.record_keys import MODELS, record_key
from podplanner.store.records import TOMBSTONE_FORMAT, NoteRecord, Tombstone
from podplanner.store.root import StoreRoot
from podplanner.store.version_index import VersionIndex

EventKind = Literal["push", "void", "delete", "alias", "note", "signature"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a model."""

    time: str
    """By the store's clock."""
    kind: EventKind
    """`void`: the number was taken from a push that died."""
    who: str
    version: int | None
    """None: an alias that was taken away."""
    alias: str | None = None
    before: int | None = None
    """What the alias named before."""
    values: dict[str, Any] | None = None
    """What was noted."""


def history(root: StoreRoot, model: ModelName) -> list[Event]:
    """Return what happened to a model, the newest first.

    A deletion that was withdrawn leaves no trace.

    Raises:
        UnknownNameError: There is no such model, and never was.
    """
    index = root.refs.index(model)
    if not index.numbers:
        root.refs.resolve(Reference(model))
    events = [*_pushes(root, model, index), *_moves(root, model)]
    for number in index.numbers:
        events += [_noted(note, number) for note in root.refs.notes(model, number)]
    # Of one moment, what was listed later comes first: an alias is moved after the push.
    events.sort(key=lambda event: event.time)
    events.reverse()
    return events


def _pushes(root: StoreRoot, model: ModelName, index: VersionIndex) -> Iterator[Event]:
    for number in index.numbers:
        try:
            record = root.refs.record(model, number)
        except UnknownNameError:
            # Gone since the listing.
            continue
        yield Event(record.time, "void" if record.void else "push", record.who, number)
        if number in index.deleted and not record.void:
            yield from _burial(root, model, number)


def _burial(root: StoreRoot, model: ModelName, number: int) -> Iterator[Event]:
    key = record_key(model, number).removesuffix(".json") + ".deleted.json"
    try:
        content = root.backend.get(key)
    except ObjectMissingError:
        # Withdrawn since the listing.
        return
    stone = decode(content, Tombstone, what=key, expected=TOMBSTONE_FORMAT)
    yield Event(stone.time, "delete", stone.who, number)


def _moves(root: StoreRoot, model: ModelName) -> Iterator[Event]:
    for alias in root.backend.folders(f"{MODELS}{model.key}/aliases/"):
        moves = list(root.refs.alias_history(model, alias))
        for move, earlier in zip(moves, [*moves[1:], None], strict=True):
            record = move.record
            before = earlier.record.version if earlier else None
            yield Event(record.time, "alias", record.who, record.version, alias, before)


def _noted(note: NoteRecord, number: int) -> Event:
    if note.kind == "signature":
        return Event(note.time, "signature", note.who, number)
    return Event(note.time, "note", note.who, number, values=note.values)
