"""A backend that tries again what may be tried again."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from typing_extensions import Buffer

from podplanner.errors import BackendUnavailableError
from podplanner.store.backend import DOCUMENT_LIMIT, Backend, Cleared, ObjectInfo, Traits

_FIRST_WAIT_S = 0.1
# Short enough that one lost packet is not felt; it doubles with each try.
_LONGEST_WAIT_S = 10.0
# A file server that restarts is back within some of these, and a person still sees progress.

T = TypeVar("T")


class RetryingBackend:
    """Any backend, with what did not answer asked again after a growing, random wait.

    Only `BackendUnavailableError` is tried again, and of the methods all but two:

    - `create` is asked once. After a failure nobody knows whether the object was made, and a
      second try would answer False about an object that is the caller's own. The caller reads.
    - `settle` is asked once. A disk that has failed to take some bytes forgets them, and says
      yes the second time.

    A listing that breaks goes on after the last key that it gave.
    """

    def __init__(
        self,
        inner: Backend,
        *,
        tries: int = 5,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Wrap a backend.

        Args:
            inner: The backend that is asked.
            tries: How often at most, the first time included.
            sleep: How to wait, in seconds.
            jitter: A number from 0 to 1 that spreads the waits of many clients.
        """
        if tries < 1:
            raise ValueError("a backend is asked at least once")
        self._inner = inner
        self._tries = tries
        self._sleep = sleep
        self._jitter = jitter

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
        return self._again(lambda: self._inner.get(key, limit=limit))

    def read_into(self, key: str, offset: int, buffer: memoryview) -> None:
        """Fill the whole buffer with the object's bytes from `offset`."""
        self._again(lambda: self._inner.read_into(key, offset, buffer))

    def head(self, key: str) -> ObjectInfo | None:
        """Return size and time of an object, or None when there is none."""
        return self._again(lambda: self._inner.head(key))

    def put(self, key: str, parts: Sequence[Buffer]) -> None:
        """Write an object of these parts, joined; writing it twice does no harm."""
        self._again(lambda: self._inner.put(key, parts))

    def create(self, key: str, content: bytes) -> bool:
        """Write a small object if there is none under the key; never asked twice."""
        return self._inner.create(key, content)

    def delete(self, key: str) -> None:
        """Remove an object; no error when there is none."""
        self._again(lambda: self._inner.delete(key))

    def delete_all(self, keys: Iterable[str]) -> None:
        """Remove objects; those that are gone are no error the second time."""
        kept = list(keys)
        self._again(lambda: self._inner.delete_all(kept))

    def keys(self, prefix: str, *, after: str = "") -> Iterator[ObjectInfo]:
        """Yield all objects whose key begins with `prefix`, in order of their keys."""
        failures = 0
        while True:
            try:
                for info in self._inner.keys(prefix, after=after):
                    after, failures = info.key, 0
                    yield info
                return
            except BackendUnavailableError as error:
                failures += 1
                self._wait(failures, error)

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names directly below `prefix` that have keys below them, sorted."""
        last, failures = "", 0
        while True:
            try:
                for name in self._inner.folders(prefix):
                    if name > last:
                        last, failures = name, 0
                        yield name
                return
            except BackendUnavailableError as error:
                failures += 1
                self._wait(failures, error)

    def settle(self, keys: Iterable[str]) -> None:
        """Make objects survive a power cut; never asked twice."""
        self._inner.settle(keys)

    def now(self) -> float:
        """Return the time by the store's own clock."""
        return self._again(self._inner.now)

    def free_bytes(self) -> int | None:
        """Return how much can be written; None where nobody knows."""
        return self._again(self._inner.free_bytes)

    def clear_leftovers(self, before: float) -> Cleared:
        """Remove what broken writes left; what an earlier try removed is not counted."""
        return self._again(lambda: self._inner.clear_leftovers(before))

    def _again(self, ask: Callable[[], T]) -> T:
        failures = 0
        while True:
            try:
                return ask()
            except BackendUnavailableError as error:
                failures += 1
                self._wait(failures, error)

    def _wait(self, failures: int, error: BackendUnavailableError) -> None:
        """Wait before the next try, or raise the error when there is none left."""
        if failures >= self._tries:
            raise error
        longest = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** (failures - 1))
        self._sleep(longest * (0.5 + 0.5 * self._jitter()))
