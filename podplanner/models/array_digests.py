"""Digests of arrays in memory, of numpy and of torch alike."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from blake3 import blake3

from podplanner.errors import FormatError, WrongUsageError
from podplanner.store.paths import printable
from podplanner.store.reading.dtypes import word_of_numpy

if TYPE_CHECKING:
    import numpy as np

_ARRAYS = "podplanner/arrays/1"
_BLOCK_BYTES = 8 * 2**20
# Of an array that is not in a row, or lies in a file: copied so much at a time.


class DescribedArrays(NamedTuple):
    """Arrays as the text whose digest names them."""

    lines: list[str]
    bytes: int
    rows: int | None
    """The first length, where all that have one have the same."""


class _Array(NamedTuple):
    """An array, of whichever library."""

    dtype: str
    shape: tuple[int, ...]
    size: int
    """Bytes."""
    blocks: Iterator[memoryview]


def described_arrays(arrays: Sequence[Any], named: Mapping[str, Any]) -> DescribedArrays:
    """Return what names arrays: a digest, type and shape of each.

    Raises:
        FormatError: One has no plain bytes.
        WrongUsageError: There are none, or one is no array.
    """
    every = {str(number): array for number, array in enumerate(arrays)}
    for name, array in named.items():
        if not name.isprintable() or name in every:
            raise WrongUsageError(f"{name!r} cannot name an array", hint="Give it a word.")
        every[name] = array
    if not every:
        raise WrongUsageError("there are no arrays", hint="Give at least one.")
    lines, total, lengths = [_ARRAYS], 0, set()
    for name, value in every.items():
        array = _taken(name, value)
        hasher = blake3(max_threads=blake3.AUTO)
        for block in array.blocks:
            hasher.update(block)
        shape = ",".join(map(str, array.shape))
        lines.append(f"{hasher.hexdigest()} {array.dtype} {shape or '-'} {name}")
        total += array.size
        if array.shape:
            lengths.add(array.shape[0])
    return DescribedArrays(lines, total, lengths.pop() if len(lengths) == 1 else None)


def _taken(name: str, value: Any) -> _Array:
    import numpy as np

    if isinstance(value, np.ndarray):
        return _of_numpy(name, value)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        from podplanner.models.torch_tensors import stored_tensor

        stored = stored_tensor(name, value)
        whole = iter((stored.content,))
        return _Array(stored.dtype, tuple(stored.shape), len(stored.content), whole)
    kind = type(value)
    raise WrongUsageError(
        f"{printable(name)} is a {kind.__module__}.{kind.__qualname__} and no array",
        hint="Give arrays of numpy or tensors of torch, or name files with `Dataset.from_path`.",
    )


def _of_numpy(name: str, array: "np.ndarray[Any, Any]") -> _Array:
    if array.dtype.hasobject:
        raise FormatError(
            f"{printable(name)} holds objects of Python, which have no bytes of their own",
            hint="Convert it to numbers or to texts of a fixed width (`astype(str)`).",
        )
    if type(array).__name__ == "MaskedArray":
        raise FormatError(
            f"{printable(name)} is masked, and its mask is no part of its values",
            hint="Give `array.filled(...)` and the mask as two arrays.",
        )
    word = word_of_numpy(array.dtype) if array.dtype.fields is None else None
    little = array.dtype.newbyteorder("<")
    return _Array(
        word or _one_word(little),
        array.shape,
        array.nbytes,
        _blocks(array, little),
    )


def _one_word(dtype: "np.dtype[Any]") -> str:
    """Return numpy's own word for a type; of one with fields, all that it says, without spaces."""
    said = dtype.str if dtype.fields is None else repr(dtype.descr)
    return said.replace(" ", "")


def _blocks(array: "np.ndarray[Any, Any]", little: "np.dtype[Any]") -> Iterator[memoryview]:
    """Yield the bytes of an array, little-endian and row by row."""
    import numpy as np

    if array.ndim == 0 or not array.nbytes:
        yield memoryview(array.astype(little).tobytes())
        return
    rows = max(_BLOCK_BYTES * len(array) // array.nbytes, 1)
    for first in range(0, len(array), rows):
        some = array[first : first + rows].astype(little, copy=False)
        yield np.ascontiguousarray(some).reshape(-1).view(np.uint8).data
