"""The store that a call means: one that is open, or an address."""

from os import PathLike

from podplanner.store import Store, open_store

AnyStore = Store | str | PathLike[str] | None
"""An open store, an address, or None: what `PODPLANNER_STORE` or `podplanner.toml` says."""


def the_store(store: AnyStore, *, read_only: bool = False) -> Store:
    """Return the store; NoStoreError when none is named or there is none."""
    if isinstance(store, Store):
        return store
    return open_store(store, read_only=read_only)
