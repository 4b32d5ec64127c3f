"""Tensors of PyTorch as bytes, without a copy where they lie in the machine's memory in a row."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from podplanner.errors import FormatError
from podplanner.models.safetensors_file import Stored
from podplanner.store.paths import printable
from podplanner.store.reading.dtypes import word_of_torch

if TYPE_CHECKING:
    import torch

_copier: ContextVar["Callable[[torch.Tensor], memoryview] | None"] = ContextVar(
    "_copier", default=None
)


@contextmanager
def copied_by(copier: "Callable[[torch.Tensor], memoryview]") -> Iterator[None]:
    """Let `stored_tensor`, in this thread, copy every tensor, and by this function.

    Args:
        copier: Tensor, which has numbers -> its bytes in a row, that nothing writes to while they
            are used.
    """
    token = _copier.set(copier)
    try:
        yield
    finally:
        _copier.reset(token)


def stored_tensor(name: str, tensor: "torch.Tensor") -> Stored:
    """Return a tensor as it is to stand in a file.

    One on an accelerator, or one that is not contiguous, is copied; another is read in place, so
    nothing may write to it while the buffer is used. Within `copied_by` all are copied.

    Args:
        name: For errors.
        tensor: Of any type that safetensors has.

    Raises:
        FormatError: It has no plain bytes: it is sparse, quantized, nested, on `meta`, or of a
            type that safetensors does not have; or it has no shape yet, or is a tensor's subclass.
    """
    import torch

    if torch.nn.parameter.is_lazy(tensor):
        raise FormatError(
            f"{printable(name)} has no shape yet, since nothing went through its module",
            hint="Run one batch through the module before it is saved.",
        )
    if type(tensor.detach()) is not torch.Tensor:
        raise FormatError(
            f"{printable(name)} is a {type(tensor).__name__}, no plain tensor",
            hint="Save what it stands for: `.full_tensor()` of a DTensor, `.dequantize()`.",
        )
    if _kind(tensor) is not None or tensor.is_meta:
        what = "has no values yet (meta)" if tensor.is_meta else f"is {_kind(tensor)}"
        raise FormatError(
            f"{printable(name)} {what}, and safetensors keeps plain tensors",
            hint="Save what it is made of, or `.to_dense()` or `.dequantize()` it first.",
        )
    type_name = str(tensor.dtype).removeprefix("torch.")
    word = word_of_torch(type_name)
    if word is None:
        raise FormatError(
            f"{printable(name)} has the type {tensor.dtype}, which safetensors does not have",
            hint="Convert it to numbers of a fixed width, such as float32.",
        )
    shape, width = tuple(tensor.shape), tensor.element_size()
    if not tensor.numel():
        return Stored(word, shape, memoryview(b""), width)
    return Stored(word, shape, (_copier.get() or _in_a_row)(tensor.detach()), width)


def _in_a_row(tensor: "torch.Tensor") -> memoryview:
    import torch

    plain = tensor.to("cpu").resolve_conj().resolve_neg().contiguous()
    flat: memoryview = plain.reshape(-1).view(torch.uint8).numpy().data
    return flat.cast("B")


def _kind(tensor: "torch.Tensor") -> str | None:
    import torch

    if tensor.is_quantized or tensor.is_nested:
        return "quantized" if tensor.is_quantized else "nested"
    if tensor.layout is torch.strided:
        return None
    return f"of the layout {str(tensor.layout).removeprefix('torch.')}"
