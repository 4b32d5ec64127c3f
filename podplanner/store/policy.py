"""`store.json`: what a store is, written once when it is made."""

from typing import Literal

import msgspec

from podplanner.store.documents import Document

KEY = "store.json"
FORMAT = "podplanner/store/1"

EncodingPolicy = Literal["raw", "fast"]


class Shared(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a directory is shared between users of one machine or one file server."""

    group: bool = False
    """Whether folders are writable by the group of the root, and files readable by it."""


class StorePolicy(Document, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The document `store.json`."""

    id: str
    """32 hex digits, chosen at random: caches are kept by it."""
    created: str
    """RFC 3339, by the store's clock."""
    encoding: EncodingPolicy = "raw"
    """How pushes encode that say nothing else."""
    piece_bytes: int = 8 * 2**20
    """Size of the pieces inside a tensor."""
    shared: Shared = Shared()
    single_writer: bool = False
    """Made where no create-only primitive holds: one pusher at a time is the user's promise."""
