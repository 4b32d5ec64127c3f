"""How much a drive layout stores: one function for all layouts."""

from functools import lru_cache

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.planning.capacity import mdraid, zfs
from podplanner.planning.capacity.cluster import (
    Spread,
    balance,
    ceph_advice,
    domain_notes,
    seaweed_advice,
    stored,
)
from podplanner.planning.capacity.result import Capacity, CapacityError, SettingError, Step

ZFS_FULL_PERCENT = 80
# Oracle ZFS Storage Appliance Administration Guide, "Storage Configuration": a filling pool is
# seen to slow down from 80 % on; it advises to provision some 20 % more.

FILE_SYSTEM_PERCENT = 95
# mke2fs(8), -m: ext4 keeps 5 % of its blocks for root by default.

LEAST_DRIVE = zfs.LEAST_DEVICE
# ZFS takes no smaller device; nothing that one buys today is smaller.
MOST_PODS, MOST_DRIVES = 10_000, 100_000
# Beyond any cluster that a parts list describes: a slip of the finger.


@lru_cache(maxsize=65_536)
def capacity_of(
    layout: DriveLayout, *, drives: int, drive_bytes: int, pods: int = 1, ashift: int = 12,
    record_bytes: int = zfs.ACCOUNTED_RECORD, whole_disk: bool = False,
) -> Capacity:  # fmt: skip
    """Return how much `layout` stores.

    Args:
        layout: Of each pod; a cluster layout spreads over all pods.
        drives: Data drives of all pods together. Those beyond what the layout takes are hot spares.
        drive_bytes: Size of the smallest drive, or of the partition or file that stands for it.
        pods: Pods alike.
        ashift: ZFS only: log2 of the sector size.
        record_bytes: ZFS only: the recordsize of what will be stored.
        whole_disk: ZFS only: `zpool create` is given whole disks, which it partitions.

    Raises:
        SettingError: ZFS does not take `ashift` or `record_bytes`.
        CapacityError: These drives cannot carry the layout; the message says why.
    """
    _check(drives=drives, drive_bytes=drive_bytes, pods=pods)
    if layout.groups is not None:
        _check_groups(layout, drives, pods)
    zfs_layout = layout.scheme in ("raidz", "draid", "mirror")
    if whole_disk and not zfs_layout:
        raise CapacityError(f"{layout} is not ZFS, which alone partitions a whole disk")
    if zfs_layout:
        return _zfs(layout, drives, drive_bytes, pods, ashift, record_bytes, whole_disk)
    if layout.scheme == "mdraid":
        return _mdraid(layout, drives, drive_bytes, pods)
    if layout.scheme == "single":
        return _single(drives, drive_bytes)
    return _cluster(layout, drives, drive_bytes, pods)


def default_drives(layout: DriveLayout, pods: int = 1) -> int | None:
    """Return the drives that the layout takes in all pods; None where any number will do."""
    return None if layout.drives is None else layout.drives * pods


def _check(*, drives: int, drive_bytes: int, pods: int) -> None:
    if not 1 <= pods <= MOST_PODS:
        raise CapacityError(f"give 1 to {MOST_PODS:,} pods, not {pods:,}")
    if not 1 <= drives <= MOST_DRIVES:
        raise CapacityError(f"give 1 to {MOST_DRIVES:,} drives, not {drives:,}")
    if drive_bytes < LEAST_DRIVE:
        raise CapacityError(
            f"a drive of {drive_bytes:,} bytes is too small: nothing here takes one below 64 MiB "
            f"({LEAST_DRIVE:,} bytes)"
        )


def _check_groups(layout: DriveLayout, drives: int, pods: int) -> None:
    wanted = layout.drives or layout.width
    if drives < wanted * pods:
        each = "" if pods == 1 else f" in each of {pods} pods, {wanted * pods} together"
        raise CapacityError(f"{layout} takes {wanted} drives{each}; there are {drives}")


def _start(layout: DriveLayout, drives: int, drive_bytes: int, pods: int) -> list[Step]:
    """Return the first steps of a layout with groups: all drives, then those in groups."""
    steps = [Step(_drives(drives), drives * drive_bytes)]
    used = (layout.drives or layout.width) * pods
    if used < drives:
        steps.append(Step(f"less {_hot_spares(drives - used)}", used * drive_bytes))
    return steps


def _drives(number: int) -> str:
    return "1 drive" if number == 1 else f"{number} drives"


def _hot_spares(number: int) -> str:
    return "1 hot spare" if number == 1 else f"{number} hot spares"


def _capacity(steps: list[Step], usable: int, assumptions: list[str]) -> Capacity:
    return Capacity(
        raw_bytes=steps[0].bytes, usable_bytes=usable, recommended_bytes=steps[-1].bytes,
        steps=tuple(steps), assumptions=tuple(assumptions),
    )  # fmt: skip


