"""The groups of a ZFS pool: which drives keep data together, and how many more may go.

A pool is lost with any of its top-level vdevs, so each of them is a group of its own: those of
special allocation classes too, and a separate log, of which a loss costs the last synchronous
writes at worst. What a cache holds is in the pool as well.
"""

from collections.abc import Sequence
from dataclasses import replace

from podplanner.drives.arrays.state import Array, Group, Member, MemberState, Rebuild
from podplanner.drives.arrays.zfs.vdev import SHARED, PoolStatus, Vdev

_WHOLE = ("ONLINE", "HEALTHY")
_GONE = ("FAULTED", "UNAVAIL", "REMOVED", "OFFLINE", "CLOSED", "SPLIT")
_WORKING = (*_WHOLE, "DEGRADED")
CACHE = "cache"
"""Kind of a group whose loss costs nothing."""
LOG = "log "
"""Begins the kind of a separate log, which can be taken out of a pool."""


def array_of(pool: PoolStatus) -> Array:
    """Return a pool as an array."""
    runs = pool.resilver is not None or bool(pool.rebuilds)
    groups = [_group(vdev, "", runs=runs) for vdev in pool.vdevs]
    groups += [_group(vdev, f"{name} ", runs=runs) for name, vdev in pool.classes]
    groups += [_cache(pool.cache)] if pool.cache else []
    return Array(
        name=pool.name,
        kind="zfs",
        groups=tuple(_with_rebuilds(groups, pool)),
        spares=tuple(_member(vdev, None, runs=False) for vdev in pool.spares
                     if vdev.state != "INUSE"),
        scrub=pool.scrub,
        trouble=tuple(_trouble(pool)),
    )  # fmt: skip


def _trouble(pool: PoolStatus) -> list[str]:
    found = list(pool.trouble)
    if pool.state not in _WORKING:
        found.append(f"the pool is {pool.state}" if pool.state else "its state is not said")
    if pool.data_errors is None:
        found.append("it does not say whether data are damaged")
    elif pool.data_errors:
        found.append("permanent errors have been detected: data are damaged already "
                     f"(`zpool status -v {pool.name}` lists the files)")  # fmt: skip
    return [f"{pool.name}: {words}" for words in found]


def _group(vdev: Vdev, prefix: str, *, runs: bool) -> Group:
    alone = not vdev.children or vdev.kind in SHARED
    slots = (vdev,) if alone else vdev.children
    members = tuple(m for slot in slots for m in _members(slot, runs=runs))
    tolerance = 0 if alone else _tolerance(vdev, len(slots))
    gone = sum(not _stands(slot, runs=runs) for slot in slots)
    trouble = _group_trouble(vdev, members, tolerance, len(slots))
    if tolerance is not None:
        # What the vdev says of itself weighs more than the count: a mark of a resilver may stand
        # at a drive that holds its data, and a lost vdev has lost too many.
        works = vdev.state in _WORKING
        gone = min(gone, tolerance) if works else max(gone, tolerance + 1)
    parity = vdev.parity if vdev.kind in ("raidz", "draid") else None
    kind = "disk" if alone else f"{vdev.kind}{parity or ''}"
    return Group(vdev.name, prefix + kind, members, tolerance, gone, None, tuple(trouble))


def _tolerance(vdev: Vdev, slots: int) -> int | None:
    if vdev.kind == "mirror":
        return slots - 1
    return vdev.parity if vdev.kind in ("raidz", "draid") else None


def _group_trouble(
    vdev: Vdev, members: Sequence[Member], tolerance: int | None, slots: int
) -> list[str]:
    found = []
    if vdev.state not in _WORKING:
        found.append(f"{vdev.name} is {vdev.state or 'in no state that is said'}")
    if tolerance is None:
        found.append(f"how many drives {vdev.name} ({vdev.kind}) may lose is not known; record it "
                     "without -g")  # fmt: skip
    elif vdev.children and vdev.kind not in SHARED and slots <= max(tolerance, 1):
        found.append(f"{vdev.name} shows {slots} of its drives; record it without -e")
    odd = [leaf.name for leaf in vdev.leaves() if leaf.state not in (*_WORKING, *_GONE)]
    if odd:
        found.append(f"the state of {odd[0]} is not known")
    return found


def _members(slot: Vdev, *, runs: bool) -> tuple[Member, ...]:
    if not slot.children:
        return (_member(slot, None, runs=runs),)
    leaves = tuple(slot.leaves())
    marked = any(leaf.filling for leaf in leaves)
    return tuple(
        # Where a resilver runs and marks none of them, the first is the old one.
        _member(leaf, slot.name, runs=runs, fills=runs and not marked and number > 0)
        for number, leaf in enumerate(leaves)
    )


def _stands(slot: Vdev, *, runs: bool) -> bool:
    """Return whether the data of a place are there, on one of the drives that share it."""
    return any(
        member.state in (MemberState.ONLINE, MemberState.ERRORS)
        for member in _members(slot, runs=runs)
    )


def _member(vdev: Vdev, slot: str | None, *, runs: bool, fills: bool = False) -> Member:
    reads, writes, sums = vdev.errors
    return Member(
        name=vdev.name, state=_state(vdev, runs=runs, fills=fills), path=vdev.path or vdev.was,
        size_bytes=vdev.size_bytes, read_errors=reads, write_errors=writes, checksum_errors=sums,
        words=_words(vdev), slot=slot,
    )  # fmt: skip


def _state(vdev: Vdev, *, runs: bool, fills: bool) -> MemberState:
    if vdev.state == "AVAIL":
        return MemberState.ONLINE
    if vdev.state not in _WORKING:
        return MemberState.GONE
    # "awaiting resilver" is no running one, and the drive is not whole either.
    if fills or (vdev.filling and (runs or "awaiting" in vdev.words)):
        return MemberState.REBUILDING
    return MemberState.ERRORS if vdev.state == "DEGRADED" or any(vdev.errors) else (
        MemberState.ONLINE
    )  # fmt: skip


def _words(vdev: Vdev) -> str:
    if vdev.kind == "dspare":
        return "distributed spare"
    was = f"was {vdev.was}" if vdev.was and "was " not in vdev.words else ""
    return " ".join(word for word in (vdev.state, vdev.words, was) if word)


def _cache(vdevs: Sequence[Vdev]) -> Group:
    members = tuple(_member(vdev, None, runs=False) for vdev in vdevs)
    gone = sum(member.state is MemberState.GONE for member in members)
    return Group(CACHE, CACHE, members, len(members), gone)


def _with_rebuilds(groups: Sequence[Group], pool: PoolStatus) -> list[Group]:
    """Return the groups with the rebuild that runs in them.

    A resilver is the pool's: it runs in the groups with drives that it fills, in all where it is
    not seen in which.
    """
    sequential = dict(pool.rebuilds)
    filling = [
        g.name for g in groups if any(m.state is MemberState.REBUILDING for m in g.members)
    ]  # fmt: skip
    return [replace(g, rebuild=_rebuild(g, pool, sequential, filling)) for g in groups]


def _rebuild(
    group: Group, pool: PoolStatus, sequential: dict[str, Rebuild], filling: Sequence[str]
) -> Rebuild | None:
    if group.kind == CACHE:
        return None
    if group.name in sequential:
        return sequential[group.name]
    if pool.resilver is not None and (group.name in filling or not filling):
        return pool.resilver
    if group.name in filling and pool.resilver is None:
        return Rebuild("a resilver waits to begin")
    return None
