"""What a drive shares with others: the group that keeps data with it, and the wires to it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Never

from podplanner.catalog.bay_map import MappedBay
from podplanner.drives.arrays.state import ArrayState, Group, Member, MemberState
from podplanner.drives.bays.places import NOWHERE, Places
from podplanner.drives.bays.serials import is_label_of, plain
from podplanner.drives.reading import DriveReading

_PARTITIONS = (
    re.compile(r"(.+)-part\d+"),
    re.compile(r"((?:.*/)?nvme\d+n\d+)p\d+"),
    re.compile(r"((?:.*/)?sd[a-z]+)\d+"),
)
# As udev names them by id, and the kernel those of NVMe and SCSI disks.
_SHORTEST_SERIAL = 6
# A shorter serial number may be found in a name by chance.
_NONE: Mapping[str, Never] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a drive sits, in what testing cares about.

    Attributes:
        groups: That hold data on it; a drive with partitions may be in several.
        unplaced: Some group has members that were matched to no drive, and this drive to no group:
            it may be in that one.
        wires: Backplanes and links that others may share with it, in words (`backplane 3`).
    """

    groups: tuple[Group, ...] = ()
    unplaced: bool = False
    wires: tuple[str, ...] = ()


def seats_of(
    readings: Sequence[DriveReading],
    arrays: ArrayState,
    *,
    bays: Mapping[str, MappedBay] = _NONE,
    links: Mapping[str, str] = _NONE,
    places: Places = NOWHERE,
) -> Mapping[str, Seat]:
    """Return the seat of every drive, by the source of its reading.

    Args:
        readings: All drives of the pod.
        arrays: As they stand now.
        bays: Bay of each drive that is known, by the source of its reading.
        links: The same of the links that carry one command at a time.
        places: Where the system sees its drives.
    """
    groups: dict[str, list[Group]] = {reading.source: [] for reading in readings}
    strangers = False
    for group, member in _members(arrays):
        found = [r.source for r in readings if is_member(r, member, places)]
        for source in found:
            if group is not None and group not in groups[source]:
                groups[source].append(group)
        strangers |= not found and member.state is not MemberState.GONE
    return {
        reading.source: Seat(
            groups=tuple(groups[reading.source]),
            unplaced=strangers and not groups[reading.source],
            wires=tuple(_wires(bays.get(reading.source), links.get(reading.source))),
        )
        for reading in readings
    }


def is_member(reading: DriveReading, member: Member, places: Places = NOWHERE) -> bool:
    """Return whether a drive is a member of a group, by serial number, else by device."""
    serial = reading.identity.serial
    if serial and member.serial:
        return plain(serial) == plain(member.serial) or is_label_of(member.serial, serial)
    names = {_whole(name) for name in (member.path, member.name) if name}
    if serial and len(serial) >= _SHORTEST_SERIAL:
        tail = serial.strip().replace(" ", "_").upper()
        if any(name.upper().endswith(f"_{tail}") for name in names):
            return True
    device = places.device_of(reading.device or reading.source)
    return any(
        device == places.device_of(name if name.startswith("/") else f"/dev/{folder}{name}")
        for name in names
        for folder in ("", "disk/by-id/", "disk/by-path/")
    )


def _whole(name: str) -> str:
    """Return the name of the drive that a partition is on."""
    found = (pattern.fullmatch(name) for pattern in _PARTITIONS)
    return next((match[1] for match in found if match), name)


def _members(arrays: ArrayState) -> Iterator[tuple[Group | None, Member]]:
    for array in arrays.arrays:
        for group in array.groups:
            for member in group.members:
                yield group, member
        for spare in array.spares:
            yield None, spare


def _wires(bay: MappedBay | None, link: str | None) -> Iterator[str]:
    if bay is not None and bay.backplane is not None:
        yield f"backplane {bay.backplane}"
    if link is not None:
        yield f"link {link.rpartition('/')[2]}"
