"""Types of a tensor's elements: the words of a list of tensors, as numpy and torch have them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

_NUMPY = {
    "BOOL": "bool",
    "U8": "<u1",
    "I8": "<i1",
    "U16": "<u2",
    "I16": "<i2",
    "F16": "<f2",
    "U32": "<u4",
    "I32": "<i4",
    "F32": "<f4",
    "U64": "<u8",
    "I64": "<i8",
    "F64": "<f8",
    "C64": "<c8",
}
_ML_DTYPES = {
    "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
    "F8_E8M0": "float8_e8m0fnu",
    "F8_E4M3FNUZ": "float8_e4m3fnuz",
    "F8_E5M2FNUZ": "float8_e5m2fnuz",
}
# Names in the package ml_dtypes, which adds these types to numpy.
# Source: the words of `Dtype` in safetensors, and what its Python side makes of them.
_TORCH = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "U16": "uint16",
    "I16": "int16",
    "F16": "float16",
    "BF16": "bfloat16",
    "U32": "uint32",
    "I32": "int32",
    "F32": "float32",
    "U64": "uint64",
    "I64": "int64",
    "F64": "float64",
    "C64": "complex64",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
    "F8_E8M0": "float8_e8m0fnu",
    "F8_E4M3FNUZ": "float8_e4m3fnuz",
    "F8_E5M2FNUZ": "float8_e5m2fnuz",
}


def numpy_dtype(word: str) -> "np.dtype[Any] | None":
    """Return numpy's type for a word; None where an element is no whole number of bytes.

    Those are the quantised blocks of GGUF (`GGML:Q4_K`) and elements of 4 and 6 bits, and words
    that are not known: their tensors are handed out as bytes.
    """
    import numpy as np

    if word in _NUMPY:
        return np.dtype(_NUMPY[word])
    if word in _ML_DTYPES:
        import ml_dtypes

        found: np.dtype[Any] = np.dtype(getattr(ml_dtypes, _ML_DTYPES[word]))
        return found
    return None


def torch_name(word: str) -> str | None:
    """Return the name of torch's type for a word; None as for `numpy_dtype`."""
    return _TORCH.get(word)


def word_of_numpy(dtype: "np.dtype[Any]") -> str | None:
    """Return the word for a type of numpy, whatever its order of bytes; None: there is none."""
    words = {name.lstrip("<"): word for word, name in _NUMPY.items()}
    words |= {name: word for word, name in _ML_DTYPES.items()}
    if dtype.kind == "b":
        return "BOOL"
    return words.get(dtype.name) or words.get(f"{dtype.kind}{dtype.itemsize}")


def word_of_torch(name: str) -> str | None:
    """Return the word for a type of torch by its name (`bfloat16`); None: there is none.

    >>> word_of_torch("bfloat16")
    'BF16'
    """
    return next((word for word, known in _TORCH.items() if known == name), None)
