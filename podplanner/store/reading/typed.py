"""The bytes of a tensor as an array of numpy or a tensor of torch, which share their memory."""

from math import prod
from typing import TYPE_CHECKING, Any

from podplanner.errors import FormatError, MissingPackageError, ObjectCorruptError
from podplanner.store.paths import printable
from podplanner.store.reading.dtypes import numpy_dtype, torch_name

if TYPE_CHECKING:
    import numpy as np
    import torch  # type: ignore[import-not-found, unused-ignore]

    Bytes = np.ndarray[Any, np.dtype[np.uint8]]


def as_numpy(
    content: "Bytes", dtype: str, shape: tuple[int, ...], *, fortran: bool, name: str, file: str
) -> "np.ndarray[Any, Any]":
    """Return bytes as an array; as one row of bytes where numpy has no type for the elements.

    Args:
        content: The tensor's bytes.
        dtype: As safetensors writes it.
        shape: Its extents.
        fortran: Whether it is laid out column first.
        name: For errors.
        file: For errors.

    Raises:
        ObjectCorruptError: Type and shape do not take that many bytes.
    """
    found = numpy_dtype(dtype)
    if found is None:
        return content
    if prod(shape) * found.itemsize != len(content):
        raise _contradiction(content, dtype, shape, name, file)
    typed = content.view(found) if len(content) else content[:0].view(found)
    return typed.reshape(shape, order="F" if fortran else "C")


def as_torch(
    content: "Bytes", dtype: str, shape: tuple[int, ...], *, fortran: bool, name: str, file: str
) -> "torch.Tensor":
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
    word = torch_name(dtype)
    typed: torch.Tensor = torch.from_numpy(content)
    if word is None:
        return typed
    if not hasattr(torch, word):
        raise FormatError(
            f"torch {torch.__version__} has no type for {dtype}",
            hint="Run `pip install --upgrade torch`, or ask for numpy.",
        )
    found: torch.dtype = getattr(torch, word)
    if prod(shape) * found.itemsize != len(content):
        raise _contradiction(content, dtype, shape, name, file)
    typed = typed.view(found) if len(content) else torch.empty(0, dtype=found)
    if fortran:
        extents = tuple(reversed(range(len(shape))))
        return typed.reshape(shape[::-1]).permute(extents)
    return typed.reshape(shape)


def _contradiction(
    content: "Bytes", dtype: str, shape: tuple[int, ...], name: str, file: str
) -> ObjectCorruptError:
    return ObjectCorruptError(
        f"{dtype} {list(shape)} does not take {len(content)} bytes, as the list of "
        f"tensors of {printable(file)} says of {printable(name)}",
        hint="Read the file itself with `open`.",
    )
