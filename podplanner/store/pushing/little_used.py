"""Bundles of which a version uses too little to keep them for it."""

from podplanner.store.pushing.rows import Rows
from podplanner.store.session import Session
from podplanner.store.tables import NO_OBJECT, ObjectKey

_LEAST_USE = 4
# A bundle of which a version uses less than a quarter is not referred to: it would keep the rest
# of the bundle from ever being freed.


def little_used(rows: Rows, session: Session) -> frozenset[ObjectKey]:
    """Return the bundles of earlier pushes of which the version uses less than a quarter."""
    used: dict[ObjectKey, int] = {}
    sizes: dict[ObjectKey, int] = {}
    for _, places in rows.blocks():
        seen: set[tuple[int, int]] = set()
        for index, offset, stored in zip(places.object, places.offset, places.stored, strict=True):
            if index == NO_OBJECT or stored == places.object_bytes[index]:
                continue
            if (index, offset) not in seen:
                seen.add((index, offset))
                key = places.objects[index]
                used[key] = used.get(key, 0) + stored
                sizes[key] = places.object_bytes[index]
    return frozenset(
        key
        for key, size in sizes.items()
        if used[key] * _LEAST_USE < size and not session.wrote(key)
    )
