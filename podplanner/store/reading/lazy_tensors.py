"""Tensors of a version: found by name, read when asked for, each from its own bytes, verified."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from podplanner.errors import (
    ObjectCorruptError,
    UnknownNameError,
    WrongUsageError,
)
from podplanner.store.manifest import FileEntry, TensorList
from podplanner.store.names import Reference
from podplanner.store.paths import printable
from podplanner.store.reader import OpenVersion
from podplanner.store.reading.fetching import Fetcher
from podplanner.store.reading.opening import file_at, open_version
from podplanner.store.reading.ranges import FileRange
from podplanner.store.reading.rows import Positions
from podplanner.store.reading.typed import as_numpy, as_torch
from podplanner.store.reading.workers import thread_count, work_off
from podplanner.store.root import StoreRoot

if TYPE_CHECKING:
    import numpy as np
    import torch  # type: ignore[import-not-found, unused-ignore]

_SLICE = 8 * 2**20
# Bytes of a tensor that one thread reads at a time: a piece of the usual size.
_NAMED = 3
# Names that an error shows.


@dataclass(frozen=True, slots=True)
class LazyTensor:
    """A tensor that is read when it is asked for, and only its own bytes.

    Attributes:
        name: As its file has it.
        dtype: As safetensors writes it: `BF16`, `F8_E4M3`, `F32` ...; `GGML:<name>` for the
            quantised blocks of a GGUF file.
        shape: Its extents.
        nbytes: Bytes that it takes in its file.
        file: The path of its file in the version.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    nbytes: int
    file: str
    _offset: int = field(repr=False)
    _fortran: bool = field(repr=False)
    _source: "_Source" = field(repr=False, compare=False)

    def numpy(self) -> "np.ndarray[Any, Any]":
        """Read the tensor into a new array, every byte verified.

        The array has the tensor's own type and shape: bf16 and fp8 by the package ml_dtypes,
        without loss. What has no type of whole bytes (quantised GGUF, elements of 4 and 6 bits)
        comes as the bytes that are in the file, one row of uint8.

        Raises:
            ObjectMissingError: An object of the tensor is lost.
            ObjectCorruptError: An object of the tensor is damaged.
        """
        return as_numpy(self.content(), self)

    def torch(self) -> "torch.Tensor":
        """Read the tensor as one of torch, which shares the memory of the array that was read.

        What has no type of torch comes as one row of uint8, as for `numpy`.

        Raises:
            MissingPackageError: torch is not installed.
            FormatError: It is too old for the type.
            ObjectMissingError: An object of the tensor is lost.
            ObjectCorruptError: An object of the tensor is damaged.
        """
        return as_torch(self.content(), self)

    @property
    def offset(self) -> int:
        """Where its bytes begin in its file."""
        return self._offset

    @property
    def fortran(self) -> bool:
        """Whether it is laid out column first."""
        return self._fortran

    def content(self) -> "np.ndarray[Any, np.dtype[np.uint8]]":
        """Read the tensor's bytes, as they are in its file, into a new array.

        Raises:
            ObjectMissingError: An object of the tensor is lost.
            ObjectCorruptError: An object of the tensor is damaged.
        """
        import numpy as np

        content = np.empty(self.nbytes, np.uint8)
        if self.nbytes:
            self._source.read_into(self._offset, content.data)
        return content

    def __array__(
        self,
        dtype: "np.dtype[Any] | None" = None,
        copy: bool | None = None,
    ) -> "np.ndarray[Any, Any]":
        """Read the tensor, as `numpy` does, for functions of numpy that take anything."""
        if copy is False:
            raise ValueError("reading a tensor makes a new array")
        found = self.numpy()
        return found if dtype is None else found.astype(dtype, copy=False)


