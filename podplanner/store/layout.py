"""The layout: where the pieces of a version lie in one store, and how they are encoded."""

import msgspec

from podplanner.store.documents import Document

FORMAT = "podplanner/layout/1"


class PlaceTableRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One place table; number i belongs to the manifest's piece table number i."""

    table: str
    """Digest of the table's uncompressed bytes, hex."""
    pieces: int


class Layout(Document, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The document `layouts/<digest>.json.zst`."""

    manifest: str
    """Digest of the manifest, hex."""
    tables: tuple[PlaceTableRef, ...]
    stored_bytes: int
    """Stored bytes of the version's pieces, each counted once; bundles by their parts."""
    renamed: dict[str, int] = {}  # noqa: RUF012  msgspec copies it
    """`<kind>/<digest>` -> epoch, for those of the version's documents whose key carries one."""
