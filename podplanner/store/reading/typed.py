"""The bytes of a tensor as an array of numpy or a tensor of torch, which share their memory."""

from math import prod
from typing import TYPE_CHECKING, Any, Protocol

from podplanner.errors import FormatError, MissingPackageError, ObjectCorruptError
from podplanner.store.paths import printable
from podplanner.store.reading.dtypes import numpy_dtype, torch_name

if TYPE_CHECKING:
    import numpy as np
    import torch  # type: ignore[import-not-found, unused-ignore]

    Bytes = np.ndarray[Any, np.dtype[np.uint8]]


class Typed(Protocol):
    """What the bytes of a tensor are."""

    @property
    def name(self) -> str:
        """For errors."""
        ...

    @property
    def file(self) -> str:
        """Its file, for errors."""
        ...

    @property
    def dtype(self) -> str:
        """As safetensors writes it."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """Its extents."""
        ...

    @property
    def fortran(self) -> bool:
        """Whether it is laid out column first."""
        ...


def as_numpy(content: "Bytes", tensor: Typed) -> "np.ndarray[Any, Any]":
    """Return bytes as an array; as one row of bytes where numpy has no type for the elements.

    Raises:
        ObjectCorruptError: Type and shape do not take that many bytes.
    """
    found = numpy_dtype(tensor.dtype)
    if found is None:
        return content
    if prod(tensor.shape) * found.itemsize != len(content):
        raise _contradiction(content, tensor)
    typed = content.view(found) if len(content) else content[:0].view(found)
    return typed.reshape(tensor.shape, order="F" if tensor.fortran else "C")


def as_torch(content: "Bytes", tensor: Typed) -> "torch.Tensor":
    """Return bytes as a tensor of torch; as one row of bytes where torch has no such type.

    Raises:
        MissingPackageError: torch is not installed.
        FormatError: It is too old for the type.
        ObjectCorruptError: Type and shape do not take that many bytes.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingPackageError(
            "torch is not installed, and is needed for tensors of torch",
            hint="Run `pip install torch`, or ask for numpy.",
        ) from error
    word = torch_name(tensor.dtype)
    typed: torch.Tensor = torch.from_numpy(content)
    if word is None:
        return typed
    if not hasattr(torch, word):
        raise FormatError(
            f"torch {torch.__version__} has no type for {tensor.dtype}",
            hint="Run `pip install --upgrade torch`, or ask for numpy.",
        )
    found: torch.dtype = getattr(torch, word)
    if prod(tensor.shape) * found.itemsize != len(content):
        raise _contradiction(content, tensor)
    typed = typed.view(found) if len(content) else torch.empty(0, dtype=found)
    if tensor.fortran:
        extents = tuple(reversed(range(len(tensor.shape))))
        return typed.reshape(tensor.shape[::-1]).permute(extents)
    return typed.reshape(tensor.shape)


def _contradiction(content: "Bytes", tensor: Typed) -> ObjectCorruptError:
    return ObjectCorruptError(
        f"{tensor.dtype} {list(tensor.shape)} does not take {len(content)} bytes, as the list of "
        f"tensors of {printable(tensor.file)} says of {printable(tensor.name)}",
        hint="Read the file itself with `open`.",
    )
