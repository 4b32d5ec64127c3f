"""Commands that replace a drive of a ZFS pool: zpool-offline(8), -replace(8), -wait(8)."""

from collections.abc import Iterator

from podplanner.drives.arrays.zfs.grouping import CACHE, LOG
from podplanner.drives.pulling.card import Step
from podplanner.drives.pulling.quoting import quoted
from podplanner.drives.pulling.seating import Seat


def before(seat: Seat, new: str) -> Iterator[Step]:
    """Yield what takes a member out of use before it is pulled."""
    del new
    pool, old = quoted(seat.array.name), quoted(seat.member.name)
    if seat.group.kind == CACHE or seat.group.kind.startswith(LOG):
        yield Step("Take it out of the pool.", f"zpool remove {pool} {_vdev(seat)}")
    elif seat.counts:
        yield Step("Take it offline, so that it is not pulled while it is written.",
                   f"zpool offline {pool} {old}")  # fmt: skip
    elif seat.is_covered:
        yield Step("Detach it: the spare that holds its data takes its place for good.",
                   f"zpool detach {pool} {old}")  # fmt: skip


def onto_spare(seat: Seat, new: str, hot: bool) -> Iterator[Step]:
    """Yield what rebuilds onto another drive while the old one is still in its place."""
    pool, old = quoted(seat.array.name), quoted(seat.member.name)
    if seat.group.kind == CACHE or seat.group.kind.startswith(LOG):
        yield from before(seat, new)
        return
    stays = "; the old drive stays in use until that is done" if seat.counts else ""
    yield Step(f"Rebuild onto the other drive{stays}.", f"zpool replace {pool} {old} {new}")
    yield Step("Wait for its end (hours to days).", f"zpool wait -t resilver {pool}")
    yield Step("It must have ended with 0 errors.", f"zpool status -v {pool}")
    if hot and not new.startswith("draid"):
        yield Step("Detach the old drive: the hot spare takes its place for good.",
                   f"zpool detach {pool} {old}")  # fmt: skip


def afterwards(seat: Seat, new: str) -> Iterator[Step]:
    """Yield what puts a new drive in the place of one that was pulled."""
    pool, old = quoted(seat.array.name), quoted(seat.member.name)
    if seat.is_covered:
        yield Step("Give the pool a hot spare again.", f"zpool add {pool} spare {new}")
    elif seat.group.kind == CACHE:
        yield Step("Give the pool a cache again.", f"zpool add {pool} cache {new}")
    elif seat.group.kind.startswith(LOG):
        yield Step("Give the pool a log again.", f"zpool add {pool} log {new}")
    else:
        yield Step("Rebuild onto the new drive.", f"zpool replace {pool} {old} {new}")


def checks(seat: Seat) -> Iterator[Step]:
    """Yield what shows that the pool is whole again."""
    pool = quoted(seat.array.name)
    yield Step("Every drive ONLINE, the resilver with 0 errors, no known data errors?",
               f"zpool status -v {pool}")  # fmt: skip
    yield Step("Read everything once when it is whole.", f"zpool scrub {pool}")


def _vdev(seat: Seat) -> str:
    """Return the name of what is removed: of a mirrored log the whole of it."""
    whole = seat.group.kind.startswith(LOG) and len(seat.group.members) > 1
    return quoted(seat.group.name if whole else seat.member.name)
