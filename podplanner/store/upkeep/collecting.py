"""Collecting: freeing what no version needs, beside pushes, pulls and other collections."""

import time
from collections.abc import Callable

from podplanner.errors import ConflictError, UnknownNameError
from podplanner.store.epochs import candidates_key, list_epochs
from podplanner.store.progress import Progress
from podplanner.store.results import Collected
from podplanner.store.root import StoreRoot
from podplanner.store.upkeep.collection import GRACE_SECONDS, Collection, Order
from podplanner.store.upkeep.retention import Retention
from podplanner.store.upkeep.sweeping import decide_end


def collect(
    root: StoreRoot,
    *,
    grace_s: float = GRACE_SECONDS,
    least_grace_s: float = 0.0,
    keep_last: int | None = None,
    keep_alias: bool = False,
    keep_days: float | None = None,
    dry_run: bool = False,
    progress: Progress,
    clock: Callable[[], float] = time.time,
) -> Collected:
    """Free what earlier collections have marked, and mark what is unused now.

    Args:
        root: The store.
        grace_s: So long what was marked stays before it is deleted, in seconds. With 0 it is
            marked and deleted at once, if no push is under way.
        least_grace_s: The shortest grace time that is safe there.
        keep_last: Delete versions, but not so many of the highest of each model.
        keep_alias: Delete versions, but none that an alias names.
        keep_days: Delete versions, but none pushed in so many days.
        dry_run: Write nothing, and say what would be done.
        progress: Hears of it.
        clock: Tells the time of a dry run, in seconds since 1970: asking the store would write.

    Raises:
        ObjectCorruptError: A version cannot be read, so that nothing is known to be unused.
        WrongUsageError: The grace time or a rule makes no sense.
    """
    retention = Retention(keep_last, keep_alias, keep_days)
    order = Order(grace_s, least_grace_s, retention, dry_run)
    collection = Collection(root, order, progress, clock=clock)
    for _ in collection.steps():
        pass
    return collection.result()


def undo_epoch(root: StoreRoot, epoch: int) -> Collected:
    """Take an epoch back: nothing that it lists is deleted for its sake.

    Raises:
        UnknownNameError: There is no such epoch.
        ConflictError: It is being swept, or has been.
    """
    backend = root.backend
    files = {one.number: one for one in list_epochs(backend)}.get(epoch)
    if files is None:
        raise UnknownNameError(
            f"there is no epoch {epoch} in {backend.address}",
            hint="Give the number that `podplanner store gc` has printed.",
        )
    if decide_end(backend, epoch, "undone") == "sweeping":
        raise ConflictError(
            f"epoch {epoch} has been swept"
            if "closed" in files.parts
            else f"epoch {epoch} is being swept",
            hint="Undelete what is left with `podplanner model undelete NAME:VERSION`.",
        )
    backend.delete(candidates_key(epoch))
    return Collected(
        epoch=epoch,
        marked_objects=0,
        marked_bytes=0,
        freed_objects=0,
        freed_bytes=0,
        pinned_bytes=0,
        sweep_after=None,
    )
