"""Hyperparameters of anything with `get_params`, as metadata can keep them, and its seeds."""

from collections.abc import Mapping
from numbers import Integral
from typing import Any

_MOST_ITEMS = 64
# Of a list or an array: more is data (columns, a dictionary of atoms) and no setting.
_MOST_SETTINGS = 512
# Of one model: a vote of many pipelines has thousands, which metadata (64 KiB) has no room for.
_LONGEST_TEXT = 512
_LONGEST_NAME = 128
# Of a key in metadata.


def settings(model: Any) -> dict[str, Any]:
    """Return what an estimator says of how it is trained, nested estimators' too (`svm__C`).

    Numbers, texts and truth values as they are, estimators and functions by their full names; what
    is None, unset in scikit-learn, is left out. Of too many those of the outer estimators stay.
    """
    found = model.get_params(deep=True)
    names = sorted(found, key=lambda name: (name.count("__"), name))
    kept = [name for name in names if found[name] is not None and len(name) <= _LONGEST_NAME]
    return {name: _setting(found[name]) for name in kept[:_MOST_SETTINGS]}


def _setting(value: Any, left: int = 3) -> Any:
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_TEXT else f"{value[:_LONGEST_TEXT]} ..."
    shape = getattr(value, "shape", None)
    if shape == () and hasattr(value, "item"):
        # A number of numpy.
        return _setting(value.item())
    if isinstance(shape, tuple):
        return f"{_full_name(type(value))} of shape {shape}"
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        if len(value) > _MOST_ITEMS or not left:
            return f"{type(value).__name__} of {len(value)}"
        if isinstance(value, Mapping):
            return {
                str(key)[:_LONGEST_NAME] or "-": _setting(inner, left - 1)
                for key, inner in value.items()
                if inner is not None
            }
        return ["none" if inner is None else _setting(inner, left - 1) for inner in value]
    return _full_name(value if hasattr(value, "__qualname__") else type(value))


def _full_name(value: Any) -> str:
    return f"{value.__module__}.{value.__qualname__}"


def random_states(found: Mapping[str, Any]) -> dict[str, int]:
    """Return those settings that are seeds: `random_state`, `forest__random_state`."""
    return {
        name: int(value)
        for name, value in found.items()
        if name.rpartition("__")[2] == "random_state"
        and isinstance(value, Integral)
        and not isinstance(value, bool)
    }
