"""What the store answers: one frozen record for each verb."""

from dataclasses import dataclass, field
from typing import NamedTuple

from podplanner.store.records import VersionRecord


class LeftOut(NamedTuple):
    """A file or folder of the source that a push does not store."""

    path: str
    """With a slash behind it when it is a folder; nothing in it was looked at."""
    why: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push made, or would make."""

    model: str
    version: int
    """With `dry_run`: the number that it would get now."""
    created: bool
    """False: the latest version is this content already, and is the one answered."""
    manifest: str
    files: int
    total_bytes: int
    new_bytes: int
    """Plain bytes of pieces for which this push wrote bytes."""
    stored_bytes: int
    """Bytes of objects that it wrote."""
    left_out: tuple[LeftOut, ...] = ()
    free_bytes: int | None = None
    """What is free in the store; filled by `dry_run`."""

    @property
    def reference(self) -> str:
        """`team/cat:3`."""
        return f"{self.model}:{self.version}"


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull wrote, or would write."""

    model: str
    version: int
    manifest: str
    files: int
    bytes: int
    """Plain bytes of the files of the version that were asked for."""
    fetched_bytes: int
    """Stored bytes that were read from the store."""
    kept: tuple[str, ...] = ()
    """Files that were there and equal already."""
    strangers: tuple[str, ...] = ()
    """Files in the destination that the version does not have; with `exact`, removed."""
    free_bytes: int | None = None
    """What is free at the destination; filled by `dry_run`."""


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """One model in a list."""

    name: str
    latest: int
    versions: int
    """Versions that are not deleted."""
    aliases: dict[str, int]
    plain_bytes: int
    """Of the latest version."""
    time: str
    """When the latest version was pushed."""


@dataclass(frozen=True, slots=True)
class VersionSummary:
    """One version in a list."""

    record: VersionRecord
    aliases: tuple[str, ...]
    deleted: bool


@dataclass(frozen=True, slots=True)
class Verified:
    """What `verify` found: every piece of a version read and hashed."""

    model: str
    version: int
    manifest: str
    files: int
    pieces: int
    bytes: int
    bad: tuple[str, ...]
    """Files with bytes that are lost or wrong."""


@dataclass(frozen=True, slots=True)
class Stats:
    """What a store holds."""

    models: int
    versions: int
    plain_bytes: int
    """Of all versions, as if each were kept whole."""
    object_bytes: int
    objects: int
    pinned_bytes: int
    """Bytes of bundles that live versions no longer use, kept for the rest of the bundle."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One object or document that is not as it should be."""

    kind: str
    """`flipped`, `lost` or `truncated`."""
    object: str
    """Its key."""
    versions: tuple[str, ...]
    """Every live version that it hurts, `team/cat:3`."""
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of a whole store found."""

    ok: bool
    objects: int
    bytes: int
    problems: tuple[Problem, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collection marked and freed."""

    epoch: int | None
    """The epoch that was opened, or undone; None when there was nothing to mark."""
    marked_objects: int
    marked_bytes: int
    freed_objects: int
    freed_bytes: int
    pinned_bytes: int
    sweep_after: str | None
    """When the marked objects may be swept, RFC 3339."""
    expired: tuple[str, ...] = ()
    """Versions that retention deleted, or would delete."""
    waiting_for: tuple[str, ...] = ()
    """Pushes under way that hold the sweep back."""


@dataclass(frozen=True, slots=True)
class Copied:
    """One version that `copy` brought over, or found there."""

    model: str
    version: int
    """Its number in the target."""
    created: bool
    manifest: str
    sent_bytes: int
