"""Cleaning: what broken writes and dead doctors left, and lists that have served their time."""

from collections.abc import Iterator

from podplanner.store.backend import Backend
from podplanner.store.bad_keys import clear_set_aside
from podplanner.store.doctor import PREFIX as DOCTOR
from podplanner.store.epochs import EpochFiles, candidates_key, list_epochs, sweep_key
from podplanner.store.lease import DEAD_KEPT_SECONDS
from podplanner.store.upkeep.ending import Leases
from podplanner.store.upkeep.sweeping import decided_end

_LEFTOVER_SECONDS = 900.0
# What a broken write or a dead doctor left: neither takes a quarter of an hour.
_KEPT_SECONDS = DEAD_KEPT_SECONDS
# So long the decision of a closed epoch stays: a stopped collector may wake up late, and go on
# deleting what it says.


def clean(backend: Backend, leases: Leases, now: float) -> Iterator[str]:
    """Remove it; yield a word after each list.

    Args:
        backend: Of the store.
        leases: As they were when the collection began.
        now: When that was, by the store's clock.
    """
    before = now - _LEFTOVER_SECONDS
    backend.clear_leftovers(min(leases.earliest_start, before))
    outlived = (_outlived(backend, epoch, now) for epoch in list_epochs(backend))
    keys = [key for key in outlived if key is not None]
    backend.delete_all(keys)
    yield from (f"removed {key}" for key in keys)
    clear_set_aside(backend, now - _KEPT_SECONDS)
    tried = [info.key for info in backend.keys(DOCTOR) if info.time < before]
    backend.delete_all(key for key in tried if key.startswith(f"{DOCTOR}try-"))


def _outlived(backend: Backend, epoch: EpochFiles, now: float) -> str | None:
    """Return the key of a list that has served its time."""
    if "candidates" in epoch.parts:
        if "closed" in epoch.parts or (
            "end" in epoch.parts and decided_end(backend, epoch.number) == "undone"
        ):
            return candidates_key(epoch.number)
        return None
    is_old = epoch.closed is not None and now - epoch.closed > _KEPT_SECONDS
    return sweep_key(epoch.number) if is_old and "sweep" in epoch.parts else None
