"""What the header of a GGUF file says: its fields, and what kind of model it is.

Source: docs/gguf.md of https://github.com/ggml-org/ggml (versions 2 and 3).
"""

import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import Any

from podplanner.errors import FormatError
from podplanner.store.cutting import gguf
from podplanner.store.cutting.access import ContradictionError, RandomAccess, Walk

_HEAD = struct.Struct("<4sIQQ")
_MAGIC = b"GGUF"
_STRING, _ARRAY, _BOOL = 8, 9, 7
_TYPES = {
    0: "<u1", 1: "<i1", 2: "<u2", 3: "<i2", 4: "<u4", 5: "<i4", 6: "<f4", _BOOL: "?",
    10: "<u8", 11: "<i8", 12: "<f8",
}  # fmt: skip
# numpy's type of a value, by its number in the file.
_LONGEST_HEADER = 64 * 2**20
# Bytes that are looked at; the largest vocabularies that are known take 15 MB.
_CHUNK = 256 * 2**10
# Bytes fetched at a time.
_LONGEST_WORD = 100
# Characters of an architecture that are recorded; `deepseek2` has nine.
_PLAIN = "GGML:"
# What stands before the types that are ggml's own.


@dataclass(frozen=True, slots=True)
class GgufSummary:
    """What kind of model it is."""

    architecture: str
    """As llama.cpp names it: `llama`, `qwen2`; empty: not said."""
    quantization: str
    """The type in which most bytes of tensors are: `Q4_K`, `F16`; empty: no tensors."""
    parameters: int
    tensors: int
    shards: int
    """Files that the model is divided into; 1: this one is all."""


def summary(file: RandomAccess, size: int) -> GgufSummary:
    """Return what kind of model a file holds.

    Raises:
        FormatError: It is no GGUF file, or none that can be understood.
    """
    fields = read_fields(file, size)
    try:
        tensors = gguf.parse(file, size).tensors
    except ContradictionError as error:
        raise _no_gguf(error) from error
    if tensors is None:
        raise FormatError(
            "the GGUF file has tensors of a type that is not known here",
            hint="Push its folder with `podplanner model push`, or install a newer podplanner.",
        )
    sizes: Counter[str] = Counter()
    for dtype, length in zip(tensors.dtypes, tensors.lengths, strict=True):
        sizes[dtype.removeprefix(_PLAIN)] += length
    shards = fields.get("split.count", 1)
    return GgufSummary(
        architecture=str(fields.get("general.architecture", ""))[:_LONGEST_WORD],
        quantization=max(sizes, key=lambda word: (sizes[word], word), default=""),
        parameters=sum(prod(shape) for shape in tensors.shapes),
        tensors=len(tensors.names),
        shards=max(shards, 1) if isinstance(shards, int) else 1,
    )


def read_fields(file: RandomAccess, size: int) -> Mapping[str, Any]:
    """Return the fields of the header by their names, in the file's order.

    Text that is not UTF-8 keeps its bytes (`surrogateescape`): vocabularies have such words.

    Raises:
        FormatError: It is no GGUF file.
    """
    try:
        return MappingProxyType(_fields(Walk(file, 0, size, budget=_LONGEST_HEADER, chunk=_CHUNK)))
    except ContradictionError as error:
        raise _no_gguf(error) from error


def _fields(walk: Walk) -> dict[str, Any]:
    magic, version, _, count = _HEAD.unpack(walk.take(_HEAD.size))
    if magic != _MAGIC or version not in (2, 3):
        raise ContradictionError(f"it begins with {magic!r} and the version {version}")
    found: dict[str, Any] = {}
    for _ in range(count):
        key = _text(walk)
        if key in found:
            raise ContradictionError(f"two fields are named {key[:80]!r}")
        found[key] = _value(walk, walk.number(4))
    return found


def _value(walk: Walk, kind: int) -> Any:
    import numpy as np

    if kind == _STRING:
        return _text(walk)
    if kind != _ARRAY:
        dtype = np.dtype(_known(kind))
        return np.frombuffer(walk.take(dtype.itemsize), dtype)[0].item()
    kind, count = walk.number(4), walk.number(8)
    if kind == _STRING:
        return tuple(_text(walk) for _ in range(count))
    # An array of arrays is refused here, as llama.cpp does.
    dtype = np.dtype(_known(kind))
    return np.frombuffer(walk.take(count * dtype.itemsize), dtype)


def _known(kind: int) -> str:
    if kind not in _TYPES:
        raise ContradictionError(f"a value of unknown type {kind}")
    return _TYPES[kind]


def _text(walk: Walk) -> str:
    return walk.take(walk.number(8)).decode("utf-8", "surrogateescape")


def _no_gguf(error: ContradictionError) -> FormatError:
    return FormatError(
        f"this is no GGUF file that can be read: {error}",
        hint="Convert it again, with a newer llama.cpp.",
    )
