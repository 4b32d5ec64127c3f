"""What lies in a store and is referred to by nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from podplanner.store.backend import Backend, ObjectInfo
from podplanner.store.epochs import AnyKey, KeyList, row_of
from podplanner.store.reader import DocumentKey
from podplanner.store.side_by_side import calls_at_once
from podplanner.store.tables import ObjectKey
from podplanner.store.upkeep.partitions import KEY_BYTES, PARTS, Partitions, as_rows
from podplanner.store.wide_listing import list_wide

MOST_KEYS = 500_000
"""Keys of one epoch: every push reads the list when it begins, 18 MB when it is full."""


@dataclass(frozen=True, slots=True)
class Lying:
    """One object or document that lies in the store."""

    row: bytes
    """Its key, as in the lists of epochs."""
    info: ObjectInfo


class _Flat:
    """One listing of keys that are in order of their digests, given out by the first byte."""

    def __init__(self, infos: Iterator[ObjectInfo]) -> None:
        self._infos = infos
        self._next = next(infos, None)

    def of(self, word: str) -> Iterator[ObjectInfo]:
        """Yield what begins with two hex digits; asked for in rising order."""
        while self._next is not None:
            begins = self._next.key.partition("/")[2][:2]
            if begins > word:
                return
            if begins == word:
                yield self._next
            self._next = next(self._infos, None)


def lying_by_part(backend: Backend) -> Iterator[tuple[int, list[Lying]]]:
    """Yield what lies in the store, part by part: what has digests of one first byte.

    What has no key of an object or a document is left out.
    """
    flat = [_Flat(backend.keys("manifests/")).of, _Flat(backend.keys("layouts/")).of]
    listed = [_folder_lister(backend, "objects/"), _folder_lister(backend, "tables/"), *flat]
    for number in range(PARTS):
        word = f"{number:02x}"
        found = [
            lying
            for infos in (of(word) for of in listed)
            for info in infos
            if (lying := _lying(info)) is not None
        ]
        yield number, sorted(found, key=lambda lying: lying.row)


def _folder_lister(backend: Backend, prefix: str) -> Callable[[str], Iterator[ObjectInfo]]:
    """Return what lists a folder of a prefix; asked for in rising order."""
    if calls_at_once(backend) > 1:
        # In a small store 256 folders take more requests than all that is in them.
        return _Flat(list_wide(backend, prefix)).of
    return lambda word: backend.keys(f"{prefix}{word}/")


def _lying(info: ObjectInfo) -> Lying | None:
    key: AnyKey | None
    if info.key.startswith("objects/"):
        key = ObjectKey.from_key(info.key)
    else:
        key = DocumentKey.from_key(info.key)
    return None if key is None else Lying(row_of(key), info)


@dataclass(slots=True)
class Unused:
    """What is to become the candidates of an epoch."""

    keys: KeyList
    objects: int
    bytes: int
    """Of the objects."""
    pinned_bytes: int
    """Bytes of objects in use that nothing refers to."""
    is_all: bool
    """Whether there is no more than fits into one epoch."""


def find_unused(
    backend: Backend, marks: Partitions, is_old: Callable[[ObjectInfo], bool], listed: list[KeyList]
) -> Iterator[Unused | None]:
    """Yield None after each part of the store that is not empty, then what is unused.

    Args:
        backend: Of the store.
        marks: What is referred to.
        is_old: Whether something has lain there for long enough to go.
        listed: Keys of epochs under way, to be left out.
    """
    kinds = [bytearray() for _ in range(4)]
    count = size = pinned = keys = 0
    is_all = True
    for number, lying in lying_by_part(backend):
        part = marks.part(number)
        pinned += part.pinned_bytes()
        if not lying:
            continue
        rows = as_rows(b"".join(one.row for one in lying), KEY_BYTES)
        for index in part.lacks(rows).nonzero()[0].tolist():
            row, info = lying[index].row, lying[index].info
            if not is_old(info) or any(row in one for one in listed):
                continue
            if keys == MOST_KEYS:
                is_all = False
                break
            kinds[row[0]] += row
            keys += 1
            if row[0] == 0:
                count += 1
                size += info.size
        yield None
    yield Unused(KeyList(b"".join(kinds)), count, size, pinned, is_all)


def still_unused(candidates: KeyList, marks: list[Partitions]) -> KeyList:
    """Return those of the candidates to which none of the marks refers."""
    import numpy as np

    rows = as_rows(candidates.rows, KEY_BYTES)
    unused = np.ones(len(rows), bool)
    order = np.argsort(rows[:, 1], kind="stable")
    ends = np.searchsorted(rows[order, 1], np.arange(PARTS), side="right").tolist()
    start = 0
    for number, end in enumerate(ends):
        chosen = order[start:end]
        for one in marks if end > start else []:
            unused[chosen] &= one.part(number).lacks(rows[chosen])
        start = end
    return KeyList(rows[unused].tobytes())
