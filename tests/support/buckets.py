"""Stores that are made in memory, which is quick, and then lie in a bucket."""

from concurrent.futures import ThreadPoolExecutor

from podplanner.store.backend import Backend
from podplanner.store.root import StoreRoot, open_root


def moved_to(root: StoreRoot, backend: Backend) -> StoreRoot:
    """Write all objects of a store to another place and return the store there."""
    keys = [info.key for info in root.backend.keys("")]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: backend.put(key, [root.backend.get(key)]), keys))
    return open_root(backend)
