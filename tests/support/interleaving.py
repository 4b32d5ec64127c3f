"""Actors on one store whose single operations are interleaved as a schedule says.

Every actor is a thread that runs only when it is told to, from one operation of the backend to
the next, so that a run is the same each time for the same seed. Where the store is far away, an
actor has helper threads; each of their operations is a turn of the actor, in the order in which
they come, and others may have theirs in between.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from random import Random

from typing_extensions import Buffer

from podplanner.errors import BackendUnavailableError, NoSpaceError, OutcomeUnknownError
from podplanner.store.backend import DOCUMENT_LIMIT, Backend, Cleared, ObjectInfo, Traits

_PAGE = 7
# Keys that one request to a store far away lists.


class Killed(BaseException):
    """Ends an actor where it stands, as SIGKILL does."""


class Actor:
    """One process at work on the store."""

    def __init__(self, name: str, work: Callable[[Backend], object], backend: Backend) -> None:
        self.name = name
        self.error: BaseException | None = None
        self.result: object = None
        self.done = False
        self.doing = ""
        self._killed = False
        self._go = threading.Semaphore(0)
        self._parked = threading.Semaphore(0)
        self._one_at_a_time = threading.Lock()
        self._work = work
        self._backend = backend
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        self._parked.acquire()

    def _run(self) -> None:
        try:
            with self.turn("begin"):
                pass
            self.result = self._work(self._backend)
        except BaseException as error:  # noqa: BLE001  whatever ends an actor is looked at later
            self.error = error
        self.done = True
        # Helpers that wait for a turn of an actor that is no more.
        self._killed = True
        self._go.release()
        self._parked.release()

    @contextmanager
    def turn(self, doing: str) -> Iterator[None]:
        """Wait until the schedule lets this actor do its next operation, and do it.

        Threads that an actor starts to read from a store that is near run while it has its turn.
        """
        is_near = not self._backend.traits.is_remote
        if is_near and threading.current_thread() is not self._thread:
            if not doing.startswith(("read ", "get ", "head ")):
                raise AssertionError(f"an actor's helper thread did this: {doing}")
            yield
            return
        with self._one_at_a_time:
            if self._killed:
                raise Killed
            self.doing = doing
            self._parked.release()
            self._go.acquire()
            if self._killed:
                raise Killed
            yield

    def step(self) -> None:
        """Let it do one operation, and run until it wants to do the next."""
        if not self.done:
            self._go.release()
            self._parked.acquire()

    def kill(self) -> None:
        """End it before its next operation."""
        self._killed = True
        self.step()
        self._thread.join()


class GatedBackend:
    """One actor's way to the store: each operation waits for its turn, and may fail."""

    def __init__(self, backend: Backend, random: Random, *, faults: float = 0.0) -> None:
        self.actor: Actor | None = None
        self._backend = backend
        self._random = random
        self._faults = faults
        # What is far away is listed page by page, and others write between two pages.
        self._page = _PAGE if backend.traits.is_remote else 10**9

    @property
    def address(self) -> str:
        return self._backend.address

    @property
    def traits(self) -> Traits:
        return self._backend.traits

    @contextmanager
    def _turn(self, doing: str) -> Iterator[None]:
        assert self.actor is not None
        with self.actor.turn(doing):
            yield

    def _fails(self) -> bool:
        return self._random.random() < self._faults

    def get(self, key: str, *, limit: int = DOCUMENT_LIMIT) -> bytes:
        with self._turn(f"get {key}"):
            if self._fails():
                raise BackendUnavailableError(f"injected: get {key}")
            return self._backend.get(key, limit=limit)

    def read_into(self, key: str, offset: int, buffer: memoryview) -> None:
        with self._turn(f"read {key}"):
            self._backend.read_into(key, offset, buffer)

    def head(self, key: str) -> ObjectInfo | None:
        with self._turn(f"head {key}"):
            return self._backend.head(key)

    def put(self, key: str, parts: Sequence[Buffer]) -> None:
        with self._turn(f"put {key}"):
            if self._fails():
                raise NoSpaceError(f"injected: put {key}")
            self._backend.put(key, parts)
            if self._fails():
                raise BackendUnavailableError(f"injected: put {key}")

    def create(self, key: str, content: bytes) -> bool:
        with self._turn(f"create {key}"):
            if self._fails():
                raise OutcomeUnknownError(f"injected: create {key}, not done")
            made = self._backend.create(key, content)
            if self._fails():
                raise OutcomeUnknownError(f"injected: create {key}, done")
            return made

    def delete(self, key: str) -> None:
        with self._turn(f"delete {key}"):
            if self._fails():
                raise BackendUnavailableError(f"injected: delete {key}")
            self._backend.delete(key)

    def delete_all(self, keys: Iterable[str]) -> None:
        # Engines say nothing of the order, nor of what others see meanwhile.
        wanted = list(keys)
        if self.traits.is_remote:
            self._random.shuffle(wanted)
        for key in wanted:
            self.delete(key)

    def keys(self, prefix: str, *, after: str = "") -> Iterator[ObjectInfo]:
        if prefix.startswith(("objects/", "tables/")) and self._random.random() > 1 / 32:
            # A collection lists 512 folders of these: few turns are enough.
            yield from list(self._backend.keys(prefix, after=after))
            return
        while True:
            with self._turn(f"list {prefix}"):
                page = list(islice(self._backend.keys(prefix, after=after), self._page))
            yield from page
            if len(page) < self._page:
                return
            after = page[-1].key

    def folders(self, prefix: str) -> Iterator[str]:
        with self._turn(f"folders {prefix}"):
            found = list(self._backend.folders(prefix))
        yield from found

    def settle(self, keys: Iterable[str]) -> None:
        with self._turn("settle"):
            if self._fails():
                raise BackendUnavailableError("injected: settle")
            self._backend.settle(keys)

    def now(self) -> float:
        with self._turn("now"):
            return self._backend.now()

    def free_bytes(self) -> int | None:
        return self._backend.free_bytes()

    def clear_leftovers(self, before: float) -> Cleared:
        with self._turn("clear"):
            return self._backend.clear_leftovers(before)


def start(
    name: str,
    work: Callable[[Backend], object],
    backend: Backend,
    random: Random,
    *,
    faults: float = 0.0,
) -> Actor:
    """Return an actor that is about to work on a store."""
    gated = GatedBackend(backend, random, faults=faults)
    actor = Actor(name, lambda own: _begin(gated, actor, work), gated)
    return actor


def _begin(gated: GatedBackend, actor: Actor, work: Callable[[Backend], object]) -> object:
    gated.actor = actor
    return work(gated)
