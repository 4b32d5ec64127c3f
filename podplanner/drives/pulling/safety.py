"""Whether a drive may be pulled now.

SAFE is said only where the state of every array was read whole, nothing is being rebuilt, and the
drive's groups stand the loss of one more drive afterwards, not counting on drives that are suspect
themselves. What is not known is never safe.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from podplanner.drives.arrays.state import Array, ArrayState, Group, MemberState
from podplanner.drives.arrays.zfs.grouping import CACHE, LOG
from podplanner.drives.assessment import Verdict
from podplanner.drives.checked import CheckedDrive
from podplanner.drives.pulling.card import CAUTION, Pull, Safety
from podplanner.drives.pulling.seating import Seat, Seating, holds
from podplanner.drives.reading import Trouble

SILENT = (Trouble.TIMED_OUT, Trouble.STUCK, Trouble.VANISHED)
"""Troubles of a drive that does not answer."""
_NEEDED = 1
# Losses that a group must stand after a pull: the wrong drive is pulled, or another one fails.


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known besides the drive.

    Attributes:
        is_spare: The drive is a hot spare, or the bay map has it as one.
        another_way: There is a bay or a spare that lets the rebuild begin before the pull.
    """

    arrays: ArrayState
    seating: Seating
    drives: Sequence[CheckedDrive]
    is_spare: bool = False
    another_way: bool = False


def may_pull(seats: Sequence[Seat], unsure: Sequence[Seat], about: Circumstances) -> Pull:
    """Return whether a drive may be pulled, and the weightiest reason.

    Args:
        seats: Of the drive.
        unsure: Members that may be this drive.
        about: Everything else.
    """
    arrays = about.arrays
    if not arrays.source and not arrays.arrays and not arrays.trouble:
        return _no("no state of any array was read, so it is not known whose data are on it")
    if arrays.trouble:
        return _no(f"the state of the arrays is not known whole: {arrays.trouble[0]}")
    found = [_of_group(group, own, about) for group, own in _groups(seats)]
    if not seats:
        found.append(_without_group(unsure, about))
    found += _elsewhere(seats, arrays)
    return max(found, key=lambda pull: CAUTION.index(pull.safety))


def after_pull(group: Group, seats: Sequence[Seat]) -> int | None:
    """Return how many losses a group stands when the drive of these seats is pulled."""
    spare = group.spare_losses
    if spare is None:
        return None
    # Two devices of one OSD are one loss.
    return spare - len({s.member.name for s in seats if s.group is group and s.counts})


def _groups(seats: Sequence[Seat]) -> Iterator[tuple[Group, list[Seat]]]:
    seen: list[Group] = []
    for seat in seats:
        if not any(group is seat.group for group in seen):
            seen.append(seat.group)
            yield seat.group, [other for other in seats if other.group is seat.group]


def _of_group(group: Group, own: Sequence[Seat], about: Circumstances) -> Pull:
    array = own[0].array
    name = _name(array, group)
    if array.trouble or group.trouble:
        return _no((*array.trouble, *group.trouble)[0])
    if group.kind == CACHE:
        return Pull(Safety.SAFE, f"it is a cache of {array.name}: what it holds is in the pool too")
    spare, after = group.spare_losses, after_pull(group, own)
    if spare is None or after is None:
        return _no(f"how many drives {name} may lose is not known")
    counts = after < spare
    if group.kind.startswith(LOG) and counts and after < _NEEDED:
        return _wait("it is a separate log of the pool: take it out first with `zpool remove`")
    if after < 0:
        return _no(_loses_data(group, name, counts=counts))
    if group.rebuild is not None:
        return _wait(f"{group.rebuild.words} in {name}: let it end first")
    if array.kind == "ceph" and counts:
        return _wait("it still holds data of Ceph: take it out first, and Ceph copies them "
                     "elsewhere by itself")  # fmt: skip
    if after < _NEEDED:
        return _at_the_edge(name, about, counts=counts)
    suspects = _suspects(group, own, about)
    if after - len(suspects) < _NEEDED:
        are = "is" if len(suspects) == 1 else "are"
        return _wait(
            f"{name} would stand {_losses(after)}, and {_listed(suspects)} {are} not to be relied "
            "upon: put a spare in first, and rebuild onto it"
        )
    if not counts:
        return Pull(Safety.SAFE, f"{name} has its data without it, and stands {_losses(after)}")
    return Pull(Safety.SAFE, f"without it {name} still stands {_losses(after)}")


