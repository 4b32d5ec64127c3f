"""The model store: immutable versions of trained models on a directory or in a bucket."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podplanner.store.opening import open_store
    from podplanner.store.store import Store

__all__ = ["Store", "open_store"]


def __getattr__(name: str) -> object:
    """Import the API when it is used: parts of the store are imported without it."""
    if name in __all__:
        from podplanner.store import opening

        return getattr(opening, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
