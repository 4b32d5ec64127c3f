"""Counting what a store holds."""

from podplanner.store.progress import Progress, Silent
from podplanner.store.results import Stats
from podplanner.store.root import StoreRoot
from podplanner.store.upkeep.marking import Marker, keep_none
from podplanner.store.upkeep.partitions import PARTS


def stats(root: StoreRoot, *, progress: Progress | None = None) -> Stats:
    """Return what a store holds; a version that cannot be read is named in a warning."""
    told = progress or Silent()
    told.begin("counting", files=None, size=None)
    with Marker(root, told, skip_broken=True) as marker:
        for _ in marker.walk(keep_none):
            pass
        pinned = sum(marker.live.part(number).pinned_bytes() for number in range(PARTS))
        objects = size = 0
        for info in root.backend.keys("objects/"):
            objects += 1
            size += info.size
        return Stats(
            models=marker.models,
            versions=marker.versions,
            plain_bytes=marker.plain_bytes,
            object_bytes=size,
            objects=objects,
            pinned_bytes=pinned,
        )
