"""Whole files and all tensors of a version, read into memory in parallel, verified."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from podplanner.store.reader import OpenVersion
from podplanner.store.reading.filling import Target, fill
from podplanner.store.reading.lazy_tensors import tensors_of
from podplanner.store.reading.memory import zeros
from podplanner.store.reading.opening import file_at
from podplanner.store.reading.typed import as_numpy, as_torch

if TYPE_CHECKING:
    import numpy as np
    import torch  # type: ignore[import-not-found, unused-ignore]


@dataclass(frozen=True, slots=True, eq=False)
class ReadTensor:
    """A tensor that has been read."""

    name: str
    dtype: str
    """As safetensors writes it: `BF16`, `F32` ...; `GGML:<name>` for quantised blocks."""
    shape: tuple[int, ...]
    file: str
    content: "np.ndarray[Any, np.dtype[np.uint8]]"
    """Its bytes, as in the file; writable, and nobody else's."""
    fortran: bool = False

    def numpy(self) -> "np.ndarray[Any, Any]":
        """Return it as an array that shares its memory; bytes where numpy has no type for it."""
        return as_numpy(self.content, self)

    def torch(self) -> "torch.Tensor":
        """Return it as a tensor of torch that shares its memory; bytes where torch has no type."""
        return as_torch(self.content, self)


def read_file(version: OpenVersion, path: str) -> bytearray:
    """Return a whole file of a version, its pieces read side by side.

    Raises:
        UnknownNameError: There is no such file.
        ObjectMissingError, ObjectCorruptError: The store is damaged.
    """
    import numpy as np

    entry, _ = file_at(version, path)
    content = bytearray(entry.size)
    if content:
        number = version.manifest.files.index(entry)
        fill(version, [Target(number, 0, np.frombuffer(content, np.uint8))])
    return content


def read_tensors(
    version: OpenVersion,
    path: str | None = None,
    *,
    ready: Callable[[ReadTensor], None] | None = None,
) -> dict[str, ReadTensor]:
    """Return all tensors of a version, or those of one file, in memory.

    Only the bytes that tensors have are read, pieces side by side, each straight into the memory
    of its tensor. Every tensor has memory of its own, which goes when the tensor does.

    Args:
        version: Its manifest's numbers are checked already (`open_version`).
        path: Only those of this file.
        ready: Called with each tensor as soon as it is whole and verified, from any thread. What
            it raises ends the reading and comes out of it.

    Raises:
        UnknownNameError: No tensors are known in the file.
        WrongUsageError: Two files have a tensor of the same name.
        ObjectMissingError, ObjectCorruptError: The store is damaged; nothing of it is given out
            but the tensors that `ready` has had.
    """
    lazy = dict(tensors_of(version, path))
    numbers = {entry.path: number for number, entry in enumerate(version.manifest.files)}
    found = [
        ReadTensor(one.name, one.dtype, one.shape, one.file, zeros(one.nbytes), one.fortran)
        for one in lazy.values()
    ]
    targets = [
        Target(numbers[one.file], one.offset, read.content)
        for one, read in zip(lazy.values(), found, strict=True)
    ]

    def done(number: int) -> None:
        if ready is not None:
            ready(found[number])

    fill(version, targets, done)
    return {one.name: one for one in found}
