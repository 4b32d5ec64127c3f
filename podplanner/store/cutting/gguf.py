"""GGUF: key-value pairs, tensor infos, padding, then the tensors, each aligned.

Source: docs/gguf.md of https://github.com/ggml-org/ggml (versions 2 and 3).
"""

import struct

from podplanner.store.cutting.access import ContradictionError, RandomAccess, Walk
from podplanner.store.cutting.anatomy import (
    LONGEST_NAME,
    MOST_TENSORS,
    Anatomy,
    By,
    Region,
    Tensor,
    checked,
    listed,
)
from podplanner.store.cutting.dtypes import elements_of, width_of
from podplanner.store.cutting.ggml import BLOCKS, Block

_VERSIONS = (2, 3)
# Version 1 (August 2023) had shorter numbers, and no program writes or reads it any more.
_LONGEST_HEADER = 64 * 2**20
# Bytes of it that are looked at; the largest vocabularies that are known take 15 MB.
_CHUNK = 256 * 2**10
# Bytes fetched at a time: one read for all but vocabularies.
_MOST_PAIRS = 65_536
# Key-value pairs; models have 20 to 100.
_LONGEST_KEY = 65_535
# As the specification says.
_MOST_DIMENSIONS = 8
# ggml has 4.
_ALIGNMENT = b"general.alignment"
_DEFAULT_ALIGNMENT = 32
_LARGEST_ALIGNMENT = 2**20
# A larger one would be no use to any disk or processor.
_UINT32 = 4
_STRING = 8
_ARRAY = 9
_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
# Bytes of a value, by the number of its type: u8 i8 u16 i16 u32 i32 f32 bool; u64 i64 f64.
_HEAD = struct.Struct("<4sIQQ")


def parse(file: RandomAccess, size: int) -> Anatomy:
    """Return what a GGUF file holds.

    Raises:
        ContradictionError: The header cannot be read or contradicts itself or the file.
    """
    walk = Walk(file, 0, size, budget=_LONGEST_HEADER, chunk=_CHUNK)
    _, version, tensor_count, pair_count = _HEAD.unpack(walk.take(_HEAD.size))
    if version not in _VERSIONS:
        raise ContradictionError(f"GGUF of version {version}, or big-endian")
    if tensor_count > MOST_TENSORS or pair_count > _MOST_PAIRS:
        raise ContradictionError("more tensors or values than any model has")
    alignment = _pass_pairs(walk, pair_count)
    infos = [_info(walk) for _ in range(tensor_count)]
    start = -(-walk.at // alignment) * alignment
    if not infos:
        return Anatomy("gguf", [Region(0, walk.at, By.HEADER)], listed((), size=size))
    header = Region(0, walk.at, By.HEADER)
    return _laid_out(header, infos, start, size, alignment)


class _Info:
    """What the header says of one tensor."""

    __slots__ = ("block", "length", "name", "offset", "shape")

    def __init__(self, name: str, shape: tuple[int, ...], block: Block | None, offset: int) -> None:
        self.name = name
        self.shape = shape
        self.block = block
        self.offset = offset
        self.length: int | None = None
        if block is None:
            return
        row = shape[-1] if shape else 1
        if row % block.elements:
            raise ContradictionError(f"tensor {name[:80]!r} has rows that are no whole blocks")
        self.length = elements_of(shape) // block.elements * block.bytes


def _pass_pairs(walk: Walk, count: int) -> int:
    """Go past all values; return the alignment, which is one of them."""
    alignment = None
    for _ in range(count):
        key = _name(walk, _LONGEST_KEY)
        kind = walk.number(4)
        if key != _ALIGNMENT:
            _pass_value(walk, kind)
            continue
        if alignment is not None or kind != _UINT32:
            raise ContradictionError("two alignments, or one that is no number")
        alignment = walk.number(4)
    if alignment is None:
        return _DEFAULT_ALIGNMENT
    if not 0 < alignment <= _LARGEST_ALIGNMENT or alignment & (alignment - 1):
        raise ContradictionError(f"an alignment of {alignment}")
    return alignment


def _pass_value(walk: Walk, kind: int) -> None:
    if kind == _STRING:
        walk.skip(walk.number(8))
        return
    if kind != _ARRAY:
        walk.skip(_width(kind))
        return
    kind = walk.number(4)
    count = walk.number(8)
    if kind == _STRING:
        walk.skip_strings(count)
    else:
        # An array of arrays is refused here, as llama.cpp does.
        walk.skip(count * _width(kind))


def _width(kind: int) -> int:
    if kind not in _WIDTHS:
        raise ContradictionError(f"a value of unknown type {kind}")
    return _WIDTHS[kind]


def _name(walk: Walk, longest: int) -> bytes:
    length = walk.number(8)
    if length > longest:
        raise ContradictionError("a name longer than any that is known")
    return walk.take(length)


def _info(walk: Walk) -> _Info:
    try:
        name = _name(walk, LONGEST_NAME).decode()
    except UnicodeDecodeError as error:
        raise ContradictionError("a tensor's name is no text") from error
    dimensions = walk.number(4)
    if dimensions > _MOST_DIMENSIONS:
        raise ContradictionError("a shape that no tensor has")
    extents = [walk.number(8) for _ in range(dimensions)]
    block = BLOCKS.get(walk.number(4))
    return _Info(name, tuple(reversed(extents)), block, walk.number(8))


def _laid_out(header: Region, infos: list[_Info], start: int, size: int, alignment: int) -> Anatomy:
    """Return regions and tensors; of a type that is not known only where it begins is known."""
    infos.sort(key=lambda info: info.offset)
    tensors, regions = [], [header]
    for number, info in enumerate(infos):
        if info.offset % alignment:
            raise ContradictionError(f"tensor {info.name[:80]!r} is not aligned")
        offset = start + info.offset
        if info.length is None:
            after = start + infos[number + 1].offset if number + 1 < len(infos) else size
            regions.append(Region(offset, after - offset))
            continue
        assert info.block is not None  # noqa: S101  a length is known of known types only
        dtype = info.block.dtype
        tensor = Tensor(info.name, dtype, info.shape, offset, info.length, width_of(dtype))
        tensors.append(tensor)
        regions.append(tensor.region())
    if len({info.name for info in infos}) != len(infos):
        raise ContradictionError("two tensors of one name")
    whole = len(tensors) == len(infos)
    found = checked(regions, start=0, end=size)
    return Anatomy("gguf", found, listed(tensors, size=size) if whole else None)
