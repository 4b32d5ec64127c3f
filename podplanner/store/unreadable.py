"""A backend that is not asked a second time for what it could not read."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from typing_extensions import Buffer

from podplanner.errors import BackendUnavailableError, ObjectCorruptError
from podplanner.store.backend import DOCUMENT_LIMIT, Backend, Cleared, ObjectInfo, Traits

_WHOLE = (0, -1)
# Stands for all of an object.
_TRIED = 3
# Parts of an object that are asked for in vain before it is given up: engines keep it in chunks of
# some megabytes, and the others may be whole.

T = TypeVar("T")


class UnreadableOnceBackend:
    """Any backend, for the time of one check or verification.

    To find that an object is there and cannot be read takes a minute of asking again and again,
    and a check comes back to what is bad several times: to tell what is wrong, whom it hurts, and
    what is left of it. Where some parts of an object could not be read, no others are tried: a
    bundle has thousands. Whatever is written to a key is read again.
    """

    def __init__(self, inner: Backend) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self._errors: dict[str, dict[tuple[int, int], ObjectCorruptError]] = {}

    @property
    def address(self) -> str:
        """The address of the backend inside."""
        return self._inner.address

    @property
    def traits(self) -> Traits:
        """Those of the backend inside."""
        return self._inner.traits

    def get(self, key: str, *, limit: int = DOCUMENT_LIMIT) -> bytes:
        """Return the whole of a small object."""
        known = self._errors.get(key)
        if known:
            # Whatever part it was: all of it cannot be read either.
            raise next(iter(known.values()))
        return self._read(key, _WHOLE, lambda: self._inner.get(key, limit=limit))

    def read_into(self, key: str, offset: int, buffer: memoryview) -> None:
        """Fill the whole buffer with the object's bytes from `offset`."""
        part = (offset, buffer.nbytes)
        known = self._errors.get(key, {})
        if part in known:
            raise known[part]
        if len(known) >= _TRIED:
            raise next(iter(known.values()))
        self._read(key, part, lambda: self._inner.read_into(key, offset, buffer))

    def _read(self, key: str, part: tuple[int, int], ask: Callable[[], T]) -> T:
        try:
            return ask()
        except ObjectCorruptError as error:
            if isinstance(error.__cause__, BackendUnavailableError):
                with self._lock:
                    self._errors.setdefault(key, {})[part] = error
            raise

    def _is_new(self, keys: Iterable[str]) -> None:
        """Ask again from now on."""
        with self._lock:
            for key in keys:
                self._errors.pop(key, None)

    def head(self, key: str) -> ObjectInfo | None:
        """Return size and time of an object, or None when there is none."""
        return self._inner.head(key)

    def put(self, key: str, parts: Sequence[Buffer]) -> None:
        """Write an object of these parts, joined."""
        self._inner.put(key, parts)
        self._is_new([key])

    def create(self, key: str, content: bytes) -> bool:
        """Write a small object if there is none under the key."""
        return self._inner.create(key, content)

    def delete(self, key: str) -> None:
        """Remove an object; no error when there is none."""
        self._inner.delete(key)
        self._is_new([key])

    def delete_all(self, keys: Iterable[str]) -> None:
        """Remove objects."""
        wanted = list(keys)
        self._inner.delete_all(wanted)
        self._is_new(wanted)

    def keys(self, prefix: str, *, after: str = "") -> Iterator[ObjectInfo]:
        """Yield all objects whose key begins with `prefix`, in order of their keys."""
        return self._inner.keys(prefix, after=after)

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names directly below `prefix` that have keys below them, sorted."""
        return self._inner.folders(prefix)

    def settle(self, keys: Iterable[str]) -> None:
        """Make objects survive a power cut."""
        self._inner.settle(keys)

    def now(self) -> float:
        """Return the time by the store's own clock."""
        return self._inner.now()

    def free_bytes(self) -> int | None:
        """Return how much can be written; None where nobody knows."""
        return self._inner.free_bytes()

    def clear_leftovers(self, before: float) -> Cleared:
        """Remove what broken writes left."""
        return self._inner.clear_leftovers(before)
