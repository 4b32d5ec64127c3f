"""Find drives that do not answer by elimination: what should be there, less what is.

A member that an array misses often has no name that a person could find it by, and a drive that
hangs says no serial number. The bay map knows which serial numbers belong into the pod; those that
nothing has answered for are left over.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from podplanner.catalog.bay_map import BayMap, MappedBay
from podplanner.drives.arrays.state import MemberState
from podplanner.drives.bays.locating import known_serial
from podplanner.drives.bays.serials import is_label_of, plain
from podplanner.drives.checked import CheckedDrive
from podplanner.drives.history.known import KnownDrive
from podplanner.drives.pulling.card import Candidate
from podplanner.drives.pulling.naming import serial_in
from podplanner.drives.pulling.safety import SILENT
from podplanner.drives.pulling.seating import Seat, Seating, holds

_RECENT = timedelta(days=30)
# A drive of the history that was not seen for longer left before the one that is missing now.
_BAY = re.compile(r"(?:.*/)?bay0*(\d{1,5})(?:[-_]part\d+)?")


@dataclass(frozen=True, slots=True)
class Missing:
    """A drive that does not answer.

    Attributes:
        number: Place among the checked drives, where a device is there that does not answer.
        seats: Of the members that arrays miss.
        candidates: What it may be, where that is not sure.
        by_map: Nothing misses it but the bay map.
    """

    serial: str | None = None
    model: str | None = None
    bay: MappedBay | None = None
    number: int | None = None
    seats: tuple[Seat, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    by_map: bool = False


def missing_drives(
    drives: Sequence[CheckedDrive],
    seating: Seating,
    bay_map: BayMap | None,
    known: Sequence[KnownDrive],
    now: datetime,
) -> tuple[Missing, ...]:
    """Return the drives that do not answer and are not told by their own serial number."""
    bays = bay_map.bays if bay_map is not None else ()
    named, unnamed = _gone_members(seating, bays)
    devices = [
        number for number, drive in enumerate(drives)
        if drive.reading.trouble in SILENT and known_serial(drive.reading) is None
        and drive.bay is None
    ]  # fmt: skip
    taken = {one.bay.number for one in named if one.bay is not None}
    left = [bay for bay in _unanswered(drives, seating, bays) if bay.number not in taken]
    if not unnamed and not devices:
        return (*named, *_by_map(drives, bays, left))
    if len(unnamed) <= 1 and len(devices) <= 1 and len(left) == 1:
        only = Missing(
            serial=left[0].serial, bay=left[0], number=devices[0] if devices else None,
            seats=unnamed[0] if unnamed else (),
        )  # fmt: skip
        return (*named, only)
    maybe = tuple(Candidate(bay.serial, bay.number) for bay in left if bay.serial)
    if not maybe and bay_map is None:
        maybe = tuple(_remembered(drives, known, now))
    if len(maybe) == 1 and len(unnamed) + len(devices) == 1:
        return (*named, Missing(serial=maybe[0].serial, number=devices[0] if devices else None,
                                seats=unnamed[0] if unnamed else ()))  # fmt: skip
    return (
        *named,
        *(Missing(seats=seats, candidates=maybe) for seats in unnamed),
        *(Missing(number=number, candidates=maybe) for number in devices),
    )


def is_same(label: str, said: str) -> bool:
    """Return whether two serial numbers, of a label and of a drive, are one."""
    return plain(label) == plain(said) or is_label_of(label, said) or is_label_of(said, label)


def _gone_members(
    seating: Seating, bays: Sequence[MappedBay]
) -> tuple[list[Missing], list[tuple[Seat, ...]]]:
    """Return members that arrays miss: those whose name tells the drive, and the others."""
    by_member: dict[tuple[str, str], list[Seat]] = {}
    for seat in seating.empty:
        if seat.member.state is MemberState.GONE:
            by_member.setdefault((seat.array.name, seat.member.name), []).append(seat)
    named: dict[str, Missing] = {}
    unnamed: list[tuple[Seat, ...]] = []
    for seats in by_member.values():
        member = seats[0].member
        serial = serial_in(member)
        bay = next((b for b in bays if serial and b.serial and is_same(b.serial, serial)), None)
        bay = bay or _bay_named(member.name, member.path, bays)
        serial = serial or (bay.serial if bay else None)
        if serial is None and bay is None:
            unnamed.append(tuple(seats))
            continue
        key = plain(serial) if serial else f"bay {bay.number if bay else 0}"
        before = named[key].seats if key in named else ()
        named[key] = Missing(serial=serial, bay=bay, seats=(*before, *seats))
    return list(named.values()), unnamed


def _bay_named(name: str, path: str | None, bays: Sequence[MappedBay]) -> MappedBay | None:
    for written in (name, path or ""):
        if found := _BAY.fullmatch(written):
            return next((bay for bay in bays if bay.number == int(found[1])), None)
        base = re.sub(r"-part\d+$", "", written.rsplit("/", 1)[-1])
        if base and (bay := next((b for b in bays if b.path and b.path.endswith(base)), None)):
            return bay
    return None


def _unanswered(
    drives: Sequence[CheckedDrive], seating: Seating, bays: Sequence[MappedBay]
) -> list[MappedBay]:
    """Return the bays of whose drive nothing was heard, and in which no other is seen."""
    heard = [serial for drive in drives if (serial := known_serial(drive.reading)) is not None]
    heard += [
        serial for seat in seating.empty
        if holds(seat.member) and (serial := serial_in(seat.member)) is not None
    ]  # fmt: skip
    seen = {drive.bay.number for drive in drives if drive.bay is not None}
    return [
        bay for bay in bays
        if bay.serial is not None and bay.number not in seen
        and not any(is_same(bay.serial, serial) for serial in heard)
    ]  # fmt: skip


def _by_map(
    drives: Sequence[CheckedDrive], bays: Sequence[MappedBay], left: Sequence[MappedBay]
) -> Iterator[Missing]:
    """Yield drives that the map alone misses.

    Where more are missing than answer, a part of the pod was asked, or another pod.
    """
    mapped = sum(bay.serial is not None for bay in bays)
    if len(left) < mapped - len(left) and any(d.reading.trouble is None for d in drives):
        yield from (Missing(serial=bay.serial, bay=bay, by_map=True) for bay in left)


def _remembered(
    drives: Sequence[CheckedDrive], known: Sequence[KnownDrive], now: datetime
) -> Iterator[Candidate]:
    heard = {drive.reading.identity.key for drive in drives}
    for one in sorted(known, key=lambda k: k.last_seen or k.first_seen, reverse=True):
        last = one.last_seen or one.first_seen
        if one.expected and one.key not in heard and now - last <= _RECENT:
            yield Candidate(one.serial, one.bay)
