"""The backends that must keep the port's promises; a new one joins by one line."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.backends import FaultyBackend, NoFaults, only
from support.engines.engine import Engine

from podplanner.store.backend import Backend
from podplanner.store.backends.directory import DirectoryBackend, Primitive
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.backends.read_only import ReadOnlyBackend
from podplanner.store.backends.retrying import RetryingBackend
from podplanner.store.backends.s3 import S3Backend
from podplanner.store.backends.s3.settings import Keys, S3Settings
from podplanner.store.unreadable import UnreadableOnceBackend


@dataclass(frozen=True)
class Case:
    """How to come by a backend for a test."""

    open: Callable[[Path], Backend]
    """Opens the backend that belongs to an empty folder of the test's own."""
    shared: bool = False
    """Whether opening it again, in this process or another one, gives the same objects."""
    world: Callable[[], AbstractContextManager[None]] = nullcontext
    """What is different in the world while it is used."""
    engine: str | None = None
    """The fixture that starts the engine that it needs."""
    marks: tuple[pytest.MarkDecorator, ...] = ()
    rounds: int = 40
    """Of races: losers may wait for seconds in an engine."""
    ends_folders: bool = True
    """Whether a folder is gone with its last key; else when the backend likes."""


_ENGINE = "engine.json"
# In the test's own folder: which engine is up.


def prepare(request: pytest.FixtureRequest, name: str, folder: Path) -> None:
    """Start what a case needs, and note it in the folder for whoever opens the case there."""
    engine = CASES[name].engine
    if engine is not None:
        (folder / _ENGINE).write_text(request.getfixturevalue(engine).to_json())


def params(names: Iterable[str]) -> list[object]:
    """Return cases as parameters of a fixture."""
    return [pytest.param(name, marks=CASES[name].marks, id=name) for name in names]


def _bucket(folder: Path) -> Backend:
    engine = Engine.from_json((folder / _ENGINE).read_text())
    return bucket_backend(engine, prefix=hashlib.sha256(str(folder).encode()).hexdigest()[:16])


def bucket_backend(engine: Engine, *, prefix: str = "", **settings: Any) -> S3Backend:
    """Return the backend of the bucket that an engine starts with."""
    keys = engine.access()
    return S3Backend(
        engine.bucket,
        prefix,
        S3Settings(
            **{
                "endpoint": engine.endpoint,
                "region": engine.region,
                "keys": Keys(keys.access_key, keys.secret_key),
                **settings,
            },
        ),
    )


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
    "unreadable-once-memory": Case(lambda _: UnreadableOnceBackend(MemoryBackend())),
    "faultless-memory": Case(lambda _: FaultyBackend(MemoryBackend(), NoFaults())),
    "faultless-directory": Case(lambda at: FaultyBackend(_directory(at)), shared=True),
    "seaweedfs": Case(_bucket, shared=True, engine="seaweedfs", rounds=4, ends_folders=False),
    "retrying-seaweedfs": Case(
        lambda at: RetryingBackend(_bucket(at)),
        shared=True,
        engine="seaweedfs",
        rounds=2,
        ends_folders=False,
    ),
    "ceph": Case(_bucket, shared=True, engine="ceph", marks=(pytest.mark.ceph,), rounds=10),
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
