"""Verifying what lies in a store: every object and document against its own name."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

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
from podplanner.store.tables import ObjectKey

Kind = Literal["flipped", "lost", "truncated"]
"""Other bytes than the name says; not there; shorter than it should be."""

_CHUNK_BYTES = 2**20
# Read and hashed at a time: both are at full speed from here on.
_THREADS = 2
# One reads while the other hashes; a third gains nothing on one disk.
_IN_HAND = 64
# Keys given to the threads ahead of what has been answered.


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found under one key."""

    key: AnyKey
    size: int
    """Bytes that were read."""
    kind: Kind | None
    """None: it is as it should be."""
    why: str = ""
    """In words, where the disk did not let it be read."""


def verify_object(backend: Backend, key: ObjectKey, size: int) -> Kind | None:
    """Read an object and return what is wrong with it."""
    hasher = blake3()
    buffer = bytearray(min(size, _CHUNK_BYTES))
    view = memoryview(buffer)
    try:
        for offset in range(0, size, _CHUNK_BYTES):
            part = view[: min(_CHUNK_BYTES, size - offset)]
            backend.read_into(key.key, offset, part)
            hasher.update(part)
    except ObjectMissingError:
        return "lost"
    except ObjectCorruptError:
        return "truncated"
    return None if hasher.digest() == key.digest else "flipped"


def verify_document(backend: Backend, key: DocumentKey) -> Kind | None:
    """Read a document and return what is wrong with its bytes; whether they make sense is not."""
    try:
        packed = backend.get(key.key)
    except ObjectMissingError:
        return "lost"
    except ObjectCorruptError:
        # Larger than any document may be.
        return "flipped"
    try:
        verified(unpack(packed, what=key.key), key.digest, what=key.key)
    except ObjectCorruptError:
        return "truncated" if _breaks_off(packed) else "flipped"
    return None


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
    waiting: list[Future[Verdict]] = []
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="check") as pool:
        try:
            for key, size in lying:
                waiting.append(pool.submit(_verdict, backend, key, size))
                if len(waiting) > _IN_HAND:
                    yield waiting.pop(0).result()
            for future in waiting:
                yield future.result()
        finally:
            for future in waiting:
                future.cancel()


def _verdict(backend: Backend, key: AnyKey, size: int) -> Verdict:
    verify: Callable[[], Kind | None]
    if isinstance(key, ObjectKey):
        verify = lambda: verify_object(backend, key, size)  # noqa: E731
    else:
        verify = lambda: verify_document(backend, key)  # noqa: E731
    try:
        return Verdict(key, size, verify())
    except BackendUnavailableError as error:
        # One bad sector, or the whole disk? Then this raises as well.
        backend.get(policy.KEY)
        return Verdict(key, size, "flipped", f"{key.key} cannot be read: {error.message}")
