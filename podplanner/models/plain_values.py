"""Plain values: what programs hold hyperparameters and metrics in, as metadata can keep it.

Metadata keeps texts, numbers, yes and no, lists and keys. Numbers of numpy and torch, enums, paths,
dataclasses and the like have one obvious plain form and get it. Anything else is refused by the
name of its key: a version that says `<object at 0x7f...>` of its training says nothing.
"""

import dataclasses
import math
from argparse import Namespace
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from numbers import Integral, Real
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType, SimpleNamespace
from typing import Any
from uuid import UUID

from podplanner.errors import WrongUsageError
from podplanner.store.paths import printable

_DEEPEST = 8
# As metadata; also what ends a list that holds itself.
_MOST_NUMBERS = 1000
# Of an array: more is data and no setting, and metadata lies in every manifest.
_SAY_THEMSELVES = frozenset(
    {"torch.dtype", "torch.device", "torch.layout", "torch.memory_format", "numpy.dtype"}
)
# Types whose text is their value: `torch.float16`, `cuda:0`, `float32`.


def plain(value: Any, key: str) -> Any:
    """Return a value in the kinds that metadata has.

    Numbers keep what they print: `numpy.float32(0.93)` is 0.93. What is no number (NaN, infinity)
    becomes the text `nan`, `inf` or `-inf`. An enum becomes its value, a set a sorted list, a
    dataclass or a namespace its fields, a class or a function its full name.

    Args:
        value: Anything.
        key: Where it stands, dotted, for errors.

    Raises:
        WrongUsageError: It has no plain form; names the key.

    >>> plain({"rates": (0.5, float("nan")), "layers": {3, 1}}, "hyperparameters")
    {'rates': [0.5, 'nan'], 'layers': [1, 3]}
    """
    return _plain(value, key, _DEEPEST, strict=True)


def plain_or_named(value: Any, key: str) -> Any:
    """Return a value as `plain` does, and of what has no plain form the name of its type.

    For what a framework says of itself: the user did not choose it and cannot change it.
    """
    return _plain(value, key, _DEEPEST, strict=False)


def plain_mapping(value: Any, key: str, *, named: bool = False) -> dict[str, Any]:
    """Return what holds keys and values, a dataclass or a namespace too, as a dict.

    Args:
        value: A mapping, a dataclass, an `argparse.Namespace`; None: an empty one.
        key: Where it stands, for errors.
        named: Whether what has no plain form is named by its type, as `plain_or_named` does.

    Raises:
        WrongUsageError: It holds no keys and values, or something that has no plain form.
    """
    found = {} if value is None else _plain(value, key, _DEEPEST, strict=not named)
    if not isinstance(found, dict):
        raise WrongUsageError(
            f"{key} must hold keys and values, and is a {type(value).__name__}",
            hint="Give a dict.",
        )
    return found


def _plain(value: Any, key: str, left: int, *, strict: bool) -> Any:
    if left < 0:
        raise WrongUsageError(
            f"{key[:200]} is more than {_DEEPEST} levels deep, or holds itself",
            hint="Give less, or put it into a file of the model.",
        )
    if (scalar := _scalar(value)) is not None:
        return scalar
    if (fields := _fields(value)) is not None:
        return _object(fields, key, left, strict=strict)
    if isinstance(value, list | tuple):
        return _list(value, key, left, strict=strict)
    if isinstance(value, set | frozenset):
        found = _list(list(value), key, left, strict=strict)
        # By kind first: numbers and texts cannot be compared.
        return sorted(found, key=lambda inner: (type(inner).__name__, _order(inner)))
    if (numbers := _array(value, key, strict=strict)) is not None:
        return _plain(numbers, key, left, strict=strict)
    if isinstance(value, type | FunctionType | BuiltinFunctionType) and _has_a_name(value):
        return f"{value.__module__}.{value.__qualname__}"
    if not strict:
        return _full_name(type(value))
    raise WrongUsageError(
        f"{key} is a {_full_name(type(value))}, which metadata cannot keep",
        hint="Give it as text, a number, a list or a dict; or leave it out.",
    )


