"""The callables and classes that a pickle may name and still be loaded by anybody.

Only what is known to be harmless *whatever its arguments are* is here; each group says why. There
is no list of what is dangerous: that list has no end. A name stands here as `module.name`, exactly
as a pickle writes it, so names of older releases of a library stand beside the newer ones.
"""

from collections.abc import Iterator
from typing import NamedTuple


class Safe(NamedTuple):
    """Names of one module that are harmless for one reason."""

    module: str
    names: str
    """Separated by spaces."""
    why: str


_STORAGES = (
    "FloatStorage DoubleStorage HalfStorage BFloat16Storage LongStorage IntStorage ShortStorage "
    "CharStorage ByteStorage BoolStorage ComplexFloatStorage ComplexDoubleStorage"
)
_TORCH_DTYPES = (
    "float64 float32 float16 bfloat16 float8_e4m3fn float8_e5m2 int64 int32 int16 int8 uint8 bool "
    "complex64 complex128"
)
_NUMPY_ARRAYS = "numpy's own way to make an empty array or one number of a dtype; no code is named"
_PATHS = "names a file; nothing is opened"

SAFE: tuple[Safe, ...] = (
    Safe(
        "builtins",
        "set frozenset bytearray bytes complex range slice list dict tuple int float bool str",
        "plain containers and numbers, made of what the pickle gives",
    ),
    Safe(
        "__builtin__",
        "set frozenset bytes bytearray complex list dict tuple int long float bool str unicode "
        "xrange",
        "the same as Python 2 wrote it",
    ),
    Safe("collections", "OrderedDict Counter deque", "plain containers"),
    Safe(
        "collections",
        "defaultdict",
        "calls its first argument for a missing key, which can only be a name of this list",
    ),
    Safe("datetime", "datetime date time timedelta timezone", "plain values"),
    Safe("decimal", "Decimal", "a plain value"),
    Safe("argparse", "Namespace", "a plain holder of attributes, as training scripts save it"),
    Safe("pathlib", "PosixPath WindowsPath PurePosixPath PureWindowsPath", _PATHS),
    Safe(
        "_codecs",
        "encode",
        "how protocol 2 writes bytes; the walk also demands that the codec is latin-1 or UTF-8",
    ),
    Safe("numpy", "ndarray dtype", "memory and a description of it"),
    Safe("numpy.core.multiarray", "_reconstruct scalar", _NUMPY_ARRAYS),
    Safe("numpy._core.multiarray", "_reconstruct scalar", _NUMPY_ARRAYS),
    Safe("numpy.core.numeric", "_frombuffer", _NUMPY_ARRAYS),
    Safe("numpy._core.numeric", "_frombuffer", _NUMPY_ARRAYS),
    Safe("joblib.numpy_pickle", "NumpyArrayWrapper", "shape and dtype of an array that follows"),
    Safe("torch", _STORAGES, "the kind of a tensor's memory"),
    Safe("torch.storage", "UntypedStorage", "the kind of a tensor's memory"),
    Safe("torch", _TORCH_DTYPES, "a dtype: a constant"),
    Safe("torch", "Size device", "plain values"),
    Safe("torch", "Tensor", "the class of tensors; its maker takes no code"),
    Safe("torch.serialization", "_get_layout", "looks a constant up by its name"),
    Safe(
        "torch._utils",
        "_rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter "
        "_rebuild_parameter_with_state _rebuild_sparse_tensor _rebuild_sparse_csr_tensor "
        "_rebuild_qtensor _rebuild_meta_tensor_no_storage",
        "puts a tensor together from memory, shape and strides",
    ),
    Safe(
        "torch.nn.parameter", "Parameter", "the class of trained tensors; its maker takes no code"
    ),
    Safe(
        "torch._tensor",
        "_rebuild_from_type_v2",
        "calls its first argument, which can only be a name of this list",
    ),
)
"""What is *not* here on purpose: `torch.storage._load_from_bytes` (loads a pickle that lies in a
byte string), `builtins.getattr`, `copyreg._reconstructor`, `functools.partial`, and every class of
scikit-learn, transformers or a user's own, whose `__setstate__` and `__reduce__` are code.

Sources: `torch/_weights_only_unpickler.py` of PyTorch, whose list is the model of this one, and
the `__reduce__` of numpy's arrays, dtypes and scalars.
"""

CODEC = ("_codecs", "encode")
CODECS = frozenset({b"latin1", b"latin-1", b"iso-8859-1", b"utf-8", b"utf8", b"ascii"})
"""Codecs that only turn text into bytes; others unpack or import."""


def _written_out() -> Iterator[tuple[str, str]]:
    for entry in SAFE:
        for name in entry.names.split():
            yield f"{entry.module}.{name}", entry.why


REASONS: dict[str, str] = dict(_written_out())
"""`module.name` -> why it is harmless."""


def is_safe(shown: str) -> bool:
    """Return whether a global, as `Global.shown` writes it, is on the list."""
    return shown in REASONS
