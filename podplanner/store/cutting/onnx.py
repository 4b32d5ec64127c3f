"""ONNX: a protocol buffer in which the initializers' raw bytes lie as they are.

Walked field by field; nothing is decoded but lengths, names, shapes and types.
Source: onnx/onnx.proto of https://github.com/onnx/onnx (IR version 13).
"""

from collections.abc import Iterator
from typing import NamedTuple

from podplanner.store.cutting.access import ContradictionError, RandomAccess, Walk
from podplanner.store.cutting.anatomy import (
    LONGEST_NAME,
    MOST_TENSORS,
    Anatomy,
    Region,
    Tensor,
    checked,
    listed,
)
from podplanner.store.cutting.dtypes import BITS, bytes_of, width_of

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MODEL_FIELDS = {
    1: _VARINT, 2: _BYTES, 3: _BYTES, 4: _BYTES, 5: _VARINT, 6: _BYTES, 7: _BYTES, 8: _BYTES,
    14: _BYTES, 20: _BYTES, 25: _BYTES, 26: _BYTES,
}  # fmt: skip
# Of ModelProto, with how each is written. ONNX has no magic number: this and the exact lengths
# of all nested messages are what it is known by.
_HIGHEST_IR = 127
# 13 in 2026, one more every year or so; one byte holds it.
_GRAPH, _OPSET = 7, 8
_NODE, _INITIALIZER = 1, 5
# Of GraphProto.
_ATTRIBUTE = 5
# Of NodeProto.
_VALUE, _SUBGRAPH = 5, 6
# Of AttributeProto: a tensor, a graph.
_DIMS, _DATA_TYPE, _NAME, _RAW, _LOCATION = 1, 2, 8, 9, 14
_PACKED = (4, 5, 7, 10, 11)
# Of TensorProto: numbers packed into fields of their own, in place of raw bytes.
_EXTERNAL = 1
# Location of a tensor whose bytes lie in another file.
_BUDGET = 64 * 2**20
# Bytes of messages, without the tensors, that are looked at; the largest graphs take 20 MB.
_CHUNK = 4 * 2**10
# Bytes fetched at a time: after a tensor that is passed over comes little before the next.
_MOST_FIELDS = 500_000
# About two seconds; a graph of 100,000 nodes, each passed over whole, has fewer.
_DEEPEST = 8
# Graphs within graphs: If and Loop in each other.
_LARGE = 64 * 2**10
# Only in nodes this large can there be a constant worth a cut.
_TYPES = {
    1: "F32", 2: "U8", 3: "I8", 4: "U16", 5: "I16", 6: "I32", 7: "I64", 9: "BOOL", 10: "F16",
    11: "F64", 12: "U32", 13: "U64", 14: "C64", 16: "BF16", 17: "F8_E4M3", 18: "F8_E4M3FNUZ",
    19: "F8_E5M2", 20: "F8_E5M2FNUZ", 23: "F4", 24: "F8_E8M0",
}  # fmt: skip
# Words of safetensors by number of TensorProto.DataType.
_OTHER_TYPES = {
    15: ("ONNX:COMPLEX128", 128), 21: ("ONNX:UINT4", 4), 22: ("ONNX:INT4", 4),
    25: ("ONNX:UINT2", 2), 26: ("ONNX:INT2", 2),
}  # fmt: skip
# Those that safetensors has no word for, with their bits.


class _Field(NamedTuple):
    """One field of a message."""

    number: int
    wire: int
    value: int
    """Of a number; for bytes, their length."""
    start: int
    """Where its bytes begin."""

    @property
    def end(self) -> int:
        """Where its bytes end."""
        return self.start + self.value


class _Found:
    """What the walk has found so far."""

    def __init__(self) -> None:
        self.regions: list[Region] = []
        self.tensors: list[Tensor] = []


class _Walker:
    """Walks a model; the number of fields is limited."""

    def __init__(self, file: RandomAccess, size: int) -> None:
        self.walk = Walk(file, 0, size, budget=_BUDGET, chunk=_CHUNK)
        self.left = _MOST_FIELDS

    def fields(self, end: int) -> Iterator[_Field]:
        """Yield the fields up to an offset, going past what the caller has not gone past."""
        walk = self.walk
        while walk.at < end:
            self.left -= 1
            if self.left < 0:
                raise ContradictionError("more fields than any model has")
            tag = walk.varint()
            number, wire = tag >> 3, tag & 7
            if not number:
                raise ContradictionError("a field that cannot be")
            value = self._value(wire)
            field = _Field(number, wire, value, walk.at)
            after = field.end if wire == _BYTES else walk.at
            if after > end:
                raise ContradictionError("a field reaches beyond its message")
            yield field
            if walk.at > after:
                raise ContradictionError("a message reaches beyond its end")
            walk.skip(after - walk.at)

    def _value(self, wire: int) -> int:
        if wire in (_VARINT, _BYTES):
            return self.walk.varint()
        if wire == _FIXED64:
            return self.walk.number(8)
        if wire == _FIXED32:
            return self.walk.number(4)
        raise ContradictionError("a field that cannot be")


