"""A store in memory: for tests, and the plainest reading of the port."""

import threading
import time
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from typing_extensions import Buffer

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.backend import DOCUMENT_LIMIT, Cleared, ObjectInfo, Traits, is_key


@dataclass(frozen=True, slots=True)
class _Kept:
    content: bytes
    time: float


class MemoryBackend:
    """Objects of one process, gone with it; safe to use from several threads."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        """Begin empty.

        Args:
            clock: The store's clock, in seconds since 1970.
        """
        self._clock = clock
        self._lock = threading.Lock()
        self._objects: dict[str, _Kept] = {}
        self._order: list[str] = []

    @property
    def address(self) -> str:
        """The address: there is only this object."""
        return "memory:"

    @property
    def traits(self) -> Traits:
        """Nothing special."""
        return Traits()

    def get(self, key: str, *, limit: int = DOCUMENT_LIMIT) -> bytes:
        """Return the whole of a small object."""
        content = self._kept(key).content
        if len(content) > limit:
            raise ObjectCorruptError(f"{key!r} holds {len(content)} bytes, more than {limit}")
        return content

    def read_into(self, key: str, offset: int, buffer: memoryview) -> None:
        """Fill the whole buffer with the object's bytes from `offset`."""
        content = self._kept(key).content
        view = buffer.cast("B")
        found = content[offset : offset + len(view)]
        if len(found) < len(view):
            raise ObjectCorruptError(
                f"{key!r} ends at {len(content)} bytes, before {offset + len(view)}"
            )
        view[:] = found

    def head(self, key: str) -> ObjectInfo | None:
        """Return size and time of an object, or None when there is none."""
        kept = self._objects.get(_checked(key))
        return None if kept is None else ObjectInfo(key, len(kept.content), kept.time)

    def put(self, key: str, parts: Sequence[Buffer]) -> None:
        """Write an object of these parts, joined."""
        content = b"".join(parts)
        with self._lock:
            self._write(_checked(key), content)

    def create(self, key: str, content: bytes) -> bool:
        """Write a small object if there is none under the key."""
        with self._lock:
            if _checked(key) in self._objects:
                return False
            self._write(key, bytes(content))
            return True

    def delete(self, key: str) -> None:
        """Remove an object; no error when there is none."""
        with self._lock:
            if self._objects.pop(_checked(key), None) is not None:
                del self._order[bisect_left(self._order, key)]

    def delete_all(self, keys: Iterable[str]) -> None:
        """Remove objects."""
        for key in keys:
            self.delete(key)

    def keys(self, prefix: str, *, after: str = "") -> Iterator[ObjectInfo]:
        """Yield all objects whose key begins with `prefix`, in order of their keys."""
        _check_prefix(prefix)
        with self._lock:
            found = self._below(prefix)
        for key in found[bisect_right(found, after) :]:
            kept = self._objects.get(key)
            if kept is not None:
                yield ObjectInfo(key, len(kept.content), kept.time)

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names directly below `prefix` that have keys below them, sorted."""
        _check_prefix(prefix)
        with self._lock:
            found = self._below(prefix)
        heads = (key[len(prefix) :].partition("/") for key in found)
        yield from sorted({name for name, slash, _ in heads if slash})

    def settle(self, keys: Iterable[str]) -> None:
        """Find that the objects are there: nothing here survives a power cut."""
        for key in keys:
            self._kept(key)

    def now(self) -> float:
        """Return the time by the clock given."""
        return self._clock()

    def free_bytes(self) -> int | None:
        """Return None: nobody knows."""
        return None

    def clear_leftovers(self, before: float) -> Cleared:
        """Find nothing: a write that breaks leaves nothing."""
        return Cleared(0, 0)

    def _kept(self, key: str) -> _Kept:
        kept = self._objects.get(_checked(key))
        if kept is None:
            raise ObjectMissingError(f"no object {key!r} in memory")
        return kept

    def _write(self, key: str, content: bytes) -> None:
        if key not in self._objects:
            insort(self._order, key)
        self._objects[key] = _Kept(content, self._clock())

    def _below(self, prefix: str) -> list[str]:
        start = bisect_left(self._order, prefix)
        stop = bisect_left(self._order, prefix[:-1] + "0") if prefix else len(self._order)
        # "0" is the code point after "/": the first key that is not below the folder.
        return self._order[start:stop]


def _checked(key: str) -> str:
    if not is_key(key):
        raise ValueError(f"{key!r} is no key of a store")
    return key


def _check_prefix(prefix: str) -> None:
    if prefix and not (prefix.endswith("/") and is_key(prefix[:-1])):
        raise ValueError(f"{prefix!r} is no prefix of keys: it must be empty or end in a slash")
