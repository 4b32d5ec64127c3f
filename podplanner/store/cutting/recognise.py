"""What a file is, by its content; and when it is nothing that is known, cut by content."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from podplanner.store.cutting import archive, gguf, npy, onnx, safetensors
from podplanner.store.cutting.access import ContradictionError, RandomAccess
from podplanner.store.cutting.anatomy import Anatomy, By, Member, Region
from podplanner.store.cutting.directory import Directory, names_a_zip, read_directory
from podplanner.store.cutting.spans import Span, spans_of
from podplanner.store.manifest import FileFormat, TensorList

PIECE_BYTES = 8 * 2**20
"""Slices inside a tensor, where the store's policy says nothing else."""
_HEAD = 64
# Bytes in which every format that is known shows itself.


@dataclass(frozen=True, slots=True)
class Understood:
    """What a file was found to be."""

    format: FileFormat | None
    """None: nothing that is known, or it contradicts itself; it is cut by content."""
    tensors: TensorList | None
    """Offsets from the start of the file; None where types and shapes are not known."""
    spans: Callable[[], Iterator[Span]]
    """Where to cut: in order, covering the file exactly; may be called again, from any thread."""
    members: tuple[Member, ...] = ()
    """Of a zip archive, also of one that is not sound and so is cut by content."""


def understand(
    file: RandomAccess,
    size: int,
    *,
    name: str,
    piece_bytes: int = PIECE_BYTES,
    holes: Sequence[tuple[int, int]] = (),
) -> Understood:
    """Return what a file is, and where to cut it.

    Only headers are read, at most 64 MiB of them, and nothing is ever executed. A file that lies
    about itself is no error: it is cut by content, as anything unknown is.

    Args:
        file: The file.
        size: Its bytes.
        name: Its path; it names the one array of a .npy, and decides nothing.
        piece_bytes: Slices inside a tensor: whole 64 KiB up to 8 MiB, else the next lower.
        holes: Offset and length of each part that is not stored on disk, for a sparse file.
    """
    head = bytes(file.read_at(0, min(size, _HEAD)))
    directory = None
    with suppress(ContradictionError):
        anatomy = _anatomy(file, size, head, name)
        if anatomy:
            return _understood(file, size, anatomy, None, piece_bytes, holes)
    with suppress(ContradictionError):
        # Of anything else too: what stands before an archive does not hide its members.
        directory = read_directory(file, size)
    with suppress(ContradictionError):
        if names_a_zip(head):
            anatomy = archive.parse(file, size, directory)
            return _understood(file, size, anatomy, directory, piece_bytes, holes)
    return _understood(file, size, None, directory, piece_bytes, holes)


def _anatomy(file: RandomAccess, size: int, head: bytes, name: str) -> Anatomy | None:
    """Return what a file's first bytes promise and the rest keeps; None if they promise nothing.

    Raises:
        ContradictionError: The rest does not keep it.
    """
    if safetensors.is_safetensors(head, size):
        return safetensors.parse(file, size)
    if gguf.is_gguf(head, size):
        return gguf.parse(file, size)
    if head.startswith(npy.MAGIC):
        return npy.parse(file, size, name=_stem(name))
    if head.startswith(onnx.FIRST_BYTE):
        return onnx.parse(file, size)
    return None


def _stem(path: str) -> str:
    last = path.rpartition("/")[2]
    return last.removesuffix(".npy") or last or "array"


def _understood(
    file: RandomAccess,
    size: int,
    anatomy: Anatomy | None,
    directory: Directory | None,
    piece_bytes: int,
    holes: Sequence[tuple[int, int]],
) -> Understood:
    regions = anatomy.regions if anatomy else _by_content(size)

    def spans() -> Iterator[Span]:
        return spans_of(file, size, regions, holes=holes, piece_bytes=piece_bytes)

    return Understood(
        format=anatomy.format if anatomy else None,
        tensors=anatomy.tensors if anatomy else None,
        spans=spans,
        members=directory.members if directory else (),
    )


def _by_content(size: int) -> Sequence[Region]:
    return (Region(0, size, By.CONTENT),) if size else ()
