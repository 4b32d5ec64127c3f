"""A backend that is only read: for mounts and people that may not write."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NoReturn

from typing_extensions import Buffer

from podplanner.errors import NotPermittedError
from podplanner.store.backend import DOCUMENT_LIMIT, Backend, Cleared, ObjectInfo, Traits


class ReadOnlyBackend:
    """Any backend with every write refused before it is tried.

    That includes `now` (a directory tells the time by writing a file) and `settle`.
    """

    def __init__(self, inner: Backend) -> None:
        self._inner = inner

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
        return self._inner.get(key, limit=limit)

    def read_into(self, key: str, offset: int, buffer: memoryview) -> None:
        """Fill the whole buffer with the object's bytes from `offset`."""
        self._inner.read_into(key, offset, buffer)

    def head(self, key: str) -> ObjectInfo | None:
        """Return size and time of an object, or None when there is none."""
        return self._inner.head(key)

    def put(self, key: str, parts: Sequence[Buffer]) -> None:
        """Refuse."""
        self._refuse(f"write {key!r}")

    def create(self, key: str, content: bytes) -> bool:
        """Refuse."""
        self._refuse(f"create {key!r}")

    def delete(self, key: str) -> None:
        """Refuse."""
        self._refuse(f"delete {key!r}")

    def delete_all(self, keys: Iterable[str]) -> None:
        """Refuse."""
        self._refuse("delete objects")

    def keys(self, prefix: str, *, after: str = "") -> Iterator[ObjectInfo]:
        """Yield all objects whose key begins with `prefix`, in order of their keys."""
        return self._inner.keys(prefix, after=after)

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names directly below `prefix` that have keys below them, sorted."""
        return self._inner.folders(prefix)

    def settle(self, keys: Iterable[str]) -> None:
        """Refuse."""
        self._refuse("make objects durable")

    def now(self) -> float:
        """Refuse."""
        self._refuse("ask the store's clock, which takes writing a file")

    def free_bytes(self) -> int | None:
        """Return how much can be written by somebody who may; None where nobody knows."""
        return self._inner.free_bytes()

    def clear_leftovers(self, before: float) -> Cleared:
        """Refuse."""
        self._refuse("remove leftovers")

    def _refuse(self, what: str) -> NoReturn:
        raise NotPermittedError(
            f"cannot {what}: the store {self.address} is opened for reading only",
            hint="Run the command as a user that may write to the store.",
        )
