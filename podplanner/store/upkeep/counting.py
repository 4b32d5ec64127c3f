"""Counting: what a store holds, and what of it no version needs any more."""

from podplanner.store.progress import Progress, Silent
from podplanner.store.results import Stats
from podplanner.store.root import StoreRoot
from podplanner.store.upkeep.marking import Marker, keep_none
from podplanner.store.upkeep.partitions import PARTS
from podplanner.store.wide_listing import list_wide

_TOLD_OBJECTS = 1_000
# Objects between two words about how far the listing is.


def stats(root: StoreRoot, *, progress: Progress | None = None) -> Stats:
    """Return what a store holds; nothing is written, and no object is read.

    A version that cannot be read is named in a warning and left out.

    Args:
        root: The store.
        progress: Hears of every version and object, and of versions that cannot be read.
    """
    told = progress or Silent()
    told.begin("counting versions", files=None, size=None)
    with Marker(root, told, skip_broken=True) as marker:
        for _ in marker.walk(keep_none):
            pass
        pinned = sum(marker.live.part(number).pinned_bytes() for number in range(PARTS))
        objects, size = _objects(root, told)
        return Stats(
            models=marker.models,
            versions=marker.versions,
            plain_bytes=marker.plain_bytes,
            object_bytes=size,
            objects=objects,
            pinned_bytes=pinned,
        )


def _objects(root: StoreRoot, progress: Progress) -> tuple[int, int]:
    """Return how many objects lie in the store, needed or not, and their bytes."""
    progress.begin("counting objects", files=None, size=None)
    count = size = told = 0
    for info in list_wide(root.backend, "objects/"):
        count += 1
        size += info.size
        if count - told == _TOLD_OBJECTS:
            progress.advance(files=count - told)
            told = count
    progress.advance(files=count - told)
    return count, size
