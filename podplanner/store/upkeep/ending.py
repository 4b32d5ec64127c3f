"""Ending dead pushes: fencing them, forgetting what they stored, cleaning up after them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from podplanner.store.backend import Backend
from podplanner.store.fencing import fence
from podplanner.store.lease import (
    DEAD_KEPT_SECONDS,
    FoundLease,
    find_leases,
    remove_lease,
)
from podplanner.store.refs import Refs
from podplanner.store.side_by_side import calls_at_once, side_by_side


@dataclass(frozen=True, slots=True)
class Leases:
    """All leases of a store, as they were at one time."""

    live: tuple[FoundLease, ...]
    """Of pushes that may still publish."""
    dead: tuple[FoundLease, ...]
    """That have run out, and whose logs still count."""
    forgotten: tuple[FoundLease, ...]
    """That ran out so long ago that their logs do not count any more."""
    over: tuple[FoundLease, ...]
    """Of which only remains are there."""

    @property
    def logging(self) -> tuple[FoundLease, ...]:
        """Return the leases whose logs count as references."""
        return self.live + self.dead

    @property
    def earliest_start(self) -> float:
        """When the first of the live pushes began; infinity when there is none."""
        return min((lease.started for lease in self.live), default=math.inf)

    def holding(self, epoch: int) -> list[FoundLease]:
        """Return the live pushes that began before they could know of an epoch."""
        return [lease for lease in self.live if lease.record is None or lease.record.epoch < epoch]


def look_at_leases(backend: Backend, now: float, *, grace_s: float) -> Leases:
    """Return all leases; changes nothing.

    Args:
        backend: Of the store.
        now: By the store's clock.
        grace_s: So long after its last renewal a dead push may still be run again without
            sending again what it had stored, in seconds.
    """
    kinds: dict[str, list[FoundLease]] = {"live": [], "dead": [], "forgotten": [], "over": []}
    for lease in find_leases(backend):
        if lease.is_over:
            kind = "over"
        elif not lease.expired(now):
            kind = "live"
        else:
            kind = "dead" if now - lease.renewed <= grace_s else "forgotten"
        kinds[kind].append(lease)
    return Leases(**{kind: tuple(found) for kind, found in kinds.items()})


def end_dead_pushes(backend: Backend, leases: Leases, now: float) -> Iterator[str]:
    """See to it that no dead push publishes, and remove what is left of those long dead."""
    refs = Refs(backend)
    # Where a file server lost its power, what is left may belong to a push that goes on.
    remains = tuple(lease for lease in leases.over if lease.renewed)
    at_once = calls_at_once(backend)

    def end(lease: FoundLease) -> str:
        fence(backend, refs, lease)
        return f"fenced {lease.id}"

    def forget(lease: FoundLease) -> str:
        remove_lease(backend, lease.id, decisions=False)
        return f"forgot {lease.id}"

    def clean_up(lease: FoundLease) -> str:
        times = [info.time for key in lease.commits if (info := backend.head(key))]
        remove_lease(backend, lease.id, decisions=now - max(times, default=0.0) > DEAD_KEPT_SECONDS)
        return f"cleaned up after {lease.id}"

    yield from side_by_side(end, leases.dead + leases.forgotten + remains, at_once)
    yield from side_by_side(forget, leases.forgotten, at_once)
    yield from side_by_side(clean_up, leases.over, at_once)


def words_about(lease: FoundLease) -> str:
    """Return in words which push a lease belongs to."""
    record = lease.record
    if record is None:
        return f"a push that is just beginning ({lease.id[:8]})"
    return f"{record.what} of {record.model} by {record.who}, since {record.started}"
