"""What is known of one file of the source: its pieces and what it is."""

from array import array
from collections.abc import Iterator

import msgspec

from podplanner.store.digest import SIZE
from podplanner.store.manifest import FileEntry, FileFormat, TensorsRef
from podplanner.store.tables import Piece

_FORM = 1
# Raised when facts mean something else, or files are cut otherwise: old ones are then made anew.
MOST_REMEMBERED = 250_000
"""Pieces of a file that is remembered: 10 MB. A larger file, of at least 60 GB, is hashed anew."""


class FileSummary(msgspec.Struct, frozen=True, array_like=True):
    """What a file was understood to be."""

    pieces: int
    format: FileFormat | None
    tensors: TensorsRef | None
    tensor_list: bytes
    """The document of its tensors; empty when it has none."""
    pickle: tuple[str, ...] | None
    """What its pickles import, as a manifest keeps it; None: it holds none."""

    def entry(self, path: str, size: int, *, executable: bool) -> FileEntry:
        """Return the file's entry in a manifest."""
        return FileEntry(
            path=path,
            size=size,
            pieces=self.pieces,
            executable=executable,
            format=self.format,
            tensors=self.tensors,
            pickle=self.pickle,
        )


class FileFacts(msgspec.Struct, frozen=True, array_like=True):
    """The pieces of a file and what it is; kept in the stat cache."""

    form: int
    summary: FileSummary
    lengths: bytes
    """Of its pieces: unsigned 64 bit numbers, in this machine's order."""
    digests: bytes
    """Of its pieces, 32 bytes each."""

    def lengths_column(self) -> "array[int]":
        """Return the lengths of its pieces."""
        return array("Q", self.lengths)

    def rows(self) -> Iterator[Piece]:
        """Yield its pieces."""
        digests = self.digests
        for number, length in enumerate(self.lengths_column()):
            yield Piece(length, digests[number * SIZE : number * SIZE + SIZE])

    def encode(self) -> bytes:
        """Return the facts as the cache keeps them."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def decode(cls, blob: bytes) -> "FileFacts | None":
        """Return the facts that the cache kept; None when they are of an older form, or none."""
        try:
            found = msgspec.msgpack.decode(blob, type=cls)
        except (msgspec.DecodeError, msgspec.ValidationError):
            return None
        count = found.summary.pieces
        sound = len(found.digests) == count * SIZE and len(found.lengths) == count * 8
        return found if found.form == _FORM and sound else None


class PieceColumns:
    """Gathers the pieces of a file in columns, until there are too many to be remembered."""

    def __init__(self) -> None:
        self.count = 0
        self._lengths = array("Q")
        self._digests = bytearray()

    def add(self, piece: Piece) -> None:
        """Take a piece."""
        self.count += 1
        if self.count <= MOST_REMEMBERED:
            self._lengths.append(piece.length)
            self._digests += piece.digest
        elif self._digests:
            self._lengths, self._digests = array("Q"), bytearray()

    def facts(self, summary: FileSummary) -> FileFacts | None:
        """Return what is to be remembered of the file; None when it has too many pieces."""
        if self.count > MOST_REMEMBERED:
            return None
        return FileFacts(_FORM, summary, self._lengths.tobytes(), bytes(self._digests))
