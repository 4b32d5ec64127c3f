"""The groups of a Ceph cluster: its pools, of which any OSD may hold a part.

What an OSD that is down takes with it depends on where the pieces of each object lie; where that
is not told, the worst place is counted.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from podplanner.drives.arrays.ceph.cluster import Cluster, Disk, Osd
from podplanner.drives.arrays.ceph.documents import Pgs, Pool, Status
from podplanner.drives.arrays.state import Array, Group, Member, MemberState, Rebuild

_BAD = (
    "down", "incomplete", "stale", "unknown", "inconsistent", "failed_repair", "recovery_toofull",
    "backfill_toofull", "recovery_unfound", "backfill_unfound",
)  # fmt: skip
_MOVING = ("recovering", "recovery_wait", "backfilling", "backfill_wait", "remapped", "peering",
           "activating", "forced_recovery", "forced_backfill")  # fmt: skip
# States of placement groups: docs.ceph.com, Placement Group States.
_SHORT = ("degraded", "undersized")
_CHECKS = (
    "OSD_FULL", "OSD_BACKFILLFULL", "OSD_NEARFULL", "POOL_FULL", "PG_DAMAGED", "OBJECT_UNFOUND",
    "PG_RECOVERY_FULL", "PG_BACKFILL_FULL", "OSD_SCRUB_ERRORS",
)  # fmt: skip
# Health checks that speak of data, or of room to rebuild: docs.ceph.com, Health checks.
_STOPPED = ("norecover", "nobackfill", "norebalance", "pauserd", "pausewr")
# Flags with which nothing is rebuilt.
_NAMED = 3
# Pools that a name lists.


def array_of_cluster(cluster: Cluster) -> Array:
    """Return a cluster as an array."""
    states = _states(cluster.status)
    members = tuple(_members(cluster))
    rebuild = _rebuild(cluster.status, states)
    groups = []
    for tolerance, gone, pools in _alike(cluster, states):
        names = ", ".join(pool.pool_name for pool in pools[:_NAMED])
        more = len(pools) - _NAMED
        name = f"pool {names}" if len(pools) == 1 else f"pools {names}"
        groups.append(
            Group(f"{name} and {more} more" if more > 0 else name,
                  f"{pools[0].size} {'copies' if pools[0].type == 1 else 'chunks'}",
                  members, tolerance, gone, rebuild)
        )  # fmt: skip
    scrubs = sum("scrubbing" in state for state in states)
    return Array(
        name="ceph",
        kind="ceph",
        groups=tuple(groups),
        scrub="a scrub runs" if scrubs else "",
        trouble=tuple(f"ceph: {words}" for words in _trouble(cluster, states)),
    )


def _states(status: Status | None) -> tuple[str, ...]:
    """Return the states that placement groups are in."""
    if status is None:
        return ()
    return tuple(entry.state_name for entry in status.pgmap.pgs_by_state if entry.count > 0)


def _trouble(cluster: Cluster, states: Sequence[str]) -> Iterator[str]:
    if cluster.status is None:
        yield "its status was not read"
        return
    if not states:
        yield "the states of its data are not told"
    if cluster.status.mgrmap.available is False:
        yield "no manager is active, so the states of its data are old"
    for state in states:
        words = state.split("+")
        if found := [word for word in words if word in _BAD]:
            yield f"placement groups are {', '.join(found)}"
        elif "active" not in words:
            yield f"placement groups are not active ({state})"
    for name, check in cluster.status.health.checks.items():
        message = check.summary.message
        if name in _CHECKS:
            yield message or name
        elif name == "OSDMAP_FLAGS" and any(flag in message for flag in _STOPPED):
            yield f"nothing is rebuilt: {message}"


def _members(cluster: Cluster) -> Iterator[Member]:
    disks = {n: list(found) for n, found in groupby(
        sorted(cluster.disks, key=lambda d: d.osd), key=lambda d: d.osd)}  # fmt: skip
    for osd in cluster.osds:
        for disk in disks.get(osd.number) or [Disk(osd.number, None, None, None, main=True)]:
            words = ("up" if osd.up else "down") + (", in" if osd.inside else ", out")
            yield Member(
                name=f"osd.{osd.number}",
                state=_state(osd, cluster),
                path=disk.device,
                serial=disk.serial,
                size_bytes=disk.size_bytes,
                words=words if disk.main else f"{words}; its database or journal",
            )


def _state(osd: Osd, cluster: Cluster) -> MemberState:
    if _is_drained(osd, cluster):
        return MemberState.GONE
    if osd.up and osd.inside:
        return MemberState.ONLINE
    # It is on its way out, and what it holds counts until Ceph says that it may be destroyed.
    return MemberState.ERRORS if osd.up else MemberState.GONE


def _is_drained(osd: Osd, cluster: Cluster) -> bool:
    """Return whether nothing that is still needed lies on an OSD.

    The states of placement groups lag seconds behind a failure, so that all of them clean is not
    enough: Ceph was asked, or no group names the OSD any more.
    """
    if osd.up and osd.inside:
        return False
    if cluster.drained is not None:
        return osd.number in cluster.drained
    return cluster.pgs is not None and not osd.inside and not any(
        osd.number in pg.up or osd.number in pg.acting for pg in cluster.pgs.pg_stats
    )  # fmt: skip


def _alike(cluster: Cluster, states: Sequence[str]) -> Iterator[tuple[int, int, list[Pool]]]:
    """Yield pools that may lose, and have lost, as much as each other."""
    found: dict[tuple[int, int, int, int], list[Pool]] = {}
    for pool in cluster.pools:
        tolerance = cluster.tolerances[pool.pool_name]
        key = (tolerance, _gone(pool, tolerance, cluster, states), pool.type, pool.size)
        found.setdefault(key, []).append(pool)
    for (tolerance, gone, _, _), pools in found.items():
        yield tolerance, gone, pools


def _gone(pool: Pool, tolerance: int, cluster: Cluster, states: Sequence[str]) -> int:
    down = sum(not osd.up and not _is_drained(osd, cluster) for osd in cluster.osds)
    short = any(word in state for state in states for word in _SHORT)
    working = bool(states) and all("active" in state.split("+") for state in states)
    if cluster.pgs is not None:
        missing = _missing(pool, tolerance, cluster.pgs, cluster.osds, down)
        gone = max(missing, min(down, tolerance))
    elif short and not down:
        # A drive that is back, or new, and is being filled: how much it lacks is not told.
        gone = tolerance
    else:
        gone = max(down, int(short))
    return min(gone, tolerance) if working else gone


def _missing(pool: Pool, tolerance: int, pgs: Pgs, osds: Sequence[Osd], down: int) -> int:
    """Return how many pieces the worst placement group of a pool is short of.

    One that lacks pieces on drives which are all there is being filled: with as many pieces as
    drives have gone, at least one. Where it is not even being filled, the worst is taken.
    """
    up = {osd.number for osd in osds if osd.up}
    worst = 0
    for pg in pgs.pg_stats:
        if pg.pgid.partition(".")[0] != str(pool.number):
            continue
        there = len(up.intersection(pg.acting))
        short = max(pool.size - there, 0)
        if "degraded" in pg.state and not short:
            filled = any(word in pg.state for word in ("recover", "backfill"))
            short = max(1, down) if filled else tolerance
        worst = max(worst, short)
    return worst


def _rebuild(status: Status | None, states: Sequence[str]) -> Rebuild | None:
    moving = sorted({w for state in states for w in state.split("+") if w in _MOVING})
    if not moving or status is None:
        return None
    shares = [
        f"{100 * ratio:.1f} % of its objects {words}"
        for ratio, words in (
            (status.pgmap.degraded_ratio, "lack a copy or chunk"),
            (status.pgmap.misplaced_ratio, "are on their way"),
        )
        if ratio > 0
    ]
    return Rebuild("; ".join((f"Ceph moves data ({', '.join(moving)})", *shares)))
