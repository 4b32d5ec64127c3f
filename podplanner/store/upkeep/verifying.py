"""Verifying what lies in a store: every object and document against its own name."""

import mmap
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, NamedTuple

import zstandard
from blake3 import blake3

from podplanner.errors import (
    BackendUnavailableError,
    ObjectCorruptError,
    ObjectMissingError,
)
from podplanner.store import policy
from podplanner.store.backend import Backend
from podplanner.store.documents import unpack, verified
from podplanner.store.epochs import AnyKey
from podplanner.store.reader import DocumentKey
from podplanner.store.side_by_side import Budget, calls_at_once, side_by_side
from podplanner.store.tables import LARGEST_OBJECT, ObjectKey

Kind = Literal["flipped", "lost", "truncated"]
"""Other bytes than the name says; not there; shorter than it should be."""

_CHUNK_BYTES = 2**20
# Read from a disk and hashed at a time: both are at full speed from here on.
_THREADS = 2
# Of a disk. One reads while the other hashes; a third gains nothing on one disk.
_IN_HAND = 64
# Keys given to the threads ahead of what has been answered.
_HELD_BYTES = 64 * 2**20
# In all threads, of objects whole and of documents packed and unpacked. A request for a part of an
# object would take as long as one for all of it.
_UNPACKED = 4
# How much more memory a document takes when it is looked at; they unpack to two or three times.


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found under one key."""

    key: AnyKey
    size: int
    """Bytes that were read."""
    kind: Kind | None
    """None: it is as it should be."""
    why: str = ""
    """In words, where it could not be read."""


class _Memory:
    """Memory to read into, used again and again by threads, no more of it than is said.

    It comes from the system and not from a heap: that of each thread would keep what it once had.
    """

    def __init__(self, limit: int) -> None:
        self._budget = Budget(limit)
        self._limit = limit
        self._lock = threading.Lock()
        self._free: list[memoryview] = []
        self._kept = 0

    @contextmanager
    def taken(self, size: int) -> Iterator[memoryview]:
        """Have so much of it for a while."""
        with self._budget.taken(size):
            whole = self._find(size)
            try:
                yield whole[:size]
            finally:
                self._give_back(whole)

    def _find(self, size: int) -> memoryview:
        with self._lock:
            for number, view in enumerate(self._free):
                if len(view) >= size:
                    self._kept -= len(view)
                    return self._free.pop(number)
        return memoryview(mmap.mmap(-1, max(size, 1)))

    def _give_back(self, view: memoryview) -> None:
        with self._lock:
            while self._free and self._kept + len(view) > self._limit // 2:
                self._kept -= len(self._free.pop(0))
            self._free.append(view)
            self._kept += len(view)


def verify_object(
    backend: Backend, key: ObjectKey, size: int, buffer: memoryview | None = None
) -> Kind | None:
    """Read an object and return what is wrong with it.

    Args:
        backend: Of the store.
        key: The object.
        size: Of what lies there, in bytes.
        buffer: Where to read to, so much at a time.
    """
    view = memoryview(bytearray(min(size, _CHUNK_BYTES))) if buffer is None else buffer
    return _object(backend, key, size, view).kind


class _Found(NamedTuple):
    kind: Kind | None
    why: str = ""
    """In words, where the engine did not let it be read."""


def _object(backend: Backend, key: ObjectKey, size: int, view: memoryview) -> _Found:
    try:
        digest = _read(backend, key, size, view)
    except ObjectMissingError:
        return _Found("lost")
    except ObjectCorruptError as error:
        return _Found(_unreadable(backend, key, size), _why(error))
    return _Found(None if digest == key.digest else "flipped")


def _why(error: ObjectCorruptError) -> str:
    """Return what an engine said that could not read what is there; else nothing."""
    return error.message if isinstance(error.__cause__, BackendUnavailableError) else ""


def _read(backend: Backend, key: ObjectKey, size: int, view: memoryview) -> bytes:
    """Read an object and return its digest."""
    hasher = blake3()
    for offset in range(0, size, max(len(view), 1)):
        part = view[: min(len(view), size - offset)]
        backend.read_into(key.key, offset, part)
        hasher.update(part)
    return hasher.digest()


def _unreadable(backend: Backend, key: ObjectKey, size: int) -> Kind:
    """Return what is wrong with an object that is there and cannot be read to its end."""
    info = backend.head(key.key)
    if info is None:
        return "lost"
    return "truncated" if info.size < size else "flipped"


def verify_document(backend: Backend, key: DocumentKey) -> Kind | None:
    """Read a document and return what is wrong with its bytes; whether they make sense is not."""
    return _document(backend, key).kind


def _document(backend: Backend, key: DocumentKey) -> _Found:
    try:
        packed = backend.get(key.key)
    except ObjectMissingError:
        return _Found("lost")
    except ObjectCorruptError as error:
        # Larger than any document may be, or not to be read.
        return _Found("flipped", _why(error))
    try:
        verified(unpack(packed, what=key.key), key.digest, what=key.key)
    except ObjectCorruptError:
        return _Found("truncated" if _breaks_off(packed) else "flipped")
    return _Found(None)


def _breaks_off(packed: bytes) -> bool:
    """Return whether a compressed document is the beginning of one."""
    unpacker = zstandard.ZstdDecompressor().decompressobj()
    try:
        for start in range(0, len(packed), _CHUNK_BYTES):
            unpacker.decompress(packed[start : start + _CHUNK_BYTES])
    except zstandard.ZstdError:
        return False
    return not unpacker.eof


def verify_all(backend: Backend, lying: Iterable[tuple[AnyKey, int]]) -> Iterator[Verdict]:
    """Verify keys, given with their sizes, side by side; yield the verdicts in the same order."""
    memory = _Memory(_HELD_BYTES)
    at_once = calls_at_once(backend)
    chunk = _CHUNK_BYTES if at_once == 1 else LARGEST_OBJECT

    def verify(one: tuple[AnyKey, int]) -> Verdict:
        key, size = one
        amount = min(size, chunk) if isinstance(key, ObjectKey) else _UNPACKED * size
        with memory.taken(amount) as buffer:
            return _verdict(backend, key, size, buffer)

    yield from side_by_side(verify, lying, max(at_once, _THREADS), ahead=_IN_HAND)


def _verdict(backend: Backend, key: AnyKey, size: int, buffer: memoryview) -> Verdict:
    try:
        if isinstance(key, ObjectKey):
            found = _object(backend, key, size, buffer)
        else:
            found = _document(backend, key)
    except BackendUnavailableError as error:
        # One bad sector, or the whole disk? Then this raises as well.
        backend.get(policy.KEY)
        return Verdict(key, size, "flipped", f"{key.key} cannot be read: {error.message}")
    return Verdict(key, size, found.kind, found.why)
