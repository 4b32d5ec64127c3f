"""The model store: immutable versions of trained models on a directory or in a bucket."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podplanner.store.opening import open_store
    from podplanner.store.pushing.sources import MemoryFiles
    from podplanner.store.store import Store

__all__ = ["MemoryFiles", "Store", "open_store"]


def __getattr__(name: str) -> object:
    """Import the API when it is used: parts of the store are imported without it."""
    if name == "MemoryFiles":
        from podplanner.store.pushing import sources

        return sources.MemoryFiles
    if name in __all__:
        from podplanner.store import opening

        return getattr(opening, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
