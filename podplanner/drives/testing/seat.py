"""What a drive shares with others: the group that keeps data with it, and the wires to it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from podplanner.catalog.bay_map import MappedBay
from podplanner.drives.arrays.state import ArrayState, Group, Member, MemberState
from podplanner.drives.bays.places import NOWHERE, Places
from podplanner.drives.reading import DriveReading

_PARTITION = re.compile(r"-part\d+$|(?<=\d)p\d+$|(?<=/sd[a-z])\d+$|(?<=/sd[a-z][a-z])\d+$")
# By-id names, NVMe and SCSI disks, as Linux names their partitions.
_MULTIPLIED = re.compile(r"(.*-ata-\d+)\.\d+\.\d+")
# So udev names a drive behind a port multiplier (systemd, udev-builtin-path_id.c).
_SHORTEST_SERIAL = 6
# A shorter serial number may be found in a name by chance.


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a drive sits, in what testing cares about.

    Attributes:
        groups: That hold data on it; a drive with partitions may be in several.
        unplaced: Some group has members that were matched to no drive, and this drive to no group:
            it may be in that one.
        wires: The backplane or port multiplier that it shares with others; None: none is known.
    """

    groups: tuple[Group, ...] = ()
    unplaced: bool = False
    wires: str | None = None


def seats_of(
    readings: Sequence[DriveReading],
    arrays: ArrayState,
    *,
    bays: Mapping[str, MappedBay] | None = None,
    places: Places = NOWHERE,
) -> Mapping[str, Seat]:
    """Return the seat of every drive, by the source of its reading.

    Args:
        readings: All drives of the pod.
        arrays: As they stand now.
        bays: Bay of each drive that is known, by the source of its reading.
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
            wires=_wires(reading, (bays or {}).get(reading.source), places),
        )
        for reading in readings
    }


def is_member(reading: DriveReading, member: Member, places: Places = NOWHERE) -> bool:
    """Return whether a drive is a member of a group, by serial number, else by device."""
    serial = reading.identity.serial
    if serial and member.serial:
        return serial.strip().upper() == member.serial.strip().upper()
    names = {_PARTITION.sub("", name) for name in (member.path, member.name) if name}
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


def _members(arrays: ArrayState) -> Iterator[tuple[Group | None, Member]]:
    for array in arrays.arrays:
        for group in array.groups:
            for member in group.members:
                yield group, member
        for spare in array.spares:
            yield None, spare


def _wires(reading: DriveReading, bay: MappedBay | None, places: Places) -> str | None:
    if bay is not None and bay.backplane is not None:
        return f"backplane {bay.backplane}"
    for path in places.paths_of(reading.device or reading.source):
        if (found := _MULTIPLIED.fullmatch(path)) is not None:
            return f"port multiplier at {found[1]}"
    return None
