"""How a drive layout is cut into groups for the sake of durability; in doubt, towards more loss."""

from dataclasses import dataclass
from math import ceil

from podplanner.catalog.drive_layout import DriveLayout

_SHARDS_OF_DRIVE = {"ceph-ec": 100, "ceph-rep": 100, "seaweed-rs": 10_000, "seaweed-rep": 1_000}
# Ceph: `mon_target_pg_per_osd`, 100 placement groups a drive (documentation, pg-autoscaler).
# SeaweedFS: volumes of 30,000 MB (`weed master -volumeSizeLimitMB`), so 1,000 on a 30 TB drive;
# erasure coding cuts one into ten data shards of 3 GB, so 10,000 shards on such a drive.


@dataclass(frozen=True, slots=True)
class Spread:
    """The groups of a pod or of a cluster.

    Attributes:
        drives: Drives of one group.
        parity: Of them, how many may fail.
        count: How many groups.
        everyone: Where groups are spread over all drives of a cluster: how many those are, since
            no data is lost before `parity` + 1 of them are down at once; else None.
        pods: Pods over which each group is spread; 1: each lies in one pod.
        ring: Whether every drive is in two groups, one with each of its neighbours.
    """

    drives: int
    parity: int
    count: int
    everyone: int | None
    pods: int
    ring: bool = False

    @property
    def disjoint(self) -> int:
        """Return how many groups there are at most that have no drive in common."""
        return self.count if self.everyone is None else ceil(self.everyone / self.drives)

    @property
    def shards_in_pod(self) -> int:
        """Return how many drives of a group at most share a pod, spread as evenly as can be."""
        return ceil(self.drives / self.pods)


def groups_of(layout: DriveLayout, *, drives: int, pods: int) -> Spread:
    """Return the groups of a layout on `pods` pods of `drives` data drives each.

    - raidz, RAID 0/1/5/6, mirror: as written, in every pod.
    - RAID10: its two copies lie on neighbours, so every pair is a group; an odd number of drives
      forms a ring of as many pairs.
    - dRAID: its stripes are permuted over all children, so any `parity` + 1 of them hold some
      stripe: one group of all children, distributed spares too, for they hold data as well.
    - RAID0, single: every drive is a group that nothing protects.
    - Ceph, SeaweedFS: placement groups (volumes), chosen at random over the drives of all pods.

    Raises:
        ValueError: There are no drives or pods, or the layout needs more than there are.
    """
    if drives < 1 or pods < 1:
        raise ValueError("there is at least one drive in a pod, and one pod")
    needed = layout.drives or 1
    if layout.is_cluster:
        return _cluster(layout, drives, pods)
    if drives < needed:
        raise ValueError(f"{layout} takes {needed} drives, and the pod has {drives}")
    if layout.scheme == "single":
        return Spread(1, 0, drives * pods, None, 1)
    groups = (layout.groups or 1) * pods
    if layout.level == 0:
        return Spread(1, 0, layout.width * groups, None, 1)
    if layout.level == 10:
        odd = layout.width % 2 == 1
        return Spread(2, 1, (layout.width if odd else layout.width // 2) * groups, None, 1, odd)
    return Spread(layout.width, layout.parity, groups, None, 1)


def plain_groups(*, data: int, parity: int, groups: int, pods: int) -> Spread:
    """Return `groups` groups of data and parity drives, each spread over the pods in turn.

    Raises:
        ValueError: A number cannot be, or there are more pods than drives in a group.
    """
    if data < 1 or parity < 0 or groups < 1 or pods < 1:
        raise ValueError("there is at least one data drive, one group and one pod")
    if pods > data + parity:
        raise ValueError(f"{data + parity} drives of a group do not reach {pods} pods")
    return Spread(data + parity, parity, groups, None, pods)


def _cluster(layout: DriveLayout, drives: int, pods: int) -> Spread:
    everyone = drives * pods
    if everyone < layout.width:
        raise ValueError(f"{layout} takes {layout.width} drives, and there are {everyone}")
    count = max(1, ceil(_SHARDS_OF_DRIVE[layout.scheme] * everyone / layout.width))
    return Spread(
        layout.width, layout.parity, count, everyone if layout.parity else None,
        min(pods, layout.width),
    )  # fmt: skip
