"""The history of a model: pushes, deletions, moves of aliases and notes, in order of time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from podplanner.errors import UnknownNameError
from podplanner.store.names import ModelName, Reference
from podplanner.store.record_keys import aliases_prefix
from podplanner.store.records import NoteRecord, read_move
from podplanner.store.root import StoreRoot
from podplanner.store.side_by_side import calls_at_once, side_by_side
from podplanner.store.version_index import VersionIndex, alias_move

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
    taken = frozenset(index.numbers)
    events += [
        _noted(note, number) for number, note in root.refs.all_notes(model) if number in taken
    ]
    # Of one moment, what was listed later comes first: an alias is moved after the push.
    events.sort(key=lambda event: event.time)
    events.reverse()
    return events


def _pushes(root: StoreRoot, model: ModelName, index: VersionIndex) -> Iterator[Event]:
    def pushed(number: int) -> list[Event]:
        try:
            record = root.refs.record(model, number)
        except UnknownNameError:
            # Gone since the listing.
            return []
        event = Event(record.time, "void" if record.void else "push", record.who, number)
        stone = None
        if number in index.deleted and not record.void:
            stone = root.refs.tombstone(model, number)
        # None: withdrawn since the listing.
        return [event] if stone is None else [event, Event(stone.time, "delete", stone.who, number)]

    for events in side_by_side(pushed, index.numbers, calls_at_once(root.backend)):
        yield from events


def _moves(root: StoreRoot, model: ModelName) -> Iterator[Event]:
    keys = [info.key for info in root.backend.keys(aliases_prefix(model))]
    found = [(move[0], key) for key in keys if (move := alias_move(model, key)) is not None]
    records = list(
        side_by_side(
            lambda move: read_move(root.backend.get(move[1]), move[1]),
            found,
            calls_at_once(root.backend),
        )
    )
    # Of each alias the last move is listed first; here the first one comes first.
    for at, (alias, _) in reversed(list(enumerate(found))):
        has_earlier = at + 1 < len(found) and found[at + 1][0] == alias
        before = records[at + 1].version if has_earlier else None
        record = records[at]
        yield Event(record.time, "alias", record.who, record.version, alias, before)


def _noted(note: NoteRecord, number: int) -> Event:
    if note.kind == "signature":
        return Event(note.time, "signature", note.who, number)
    return Event(note.time, "note", note.who, number, values=note.values)
