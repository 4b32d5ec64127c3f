"""A store in memory that is as far away as a bucket."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from podplanner.store.backend import DOCUMENT_LIMIT, ObjectInfo, Traits
from podplanner.store.backends.memory import MemoryBackend

PAGE = 1000


class RemoteMemory(MemoryBackend):
    """Counts what would be requests to an engine, and how many of them are under way together."""

    def __init__(self, *, at_once: int = 8, clock: Callable[[], float] = time.time) -> None:
        super().__init__(clock=clock)
        self.delay_s = 0.0
        """How long a request takes."""
        self.requests: Counter[str] = Counter()
        self.most_under_way = 0
        self._under_way = 0
        self._at_once = at_once
        self._counting = threading.Lock()

    @property
    def address(self) -> str:
        return "s3://memory"

    @property
    def traits(self) -> Traits:
        return Traits(at_once=self._at_once, is_remote=True)

    def total(self) -> int:
        """Return how many requests there were, and begin to count again."""
        found = self.requests.total()
        self.requests.clear()
        return found

    def get(self, key: str, *, limit: int = DOCUMENT_LIMIT) -> bytes:
        self._ask("get")
        return super().get(key, limit=limit)

    def read_into(self, key: str, offset: int, buffer: memoryview) -> None:
        self._ask("read")
        super().read_into(key, offset, buffer)

    def head(self, key: str) -> ObjectInfo | None:
        self._ask("head")
        return super().head(key)

    def put(self, key, parts) -> None:
        self._ask("put")
        super().put(key, parts)

    def create(self, key: str, content: bytes) -> bool:
        self._ask("create")
        return super().create(key, content)

    def delete(self, key: str) -> None:
        self._ask("delete")
        super().delete(key)

    def delete_all(self, keys: Iterable[str]) -> None:
        for number, key in enumerate(keys):
            if number % PAGE == 0:
                self._ask("delete all")
            super().delete(key)

    def keys(self, prefix: str, *, after: str = "") -> Iterator[ObjectInfo]:
        self._ask("list")
        for number, info in enumerate(super().keys(prefix, after=after)):
            if number and number % PAGE == 0:
                self._ask("list")
            yield info

    def folders(self, prefix: str) -> Iterator[str]:
        self._ask("list")
        return super().folders(prefix)

    def now(self) -> float:
        self._ask("head")
        return super().now()

    def _ask(self, what: str) -> None:
        with self._counting:
            self.requests[what] += 1
            self._under_way += 1
            self.most_under_way = max(self.most_under_way, self._under_way)
        if self.delay_s:
            time.sleep(self.delay_s)
        with self._counting:
            self._under_way -= 1