def _no(reason: str) -> Pull:
    return Pull(Safety.DO_NOT_PULL, reason)


def _wait(reason: str) -> Pull:
    return Pull(Safety.WAIT, reason)


def _loses_data(group: Group, name: str, *, counts: bool) -> str:
    if not counts:
        return (f"{name} has lost more drives than it can: what is left on this one may be needed "
                "to save data")  # fmt: skip
    if group.tolerance == 0:
        return f"{name} has no redundancy: its data go with this drive. Copy them off first"
    return (f"{name} cannot lose one more drive: to pull this one destroys data. Mend first what "
            "is gone there")  # fmt: skip


def _at_the_edge(name: str, about: Circumstances, *, counts: bool) -> Pull:
    """Return what to say where nothing may go wrong any more afterwards."""
    if counts:
        return _wait(
            f"without it, one more failure, or the wrong drive pulled, costs the data of {name}: "
            "put the spare in first, rebuild onto it while this drive helps, and pull it then"
        )
    if about.another_way:
        return _no(
            f"{name} cannot lose one more drive, and the wrong one is pulled easily: rebuild onto "
            "a spare first; this drive holds nothing that is needed"
        )
    return _wait(
        f"{name} cannot lose one more drive, and no spare or free bay is known that lets it be "
        "rebuilt first: back up, then be sure twice that it is this drive and no other"
    )


def _without_group(unsure: Sequence[Seat], about: Circumstances) -> Pull:
    live = [seat for seat in unsure if seat.member.state is not MemberState.GONE]
    if live:
        member, array = live[0].member, live[0].array
        return _no(f"it may be {member.name} of {array.name}: nothing says which drive that is")
    if idle := [a for a in about.arrays.arrays if a.trouble]:
        return _no(idle[0].trouble[0])
    if about.is_spare:
        return Pull(Safety.SAFE, "it is a spare, and no array has data on it")
    return _no("no array that was read has it, and nothing says what it holds: it may be the "
               "system's own drive. Look with `lsblk -f`")  # fmt: skip


def _elsewhere(seats: Sequence[Seat], arrays: ArrayState) -> Iterator[Pull]:
    """Yield what other groups have against a hand in the chassis."""
    for array in arrays.arrays:
        for group in array.groups:
            if any(seat.group is group for seat in seats) or group.kind == CACHE:
                continue
            if group.rebuild is not None:
                yield _wait(f"{group.rebuild.words} in {_name(array, group)}: a drive that is "
                            "touched by mistake now would cost more than waiting")  # fmt: skip
            spare = group.spare_losses
            if group.tolerance and spare is not None and spare < _NEEDED:
                yield _wait(f"{_name(array, group)} cannot lose one more drive: see to it first, "
                            "since the wrong drive is pulled easily")  # fmt: skip


def _suspects(group: Group, own: Sequence[Seat], about: Circumstances) -> list[str]:
    """Return the other members that hold data and are not to be relied upon."""
    mine = [seat.member for seat in own]
    found: dict[str, None] = {}
    for member in group.members:
        if any(member is one for one in mine) or not holds(member):
            continue
        if member.state is MemberState.ERRORS or _is_bad(_drive(group, member, about)):
            # Two devices of one member, as Ceph's have, are one loss; two in one place are too.
            found[member.slot or member.name] = None
    return list(found)


def _drive(group: Group, member: object, about: Circumstances) -> CheckedDrive | None:
    for number, seats in about.seating.seats.items():
        if any(seat.group is group and seat.member is member for seat in seats):
            return about.drives[number]
    return None


def _is_bad(drive: CheckedDrive | None) -> bool:
    return drive is not None and (
        drive.assessment.verdict is Verdict.REPLACE or drive.reading.trouble in SILENT
    )


def _name(array: Array, group: Group) -> str:
    return array.name if group.name == array.name else f"{group.name} of {array.name}"


def _losses(number: int) -> str:
    return "the loss of one more drive" if number == 1 else f"the loss of {number} more drives"


def _listed(names: Mapping[str, None] | Sequence[str]) -> str:
    shown = list(names)[:3]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