def _zfs(
    layout: DriveLayout, drives: int, drive_bytes: int, pods: int, ashift: int, record: int,
    whole_disk: bool,
) -> Capacity:  # fmt: skip
    _check_zfs(ashift, record)
    steps = _start(layout, drives, drive_bytes, pods)
    used = (layout.drives or layout.width) * pods
    device = drive_bytes
    assumptions = [
        f"Sectors of {1 << ashift:,} bytes (ashift {ashift}), "
        f"records of {_binary(record)}, no compression.",
        "Space as OpenZFS 2.1 to 2.3 reckons it, with no log, cache or special devices.",
    ]
    if whole_disk:
        device = zfs.partition_bytes(drive_bytes)
        steps.append(Step("less partition table and partition 9", used * device))
    else:
        assumptions.append("The bytes of a drive are those of the device, partition or file given.")
    space = zfs.pool_space(layout, device, ashift)
    steps.append(Step("less labels and boot area", space.labelled * pods))
    if layout.scheme == "draid":
        spares = f", {layout.spares} spares a group" if layout.spares else ""
        steps.append(Step(f"less reserve, part rows{spares}", space.placed * pods))
    whole = f"in {space.metaslabs * pods:,} metaslabs of {_binary(space.metaslab_bytes)}"
    steps.append(Step(whole, space.mapped * pods))
    steps.append(Step(_redundancy(layout, space.deflate), space.deflated * pods))
    if space.normal < space.deflated:
        steps.append(Step("less embedded intent log", space.normal * pods))
    usable = space.usable * pods
    steps.append(Step("less slop space: USED + AVAIL of `zfs list`", usable))
    left = _of_records(layout, usable, record, ashift, space.deflate, assumptions)
    if left < usable:
        steps.append(Step(f"in records of {_binary(record)}", left))
    steps.append(Step(f"{ZFS_FULL_PERCENT} % full", left * ZFS_FULL_PERCENT // 100))
    return _capacity(steps, usable, assumptions)


def _check_zfs(ashift: int, record: int) -> None:
    if not zfs.LEAST_SHIFT <= ashift <= zfs.MOST_SHIFT:
        raise SettingError(
            f"ashift {ashift}: ZFS takes {zfs.LEAST_SHIFT} to {zfs.MOST_SHIFT} "
            "(12 is a sector of 4 KiB)"
        )
    if not zfs.LEAST_RECORD <= record <= zfs.MOST_RECORD or record & (record - 1):
        raise SettingError(
            f"records of {record:,} bytes: ZFS takes powers of two from 512 bytes to 16 MiB"
        )


def _redundancy(layout: DriveLayout, deflate: int) -> str:
    if layout.scheme == "mirror":
        return f"less copies (1 of {layout.width})"
    return f"less parity and padding ({deflate}/512 at 128 KiB)"


def _of_records(
    layout: DriveLayout, usable: int, record: int, ashift: int, deflate: int,
    assumptions: list[str],
) -> int:  # fmt: skip
    """Return what fits in records of this size; more than `usable` is said, never counted."""
    taken = zfs.allocated_bytes(layout, record, ashift) * deflate
    fits = usable * record * 512 // taken
    if fits > usable and record > zfs.ACCOUNTED_RECORD:
        assumptions.append(
            f"Records of {_binary(record)} take less room than ZFS shows: "
            f"{fits:,} bytes would fit; they are not counted on."
        )
    return min(fits, usable)


def _binary(size: int) -> str:
    """Return a power of two in words: 131072 is `128 KiB`."""
    for unit, shift in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size >= 1 << shift:
            return f"{size >> shift} {unit}"
    return f"{size} bytes"


def _mdraid(layout: DriveLayout, drives: int, drive_bytes: int, pods: int) -> Capacity:
    steps = _start(layout, drives, drive_bytes, pods)
    arrays = (layout.groups or 1) * pods
    member = mdraid.member_bytes(layout, drive_bytes)
    steps.append(Step("less data offset, in whole chunks", member * layout.width * arrays))
    usable = mdraid.array_bytes(layout, drive_bytes) * arrays
    if layout.level != 0:
        steps.append(Step("less copies" if layout.level in (1, 10) else "less parity", usable))
    steps.append(_file_system(usable))
    return _capacity(steps, usable, [
        "Metadata 1.2 with mdadm's own data offset, chunks of 512 KiB"
        + (", two near copies." if layout.level == 10 else "."),
        "Usable is the size of the block devices; a file system takes its part of it.",
    ])  # fmt: skip


def _file_system(usable: int) -> Step:
    return Step(
        f"{FILE_SYSTEM_PERCENT} %, less the reserve of a file system",
        usable * FILE_SYSTEM_PERCENT // 100,
    )


def _single(drives: int, drive_bytes: int) -> Capacity:
    usable = drives * drive_bytes
    return _capacity([Step(_drives(drives), usable), _file_system(usable)], usable, [
        "Each drive has a file system of its own: a failed drive loses its data.",
    ])  # fmt: skip


def _cluster(layout: DriveLayout, drives: int, drive_bytes: int, pods: int) -> Capacity:
    if drives < layout.width:
        raise CapacityError(f"{layout} takes at least {layout.width} drives; there are {drives}")
    spread = Spread.of(drives, pods, drive_bytes)
    steps = [Step(_drives(drives), drives * drive_bytes)]
    usable = stored(layout, steps[0].bytes)
    if layout.width > 1:
        what = "copies" if layout.data == 1 else "coding shards"
        steps.append(Step(f"less {what}: {layout.data} of {layout.width} is data", usable))
    steps += balance(layout, spread, usable)
    ceph = layout.scheme.startswith("ceph")
    steps += (ceph_advice if ceph else seaweed_advice)(layout, spread, steps[-1].bytes)
    assumptions = list(domain_notes(layout, spread))
    if ceph:
        assumptions.append("Nothing is taken off for BlueStore's own metadata.")
    else:
        assumptions.append("Files fill whole volumes; nothing is taken off for file systems.")
    return _capacity(steps, usable, assumptions)
