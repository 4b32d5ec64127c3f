"""A safetensors file made from buffers that are in memory, without copying them.

Source: the format's description in the README of the library safetensors: eight bytes of length,
a header in JSON padded with spaces to a multiple of eight, then the tensors without gaps.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

_ALIGNMENT = 8


class Stored(NamedTuple):
    """One tensor as it is to stand in the file."""

    dtype: str
    """As safetensors writes it: `BF16`, `F32` ..."""
    shape: Sequence[int]
    content: memoryview
    """Flat, of bytes, little-endian, row by row."""
    width: int
    """Bytes of one element."""


def safetensors_file(
    tensors: Mapping[str, Stored], metadata: Mapping[str, str] | None = None
) -> list[memoryview]:
    """Return a safetensors file as its buffers, in order.

    The widest elements come first, as the library itself orders them, so that every tensor is
    aligned; among those of one width the order is by name: equal tensors make equal files.
    """
    order = sorted(tensors, key=lambda name: (-tensors[name].width, name))
    header: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
    at = 0
    for name in order:
        tensor = tensors[name]
        end = at + len(tensor.content)
        header[name] = {
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "data_offsets": [at, end],
        }
        at = end
    content = msgspec.json.encode(header)
    content += b" " * (-len(content) % _ALIGNMENT)
    head = len(content).to_bytes(8, "little") + content
    return [memoryview(head), *(tensors[name].content for name in order)]
