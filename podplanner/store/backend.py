"""The port of the backends: what a store needs of a directory, a bucket or a memory."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from typing_extensions import Buffer

_KEY = re.compile(r"[a-z0-9%][a-z0-9%._-]*(?:/[a-z0-9%][a-z0-9%._-]*)*")

DOCUMENT_LIMIT = 64 * 2**20
"""Bytes that `get` returns at most: every document of a store is far below it."""


def is_key(key: str) -> bool:
    """Return whether a string may be a key: relative, lower case, plain names between `/`."""
    return _KEY.fullmatch(key) is not None and len(key) <= 512 and ".." not in key


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What a backend says of one object without reading it."""

    key: str
    size: int
    """Bytes."""
    time: float
    """When it was last written, by the store's own clock, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Traits:
    """How a backend is best used; nothing but speed depends on it, with one exception."""

    at_once: int = 0
    """Calls that are best made side by side; 0: as many as there are processors to make them."""
    is_remote: bool = False
    """Whether every call is a request to a server. Then objects that a live version refers to are
    taken to be there, without a request for each: a check of the store looks for lost ones."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """What `clear_leftovers` removed."""

    count: int
    size: int
    """Bytes."""


class Backend(Protocol):
    """A flat map from key to bytes, shared by many writers on many machines.

    Keys satisfy `is_key`; an implementation refuses others with `ValueError`. A key is never the
    folder of another. An object appears whole or not at all: a reader never sees half a `put`.
    What one call has written, every later call of anybody sees. Implementations raise only the
    errors named here, with the library's own error as `__cause__`, and never retry:
    `backends.retrying` does that around any of them. All methods may be called from several
    threads at once.

    Any method may raise:
        NoStoreError: The place itself, such as a bucket, is not there.
        BackendUnavailableError: The backend did not answer, or a disk failed (EIO, ESTALE, a
            mount that has gone); a retry may help.
        NotPermittedError: This user may not do that.
    """

    @property
    def address(self) -> str:
        """The address by which a person names this place."""
        ...

    @property
    def traits(self) -> Traits:
        """How this backend is best used."""
        ...

    def get(self, key: str, *, limit: int = DOCUMENT_LIMIT) -> bytes:
        """Return the whole of a small object.

        Raises:
            ObjectMissingError: No such key; the key is in the message.
            ObjectCorruptError: It is larger than `limit` bytes.
        """
        ...

    def read_into(self, key: str, offset: int, buffer: memoryview) -> None:
        """Fill the whole buffer with the object's bytes from `offset`.

        Raises:
            ObjectMissingError: No such key.
            ObjectCorruptError: The object ends before the buffer is full.
        """
        ...

    def head(self, key: str) -> ObjectInfo | None:
        """Return size and time of an object, or None when there is none."""
        ...

    def put(self, key: str, parts: Sequence[Buffer]) -> None:
        """Write an object of these parts, joined; what was under the key is replaced whole.

        The object need not survive a power cut before `settle`.

        Raises:
            NoSpaceError: The disk or the quota is full. Nothing is left under the key that was
                not there before.
        """
        ...

    def create(self, key: str, content: bytes) -> bool:
        """Write a small object if there is none under the key, atomically; it is durable.

        Of any number of callers at once exactly one gets True. This is the only operation on
        which correctness between machines rests.

        Returns:
            True when this call made the object, False when there was one.

        Raises:
            OutcomeUnknownError: The object may have been made, or not: read it to know.
            NoSpaceError: As for `put`.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove an object; no error when there is none."""
        ...

    def delete_all(self, keys: Iterable[str]) -> None:
        """Remove objects, as many with one request as the backend takes; else as `delete`."""
        ...

    def keys(self, prefix: str, *, after: str = "") -> Iterator[ObjectInfo]:
        """Yield all objects whose key begins with `prefix`, in order of their keys.

        `prefix` is "" or ends in `/`. An object that is made or removed meanwhile may be
        yielded or not; all others are.

        Args:
            prefix: The folder to list, whole subtree.
            after: Only keys greater than this one.
        """
        ...

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names directly below `prefix` that have keys below them, sorted.

        A name all of whose keys have been removed may be yielded for as long as the backend likes.
        """
        ...

    def settle(self, keys: Iterable[str]) -> None:
        """Make objects under these keys survive a power cut, their names included.

        Raises:
            ObjectMissingError: One of them is not there.
            NoSpaceError: The disk or the quota is full: a file server may say so only now.
            BackendUnavailableError: The disk did not take them. They must be written again:
                asking a second time for the same bytes proves nothing.
        """
        ...

    def now(self) -> float:
        """Return the time by the store's own clock (a file server's, not this machine's).

        It may need the permission to write.
        """
        ...

    def free_bytes(self) -> int | None:
        """Return how much can be written; None where nobody knows."""
        ...

    def clear_leftovers(self, before: float) -> Cleared:
        """Remove what broken writes left that is no object, last written before a store time."""
        ...
