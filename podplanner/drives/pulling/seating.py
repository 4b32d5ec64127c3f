"""Seat drives in the groups of arrays: which drive is which member."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from podplanner.drives.arrays.state import Array, ArrayState, Group, Member, MemberState
from podplanner.drives.checked import CheckedDrive
from podplanner.drives.pulling.naming import Match, Names, match


@dataclass(frozen=True, slots=True)
class Seat:
    """A member, in its group, in its array."""

    array: Array
    group: Group
    member: Member

    @property
    def is_covered(self) -> bool:
        """Return whether another drive in its place holds the same data whole."""
        return self.member.slot is not None and any(
            other is not self.member and other.slot == self.member.slot and holds(other)
            for other in self.group.members
        )

    @property
    def counts(self) -> bool:
        """Return whether the group loses something with it."""
        return holds(self.member) and not self.is_covered


@dataclass(frozen=True, slots=True)
class Seating:
    """Drives and members, joined.

    Attributes:
        seats: Place of a drive among those that were checked -> its seats.
        spares: The same -> the array that has it as hot spare, and the spare.
        empty: Seats whose drive is not among those that were checked, or not known.
        unsure: Place of a drive -> members that may be it: nothing says that they are not.
    """

    seats: Mapping[int, tuple[Seat, ...]]
    spares: Mapping[int, tuple[Array, Member]]
    empty: tuple[Seat, ...]
    unsure: Mapping[int, tuple[Seat, ...]]

    def of(self, number: int) -> tuple[Seat, ...]:
        """Return the seats of a drive."""
        return self.seats.get(number, ())

    def drive_in(self, seat: Seat) -> int | None:
        """Return which of the checked drives is a member; None: none is known to be."""
        return next(
            (n for n, seats in self.seats.items() if any(s.member is seat.member for s in seats)),
            None,
        )


def holds(member: Member) -> bool:
    """Return whether a member holds its data."""
    return member.state in (MemberState.ONLINE, MemberState.ERRORS)


def seat(drives: Sequence[CheckedDrive], arrays: ArrayState) -> Seating:
    """Return which drive is which member; a member that may be one of several is none of them."""
    names = [Names.of(drive.reading, drive.bay) for drive in drives]
    seats: dict[int, list[Seat]] = {}
    unsure: dict[int, list[Seat]] = {}
    empty: list[Seat] = []
    for found in _seats(arrays):
        sure = _drive_of(found.member, names)
        if sure is not None:
            seats.setdefault(sure, []).append(found)
            continue
        empty.append(found)
        for number, name in enumerate(names):
            if match(found.member, name) is not Match.OTHER:
                unsure.setdefault(number, []).append(found)
    spares: dict[int, tuple[Array, Member]] = {}
    for array in arrays.arrays:
        for spare in array.spares:
            if (drive := _drive_of(spare, names)) is not None:
                spares[drive] = (array, spare)
    return Seating(
        {number: tuple(found) for number, found in seats.items()},
        spares,
        tuple(empty),
        {number: tuple(found) for number, found in unsure.items()},
    )


def _seats(arrays: ArrayState) -> Iterator[Seat]:
    for array in arrays.arrays:
        for group in array.groups:
            for member in group.members:
                yield Seat(array, group, member)


def _drive_of(member: Member, names: Sequence[Names]) -> int | None:
    """Return the one drive that a member is, by the surest that speaks for it."""
    matches = [match(member, name) for name in names]
    best = max(matches, default=Match.OTHER)
    if best < Match.DEVICE or matches.count(best) != 1:
        return None
    return matches.index(best)
