"""Backends that fail as disks, servers and networks do, by a plan that can be repeated."""

import errno
import os
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import NoReturn, Protocol, TypeVar

from podplanner.errors import (
    BackendUnavailableError,
    NoSpaceError,
    ObjectMissingError,
    OutcomeUnknownError,
)
from podplanner.store.backend import DOCUMENT_LIMIT, Backend, Cleared, ObjectInfo, Traits
from podplanner.store.backends.directory import Primitive, creating, linux

T = TypeVar("T")


class Fault(Enum):
    """One way in which one call goes wrong."""

    NO_SPACE = "no space"
    """NoSpaceError, and nothing is done."""
    IO_ERROR = "i/o error"
    """BackendUnavailableError, and nothing is done."""
    LOST_REPLY = "lost reply"
    """The work is done, and then the call raises: OutcomeUnknownError of `create`, else
    BackendUnavailableError."""
    LOST_REQUEST = "lost request"
    """Nothing is done, and the call raises OutcomeUnknownError (only of `create`)."""
    SHORT_WRITE = "short write"
    """`put` leaves half the object under the key and raises BackendUnavailableError: what a
    server does that breaks the port's promise."""
    SILENT_SHORT_WRITE = "silent short write"
    """`put` leaves half the object under the key and says that all is well."""
    LOST_FSYNC = "lost fsync"
    """`settle` says that all is well, and a crash will show that it is not."""
    FAILED_FSYNC = "failed fsync"
    """`settle` raises BackendUnavailableError; a crash forgets the objects."""


POSSIBLE: Mapping[str, frozenset[Fault]] = {
    "get": frozenset({Fault.IO_ERROR}),
    "read_into": frozenset({Fault.IO_ERROR}),
    "head": frozenset({Fault.IO_ERROR}),
    "put": frozenset(
        {
            Fault.NO_SPACE,
            Fault.IO_ERROR,
            Fault.LOST_REPLY,
            Fault.SHORT_WRITE,
            Fault.SILENT_SHORT_WRITE,
        }
    ),
    "create": frozenset({Fault.NO_SPACE, Fault.IO_ERROR, Fault.LOST_REPLY, Fault.LOST_REQUEST}),
    "delete": frozenset({Fault.IO_ERROR, Fault.LOST_REPLY}),
    "keys": frozenset({Fault.IO_ERROR}),
    "folders": frozenset({Fault.IO_ERROR}),
    "settle": frozenset({Fault.IO_ERROR, Fault.LOST_FSYNC, Fault.FAILED_FSYNC}),
    "now": frozenset({Fault.IO_ERROR}),
}
"""Which faults each method can have."""


class Plan(Protocol):
    """Says which calls fail; asked once a call, from several threads."""

    def fault(self, method: str, key: str) -> Fault | None:
        """Return what goes wrong with a call now; None: nothing."""
        ...


class NoFaults:
    """Nothing goes wrong."""

    def fault(self, method: str, key: str) -> Fault | None:
        return None


@dataclass
class Scripted:
    """The n-th calls of a method (counted from 1), for keys that begin with something, fail."""

    method: str
    faults: Mapping[int, Fault]
    prefix: str = ""
    _calls: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        for fault in self.faults.values():
            assert fault in POSSIBLE[self.method], (self.method, fault)

    def fault(self, method: str, key: str) -> Fault | None:
        if method != self.method or not key.startswith(self.prefix):
            return None
        with self._lock:
            self._calls += 1
            return self.faults.get(self._calls)


@dataclass
class Always:
    """Every call of a method for keys that begin with something fails, until it is switched off."""

    method: str
    what: Fault
    prefix: str = ""
    on: bool = True

    def fault(self, method: str, key: str) -> Fault | None:
        return (
            self.what if self.on and method == self.method and key.startswith(self.prefix) else None
        )


class Seeded:
    """Calls fail at random: the same ones for the same seed and the same order of calls."""

    def __init__(
        self, seed: int, rates: Mapping[Fault, float], *, methods: Iterable[str] = tuple(POSSIBLE)
    ) -> None:
        """Plan faults.

        Args:
            seed: Chooses the calls.
            rates: The share of the calls that have each fault, where their method can have it.
            methods: Only these ever fail.
        """
        self._random = random.Random(seed)
        self._rates = dict(rates)
        self._methods = frozenset(methods)
        self._lock = threading.Lock()
        self.happened: Counter[tuple[str, Fault]] = Counter()

    def fault(self, method: str, key: str) -> Fault | None:
        if method not in self._methods:
            return None
        with self._lock:
            for fault, rate in self._rates.items():
                if fault in POSSIBLE[method] and self._random.random() < rate:
                    self.happened[method, fault] += 1
                    return fault
        return None


