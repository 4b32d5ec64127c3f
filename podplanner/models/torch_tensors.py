"""Tensors of PyTorch as bytes, without a copy where they lie in the machine's memory in a row."""

from typing import TYPE_CHECKING, Any

from podplanner.errors import FormatError
from podplanner.models.safetensors_file import Stored
from podplanner.store.paths import printable
from podplanner.store.reading.dtypes import word_of_torch

if TYPE_CHECKING:
    import torch


def stored_tensor(name: str, tensor: "torch.Tensor") -> Stored:
    """Return a tensor as it is to stand in a file.

    One on an accelerator, or one that is not contiguous, is copied; another is read in place, so
    nothing may write to it while the buffer is used.

    Args:
        name: For errors.
        tensor: Of any type that safetensors has.

    Raises:
        FormatError: It has no plain bytes: it is sparse, quantized, nested, on `meta`, or of a
            type that safetensors does not have.
    """
    import torch

    if tensor.layout is not torch.strided or tensor.is_quantized or tensor.is_meta:
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
    plain = tensor.detach().to("cpu").resolve_conj().resolve_neg().contiguous()
    width = plain.element_size()
    flat: Any = plain.reshape(-1).view(torch.uint8) if plain.numel() else plain.new_empty(0)
    content = flat.numpy().data.cast("B") if plain.numel() else memoryview(b"")
    return Stored(word, tuple(tensor.shape), content, width)


def _kind(tensor: "torch.Tensor") -> str:
    if tensor.is_quantized:
        return "quantized"
    return f"of the layout {str(tensor.layout).removeprefix('torch.')}"
