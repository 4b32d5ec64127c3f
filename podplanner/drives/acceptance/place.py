"""The place that a drive is meant for: what it must bring, by whatever knows the old one."""

from collections.abc import Iterator, Sequence

from podplanner.catalog.bay_map import BayMap
from podplanner.drives.acceptance.newcomer import Wanted
from podplanner.drives.arrays.state import ArrayState, Member
from podplanner.drives.bays.places import NOWHERE, Places
from podplanner.drives.bays.serials import is_label_of, plain
from podplanner.drives.history.known import KnownDrive
from podplanner.drives.reading import DriveReading
from podplanner.drives.testing.seat import is_member
from podplanner.errors import UnknownNameError


def wanted_for(serial: str, known: Sequence[KnownDrive], arrays: ArrayState) -> Wanted:
    """Return what a drive must bring that takes the place of another one.

    What its array uses of the old drive comes first: that is less than the drive holds where it
    was partitioned so.

    Raises:
        UnknownNameError: No drive with that serial number was seen, and no array has one.
    """
    for group, member in _members(arrays):
        if member.size_bytes is not None and _is(member, serial):
            return Wanted(member.size_bytes, f"what {group} uses of {serial}")
    seen = [
        drive for drive in known
        if plain(drive.serial) == plain(serial) or is_label_of(serial, drive.serial)
    ]  # fmt: skip
    if not seen and not any(_is(member, serial) for _, member in _members(arrays)):
        raise UnknownNameError(
            f"no drive with the serial number {serial} was seen here",
            hint="`podplanner drive history` lists those that were; --size gives the bytes.",
        )
    sizes = [drive.capacity_bytes for drive in seen if drive.capacity_bytes is not None]
    if not sizes:
        return Wanted(None, f"the size of {serial} was never read: give it with --size")
    return Wanted(max(sizes), f"the {serial} that it replaces")


def serial_in_bay(number: int, bay_map: BayMap) -> str:
    """Return the serial number that the bay map has for a bay.

    Raises:
        UnknownNameError: It has no such bay, or none for it.
    """
    bay = next((bay for bay in bay_map.bays if bay.number == number), None)
    if bay is None:
        raise UnknownNameError(f"the bay map has no bay {number}",
                               hint="`podplanner drive bays` lists them.")  # fmt: skip
    if bay.serial is None:
        raise UnknownNameError(
            f"the bay map does not say which drive was in bay {number}",
            hint="Name the old drive with --for SERIAL, or its bytes with --size.",
        )
    return bay.serial


def group_with(reading: DriveReading, arrays: ArrayState, places: Places = NOWHERE) -> str:
    """Return the name of the group that holds data on a drive; empty: none is known to."""
    found = (group for group, member in _members(arrays) if is_member(reading, member, places))
    return next(found, "")


def _members(arrays: ArrayState) -> Iterator[tuple[str, Member]]:
    for array in arrays.arrays:
        for group in array.groups:
            yield from ((group.name, member) for member in group.members)


def _is(member: Member, serial: str) -> bool:
    if member.serial is not None:
        return plain(member.serial) == plain(serial) or is_label_of(serial, member.serial)
    tail = f"_{plain(serial)}"
    return any(plain(name.partition("-part")[0]).endswith(tail)
               for name in (member.name, member.path) if name)  # fmt: skip