class FaultyBackend:
    """Any backend, with faults as a plan says, and with a crash that forgets.

    `crash()` is a power cut: every object that was put and not settled since is as it was before
    (gone, or the content that it had). One whose `settle` lied or failed is not settled.
    It knows only what went through this object, so that another process' puts are not forgotten.
    """

    def __init__(self, inner: Backend, plan: Plan | None = None) -> None:
        self.inner = inner
        self.plan: Plan = plan or NoFaults()
        self._lock = threading.Lock()
        self._before: dict[str, bytes | None] = {}

    @property
    def address(self) -> str:
        return self.inner.address

    @property
    def traits(self) -> Traits:
        return self.inner.traits

    @property
    def unsettled(self) -> frozenset[str]:
        """The keys that a crash now would hurt."""
        with self._lock:
            return frozenset(self._before)

    def crash(self, *, survives: Callable[[str], bool] = lambda key: False) -> tuple[str, ...]:
        """Forget what was not settled; return the keys that were hurt.

        Args:
            survives: Which unsettled objects the disk had written by chance.
        """
        with self._lock:
            hurt = sorted(key for key in self._before if not survives(key))
            for key in hurt:
                before = self._before[key]
                if before is None:
                    self.inner.delete(key)
                else:
                    self.inner.put(key, [before])
            self._before.clear()
        return tuple(hurt)

    def get(self, key: str, *, limit: int = DOCUMENT_LIMIT) -> bytes:
        return self._plainly("get", key, lambda: self.inner.get(key, limit=limit))

    def read_into(self, key: str, offset: int, buffer: memoryview) -> None:
        self._plainly("read_into", key, lambda: self.inner.read_into(key, offset, buffer))

    def head(self, key: str) -> ObjectInfo | None:
        return self._plainly("head", key, lambda: self.inner.head(key))

    def put(self, key: str, parts: Sequence[bytes | bytearray | memoryview]) -> None:
        fault = self.plan.fault("put", key)
        _raise_before(fault, "put", key)
        self._remember(key)
        if fault in (Fault.SHORT_WRITE, Fault.SILENT_SHORT_WRITE):
            whole = b"".join(parts)
            self.inner.put(key, [whole[: len(whole) // 2]])
        else:
            self.inner.put(key, parts)
        if fault in (Fault.SHORT_WRITE, Fault.LOST_REPLY):
            raise _unavailable("put", key, fault)

    def create(self, key: str, content: bytes) -> bool:
        fault = self.plan.fault("create", key)
        _raise_before(fault, "create", key)
        if fault is Fault.LOST_REQUEST:
            raise OutcomeUnknownError(f"create {key!r}: no answer (made up: it was not done)")
        created = self.inner.create(key, content)
        if fault is Fault.LOST_REPLY:
            raise OutcomeUnknownError(f"create {key!r}: no answer (made up: it was done)")
        return created

    def delete(self, key: str) -> None:
        fault = self.plan.fault("delete", key)
        _raise_before(fault, "delete", key)
        self.inner.delete(key)
        with self._lock:
            self._before.pop(key, None)
        if fault is Fault.LOST_REPLY:
            raise _unavailable("delete", key, fault)

    def delete_all(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.delete(key)

    def keys(self, prefix: str, *, after: str = "") -> Iterator[ObjectInfo]:
        _raise_before(self.plan.fault("keys", prefix), "keys", prefix)
        for info in self.inner.keys(prefix, after=after):
            yield info
            _raise_before(self.plan.fault("keys", info.key), "keys", info.key)
            # In the middle too.

    def folders(self, prefix: str) -> Iterator[str]:
        _raise_before(self.plan.fault("folders", prefix), "folders", prefix)
        for name in self.inner.folders(prefix):
            yield name
            _raise_before(self.plan.fault("folders", f"{prefix}{name}"), "folders", name)

    def settle(self, keys: Iterable[str]) -> None:
        wanted = list(keys)
        fault = self.plan.fault("settle", wanted[0] if wanted else "")
        _raise_before(fault, "settle", "objects")
        if fault is Fault.FAILED_FSYNC:
            raise _unavailable("settle", ", ".join(wanted[:3]), fault)
        if fault is Fault.LOST_FSYNC:
            for key in wanted:
                if self.inner.head(key) is None:
                    raise ObjectMissingError(f"no object {key!r} in {self.address}")
            return
        self.inner.settle(wanted)
        with self._lock:
            for key in wanted:
                self._before.pop(key, None)

    def now(self) -> float:
        return self._plainly("now", "", self.inner.now)

    def free_bytes(self) -> int | None:
        return self.inner.free_bytes()

    def clear_leftovers(self, before: float) -> Cleared:
        return self.inner.clear_leftovers(before)

    def _plainly(self, method: str, key: str, work: Callable[[], T]) -> T:
        _raise_before(self.plan.fault(method, key), method, key)
        return work()

    def _remember(self, key: str) -> None:
        """Keep what an unsettled put replaces, unless that was unsettled itself."""
        with self._lock:
            if key in self._before:
                return
            try:
                self._before[key] = self.inner.get(key)
            except ObjectMissingError:
                self._before[key] = None


def _raise_before(fault: Fault | None, method: str, key: str) -> None:
    if fault is Fault.NO_SPACE:
        raise NoSpaceError(f"{method} {key!r}: no space left (made up)")
    if fault is Fault.IO_ERROR:
        raise _unavailable(method, key, fault)


def _unavailable(method: str, key: str, fault: Fault) -> BackendUnavailableError:
    return BackendUnavailableError(f"{method} {key!r}: {fault.value} (made up)")


@contextmanager
def only(primitive: Primitive) -> Iterator[None]:
    """Make all create-only primitives of directories fail but one, as file systems do."""
    without = {
        Primitive.LINK: (os, "link", _fails_with(errno.EPERM)),
        Primitive.RENAME: (linux, "rename_no_replace", _fails_with(errno.EINVAL)),
        Primitive.CLAIM: (creating, "create_by_claim", _fails_with(errno.EACCES)),
    }
    with ExitStack() as stack:
        for other, (module, name, failing) in without.items():
            if other is not primitive:
                stack.enter_context(replaced(module, name, failing))
        yield


@contextmanager
def replaced(module: object, name: str, value: object) -> Iterator[None]:
    """Have another value under a name of a module for a while."""
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


def _fails_with(code: int) -> Callable[..., NoReturn]:
    def fail(*_: object, **__: object) -> NoReturn:
        raise OSError(code, os.strerror(code))

    return fail
