"""A backend that tries again what may be tried again."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential,
)
from typing_extensions import Buffer

from podplanner.errors import BackendUnavailableError, ObjectCorruptError, StoreError
from podplanner.store.backend import DOCUMENT_LIMIT, Backend, Cleared, ObjectInfo, Traits

_FIRST_WAIT_S = 0.1
# Short enough that one lost packet is not felt; it doubles with each try.
_LONGEST_WAIT_S = 10.0
# A server that restarts is back within some of these, and a person still sees progress.
_TRIES = 12
# Half a minute to a minute of waiting.
_FIRST_TRIES = 3
# Before anything has ever been answered: an address that is wrong is to be told at once.
_PATIENCE_S = 60.0
# From the first try on: requests that are silent each take half of it.
_LISTED_AT_ONCE = 1000
# What a listing is asked for before it is given out: a page of S3.

T = TypeVar("T")


class RetryingBackend:
    """Any backend, with what did not answer asked again after a growing, random wait.

    Only `BackendUnavailableError` is tried again, and of the methods all but two:

    - `create` is asked once. After a failure nobody knows whether the object was made, and a
      second try would answer False about an object that is the caller's own. The caller reads.
    - `settle` is asked once. A disk that has failed to take some bytes forgets them, and says
      yes the second time.

    A listing that breaks goes on after the last key that it gave. An object that is there and
    cannot be read, however often one asks, is corrupt: engines that find rotten bytes under a key
    answer with an error of the server, or not at all.
    """

    def __init__(
        self,
        inner: Backend,
        *,
        tries: int = _TRIES,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Wrap a backend.

        Args:
            inner: The backend that is asked.
            tries: How often at most, the first time included; none begins after a minute. Less
                often before the backend has answered anything, and after it was given up.
            sleep: How to wait, in seconds.
            jitter: A number from 0 to 1 that spreads the waits of many clients.
        """
        if tries < 1:
            raise ValueError("a backend is asked at least once")
        growing = wait_exponential(multiplier=_FIRST_WAIT_S, max=_LONGEST_WAIT_S)
        patience = stop_after_attempt(tries) | stop_after_delay(_PATIENCE_S)

        def wait(state: RetryCallState) -> float:
            return growing(state) * (0.5 + 0.5 * jitter())

        def stop(state: RetryCallState) -> bool:
            strange = not self._has_answered and state.attempt_number >= _FIRST_TRIES
            return strange or patience(state)

        self._inner = inner
        self._has_answered = False
        self._retrying = Retrying(
            sleep=sleep,
            wait=wait,
            stop=stop,
            retry=retry_if_exception_type(BackendUnavailableError),
            reraise=True,
        )

    def _again(self, ask: Callable[..., T], *arguments: object, **options: object) -> T:
        try:
            return self._patiently(ask, *arguments, **options)
        except BackendUnavailableError:
            # Nobody waits twice, as who cleans up after a failure would.
            self._has_answered = False
            raise

    def _patiently(self, ask: Callable[..., T], *arguments: object, **options: object) -> T:
        try:
            found = self._retrying(ask, *arguments, **options)
        except BackendUnavailableError:
            raise
        except StoreError:
            # A refusal is an answer too.
            self._has_answered = True
            raise
        self._has_answered = True
        return found

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
        return self._read(key, partial(self._inner.get, key, limit=limit))

    def read_into(self, key: str, offset: int, buffer: memoryview) -> None:
        """Fill the whole buffer with the object's bytes from `offset`."""
        self._read(key, partial(self._inner.read_into, key, offset, buffer))

    def _read(self, key: str, ask: Callable[[], T]) -> T:
        try:
            return self._patiently(ask)
        except BackendUnavailableError:
            if self._asked_once(key) is None:
                raise
        try:
            # The backend answers again, perhaps only since a moment ago.
            return ask()
        except BackendUnavailableError as error:
            raise ObjectCorruptError(
                f"{key!r} is there and cannot be read: {error.message}",
                hint="Run `podplanner store check --repair-from OTHER`, and look at the engine's "
                "own log: its disk may be failing.",
            ) from error

    def _asked_once(self, key: str) -> ObjectInfo | None:
        """Look at an object that cannot be read; others that are waited for are not given up."""
        try:
            return self._inner.head(key)
        except BackendUnavailableError:
            self._has_answered = False
            raise

    def head(self, key: str) -> ObjectInfo | None:
        """Return size and time of an object, or None when there is none."""
        return self._again(self._inner.head, key)

    def put(self, key: str, parts: Sequence[Buffer]) -> None:
        """Write an object of these parts, joined; writing it twice does no harm."""
        self._again(self._inner.put, key, parts)

    def create(self, key: str, content: bytes) -> bool:
        """Write a small object if there is none under the key; never asked twice."""
        return self._inner.create(key, content)

    def delete(self, key: str) -> None:
        """Remove an object; no error when there is none."""
        self._again(self._inner.delete, key)

    def delete_all(self, keys: Iterable[str]) -> None:
        """Remove objects; those that are gone are no error the second time."""
        self._again(self._inner.delete_all, list(keys))

    def keys(self, prefix: str, *, after: str = "") -> Iterator[ObjectInfo]:
        """Yield all objects whose key begins with `prefix`, in order of their keys."""
        return self._listed(
            lambda last: self._inner.keys(prefix, after=last or after), lambda info: info.key
        )

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names directly below `prefix` that have keys below them, sorted."""
        return self._listed(
            lambda last: (name for name in self._inner.folders(prefix) if name > last), str
        )

    def _listed(
        self, begin: Callable[[str], Iterator[T]], name_of: Callable[[T], str]
    ) -> Iterator[T]:
        """Yield what a listing gives, begun again after the last name where it broke."""
        last = ""
        listing: Iterator[T] | None = None

        def some() -> list[T]:
            nonlocal last, listing
            if listing is None:
                listing = begin(last)
            found: list[T] = []
            try:
                for item in islice(listing, _LISTED_AT_ONCE):
                    found.append(item)
                    last = name_of(item)
            except BackendUnavailableError:
                listing = None
                if not found:
                    raise
            return found

        while found := self._again(some):
            yield from found

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
        return self._again(self._inner.clear_leftovers, before)
