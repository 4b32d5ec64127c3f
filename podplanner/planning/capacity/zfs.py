"""Space of a ZFS pool, as OpenZFS 2.1 to 2.3 reckons it; docs/capacity.md has it worked by hand.

Every function is whole-number arithmetic in the order of the C source, for it rounds at each step.
"""

from dataclasses import dataclass
from functools import cache
from math import gcd

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.planning.capacity.result import CapacityError

LEAST_DEVICE = 64 * 2**20
# SPA_MINDEVSIZE (include/sys/fs/zfs.h): `zpool create` refuses smaller devices.

_LABEL = 256 * 2**10
# sizeof (vdev_label_t) (include/sys/vdev_impl.h); vdev_open() rounds a device down to it.
_LABELS = 4 * _LABEL + 7 * 2**19
# VDEV_LABEL_START_SIZE + VDEV_LABEL_END_SIZE: two labels at either end, 3.5 MiB for boot code.

_REFLOW_RESERVE = 2 * 2**24
# VDEV_DRAID_REFLOW_RESERVE (include/sys/vdev_draid.h): two rows of each child.
_ROW_HEIGHT = 2**24
# VDEV_DRAID_ROWHEIGHT: 16 MiB, so that the largest block fits a single data drive.

_METASLABS_WANTED, _METASLABS_LEAST, _METASLABS_MOST = 200, 16, 2**17
# zfs_vdev_default_ms_count, zfs_vdev_min_ms_count, zfs_vdev_ms_count_limit (zfs(4)).
_METASLAB_SHIFT, _METASLAB_SHIFT_LEAST, _METASLAB_SHIFT_MOST = 29, 24, 34
# zfs_vdev_default_ms_shift, SPA_MAXBLOCKSHIFT, zfs_vdev_max_ms_shift: 512 MiB, 16 MiB, 16 GiB.

_EMBEDDED_LOG_ABOVE = 64
# zfs_embedded_slog_min_ms (zfs(4)): a vdev of more metaslabs gives one of them to the intent log.

_SLOP_SHIFT, _SLOP_LEAST, _SLOP_MOST = 5, 128 * 2**20, 128 * 2**30
# spa_slop_shift, spa_min_slop, spa_max_slop (module/zfs/spa_misc.c). The cap came with 2.1.

_SECTOR = 512
# SPA_MINBLOCKSIZE: the unit in which deflation is reckoned.
ACCOUNTED_RECORD = 128 * 2**10
# vdev_set_deflate_ratio() assumes this record whatever the dataset's recordsize, and always will:
# space that is already accounted for could not be freed at another ratio.

LEAST_SHIFT, MOST_SHIFT = 9, 16
# ASHIFT_MIN, ASHIFT_MAX (include/sys/vdev_impl.h): sectors of 512 B to 64 KiB.
LEAST_RECORD, MOST_RECORD = 512, 16 * 2**20
# recordsize in zfsprops(7): a power of two; above 1 MiB since 2.2 without a module parameter.


@dataclass(frozen=True, slots=True)
class PoolSpace:
    """Bytes of one pool after each thing that ZFS takes off.

    Attributes:
        labelled: Of all drives, without labels and boot area.
        placed: Where blocks may lie: without dRAID's reserve, part rows and distributed spares.
        metaslab_bytes: Size of one metaslab; a power of two.
        metaslabs: Whole metaslabs, of all top-level vdevs.
        mapped: In whole metaslabs, of which dRAID uses whole stripes.
        deflate: 512ths of it that hold data, for records of 128 KiB.
        deflated: `mapped` without parity and padding.
        normal: `deflated` without the metaslabs of the embedded intent log.
        usable: USED + AVAIL of the root dataset.
    """

    labelled: int
    placed: int
    metaslab_bytes: int
    metaslabs: int
    mapped: int
    deflate: int
    deflated: int
    normal: int
    usable: int


