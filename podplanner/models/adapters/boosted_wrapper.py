"""What wrappers of XGBoost and LightGBM for scikit-learn know beside their boosters: one JSON file.

The libraries' own formats hold the trees, not the settings of the wrapper. The file says which of
*our* list of wrappers it was, its settings as plain values, and the classes that it tells apart.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from podplanner.errors import FormatError
from podplanner.models.stored import StoredModel

FILE = "wrapper.json"
_PLAIN = (bool, int, float, str)


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A wrapper without its booster."""

    kind: str
    """Name of its class, one of our list."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What `get_params` says, as far as it is plain: numbers, texts, None, and lists and dicts."""
    left_out: tuple[str, ...] = ()
    """Names of those that are not: functions, callbacks, generators of random numbers."""
    known: Mapping[str, Any] = field(default_factory=dict)
    """What else its adapter needs to know."""

    def to_file(self) -> bytes:
        """Return the content of the file."""
        said = {
            "kind": self.kind,
            "settings": self.settings,
            "left_out": self.left_out,
            "known": self.known,
        }
        return json.dumps(said, indent=1, sort_keys=True).encode()


def described(kind: str, model: Any, known: Mapping[str, Any] | None = None) -> Wrapper:
    """Return what a wrapper knows.

    Args:
        kind: Name of its class, one of our list.
        model: The wrapper.
        known: What else is to be kept.
    """
    found = model.get_params(deep=False)
    plain = {name: _plain(value) for name, value in found.items() if _is_plain(value)}
    return Wrapper(kind, plain, tuple(sorted(set(found) - set(plain))), known or {})


def kind_of(model: object, module: str, kinds: tuple[str, ...]) -> str | None:
    """Return which of our list a model is, or is made from; None: none. Imports nothing."""
    for one in type(model).__mro__:
        if one.__module__ == module and one.__qualname__ in kinds:
            return one.__qualname__
    return None


def read_wrapper(stored: StoredModel, kinds: tuple[str, ...]) -> Wrapper | None:
    """Return the wrapper that a version was saved from; None when it was a booster.

    Raises:
        FormatError: The file is damaged, or says a wrapper that is not on our list.
    """
    if FILE not in stored.paths or "wrapper" not in stored.saved:
        return None
    try:
        said = json.loads(stored.text(FILE))
        found = Wrapper(said["kind"], said["settings"], tuple(said["left_out"]), said["known"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FormatError(f"{FILE} of {stored.origin.reference} is damaged: {error}") from error
    if found.kind not in kinds:
        raise FormatError(
            f"{FILE} of {stored.origin.reference} says {str(found.kind)[:80]!r}, which is none of "
            f"{', '.join(kinds)}",
            hint="Install a newer podplanner, or pull the files with `podplanner model pull`.",
        )
    shaped = isinstance(found.settings, dict) and isinstance(found.known, dict)
    if not shaped or not all(map(_is_plain, found.settings.values())):
        raise FormatError(f"{FILE} of {stored.origin.reference} does not hold settings")
    return found


def _is_plain(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_plain(inner) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, _PLAIN) or _is_number_of_numpy(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.item() if _is_number_of_numpy(value) else value


def _is_number_of_numpy(value: Any) -> bool:
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return getattr(value, "shape", None) == () and kind in ("b", "i", "u", "f")
