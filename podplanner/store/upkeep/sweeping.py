"""Sweeping an epoch: the end decided, what is deleted decided, deleted, closed.

Each step may be the last of a collector that dies; the next one takes the epoch up where it is.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.backend import Backend
from podplanner.store.bad_keys import read_bad_keys
from podplanner.store.claims import claim, new_id
from podplanner.store.clock import written
from podplanner.store.documents import decode, encode
from podplanner.store.epochs import (
    CLOSED_FORMAT,
    END_FORMAT,
    LARGEST_LIST,
    AnyKey,
    EpochClosed,
    EpochEnd,
    KeyList,
    candidates_key,
    closed_key,
    end_key,
    key_of_row,
    sweep_key,
)
from podplanner.store.side_by_side import calls_at_once
from podplanner.store.tables import ObjectKey
from podplanner.store.upkeep.partitions import Partitions
from podplanner.store.upkeep.sizes import sizes_of
from podplanner.store.upkeep.unused import still_unused

_LOOK_EVERY = 1000
# Deletions between two looks whether another collector has finished the epoch; as many as S3
# takes with one request.

End = Literal["sweeping", "undone"]


def decide_end(backend: Backend, epoch: int, what: End) -> End:
    """Propose what becomes of an epoch and return what has been decided."""
    end = EpochEnd(format=END_FORMAT, what=what, id=new_id(), time=written(backend.now()))
    if claim(backend, end_key(epoch), encode(end)):
        return what
    decided = decided_end(backend, epoch)
    if decided is None:
        raise ObjectCorruptError(f"{end_key(epoch)} is there and cannot be found")
    return decided


def decided_end(backend: Backend, epoch: int) -> End | None:
    """Return what has been decided of an epoch; None: nothing yet."""
    key = end_key(epoch)
    try:
        return decode(backend.get(key), EpochEnd, what=key, expected=END_FORMAT).what
    except ObjectMissingError:
        return None


def read_list(backend: Backend, key: str) -> KeyList | None:
    """Return a list of keys; None when it is not there."""
    try:
        return KeyList.decode(backend.get(key, limit=LARGEST_LIST), what=key)
    except ObjectMissingError:
        return None


def decide_sweep(backend: Backend, epoch: int, marks: list[Partitions]) -> KeyList:
    """Decide what an epoch deletes, after its end and all roots after that have been marked.

    Another collector's decision, where there is one already, is the one that holds.
    """
    decided = read_list(backend, sweep_key(epoch))
    if decided is not None:
        return decided
    candidates = read_list(backend, candidates_key(epoch)) or KeyList(b"")
    proposal = still_unused(candidates, marks)
    if claim(backend, sweep_key(epoch), proposal.encode()):
        return proposal
    decided = read_list(backend, sweep_key(epoch))
    if decided is None:
        raise ObjectCorruptError(f"{sweep_key(epoch)} is there and cannot be found")
    return decided


class Sweep:
    """Deletes what an epoch has decided, and counts it."""

    def __init__(self, backend: Backend, epoch: int, decision: KeyList) -> None:
        self.objects = 0
        self.bytes = 0
        self._backend = backend
        self._epoch = epoch
        self._decision = decision

    def steps(self) -> Iterator[str]:
        """Delete what was decided, then close the epoch; yield a word after each key.

        Where each deletion is a request, a thousand keys go with one.
        """
        bad = read_bad_keys(self._backend)
        size = 1 if calls_at_once(self._backend) == 1 else _LOOK_EVERY
        for start in range(0, len(self._decision), size):
            if start % _LOOK_EVERY == 0 and self._backend.head(closed_key(self._epoch)):
                break
            keys = [
                key_of_row(self._decision[number])
                for number in range(start, min(start + size, len(self._decision)))
            ]
            self._delete(keys)
            bad.all_mended(self._backend, [key.key for key in keys])
            yield from (f"deleted {key.key}" for key in keys)
        closed = EpochClosed(format=CLOSED_FORMAT, id=new_id(), time=written(self._backend.now()))
        claim(self._backend, closed_key(self._epoch), encode(closed))
        yield f"closed {self._epoch}"
        self._backend.delete(candidates_key(self._epoch))
        yield f"removed the list of {self._epoch}"

    def _delete(self, keys: Sequence[AnyKey]) -> None:
        """Delete some keys, and count the objects that were there just before."""
        there = sizes_of(self._backend, [key.key for key in keys])
        self._backend.delete_all(there)
        counted = [
            there[key.key] for key in keys if isinstance(key, ObjectKey) and key.key in there
        ]
        self.objects += len(counted)
        self.bytes += sum(counted)
