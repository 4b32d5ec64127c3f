"""Tell by its names whether a member of an array is a given drive.

Arrays call drives by links of udev (`ata-MODEL_SERIAL-part1`, `wwn-0x...`), by path, by bay, by
device, or by a number of their own. A name that says another serial number is another drive,
whatever else agrees: devices are named anew at every start.
"""

import re
from dataclasses import dataclass
from enum import IntEnum

from podplanner.catalog.bay_map import MappedBay
from podplanner.drives.arrays.state import Member, MemberState
from podplanner.drives.bays.locating import known_serial
from podplanner.drives.bays.serials import is_label_of, plain
from podplanner.drives.reading import DriveReading

_PART = re.compile(r"[-_]part\d+$")
_DISK = re.compile(r"((?:sd|hd|vd|xvd)[a-z]+)\d*|((?:nvme\d+n|mmcblk)\d+)(?:p\d+)?|"
                   r"((?:a?da|nda|nvd)\d+)(?:[ps]\d+.*)?")  # fmt: skip
# Whole disks and their partitions, of Linux and of FreeBSD.
_NVME = re.compile(r"(nvme\d+)n\d+")
_WORLD_WIDE = re.compile(r"(?:wwn-0x|scsi-3|nvme-eui\.|nvme-nqn\.|0x)([0-9a-f]{16,32})")
_BY_SERIAL = re.compile(r"(?:(?:ata|nvme|usb|sas)-|scsi-[S01])\S*_\S+")
# udev's links that end in a serial number (60-persistent-storage.rules).
_BAY = re.compile(r"bay0*(\d{1,5})")
# So `plan place --zpool` and `--mdadm` call devices.
_NAMESPACE = re.compile(r"(.+)_\d{1,3}")
# Newer udev puts the namespace behind an NVMe drive's serial number.
_SHORTEST = 4
# No maker's serial number is shorter; a shorter one would be found at the end of many names.
_SURE = 15
# Digits of a world-wide name that all ports of one drive share.


class Match(IntEnum):
    """How surely a member is a drive; the higher, the surer."""

    OTHER = -1
    """It is another drive."""
    PERHAPS = 0
    """Nothing says that it is, or that it is not."""
    DEVICE = 1
    BAY = 2
    WORLD_WIDE = 3
    SERIAL = 4


@dataclass(frozen=True, slots=True)
class Names:
    """By what a drive is known.

    Attributes:
        serial: None unknown, or masked.
        disk: Whole disk (`sda`, `nvme0`); None: it has no device of its own.
    """

    serial: str | None
    world_wide: str | None = None
    disk: str | None = None
    bay: int | None = None
    path: str | None = None

    @classmethod
    def of(cls, reading: DriveReading, bay: MappedBay | None) -> "Names":
        """Return the names of a drive that was read."""
        wwn = re.sub(r"[^0-9a-f]", "", (reading.identity.wwn or "").lower().removeprefix("0x"))
        return cls(
            serial=known_serial(reading),
            world_wide=wwn if len(wwn) >= 16 else None,
            disk=disk_of(reading.device or reading.source),
            bay=bay.number if bay else None,
            path=bay.path if bay else None,
        )


def match(member: Member, names: Names) -> Match:
    """Return how surely a member is the drive of these names."""
    if names.serial is not None and (told := _serials(member)):
        return Match.SERIAL if _is_serial(told, names.serial) else Match.OTHER
    bases = _bases(member)
    if names.serial is not None and any(_bears(base, names.serial) for base in bases):
        return Match.SERIAL
    wide = next((found[1] for base in bases if (found := _WORLD_WIDE.fullmatch(base))), None)
    if wide is not None and names.world_wide is not None:
        if wide == names.world_wide:
            return Match.WORLD_WIDE
        if wide[:_SURE] != names.world_wide[:_SURE]:
            return Match.OTHER
    if (place := _place(bases, names)) is not Match.PERHAPS:
        return place
    return _device(member, names)


def disk_of(device: str) -> str | None:
    """Return the whole disk of a device or partition; of NVMe its controller; None: none.

    >>> disk_of("/dev/sdb1"), disk_of("/dev/nvme0n1p2"), disk_of("/dev/bus/0")
    ('sdb', 'nvme0', None)
    """
    base = device.rsplit("/", 1)[-1]
    if device.startswith("/dev/") and device.count("/") > 2:
        return None
    if re.fullmatch(r"nvme\d+", base):
        return base
    found = _DISK.fullmatch(base)
    if found is None:
        return None
    disk = next(group for group in found.groups() if group)
    nvme = _NVME.fullmatch(disk)
    return nvme[1] if nvme else disk


def is_absent(member: Member) -> bool:
    """Return whether a member is not there, so that its device may be another drive by now."""
    if "was /" in member.words:
        return True
    there = ("failed", "FAULTED", "OFFLINE", "DEGRADED")
    return member.state is MemberState.GONE and not member.words.startswith(there)


def serial_in(member: Member) -> str | None:
    """Return the serial number that a member's names tell; None: they tell none."""
    told = _serials(member)
    return told[0] if told else None


def _bases(member: Member) -> tuple[str, ...]:
    names = (member.name, member.path or "")
    return tuple(dict.fromkeys(
        _PART.sub("", name.rsplit("/", 1)[-1]) for name in names if name
    ))  # fmt: skip


def _serials(member: Member) -> tuple[str, ...]:
    """Return what may be the serial number, where the member's names end in one."""
    if member.serial:
        return (member.serial,)
    for base in _bases(member):
        if _BY_SERIAL.match(base) and not _WORLD_WIDE.fullmatch(base):
            whole = base.rpartition("_")[2]
            space = _NAMESPACE.fullmatch(base) if base.startswith("nvme-") else None
            before = space[1].rpartition("_")[2] if space else None
            return (before, whole) if before else (whole,)
    return ()


def _is_serial(told: tuple[str, ...], serial: str) -> bool:
    if len(plain(serial)) < _SHORTEST:
        return False
    # A serial number with an underscore is longer than what stands behind the last one.
    return any(
        plain(one) == plain(serial) or is_label_of(one, serial) or is_label_of(serial, one)
        or plain(serial).endswith(f"_{plain(one)}")
        for one in told
    )  # fmt: skip


def _bears(base: str, serial: str) -> bool:
    """Return whether a name is a serial number, or ends in one."""
    if len(plain(serial)) < _SHORTEST or _DISK.fullmatch(base):
        return False
    upper, whole = base.upper(), "_".join(serial.upper().split())
    return upper == whole or upper.endswith(f"_{whole}") or plain(base) == plain(serial)


def _place(bases: tuple[str, ...], names: Names) -> Match:
    for base in bases:
        if names.path and base == names.path.rsplit("/", 1)[-1]:
            return Match.BAY
        if (found := _BAY.fullmatch(base)) and names.bay is not None:
            return Match.BAY if int(found[1]) == names.bay else Match.OTHER
    return Match.PERHAPS


def _device(member: Member, names: Names) -> Match:
    disks = {disk for name in (member.path, member.name) if name and (disk := disk_of(name))}
    if not disks or names.disk is None:
        return Match.PERHAPS
    if names.disk not in disks:
        # Devices of members that are not there were named at an earlier start.
        return Match.PERHAPS if is_absent(member) else Match.OTHER
    return Match.PERHAPS if is_absent(member) else Match.DEVICE
