"""What a file is, by its content; and when it is nothing that is known, cut by content."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from podplanner.store.cutting.access import ContradictionError, RandomAccess
from podplanner.store.cutting.anatomy import Anatomy, By, Member, Region
from podplanner.store.cutting.spans import Span, spans_of
from podplanner.store.manifest import FileFormat, TensorList

PIECE_BYTES = 8 * 2**20
"""Slices inside a tensor, where the store's policy says nothing else."""
_HEAD = 64
# Bytes in which every format that is known shows itself.
_GGUF = b"GGUF"
_NPY = b"\x93NUMPY"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
# A member first, or the end at once: an empty archive.
_ONNX = b"\x08"
# No magic number, but every writer puts field 1 first, a number: the IR version.


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
    """Of a zip archive, also of one that is not sound and so is cut by content; of more than
    131,072, which is not sound either, the first."""


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
    anatomy = None
    with suppress(ContradictionError):
        anatomy = _anatomy(file, size, head, name)
    members: tuple[Member, ...] = ()
    if anatomy is None:
        # Of anything else too: what stands before an archive does not hide its members.
        anatomy, members = _archive(file, size, head)
    regions = anatomy.regions if anatomy else _by_content(size)

    def spans() -> Iterator[Span]:
        return spans_of(file, size, regions, holes=holes, piece_bytes=piece_bytes)

    return Understood(
        format=anatomy.format if anatomy else None,
        tensors=anatomy.tensors if anatomy else None,
        spans=spans,
        members=members,
    )


def _anatomy(file: RandomAccess, size: int, head: bytes, name: str) -> Anatomy | None:
    """Return what a file's first bytes promise and the rest keeps; None if they promise nothing.

    A parser is imported when there is a file for it: a push of what is known needs none.

    Raises:
        ContradictionError: The rest does not keep it.
    """
    if _is_safetensors(head, size):
        from podplanner.store.cutting import safetensors

        return safetensors.parse(file, size)
    if head.startswith(_GGUF):
        from podplanner.store.cutting import gguf

        return gguf.parse(file, size)
    if head.startswith(_NPY):
        from podplanner.store.cutting import npy

        return npy.parse(file, size, name=_stem(name))
    if head.startswith(_ONNX):
        from podplanner.store.cutting import onnx

        return onnx.parse(file, size)
    return None


def _archive(
    file: RandomAccess, size: int, head: bytes
) -> tuple[Anatomy | None, tuple[Member, ...]]:
    """Return what an archive holds if it is sound, and its members in any case."""
    from podplanner.store.cutting.zip_end import find_end

    anatomy = None
    members: tuple[Member, ...] = ()
    with suppress(ContradictionError):
        end = find_end(file, size)
        if end is None:
            return None, ()
        from podplanner.store.cutting import archive, directory

        found = directory.read_directory(file, end)
        members = found.members
        if head.startswith(_ZIP):
            anatomy = archive.parse(file, size, found)
    return anatomy, members


def _is_safetensors(head: bytes, size: int) -> bool:
    length = int.from_bytes(head[:8], "little")
    return 2 <= length <= size - 8 and head[8:9] == b"{"


def _stem(path: str) -> str:
    last = path.rpartition("/")[2]
    return last.removesuffix(".npy") or last or "array"


def _by_content(size: int) -> Sequence[Region]:
    return (Region(0, size, By.CONTENT),) if size else ()