def parse(file: RandomAccess, size: int) -> Anatomy:
    """Return what an ONNX model holds.

    Raises:
        ContradictionError: It is no such model, or contradicts itself.
    """
    walker, found, seen = _Walker(file, size), _Found(), set()
    for field in walker.fields(size):
        if _MODEL_FIELDS.get(field.number) != field.wire:
            raise ContradictionError("a field that no model has")
        if field.number == 1 and not 1 <= field.value <= _HIGHEST_IR:
            raise ContradictionError("an IR version that cannot be")
        if field.number in seen and field.number in (1, _GRAPH):
            raise ContradictionError("two graphs in one model")
        seen.add(field.number)
        if field.number == _GRAPH:
            _graph(walker, field.end, found, depth=0)
    if not {1, _GRAPH, _OPSET} <= seen:
        raise ContradictionError("no graph, or no operators to run it with")
    regions = checked(found.regions, start=0, end=size)
    # A model whose weights are all constants of nodes has tensors, but they have no names.
    named = found.tensors or not found.regions
    return Anatomy("onnx", regions, listed(found.tensors, size=size) if named else None)


def _graph(walker: _Walker, end: int, found: _Found, *, depth: int) -> None:
    """Walk a graph; only the outermost one's initializers have names that are no other's."""
    for field in walker.fields(end):
        if field.wire != _BYTES:
            continue
        if field.number == _INITIALIZER:
            _tensor(walker, field.end, found, named=depth == 0)
        elif field.number == _NODE and field.value >= _LARGE:
            _node(walker, field.end, found, depth)


def _node(walker: _Walker, end: int, found: _Found, depth: int) -> None:
    """Walk a large node: a constant, or one with graphs in it."""
    for field in walker.fields(end):
        if field.number != _ATTRIBUTE or field.wire != _BYTES or field.value < _LARGE:
            continue
        for inner in walker.fields(field.end):
            if inner.wire != _BYTES or inner.value < _LARGE:
                continue
            if inner.number == _VALUE:
                _tensor(walker, inner.end, found, named=False)
            elif inner.number == _SUBGRAPH and depth < _DEEPEST:
                _graph(walker, inner.end, found, depth=depth + 1)


def _tensor(walker: _Walker, end: int, found: _Found, *, named: bool) -> None:
    """Walk a tensor; keep where its bytes are, and what they are when it has a name."""
    shape: list[int] = []
    kind, name, raw, external = 0, b"", None, False
    for field in walker.fields(end):
        if field.number == _DIMS:
            shape += _extents(walker, field)
        elif field.number == _DATA_TYPE and field.wire == _VARINT:
            kind = field.value
        elif field.number == _LOCATION and field.wire == _VARINT:
            external = field.value == _EXTERNAL
        elif field.number == _NAME and field.wire == _BYTES and field.value <= LONGEST_NAME:
            name = walker.walk.take(field.value)
        elif field.number == _RAW and field.wire == _BYTES:
            if raw is not None:
                raise ContradictionError("a tensor that has its bytes twice")
            raw = field
        elif field.number in _PACKED and field.wire == _BYTES and field.value >= _LARGE:
            found.regions.append(Region(field.start, field.value))
    if raw is not None and not external:
        _keep(found, name, kind, tuple(shape), raw, named=named)


def _extents(walker: _Walker, field: _Field) -> list[int]:
    """Return the dimensions that a field adds: one, or several packed."""
    if field.wire == _VARINT:
        return [field.value]
    if field.wire != _BYTES or field.value > 1024:
        raise ContradictionError("a shape that no tensor has")
    found = []
    while walker.walk.at < field.end:
        found.append(walker.walk.varint())
    return found


def _keep(
    found: _Found, raw_name: bytes, kind: int, shape: tuple[int, ...], raw: _Field, *, named: bool
) -> None:
    dtype, bits = _type(kind)
    if bits and bytes_of(shape, bits) != raw.value:
        raise ContradictionError("a tensor has other bytes than its shape says")
    try:
        name = raw_name.decode()
    except UnicodeDecodeError as error:
        raise ContradictionError("a tensor's name is no text") from error
    if not (named and name and dtype):
        found.regions.append(Region(raw.start, raw.value))
        return
    tensor = Tensor(name, dtype, shape, raw.start, raw.value, width_of(dtype))
    if len(found.tensors) >= MOST_TENSORS:
        raise ContradictionError("more tensors than any model has")
    found.tensors.append(tensor)
    found.regions.append(tensor.region())


def _type(kind: int) -> tuple[str, int]:
    """Return the word for a type and its bits; nothing for one that is not known."""
    word = _TYPES.get(kind)
    return (word, BITS[word]) if word else _OTHER_TYPES.get(kind, ("", 0))
