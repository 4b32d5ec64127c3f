"""Listing a large part of a store: many folders of it at a time, where each page is a request."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO

from podplanner.store.backend import Backend, ObjectInfo
from podplanner.store.side_by_side import calls_at_once, side_by_side

_IN_ONE_GO = 4_000
# Keys that are listed one page after the other before anything else is tried: in a store of so
# few the pages together take less time than a request for each folder would.
_FULL = 100
# Keys in a folder, on average, from which on each folder is worth requests of its own. A page
# holds a thousand.
_FOLDERS = 8
# That are listed side by side. Each may hold 100,000 keys, 9 MB as they are kept here.


def list_wide(backend: Backend, prefix: str) -> Iterator[ObjectInfo]:
    """Yield all objects in the folders directly below a prefix, in order of their keys.

    It gives what `backend.keys` gives, sooner where a server gives it page by page. What lies
    directly below the prefix, in no folder, may be left out.

    Args:
        backend: Of the store.
        prefix: Ends in `/`.
    """
    if calls_at_once(backend) == 1:
        yield from backend.keys(prefix)
        return
    folders, folder = 0, ""
    for count, info in enumerate(backend.keys(prefix), start=1):
        yield info
        if (name := info.key[len(prefix) :].partition("/")[0]) != folder:
            folder = name
            folders += 1
        if count >= _IN_ONE_GO and count >= folders * _FULL:
            yield from _rest(backend, prefix, folder, info.key)
            return


def _rest(backend: Backend, prefix: str, folder: str, last: str) -> Iterator[ObjectInfo]:
    """Yield what comes after a key: what is left of its folder, then the folders after that."""
    # Keys are in order as wholes: those in `a-b/` come before those in `a/`.
    later = sorted(name for name in map(_slashed, backend.folders(prefix)) if name > f"{folder}/")
    tasks = [(f"{prefix}{folder}/", last), *((prefix + name, "") for name in later)]

    def listed(task: tuple[str, str]) -> _Packed:
        return _Packed.of(backend.keys(task[0], after=task[1]))

    at_once = min(_FOLDERS, calls_at_once(backend))
    for found in side_by_side(listed, tasks, at_once, ahead=_FOLDERS):
        yield from found.infos()


def _slashed(name: str) -> str:
    return f"{name}/"


@dataclass(frozen=True, slots=True)
class _Packed:
    """What a listing gave, in little memory."""

    keys: str
    """Each with an end of line, which no key has."""
    sizes: "array[int]"
    times: "array[float]"

    @classmethod
    def of(cls, infos: Iterable[ObjectInfo]) -> "_Packed":
        keys, sizes, times = StringIO(), array("Q"), array("d")
        for info in infos:
            keys.write(f"{info.key}\n")
            sizes.append(info.size)
            times.append(info.time)
        return cls(keys.getvalue(), sizes, times)

    def infos(self) -> Iterator[ObjectInfo]:
        start = 0
        for size, time in zip(self.sizes, self.times, strict=True):
            end = self.keys.index("\n", start)
            yield ObjectInfo(self.keys[start:end], size, time)
            start = end + 1
