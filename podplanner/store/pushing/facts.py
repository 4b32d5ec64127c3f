"""What is known of one file of the source: its pieces and what it is."""

from array import array

import msgspec

from podplanner.store.digest import SIZE
from podplanner.store.manifest import FileEntry, FileFormat, TensorsRef
from podplanner.store.tables import Piece

_FORM = 1
# Raised when facts mean something else, or files are cut otherwise: old ones are then made anew.


class FileFacts(msgspec.Struct, frozen=True, array_like=True):
    """The pieces of a file and what it was understood to be; kept in the stat cache."""

    form: int
    lengths: bytes
    """Of its pieces: unsigned 64 bit numbers, in this machine's order."""
    digests: bytes
    """Of its pieces, 32 bytes each."""
    format: FileFormat | None
    tensors: TensorsRef | None
    tensor_list: bytes
    """The document of its tensors; empty when it has none."""
    pickle: tuple[str, ...] | None
    unsafe: tuple[str, ...]
    """What makes its pickles unsafe, in words; empty when nothing does."""

    @property
    def pieces(self) -> int:
        """How many pieces the file has."""
        return len(self.digests) // SIZE

    def lengths_column(self) -> array[int]:
        """Return the lengths of its pieces."""
        return array("Q", self.lengths)

    def rows(self) -> list[Piece]:
        """Return its pieces."""
        digests = self.digests
        return [
            Piece(length, digests[n * SIZE : n * SIZE + SIZE])
            for n, length in enumerate(self.lengths_column())
        ]

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
        sound = (
            found.form == _FORM
            and len(found.digests) % SIZE == 0
            and len(found.lengths) * SIZE == len(found.digests) * 8
        )
        return found if sound else None


def facts_of(
    pieces: list[Piece],
    *,
    file_format: FileFormat | None,
    tensors: TensorsRef | None,
    tensor_list: bytes,
    pickle: tuple[str, ...] | None,
    unsafe: tuple[str, ...],
) -> FileFacts:
    """Return the facts of a file that was read."""
    return FileFacts(
        form=_FORM,
        lengths=array("Q", [piece.length for piece in pieces]).tobytes(),
        digests=b"".join(piece.digest for piece in pieces),
        format=file_format,
        tensors=tensors,
        tensor_list=tensor_list,
        pickle=pickle,
        unsafe=unsafe,
    )
