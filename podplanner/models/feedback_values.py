"""Inputs and outputs as feedback keeps them: JSON, with arrays and bytes beside it.

JSON has no arrays of a type, no bytes, no NaN, and no two readers agree on large integers. These
are written as an object with one key: `{"$array": NAME}` for a tensor of the batch,
`{"$bytes": DIGEST}` for a file, `{"$float": "nan"}`, `{"$int": "9007199254740993"}`, and
`{"$object": [[KEY, VALUE], ...]}` for an object with a key that begins with a dollar sign.
"""

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from podplanner.errors import FormatError, WrongUsageError
from podplanner.models.plain_values import plain
from podplanner.models.safetensors_file import Stored
from podplanner.store.digest import digest_of
from podplanner.store.paths import printable

if TYPE_CHECKING:
    import numpy as np

_DEEPEST = 32
# Levels of lists and objects: an input is data of a model and no program.
_LARGEST_INTEGER = 2**53 - 1
# What every reader of JSON reads exactly, RFC 8259 section 6.
_ODD = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


@dataclass(slots=True)
class Parts:
    """What lies beside the JSON of one record."""

    name: str
    """Begins the names of its arrays."""
    arrays: dict[str, Stored] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    """Digest, hex -> bytes."""


def encoded(value: Any, key: str, parts: Parts, left: int = _DEEPEST) -> Any:
    """Return a value as JSON has it; arrays and bytes are put into `parts`.

    Args:
        value: None, texts, numbers, lists, dicts with texts as keys, bytes, arrays of numpy and
            tensors of torch, and what metadata knows a plain form of.
        key: Where it stands, for errors.
        parts: Takes arrays and bytes; those of arrays may still be the caller's memory.
        left: Levels that may follow.

    Raises:
        WrongUsageError: It is of another kind; names the key.
        FormatError: It is an array that has no plain bytes.
    """
    if left < 0:
        raise WrongUsageError(f"{key[:200]} is more than {_DEEPEST} levels deep, or holds itself")
    if value is None or isinstance(value, bool):
        return value
    if type(value) is str:
        return value
    if type(value) is int:
        return value if abs(value) <= _LARGEST_INTEGER else {"$int": str(value)}
    if type(value) is float:
        return value if math.isfinite(value) else {"$float": str(value)}
    if isinstance(value, bytes | bytearray | memoryview):
        content = bytes(value)
        digest = digest_of(content).hex()
        parts.files[digest] = content
        return {"$bytes": digest}
    if isinstance(value, Mapping):
        return _encoded_object(value, key, parts, left)
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return [
            encoded(inner, f"{key}[{number}]", parts, left - 1)
            for number, inner in enumerate(value)
        ]
    if (stored := _array(value, key)) is not None:
        name = f"{parts.name}.{len(parts.arrays)}"
        parts.arrays[name] = stored
        return {"$array": name}
    if getattr(value, "dtype", None) is not None and callable(getattr(value, "tolist", None)):
        # A number of numpy, or an array of texts.
        return encoded(value.tolist(), key, parts, left - 1)
    found = plain(value, key)
    return encoded(found if _is_json(found) else str(found), key, parts, left - 1)


def decoded(
    value: Any,
    arrays: Mapping[str, "np.ndarray[Any, Any]"],
    file: Callable[[str], bytes],
) -> Any:
    """Return the value that JSON and what lies beside it say.

    Args:
        value: As `encoded` returned it; checked here, since it is from a store.
        arrays: The arrays of the batch, by name.
        file: Returns the bytes of a digest.

    Raises:
        FormatError: It is none, or names an array that is not there.
    """
    if isinstance(value, list):
        return [decoded(inner, arrays, file) for inner in value]
    if not isinstance(value, dict):
        return value
    if len(value) != 1 or not (word := next(iter(value))).startswith("$"):
        return {name: decoded(inner, arrays, file) for name, inner in value.items()}
    inner = value[word]
    if word == "$object" and isinstance(inner, list):
        return dict(_pair(one, arrays, file) for one in inner)
    if isinstance(inner, str):
        if word == "$array" and inner in arrays:
            return arrays[inner]
        if word == "$bytes":
            return file(inner)
        if word == "$float" and inner in _ODD:
            return _ODD[inner]
        if word == "$int" and inner.lstrip("-").isdecimal() and len(inner) < _MOST_DIGITS:
            return int(inner)
    raise FormatError(f"feedback holds {printable(str(value)[:80])}, which says nothing")


_MOST_DIGITS = 4300
# Python's own limit, which protects from numbers that take very long to read.


def _pair(
    one: Any, arrays: Mapping[str, "np.ndarray[Any, Any]"], file: Callable[[str], bytes]
) -> tuple[str, Any]:
    if isinstance(one, list) and len(one) == 2 and isinstance(one[0], str):
        return one[0], decoded(one[1], arrays, file)
    raise FormatError("feedback holds an object whose parts are no pairs")


def _encoded_object(value: Mapping[Any, Any], key: str, parts: Parts, left: int) -> Any:
    found: dict[str, Any] = {}
    for name, inner in value.items():
        if not isinstance(name, str):
            raise WrongUsageError(
                f"{key} has a key that is a {type(name).__name__}", hint="Give keys as text."
            )
        found[str(name)] = encoded(inner, f"{key}.{name}", parts, left - 1)
    if any(name.startswith("$") for name in found):
        return {"$object": [[name, inner] for name, inner in found.items()]}
    return found


def _array(value: Any, key: str) -> Stored | None:
    """Return an array of numbers as bytes; None for anything else."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        from podplanner.models.torch_tensors import stored_tensor

        return stored_tensor(key, value)
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, numpy.ndarray) or value.dtype.kind in "US":
        return None
    from podplanner.models.adapters.tensors import stored_array

    return stored_array(key, value)


def _is_json(value: Any) -> bool:
    return isinstance(value, str | bool | int | float | list | dict)
