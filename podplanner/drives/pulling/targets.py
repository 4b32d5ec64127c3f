"""The drives that need something done, the most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import IntEnum

from podplanner.catalog.bay_map import MappedBay
from podplanner.drives.arrays.state import MemberState
from podplanner.drives.assessment import Verdict
from podplanner.drives.bays.locating import known_serial
from podplanner.drives.checked import CheckedDrive
from podplanner.drives.pulling.card import Candidate
from podplanner.drives.pulling.missing import Missing, is_same
from podplanner.drives.pulling.safety import SILENT
from podplanner.drives.pulling.seating import Seat, Seating

_FIRST = datetime.min.replace(tzinfo=UTC)


class Urgency(IntEnum):
    """How soon a drive wants to be seen to; the lower, the sooner."""

    REPLACE = 0
    GONE = 1
    """An array goes on without it."""
    SILENT = 2
    """It does not answer."""
    WARNING = 3


@dataclass(frozen=True, slots=True)
class Target:
    """A drive that needs something done.

    Attributes:
        number: Place among the checked drives; None: it is not among them.
    """

    urgency: Urgency
    reason: str
    number: int | None = None
    drive: CheckedDrive | None = None
    bay: MappedBay | None = None
    model: str | None = None
    serial: str | None = None
    seats: tuple[Seat, ...] = ()
    candidates: tuple[Candidate, ...] = ()


def latest(drives: Sequence[CheckedDrive]) -> tuple[CheckedDrive, ...]:
    """Return each drive once, by its newest reading: a folder may hold several of one drive."""
    newest: dict[str, tuple[datetime, int]] = {}
    for number, drive in enumerate(drives):
        key = drive.reading.identity.key
        if key is not None:
            found = (drive.reading.read_at or _FIRST, number)
            newest[key] = max(newest.get(key, found), found)
    return tuple(
        drive for number, drive in enumerate(drives)
        if (key := drive.reading.identity.key) is None or newest[key][1] == number
    )  # fmt: skip


def targets(
    drives: Sequence[CheckedDrive], seating: Seating, missing: Sequence[Missing]
) -> tuple[Target, ...]:
    """Return the drives that need something done, in the order in which to see to them.

    First those that are to be replaced, of the group that stands the fewest losses; then what
    arrays lost and what does not answer; then those with a warning. A member that is gone comes
    before one that is to be replaced in the same group: the group must be whole again first.
    """
    told = [target for number, drive in enumerate(drives)
            if (target := _target(number, drive, seating)) is not None]  # fmt: skip
    found = _with_missing(told, drives, missing)
    pressing = [
        seat.group for target in found if target.urgency is Urgency.REPLACE
        for seat in target.seats
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda target: _order(target, pressing)))


def is_gone(seats: Sequence[Seat]) -> bool:
    """Return whether an array goes on without a drive."""
    return any(seat.member.state is MemberState.GONE for seat in seats)


def _target(number: int, drive: CheckedDrive, seating: Seating) -> Target | None:
    seats = seating.of(number)
    verdict, trouble = drive.assessment.verdict, drive.reading.trouble
    dropped = [seat for seat in seats if seat.member.state is MemberState.GONE]
    worn = [seat for seat in seats if seat.member.words.startswith("DEGRADED")]
    if verdict is Verdict.REPLACE:
        urgency, reason = Urgency.REPLACE, drive.assessment.reason
    elif dropped:
        seat = dropped[0]
        urgency = Urgency.GONE
        reason = f"{seat.array.name} goes on without it ({seat.member.words})"
    elif trouble in SILENT:
        urgency, reason = Urgency.SILENT, drive.assessment.reason or "it does not answer"
    elif verdict is Verdict.WARNING:
        urgency, reason = Urgency.WARNING, drive.assessment.reason
    elif worn:
        seat = worn[0]
        urgency = Urgency.WARNING
        reason = f"{seat.array.name} counts errors of it ({seat.member.words})"
    else:
        return None
    identity = drive.reading.identity
    serial = known_serial(drive.reading) or (drive.bay.serial if drive.bay else None)
    return Target(urgency, reason, number, drive, drive.bay, identity.model, serial, seats)


def _with_missing(
    told: Sequence[Target], drives: Sequence[CheckedDrive], missing: Sequence[Missing]
) -> list[Target]:
    """Return the targets with the drives that do not answer, each once."""
    found = list(told)
    for one in missing:
        place = next((i for i, target in enumerate(found) if _is_one(target, one)), None)
        if place is None:
            found.append(_of_missing(one))
            continue
        old = found[place]
        found[place] = replace(
            old,
            bay=old.bay or one.bay, serial=old.serial or one.serial,
            seats=old.seats or one.seats, candidates=one.candidates,
            urgency=Urgency.GONE if one.seats and old.urgency is Urgency.SILENT else old.urgency,
        )  # fmt: skip
    return found


def _is_one(target: Target, one: Missing) -> bool:
    if one.number is not None:
        return target.number == one.number
    return bool(one.serial and target.serial and is_same(target.serial, one.serial))


def _of_missing(one: Missing) -> Target:
    if one.seats:
        seat = one.seats[0]
        reason = f"{seat.array.name} misses it ({seat.member.words or 'gone'})"
        urgency = Urgency.GONE
    elif one.by_map:
        urgency, reason = Urgency.SILENT, "the bay map has it, and no drive answers with its serial"
    else:
        urgency, reason = Urgency.SILENT, "it does not answer"
    return Target(urgency, reason, one.number, None, one.bay, one.model, one.serial, one.seats,
                  one.candidates)  # fmt: skip


def _order(target: Target, pressing: Sequence[object]) -> tuple[int, int, int, int, str]:
    gone = is_gone(target.seats)
    first = gone and any(seat.group is group for seat in target.seats for group in pressing)
    spare = min((_danger(seat) for seat in target.seats), default=1_000)
    return (
        int(Urgency.REPLACE if first else target.urgency),
        spare,
        int(not gone),
        target.bay.number if target.bay else 100_000,
        target.serial or (target.drive.reading.source if target.drive else ""),
    )


def _danger(seat: Seat) -> int:
    """Return how many losses the group still stands; what is not known is the worst."""
    return -1 if seat.group.spare_losses is None else seat.group.spare_losses
