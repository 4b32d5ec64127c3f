"""Whole files and all tensors of a version, read into memory in parallel, verified."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from podplanner.store.reader import OpenVersion
from podplanner.store.reading.lazy_tensors import tensors_of
from podplanner.store.reading.opening import file_at
from podplanner.store.reading.ranges import FileRange
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
        return as_numpy(
            self.content,
            self.dtype,
            self.shape,
            fortran=self.fortran,
            name=self.name,
            file=self.file,
        )

    def torch(self) -> "torch.Tensor":
        """Return it as a tensor of torch that shares its memory; bytes where torch has no type."""
        return as_torch(
            self.content,
            self.dtype,
            self.shape,
            fortran=self.fortran,
            name=self.name,
            file=self.file,
        )


def read_file(version: OpenVersion, path: str) -> bytearray:
    """Return a whole file of a version.

    Raises:
        UnknownNameError: There is no such file.
        ObjectMissingError, ObjectCorruptError: The store is damaged.
    """
    entry, start = file_at(version, path)
    content = bytearray(entry.size)
    FileRange(version, entry, start).read_into(0, memoryview(content), keep=False)
    return content


def read_tensors(
    version: OpenVersion,
    path: str | None = None,
    *,
    ready: Callable[[ReadTensor], None] | None = None,
) -> dict[str, ReadTensor]:
    """Return all tensors of a version, or those of one file, in memory.

    Args:
        version: Its manifest's numbers are checked already (`open_version`).
        path: Only those of this file.
        ready: Called with each tensor as soon as it is whole, from any thread.

    Raises:
        UnknownNameError: No tensors are known.
        WrongUsageError: Two files have a tensor of the same name.
        ObjectMissingError, ObjectCorruptError: The store is damaged.
    """
    found = {}
    for name, lazy in tensors_of(version, path).items():
        read = ReadTensor(name, lazy.dtype, lazy.shape, lazy.file, lazy.content(), lazy.fortran)
        if ready is not None:
            ready(read)
        found[name] = read
    return found