def _scalar(value: Any) -> str | int | float | Decimal | bool | None:
    """Return what is one text, number, or yes or no; None for anything else."""
    if isinstance(value, Enum):
        inner = _scalar(value.value)
        return value.name if inner is None else inner
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, PurePath | UUID):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if _full_name(type(value)) in _SAY_THEMSELVES or _is_numpy_dtype(value):
        return str(value)
    return _number(value)


def _number(value: Any) -> str | int | float | Decimal | bool | None:
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Decimal):
        return value if value.is_finite() else "nan" if value.is_nan() else str(float(value))
    if isinstance(value, Real):
        as_float = float(value)
        if not math.isfinite(as_float):
            return str(as_float)
        # A number of numpy in fewer bits prints fewer digits, and those are all it has.
        return as_float if isinstance(value, float) else Decimal(_printed(value))
    if getattr(value, "shape", None) == () and callable(getattr(value, "item", None)):
        # An array or tensor of one number, or a number of numpy of another kind.
        inner = value.item()
        return None if type(inner) is type(value) else _scalar(inner)
    return None


def _printed(value: Any) -> str:
    """Return a real number as decimal digits; a fraction as the float next to it."""
    text = str(value)
    return str(float(value)) if "/" in text else text


def _fields(value: Any) -> Mapping[Any, Any] | None:
    """Return keys and values of what has them; None for anything else."""
    if isinstance(value, Mapping):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        # Not `asdict`: that copies what lies in the fields.
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Namespace | SimpleNamespace):
        return vars(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return dict(zip(value._fields, value, strict=False))
    return None


def _object(fields: Mapping[Any, Any], key: str, left: int, *, strict: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, inner in fields.items():
        word = _scalar(name)
        if word is None:
            raise WrongUsageError(
                f"{key} has a key that is a {_full_name(type(name))}", hint="Give keys as text."
            )
        text = str(word)
        if text in found:
            raise WrongUsageError(f"{key} has the key {printable(text)} twice")
        if inner is not None:
            found[text] = _plain(inner, f"{key}.{text}", left - 1, strict=strict)
    return found


def _list(values: list[Any] | tuple[Any, ...], key: str, left: int, *, strict: bool) -> list[Any]:
    found = []
    for number, inner in enumerate(values):
        if inner is None:
            # A list's numbers would mean something else if one were left out.
            found.append("none")
        else:
            found.append(_plain(inner, f"{key}[{number}]", left - 1, strict=strict))
    return found


def _array(value: Any, key: str, *, strict: bool) -> list[Any] | None:
    """Return an array or tensor as lists; None for anything else, or a large one if not strict."""
    shape = getattr(value, "shape", None)
    if not isinstance(shape, tuple) or not shape or not callable(getattr(value, "tolist", None)):
        return None
    if math.prod(shape) > _MOST_NUMBERS:
        if not strict:
            return None
        raise WrongUsageError(
            f"{key} is an array of {math.prod(shape):,} numbers, and metadata is for settings",
            hint="Save it as a file of the model (`files=`), or give what sums it up.",
        )
    found = value.tolist()
    return found if isinstance(found, list) else None


def _order(value: Any) -> Any:
    return value if isinstance(value, str | int | float | Decimal) else repr(value)


def _has_a_name(value: Any) -> bool:
    return "<" not in value.__qualname__ and bool(value.__module__)


def _is_numpy_dtype(value: Any) -> bool:
    """Return whether it is one of numpy's types of elements; they are of a class each."""
    return any(_full_name(kind) == "numpy.dtype" for kind in type(value).__mro__)


def _full_name(kind: type) -> str:
    if kind.__module__ == "builtins":
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"
