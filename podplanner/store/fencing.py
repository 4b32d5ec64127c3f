"""Fencing: a push that was taken for dead never publishes, whatever it does when it wakes up."""

import msgspec

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.backend import Backend
from podplanner.store.claims import claim, new_id, who_am_i
from podplanner.store.clock import written
from podplanner.store.documents import decode, encode
from podplanner.store.lease import (
    DEAD_FORMAT,
    INTENT_FORMAT,
    DeadRecord,
    FoundLease,
    RelayoutIntent,
    commit_key,
)
from podplanner.store.names import ModelName
from podplanner.store.record_keys import record_key
from podplanner.store.records import (
    RELAYOUT_FORMAT,
    VERSION_FORMAT,
    Relayout,
    VersionRecord,
    proven,
)
from podplanner.store.refs import Refs


def fence(backend: Backend, refs: Refs, lease: FoundLease) -> None:
    """Make sure that a dead push never publishes any more, whatever it does when it wakes up.

    Where it had decided on a record and died before creating it, the record's place is taken by
    one that changes nothing, unless the record turns out to be there.
    """
    k = 0
    while True:
        dead = DeadRecord(
            format=DEAD_FORMAT, id=new_id(), who=who_am_i(), time=written(backend.now())
        )
        key = commit_key(lease.id, k)
        if claim(backend, key, encode(dead)):
            return
        try:
            content = backend.get(key)
        except ObjectMissingError:
            return
        kind = _format_of(content, key)
        if kind == DEAD_FORMAT:
            return
        if kind == INTENT_FORMAT:
            _void_relayout(backend, content, key)
        else:
            _void_version(backend, refs, content, key)
        k += 1


class _Format(msgspec.Struct):
    """The one field by which decisions are told apart."""

    format: str = ""


def _format_of(content: bytes, key: str) -> str:
    try:
        return msgspec.json.decode(content, type=_Format).format
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ObjectCorruptError(
            f"{key} cannot be read: {error}", hint="Run `podplanner store check`."
        ) from error


def _void_version(backend: Backend, refs: Refs, content: bytes, key: str) -> None:
    """Take the number that a dead push had decided on out of use."""
    record = decode(content, VersionRecord, what=key, expected=VERSION_FORMAT)
    model = ModelName.parse(record.model)
    void = proven(
        VersionRecord(
            format=VERSION_FORMAT,
            model=record.model,
            number=record.number,
            push_id=new_id(),
            time=written(backend.now()),
            who=who_am_i(),
            void=True,
            previous=record.previous,
        )
    )
    if claim(backend, record_key(model, record.number), encode(void)):
        refs.bury(model, record.number)


def _void_relayout(backend: Backend, content: bytes, key: str) -> None:
    """Leave the layout in force that a dead repair was about to replace."""
    intent = decode(content, RelayoutIntent, what=key, expected=INTENT_FORMAT)
    void = Relayout(
        format=RELAYOUT_FORMAT,
        layout=intent.before,
        time=written(backend.now()),
        why=f"void {new_id()}",
    )
    claim(backend, intent.key, encode(void))