def allocated_bytes(layout: DriveLayout, record: int, ashift: int) -> int:
    """Return the bytes that one record takes, with parity and padding.

    Of a mirror or a single drive: on one of its sides.

    Source: vdev_raidz_psize_to_asize(), vdev_draid_psize_to_asize().
    """
    sectors = -(-record // (1 << ashift))
    if layout.scheme == "raidz":
        sectors += layout.parity * -(-sectors // layout.data)
        sectors = -(-sectors // (layout.parity + 1)) * (layout.parity + 1)
    elif layout.scheme == "draid":
        sectors = -(-sectors // layout.data) * (layout.data + layout.parity)
    return sectors << ashift


def deflate_ratio(layout: DriveLayout, ashift: int) -> int:
    """Return the 512ths of allocated space that hold data (vdev_set_deflate_ratio())."""
    return ACCOUNTED_RECORD // (allocated_bytes(layout, ACCOUNTED_RECORD, ashift) // _SECTOR)


def metaslab_shift(vdev_bytes: int) -> int:
    """Return log2 of the size of a metaslab (vdev_metaslab_set_size())."""
    count = vdev_bytes >> _METASLAB_SHIFT
    shift = _METASLAB_SHIFT
    if count < _METASLABS_LEAST:
        shift = (vdev_bytes // _METASLABS_LEAST).bit_length()
    elif count > _METASLABS_WANTED:
        shift = (vdev_bytes // _METASLABS_WANTED).bit_length()
    if shift < _METASLAB_SHIFT_LEAST:
        return _METASLAB_SHIFT_LEAST
    if shift > _METASLAB_SHIFT_MOST:
        shift = _METASLAB_SHIFT_MOST
        if vdev_bytes >> shift > _METASLABS_MOST:
            return (vdev_bytes // _METASLABS_MOST).bit_length()
    return shift


def slop_bytes(normal: int, embedded: int) -> int:
    """Return what ZFS keeps back so that a full pool can still free (spa_get_slop_space()).

    Args:
        normal: Deflated bytes of the pool without the embedded log.
        embedded: Deflated bytes of the embedded log.
    """
    slop = min(normal >> _SLOP_SHIFT, _SLOP_MOST)
    slop -= min(embedded, slop >> 1)
    return max(slop, min(normal >> 1, _SLOP_LEAST))


@cache
def pool_space(layout: DriveLayout, drive_bytes: int, ashift: int) -> PoolSpace:
    """Return the space of one pool of `layout` on devices of `drive_bytes`.

    Raises:
        CapacityError: The devices are smaller than ZFS takes.
    """
    if drive_bytes < LEAST_DEVICE:
        raise CapacityError(
            f"ZFS takes no device below {LEAST_DEVICE:,} bytes (64 MiB); these have {drive_bytes:,}"
        )
    groups = layout.groups or 1
    child = drive_bytes // _LABEL * _LABEL - _LABELS
    vdev = _vdev_bytes(layout, child)
    shift = metaslab_shift(vdev)
    count = vdev >> shift
    unit = _allocation_unit(layout, ashift)
    mapped = _aligned(count, shift, unit)
    deflate = deflate_ratio(layout, ashift)
    deflated = (mapped // _SECTOR) * deflate
    # vdev_metaslab_init() takes the emptiest metaslab: the first, when the pool is new.
    log = _aligned(1, shift, unit) if count > _EMBEDDED_LOG_ABOVE else 0
    embedded = (log // _SECTOR) * deflate
    normal = groups * (deflated - embedded)
    usable = normal - slop_bytes(normal, groups * embedded)
    return PoolSpace(
        labelled=groups * layout.width * child, placed=groups * vdev * _sides(layout),
        metaslab_bytes=1 << shift, metaslabs=groups * count,
        mapped=groups * mapped * _sides(layout), deflate=deflate, deflated=groups * deflated,
        normal=normal, usable=usable,
    )  # fmt: skip


def _sides(layout: DriveLayout) -> int:
    """Return on how many drives each byte of a vdev lies: for a mirror, on all."""
    return layout.width if layout.scheme == "mirror" else 1


def _vdev_bytes(layout: DriveLayout, child: int) -> int:
    """Return the size of one top-level vdev, from that of one child without its labels."""
    if layout.scheme == "mirror":
        return child
    if layout.scheme == "draid":
        # vdev_draid_open(): whole rows of each child, then whole redundancy groups of all.
        rows = (child - _REFLOW_RESERVE) // _ROW_HEIGHT * (layout.width - layout.spares)
        stripe = layout.data + layout.parity
        return rows // stripe * stripe * _ROW_HEIGHT
    return child * layout.width


def _allocation_unit(layout: DriveLayout, ashift: int) -> int:
    """Return what the ends of each metaslab are aligned to (vdev_draid_metaslab_init())."""
    if layout.scheme == "draid":
        return (layout.data + layout.parity) << ashift
    return 1 << ashift


def _aligned(count: int, shift: int, unit: int) -> int:
    """Return the bytes of the first `count` metaslabs, each cut to whole units within it.

    Metaslab i reaches from the first unit that begins in it to the last that ends in it, so a
    unit is lost at each border that falls inside one.
    """
    borders = count - 1
    clean = borders // (unit // gcd(1 << shift, unit))
    return ((count << shift) // unit - (borders - clean)) * unit


_PARTITION_ALIGNMENT = 2048 * 512
# NEW_START_BLOCK and PARTITION_END_ALIGNMENT (lib/libzfs): the first partition starts at 1 MiB.
_PARTITION_TABLE = 33 * 512
# Backup table of 128 entries and its header (lib/libefi/rdwr_efi.c), at the end of the disk.
_RESERVED_PARTITION = 16384 * 512
# EFI_MIN_RESV_SIZE (include/sys/efi_partition.h): partition 9, 8 MiB.


def partition_bytes(disk_bytes: int) -> int:
    """Return the first partition that `zpool create` makes on a whole disk under Linux.

    Source: zpool_label_disk() in lib/libzfs/os/linux/libzfs_pool_os.c; sectors of 512 bytes.

    >>> partition_bytes(7814037168 * 512) // 512
    7814017024
    """
    room = disk_bytes - _PARTITION_TABLE - _RESERVED_PARTITION - _PARTITION_ALIGNMENT
    return max(room, 0) // _PARTITION_ALIGNMENT * _PARTITION_ALIGNMENT
