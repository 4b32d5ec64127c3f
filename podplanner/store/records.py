"""Records of the store: small, created once, never rewritten."""

from typing import Any, Literal

import msgspec

from podplanner.errors import ObjectCorruptError
from podplanner.store.digest import digest_of
from podplanner.store.documents import Record, decode, encode
from podplanner.store.names import ModelName

VERSION_FORMAT = "podplanner/version/1"
RELAYOUT_FORMAT = "podplanner/relayout/1"
TOMBSTONE_FORMAT = "podplanner/tombstone/1"
FATE_FORMAT = "podplanner/fate/1"
ALIAS_FORMAT = "podplanner/alias/1"
NOTE_FORMAT = "podplanner/note/1"


class CodeRevision(msgspec.Struct, frozen=True, kw_only=True):
    """The commit of the code that was checked out where the push ran."""

    revision: str
    dirty: bool | None = None
    """Whether files differed from the commit; None: not known."""


class VersionRecord(Record, frozen=True, kw_only=True):
    """`models/<key>/versions/<10 digits>.json`."""

    model: str
    """The name as the pusher wrote it."""
    number: int
    push_id: str
    time: str
    """RFC 3339 with Z, by the store's clock."""
    who: str
    """`user@host` of the pusher."""
    void: bool = False
    """A number that a dead push had claimed, taken out of use; the rest is empty then."""
    manifest: str = ""
    layout: str = ""
    files: int = 0
    total_bytes: int = 0
    new_bytes: int = 0
    """Plain bytes of pieces for which this push wrote bytes."""
    stored_bytes: int = 0
    """Bytes of objects that this push wrote."""
    parent: str | None = None
    """`name:number` that it was made from: what `--parent` named, else the latest before it."""
    code: CodeRevision | None = None
    previous: int = 0
    """The highest number of the model below this one that was taken when it was made; 0: none.
    A record that is lost is missed by the one after it."""
    proof: str = ""
    """Digest, hex, of the record's bytes with `"proof":""` in them; every writer gives it."""


def proven(record: VersionRecord) -> VersionRecord:
    """Return a record with its proof."""
    bare = msgspec.structs.replace(record, proof="")
    return msgspec.structs.replace(bare, proof=digest_of(encode(bare)).hex())


def is_proved(content: bytes, proof: str) -> bool:
    """Return whether a record's bytes are those of which its proof was made."""
    bare = content.replace(f'"proof":"{proof}"'.encode(), b'"proof":""', 1)
    return digest_of(bare).hex() == proof


def read_record(content: bytes, model: ModelName, number: int) -> VersionRecord:
    """Return the record of a version that bytes write.

    Raises:
        ObjectCorruptError: It is not what was written, or another version's.
        FormatVersionError: A newer podplanner wrote it.
    """
    what = f"the record of {model}:{number}"
    record = decode(content, VersionRecord, what=what, expected=VERSION_FORMAT)
    honest = record.model.lower() == ModelName.from_key(model.key).shown
    if (record.proof and not is_proved(content, record.proof)) or not (
        honest and record.number == number
    ):
        raise ObjectCorruptError(
            f"{what} holds other bytes than were written",
            hint="Run `podplanner store check --repair-from OTHER`.",
        )
    return record


class Relayout(Record, frozen=True, kw_only=True):
    """`models/<key>/versions/<10 digits>.layout-<k>.json`: the highest k wins."""

    layout: str
    time: str
    why: str
    """`repair`, `renumber` ..., for people."""


class Tombstone(Record, frozen=True, kw_only=True):
    """`models/<key>/versions/<10 digits>.deleted.json`."""

    id: str
    time: str
    who: str


class Fate(Record, frozen=True, kw_only=True):
    """`models/<key>/versions/<10 digits>.fate-<id of the tombstone>.json`.

    Who creates it first decides what becomes of a deleted version: `undeleted`, or `swept`. Only
    after the second may a collection delete what no other version needs; then it also writes
    `<10 digits>.swept.json`, the same document, so that a listing tells.
    """

    what: Literal["undeleted", "swept"]
    id: str
    """Random."""
    time: str
    who: str


class AliasRecord(Record, frozen=True, kw_only=True):
    """`models/<key>/aliases/<alias>/<9999999999 - seq>.json`: the first listed is the value."""

    version: int | None
    """None: the alias was taken away."""
    push_id: str
    time: str
    who: str


def read_move(content: bytes, key: str) -> AliasRecord:
    """Return the move of an alias that bytes write; `key` is for messages.

    Raises:
        ObjectCorruptError: It is none.
    """
    return decode(content, AliasRecord, what=key, expected=ALIAS_FORMAT)


class NoteRecord(Record, frozen=True, kw_only=True):
    """`models/<key>/notes/<10 digits>/<time and random>.json`: what was found later."""

    kind: str
    """`values`, `signature`; what a later podplanner adds is passed over."""
    values: dict[str, Any]
    """For `values`: name -> value; for `signature`: {"bundle": the signature's own JSON text}."""
    manifest: str
    """The manifest of the version of which it speaks."""
    time: str
    who: str
