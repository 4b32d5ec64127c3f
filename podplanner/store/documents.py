"""Documents of the store: canonical JSON, named by the digest of its bytes, kept compressed."""

from typing import TypeVar

import msgspec
import zstandard

from podplanner.errors import FormatVersionError, ObjectCorruptError, StoreError
from podplanner.store.digest import digest_of

_LARGEST = 64 * 2**20
# Bytes of a document when unpacked: 100,000 files take about 12 MiB.
_LEVEL = 3
# zstd's own default: documents are small, and written once.

T = TypeVar("T", bound=msgspec.Struct)


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every document of the store begins with."""

    format: str
    """`podplanner/<what>/1`."""
    requires: tuple[str, ...] = ()
    """Features without which the document cannot be understood; an unknown one refuses it."""


class Record(Document, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """A document about one thing, read for itself alone: it may have fields that came later.

    What a later field says must be safe to overlook; otherwise its name is in `requires`.
    """


class _Head(msgspec.Struct):
    """The part of a document that every version of the format has."""

    format: str = ""
    requires: tuple[str, ...] = ()


def encode(document: msgspec.Struct) -> bytes:
    """Return a document's bytes: UTF-8, keys sorted by code point, no spaces."""
    return msgspec.json.encode(document, order="sorted")


def decode(content: bytes, kind: type[T], *, what: str, expected: str) -> T:
    """Return the document that bytes write.

    Args:
        content: Uncompressed bytes.
        kind: The document's class.
        what: How to name it in an error (`manifest 3f2a...`).
        expected: Its `format`, such as `podplanner/manifest/1`.

    Raises:
        FormatVersionError: It is of a newer format or requires a feature that is not known.
        ObjectCorruptError: It is no document of that kind.
    """
    try:
        head = msgspec.json.decode(content, type=_Head)
        if head.format != expected:
            _refuse(head.format, what, expected)
        if head.requires:
            raise FormatVersionError(
                f"{what} requires {', '.join(head.requires)}, which this podplanner does not know",
                hint="Install a newer podplanner.",
            )
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        raise ObjectCorruptError(
            f"{what} cannot be read: {error}",
            hint="Run `podplanner store check`.",
        ) from error


def _refuse(found: str, what: str, expected: str) -> None:
    stem, _, wanted = expected.rpartition("/")
    name, _, version = found.rpartition("/")
    if name == stem and version.isascii() and version.isdigit() and int(version) > int(wanted):
        raise FormatVersionError(
            f"{what} is of format {found}; this podplanner reads up to {expected}",
            hint="Install a newer podplanner.",
        )
    raise ObjectCorruptError(
        f"{what} is of format {found[:80]!r}, not {expected}", hint="Run `podplanner store check`."
    )


def pack(content: bytes, *, what: str = "a document", limit: int = _LARGEST) -> bytes:
    """Return content compressed, its size stated in the frame.

    Raises:
        StoreError: It is larger than any reader takes.
    """
    if len(content) > limit:
        raise StoreError(
            f"{what} has {len(content):,} bytes, and readers take {limit:,} at most",
            hint="Push fewer files, or files with fewer tensors, in one version.",
        )
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=False).compress(content)


def unpack(packed: bytes, *, what: str, limit: int = _LARGEST) -> bytes:
    """Return content decompressed; a frame that states more than `limit` bytes is refused.

    Raises:
        ObjectCorruptError: It is no such frame, states no size, or too large a one.
    """
    try:
        size = zstandard.frame_content_size(packed)
        if not 0 <= size <= limit:
            raise ObjectCorruptError(f"{what} says that it unpacks to {size} bytes")
        return zstandard.ZstdDecompressor().decompress(
            packed, max_output_size=limit, allow_extra_data=False
        )
    except zstandard.ZstdError as error:
        raise ObjectCorruptError(f"{what} cannot be unpacked: {error}") from error


def verified(content: bytes, digest: bytes, *, what: str) -> bytes:
    """Return content whose digest is as it should be.

    Raises:
        ObjectCorruptError: It is not.
    """
    if digest_of(content) != digest:
        raise ObjectCorruptError(
            f"{what} holds other bytes than its name says",
            hint="Run `podplanner store check --repair-from OTHER` to mend it from a second store.",
        )
    return content