class Tensors(Mapping[str, LazyTensor]):
    """Tensors by name, in the order of the files and of their places in them."""

    def __init__(
        self, found: dict[str, LazyTensor], *, twice: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._found = found
        self._twice = twice

    def __getitem__(self, name: str) -> LazyTensor:
        """Return a tensor.

        Raises:
            WrongUsageError: More than one file has a tensor of that name.
            KeyError: There is none.
        """
        if name in self._twice:
            files = self._twice[name]
            raise WrongUsageError(
                f"{printable(name)} is in {len(files)} files: "
                f"{', '.join(printable(path) for path in files[:_NAMED])}",
                hint="Ask for the tensors of one file, by its path.",
            )
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return f"<{len(self)} tensors>"


class _Source:
    """The bytes of one file, read from any thread."""

    def __init__(
        self, version: OpenVersion, entry: FileEntry, start: int, shared: Positions
    ) -> None:
        self._version = version
        self._entry = entry
        self._start = start
        self._positions = shared
        self._mine = threading.local()

    def read_into(self, offset: int, out: memoryview) -> None:
        """Fill a buffer from an offset in the file; a large one by several threads."""
        if len(out) <= 2 * _SLICE:
            self._reader().read_into(offset, out, keep=False)
            return
        starts = iter(range(0, len(out), _SLICE))

        def make_worker() -> "_SliceReader":
            return _SliceReader(self._reader(), offset, out)

        work_off(starts, make_worker, thread_count(None, self._version.reader.backend.traits))

    def _reader(self) -> FileRange:
        reader: FileRange | None = getattr(self._mine, "reader", None)
        if reader is None:
            reader = self._mine.reader = FileRange(
                self._version,
                self._entry,
                self._start,
                positions=self._positions,
                fetcher=Fetcher(self._version.reader.backend),
            )
        return reader


@dataclass(frozen=True, slots=True)
class _SliceReader:
    """Reads one slice of a buffer; for one thread."""

    reader: FileRange
    offset: int
    out: memoryview

    def __call__(self, start: int) -> None:
        self.reader.read_into(self.offset + start, self.out[start : start + _SLICE], keep=False)


def tensors(
    root: StoreRoot, reference: Reference, path: str | None = None
) -> Mapping[str, LazyTensor]:
    """Return the tensors of a version by name; each is read when it is asked for.

    A model in several files has the tensors of all of them. A name that more than one file has
    can be asked for only by the file's path.

    Args:
        root: The store.
        reference: The version.
        path: Only those of this file.

    Raises:
        UnknownNameError: There is no such version or file, or it has no tensors that are known.
    """
    return tensors_of(open_version(root, reference), path)


def tensors_of(version: OpenVersion, path: str | None = None) -> Mapping[str, LazyTensor]:
    """Return the tensors of a version that is open, as `tensors` does.

    Args:
        version: Its manifest's numbers are checked already (`open_version`).
        path: Only those of this file.
    """
    positions = Positions(version)
    found: dict[str, LazyTensor] = {}
    files: dict[str, tuple[str, ...]] = {}
    for entry, start in _chosen(version, path):
        listed = version.tensor_list(entry)
        if listed is None:
            continue
        source = _Source(version, entry, start, positions)
        for tensor in _of_file(entry, listed, source):
            if tensor.name in found:
                files[tensor.name] = (
                    *files.get(tensor.name, (found[tensor.name].file,)),
                    entry.path,
                )
            else:
                found[tensor.name] = tensor
    if not found and path is not None:
        raise UnknownNameError(
            f"no tensors are known in {printable(path)} of {version.version}",
            hint="Tensors are found in safetensors, GGUF, .npy, .npz, .pt and ONNX files.",
        )
    return Tensors(found, twice=files)


def _chosen(version: OpenVersion, path: str | None) -> Iterator[tuple[FileEntry, int]]:
    if path is not None:
        yield file_at(version, path)
        return
    start = 0
    for entry in version.manifest.files:
        if entry.tensors is not None:
            yield entry, start
        start += entry.size


def _of_file(entry: FileEntry, listed: TensorList, source: _Source) -> Iterator[LazyTensor]:
    columns = (listed.names, listed.dtypes, listed.shapes, listed.offsets, listed.lengths)
    fortran = set(listed.fortran)
    if len({len(column) for column in columns}) != 1:
        raise _bad_list(entry)
    for number, row in enumerate(zip(*columns, strict=True)):
        name, dtype, shape, offset, length = row
        if offset < 0 or length < 0 or offset + length > entry.size or min(shape, default=0) < 0:
            raise _bad_list(entry)
        yield LazyTensor(
            name=name,
            dtype=dtype,
            shape=shape,
            nbytes=length,
            file=entry.path,
            _offset=offset,
            _fortran=number in fortran,
            _source=source,
        )


def _bad_list(entry: FileEntry) -> ObjectCorruptError:
    return ObjectCorruptError(
        f"the list of tensors of {printable(entry.path)} contradicts itself",
        hint="Read the file itself with `open`; run `podplanner store check`.",
    )
