"""Where a loaded model is from: the version that answered, by its digest."""

import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from podplanner.errors import UnknownNameError


@dataclass(frozen=True, slots=True)
class Origin:
    """The version that a model was loaded from."""

    store: str
    """Address of the store."""
    model: str
    version: int
    digest: str
    """Of the manifest, 64 hex digits: names exactly these bytes and this metadata, in any store."""
    metadata: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """What was said of the version when it was saved; exact numbers as `{"decimal": "0.93"}`."""

    @property
    def reference(self) -> str:
        """`team/cat:3`."""
        return f"{self.model}:{self.version}"


_lock = threading.Lock()
_origins: dict[int, Origin] = {}
# By the identity of the object: models need not be hashable. An entry goes with its object.


def origin(model: object) -> Origin:
    """Return the version that `load` took a model from.

    Raises:
        UnknownNameError: It was not loaded from a store in this process.
    """
    found = origin_if_known(model)
    if found is None:
        raise UnknownNameError(
            f"this {type(model).__name__} was not loaded from a store",
            hint="Load it with `podplanner.models.load`.",
        )
    return found


def origin_if_known(model: object) -> Origin | None:
    """Return the version that a model was loaded from; None when it is from elsewhere."""
    with _lock:
        return _origins.get(id(model))


def remember(model: object, where: Origin) -> None:
    """Remember where a model is from, for as long as it lives.

    Raises:
        TypeError: Nothing can refer to it weakly: a plain dict, list or number.
    """
    key = id(model)
    weakref.finalize(model, _forget, key).atexit = False
    with _lock:
        _origins[key] = where


def _forget(key: int) -> None:
    with _lock:
        _origins.pop(key, None)
