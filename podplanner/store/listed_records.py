"""Records of which a listing has just shown that they are there, read from a cache if possible."""

from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Self

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.backend import ObjectInfo
from podplanner.store.names import ModelName
from podplanner.store.record_cache import RecordCache
from podplanner.store.record_keys import record_key
from podplanner.store.records import VersionRecord, read_move, read_record
from podplanner.store.root import StoreRoot

_KEPT_BACK = 2_000
# New records that are put into the cache in one go.


class ListedRecords:
    """Reads records that never change; usable from threads, but for `look_up`.

    As a context manager it remembers, at the end, what was read.
    """

    def __init__(self, root: StoreRoot) -> None:
        self._backend = root.backend
        self._cache = RecordCache.open(root.id, root.backend.address)
        self._known: dict[str, bytes] = {}
        self._new: deque[tuple[ObjectInfo, bytes]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._remember()
        self._cache.close()

    def look_up(self, infos: Iterable[ObjectInfo]) -> None:
        """Look in the cache for what is about to be read; for one thread."""
        if len(self._new) > _KEPT_BACK:
            self._remember()
        self._known.update(self._cache.get_many(infos))

    def _remember(self) -> None:
        # Threads may add more meanwhile.
        self._cache.put_many([self._new.popleft() for _ in range(len(self._new))])

    def record(self, model: ModelName, number: int, info: ObjectInfo) -> VersionRecord | None:
        """Return the record of a version; None when it has gone since the listing.

        Raises:
            ObjectCorruptError: It is not what was written.
            FormatVersionError: A newer podplanner wrote it.
        """
        known = self._known.pop(info.key, None)
        if known is not None:
            # An older podplanner may have believed more: the store has the last word.
            with suppress(ObjectCorruptError):
                return read_record(known, model, number)
        try:
            content = self._backend.get(record_key(model, number))
        except ObjectMissingError:
            return None
        record = read_record(content, model, number)
        if record.proof:
            self._new.append((info, content))
        return record

    def alias(self, info: ObjectInfo) -> int | None:
        """Return the version that the last move of an alias names; None when it names none.

        Raises:
            ObjectMissingError: It is lost: moves are never removed.
            ObjectCorruptError: It is no move.
        """
        known = self._known.pop(info.key, None)
        if known is not None:
            with suppress(ObjectCorruptError):
                return read_move(known, info.key).version
        content = self._backend.get(info.key)
        move = read_move(content, info.key)
        self._new.append((info, content))
        return move.version
