"""Sizes of many objects at once, by listings where those take fewer requests."""

from collections.abc import Sequence
from itertools import groupby

from podplanner.store.backend import Backend
from podplanner.store.side_by_side import calls_at_once, side_by_side

_PASSED_OVER = 5_000
# Other keys that a listing may give before it is given up: five pages, a fraction of the requests
# for each of a thousand keys.


def sizes_of(backend: Backend, keys: Sequence[str]) -> dict[str, int]:
    """Return the sizes, in bytes, of those of the keys that are there, in their order.

    Args:
        backend: Of the store.
        keys: Best in order, and close together.
    """
    found: dict[str, int] = {}
    if calls_at_once(backend) == 1:
        for key in keys:
            if (info := backend.head(key)) is not None:
                found[key] = info.size
        return found
    for _, some in groupby(keys, key=lambda key: key.partition("/")[0]):
        found.update(_listed(backend, list(some)))
    return {key: found[key] for key in keys if key in found}


def _listed(backend: Backend, keys: list[str]) -> dict[str, int]:
    """Return the sizes of keys of one kind: by listing what lies from the first to the last.

    What the listing has not come to when it has passed over too much, is asked for key by key.
    """
    wanted, found = set(keys), dict[str, int]()
    first, last = min(keys), max(keys)
    folder, _, _ = first.rpartition("/")
    if not last.startswith(f"{folder}/"):
        folder, _, _ = first.partition("/")
    passed_over, reached = 0, ""
    for info in backend.keys(f"{folder}/", after=_just_before(first)):
        reached = info.key
        if info.key in wanted:
            found[info.key] = info.size
        else:
            passed_over += 1
        if info.key >= last or passed_over > _PASSED_OVER:
            break
    else:
        return found
    rest = [key for key in keys if key > reached]
    for one in side_by_side(backend.head, rest, calls_at_once(backend)):
        if one is not None:
            found[one.key] = one.size
    return found


def _just_before(key: str) -> str:
    """Return a word that is before a key, and before which there is no other key near it.

    >>> _just_before("objects/ab/abc")
    'objects/ab/abb~'
    """
    return f"{key[:-1]}{chr(ord(key[-1]) - 1)}~"
