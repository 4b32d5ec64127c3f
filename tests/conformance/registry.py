"""The backends that must keep the port's promises; a new one joins by one line."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from support.backends import FaultyBackend, NoFaults, only

from podplanner.store.backend import Backend
from podplanner.store.backends.directory import DirectoryBackend, Primitive
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.backends.read_only import ReadOnlyBackend
from podplanner.store.backends.retrying import RetryingBackend


@dataclass(frozen=True)
class Case:
    """How to come by a backend for a test."""

    open: Callable[[Path], Backend]
    """Opens the backend that belongs to an empty folder of the test's own."""
    shared: bool = False
    """Whether opening it again, in this process or another one, gives the same objects."""
    world: Callable[[], AbstractContextManager[None]] = nullcontext
    """What is different in the world while it is used."""


def _directory(folder: Path) -> Backend:
    return DirectoryBackend(folder)


CASES: dict[str, Case] = {
    "memory": Case(lambda _: MemoryBackend()),
    "directory": Case(_directory, shared=True),
    "directory-link": Case(_directory, shared=True, world=lambda: only(Primitive.LINK)),
    "directory-rename": Case(_directory, shared=True, world=lambda: only(Primitive.RENAME)),
    "directory-claim": Case(_directory, shared=True, world=lambda: only(Primitive.CLAIM)),
    "retrying-memory": Case(lambda _: RetryingBackend(MemoryBackend())),
    "retrying-directory": Case(lambda at: RetryingBackend(_directory(at)), shared=True),
    "faultless-memory": Case(lambda _: FaultyBackend(MemoryBackend(), NoFaults())),
    "faultless-directory": Case(lambda at: FaultyBackend(_directory(at)), shared=True),
}
"""Backends that are read and written."""

READERS: dict[str, Callable[[Backend], Backend]] = {
    "itself": lambda backend: backend,
    "read-only": ReadOnlyBackend,
}
"""Ways of reading what one of them has written."""


@contextmanager
def opened(name: str, folder: Path) -> Iterator[Backend]:
    """Give the backend of a case."""
    with CASES[name].world():
        yield CASES[name].open(folder)


def create_in_rounds(name: str, folder: str, rounds: int, barrier, wins) -> None:  # type: ignore[no-untyped-def]
    """Create the key of each round at the same time as others do; put (round, own id) of wins."""
    own = os.getpid()
    with opened(name, Path(folder)) as backend:
        for number in range(rounds):
            barrier.wait(30)
            content = f"{own} ".encode() * 50
            if backend.create(f"race/{number:04}.json", content):
                wins.put((number, own))
    wins.put(None)
