"""What a drive layout asks of the bays: sets of drives, and how many of each may be gone at once.

The word *set* is used for what must be spread: mostly that is a group of the layout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from podplanner.catalog.drive_layout import DriveLayout


@dataclass(frozen=True, slots=True)
class Demand:
    """Drives to place, in sets that are all alike.

    Attributes:
        sets: How many.
        width: Drives of one set.
        parity: Drives of one set that may be gone at once, whichever they are.
        sets_in_group: A group of the layout is one set, but for RAID10 with an even number of
            members, which is that many pairs (its members 1 and 2, 3 and 4 ... hold the same
            data), and for single drives, each a set of its own.
        shards_in_pod: Members of one stripe that one pod holds at most, where the members of a
            cluster are spread over pods so that all of one pod may go; else None.
        note: What was taken for granted, a sentence; may be empty.
    """

    sets: int
    width: int
    parity: int
    sets_in_group: int = 1
    shards_in_pod: int | None = None
    note: str = ""

    @property
    def drives(self) -> int:
        """Return how many drives there are to place."""
        return self.sets * self.width

    @property
    def allowed(self) -> int:
        """Return how many drives one component may hold, if its loss is to be survived.

        No set may have more than `parity` there, so all sets together have at most this many.
        """
        return self.sets * self.parity

    @property
    def noun(self) -> str:
        """Return what to call one set: `group`, `pair` or `drive`."""
        return "group" if self.sets_in_group == 1 else "pair" if self.width == 2 else "drive"

    def member(self, number: int, rank: int) -> tuple[int, int]:
        """Return (group, member), from 1, of the drive `rank` of set `number`, both from 0."""
        group, part = divmod(number, self.sets_in_group)
        return group + 1, part * self.width + rank + 1

    def set_of(self, group: int, member: int) -> int:
        """Return the set, from 0, that a member of a group belongs to."""
        return (group - 1) * self.sets_in_group + (member - 1) // self.width


def demand_of(layout: DriveLayout, *, drives: int, pods: int = 1) -> Demand:
    """Return what `layout` asks of the bays of one pod.

    Args:
        layout: The drive layout.
        drives: Drives of the pod, for layouts that take any number; others know their own.
        pods: Pods over which the members of a cluster are spread.
    """
    if layout.scheme == "single":
        note = "Every drive stands for itself: none of them may go."
        return Demand(drives, 1, 0, sets_in_group=drives, note=note)
    if layout.groups is None:
        return _cluster(layout, drives, pods)
    if layout.level == 10 and layout.width % 2 == 0:
        # md(4), RAID10, near=2: the copies of a chunk lie on neighbouring devices.
        pairs = layout.width // 2
        return Demand(layout.groups * pairs, 2, 1, sets_in_group=pairs)
    note = ""
    if layout.level == 10:
        note = ("With an odd number of members the copies of RAID10 go round all of them: it is "
                "taken as surviving any one drive, though it survives some two.")  # fmt: skip
    return Demand(layout.groups, layout.width, layout.parity, note=note)


def _cluster(layout: DriveLayout, drives: int, pods: int) -> Demand:
    """Return the drives of one pod of a cluster, of which any may hold a part of the same data."""
    share = -(-layout.width // pods)
    if pods > 1 and share <= layout.parity:
        note = (f"Spread over {pods} pods, with at most {share} of the {layout.width} members of "
                "anything stored in one pod: the whole pod may go. The cluster must be told to "
                "spread so (Ceph: a CRUSH rule by host; SeaweedFS: by server).")  # fmt: skip
        return Demand(1, drives, drives, shards_in_pod=share, note=note)
    note = ("The cluster and not the bay chooses where data goes: any drives of the pod may hold "
            "members of the same data, and more than the parity of them gone is data "
            "gone.")  # fmt: skip
    if pods > 1:
        note += (f" {pods} pods are too few to keep at most {layout.parity} of {layout.width} "
                 "members in one.")  # fmt: skip
    return Demand(1, drives, layout.parity, note=note)


def survivable(sizes: Sequence[int], layout: DriveLayout) -> bool:
    """Return whether drives can be placed so that any one of several like components may go.

    Exact for components that share no bay, such as the backplanes: a component of `n` bays may
    hold at most min(n, sets x parity) drives, and where the sum of that is enough, the drives can
    be dealt out to the components in turn, set by set, so that none gets more than its parity.
    Members of a cluster are taken as spread over pods, one in each.

    Args:
        sizes: Bays of each component.
        layout: The layout of the pod's drives.
    """
    return _survivable(tuple(sizes), layout)


@lru_cache(maxsize=65_536)
def _survivable(sizes: tuple[int, ...], layout: DriveLayout) -> bool:
    if layout.is_cluster:
        return layout.parity > 0
    if layout.drives is None:
        return False
    demand = demand_of(layout, drives=layout.drives)
    return sum(min(size, demand.allowed) for size in sizes) >= demand.drives
