"""Space of a Linux md array with metadata 1.2, as `mdadm --create` lays it out by default."""

from functools import cache

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.planning.capacity.result import CapacityError

_SECTOR = 512
_MIB = 2048
# Sectors in 1 MiB; the data offset is a multiple of it (validate_geometry1() in super1.c).
_METADATA = 24
# Sectors: 12 KiB for superblock and bad block log (same place).
_HEADROOM = 128 * _MIB
# Room for a later reshape: about 0.1 % of the device, at most 128 MiB (same place).
CHUNK = 512 * 2**10
# DEFAULT_CHUNK of mdadm since 3.1 (mdadm(8), --chunk).
_CHUNK_SECTORS = CHUNK // _SECTOR
_RAID1_GRANULE = 64 * 2**10
# Bytes: Create.c rounds the members of RAID1, which has no chunks, down to 64 KiB.
_COPIES = 2
# RAID10 keeps each chunk twice (near=2), mdadm's default.


def bitmap_sectors(device_sectors: int) -> int:
    """Return the sectors kept for a write-intent bitmap (choose_bm_space() in super1.c)."""
    if device_sectors < 64 * 2:
        return 0
    if device_sectors - 64 * 2 >= 200 * 1024 * _MIB:
        return 128 * 2
    if device_sectors - 4 * 2 > 8 * 1024 * _MIB:
        return 64 * 2
    return 4 * 2


def data_offset(device_sectors: int, chunk_sectors: int = _CHUNK_SECTORS) -> int:
    """Return the sector at which data begins on each member (validate_geometry1()).

    Args:
        device_sectors: Of the member, 512 bytes each.
        chunk_sectors: Of the array; 0 for RAID1.

    >>> data_offset(7814037168)
    264192
    """
    headroom = _HEADROOM
    while headroom << 10 > device_sectors and headroom // 2 >= 2 * chunk_sectors:
        headroom //= 2
    offset = _METADATA + bitmap_sectors(device_sectors) + headroom
    return -(-offset // _MIB) * _MIB


@cache
def member_bytes(layout: DriveLayout, drive_bytes: int) -> int:
    """Return what the array uses of each member.

    Raises:
        CapacityError: The members are too small.
    """
    sectors = drive_bytes // _SECTOR
    offset = data_offset(sectors, 0 if layout.level == 1 else _CHUNK_SECTORS)
    granule = _RAID1_GRANULE if layout.level == 1 else CHUNK
    room = (sectors - offset) * _SECTOR // granule * granule
    if room <= 0:
        raise CapacityError(
            f"members of {drive_bytes:,} bytes are too small for {layout}: "
            f"md keeps {offset * _SECTOR:,} bytes of each for itself"
        )
    return room


def array_bytes(layout: DriveLayout, drive_bytes: int) -> int:
    """Return the size of one array as a block device.

    Raises:
        CapacityError: The members are too small.
    """
    member = member_bytes(layout, drive_bytes)
    if layout.level == 10:
        # raid10_size(): an odd member out leaves its last chunk without a twin.
        return member // CHUNK * layout.width // _COPIES * CHUNK
    return member * layout.data
