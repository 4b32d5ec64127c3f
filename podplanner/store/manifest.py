"""The manifest: what a version is, the same in every store."""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from podplanner.store.documents import Document

FORMAT = "podplanner/manifest/1"
TENSORS_FORMAT = "podplanner/tensors/1"
MOST_FILES = 100_000
"""Files and empty folders of one version."""

FileFormat = Literal["safetensors", "gguf", "zip", "npy", "onnx"]
"""What this podplanner understands; a manifest may name others."""


class TableRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One piece table of a version."""

    table: str
    """Digest of the table's uncompressed bytes, hex."""
    pieces: int
    bytes: int
    """Plain bytes of its pieces together."""


class TensorsRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the list of a file's tensors is."""

    table: str
    """Digest of the document's uncompressed bytes, hex."""
    count: int
    parameters: int
    """Elements of all tensors."""


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file of a version."""

    path: str
    """Relative, `/` between names, NFC; `paths` has the rules."""
    size: int
    pieces: int
    """How many pieces of the version's sequence are this file's, in order."""
    executable: bool = False
    format: str | None = None
    """What it was understood to be; None: cut by content."""
    tensors: TensorsRef | None = None
    pickle: tuple[str, ...] | None = None
    """Globals that pickles in it import, sorted; None: it holds no pickle."""
    sha256: str | None = None
    """Hex, where it is known."""


class Manifest(Document, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The document `manifests/<digest>.json.zst`."""

    files: tuple[FileEntry, ...]
    """In order of their paths by code point; their pieces follow each other in this order."""
    folders: tuple[str, ...] = ()
    """Paths of folders that are empty, sorted."""
    tables: tuple[TableRef, ...] = ()
    metadata: dict[str, Any] = {}  # noqa: RUF012  msgspec copies it
    """What people say of the version; `metadata` has the rules."""

    @property
    def total_bytes(self) -> int:
        """Plain bytes of all files."""
        return sum(entry.size for entry in self.files)

    def starts(self) -> Iterator[tuple[FileEntry, int]]:
        """Yield every file with the number of its first piece."""
        first = 0
        for entry in self.files:
            yield entry, first
            first += entry.pieces


class TensorList(Document, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The tensors of one file, as columns, in order of their offset."""

    names: tuple[str, ...]
    dtypes: tuple[str, ...]
    """As safetensors writes them: `BF16`, `F8_E4M3`, `F32`, `I64` ...; for GGUF `GGML:<name>`."""
    shapes: tuple[tuple[int, ...], ...]
    offsets: tuple[int, ...]
    """From the start of the file, in bytes."""
    lengths: tuple[int, ...]
    """In bytes."""
    fortran: tuple[int, ...] = ()
    """Indexes of tensors laid out column first (`.npy` may be)."""
