"""How a drive is replaced, whatever array it is in: the order of things, and the words for it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from podplanner.drives.arrays.state import MemberState
from podplanner.drives.pulling import ceph_steps, md_steps, zfs_steps
from podplanner.drives.pulling.card import Pull, Safety, Spare, Step
from podplanner.drives.pulling.quoting import quoted
from podplanner.drives.pulling.seating import Seat
from podplanner.drives.pulling.sparing import IN_BAY, IN_BILL
from podplanner.drives.pulling.targets import Target


@dataclass(frozen=True, slots=True)
class Replacement:
    """What is replaced, by what.

    Attributes:
        in_pod: The spare is in the pod already, as the array's commands know it; None: it is not.
        free_bay: Number of a bay that the map says is empty; None: none is known.
        first: A spare is to be filled before the drive is pulled.
    """

    target: Target
    pull: Pull
    spare: Spare | None
    in_pod: str | None
    free_bay: int | None
    first: bool

    @property
    def where(self) -> str:
        """Return where the drive is."""
        bay = self.target.bay
        return f"bay {bay.number}" if bay is not None else "its bay"

    @property
    def label(self) -> str:
        """Return what its label says."""
        serial = self.target.serial
        return serial or "what the card names"


@dataclass(frozen=True, slots=True)
class _Kind:
    """The commands of one kind of array."""

    before: Callable[[Seat, str], Iterator[Step]]
    """To take out a member that still holds data; with the name of the device that replaces it."""
    onto_spare: Callable[[Seat, str, bool], Iterator[Step]]
    """To rebuild onto a spare while the old drive helps; whether it is the array's hot spare."""
    afterwards: Callable[[Seat, str], Iterator[Step]]
    """To put a new drive in the place of one that is gone."""
    checks: Callable[[Seat], Iterator[Step]]


_KINDS = {
    "zfs": _Kind(zfs_steps.before, zfs_steps.onto_spare, zfs_steps.afterwards, zfs_steps.checks),
    "md": _Kind(md_steps.before, md_steps.onto_spare, md_steps.afterwards, md_steps.checks),
    "ceph": _Kind(ceph_steps.before, ceph_steps.onto_spare, ceph_steps.afterwards,
                  ceph_steps.checks),
}  # fmt: skip
NEW = "/dev/disk/by-id/NEW"
"""Stands for the new drive, whose name nobody knows yet."""


def steps_of(plan: Replacement) -> tuple[Step, ...]:
    """Return what to do, in its order; nothing that would lose data on the way."""
    if not plan.target.seats:
        return tuple(_without_array(plan))
    if plan.target.seats[0].array.trouble or plan.target.seats[0].group.trouble:
        return tuple(_after_trouble(plan))
    if _rebuilding(plan.target.seats):
        return (Step("Wait until the rebuild has ended, then run `podplanner drive next` again."),)
    return tuple(_first_spare(plan) if plan.first else _first_pull(plan))


def checks_of(plan: Replacement) -> tuple[Step, ...]:
    """Return what to look at when it is done."""
    device = quoted(plan.in_pod) if plan.in_pod and plan.in_pod.startswith("/") else NEW
    found = [
        Step("Is the new drive what it should be: new, large enough, no SMR, sound?",
             f"podplanner drive accept {device}"),
    ]  # fmt: skip
    seen: list[str] = []
    for seat in plan.target.seats:
        if seat.array.name not in seen:
            seen.append(seat.array.name)
            found += _KINDS[seat.array.kind].checks(seat)
    bay = plan.target.bay
    number = str(bay.number) if bay is not None else "BAY"
    found.append(Step("Note in the bay map which drive is in the bay now.",
                      f"podplanner drive bays set {number} SERIAL"))  # fmt: skip
    found.append(Step("Is another drive due?", "podplanner drive next"))
    return tuple(found)


def _rebuilding(seats: Sequence[Seat]) -> bool:
    return any(seat.group.rebuild is not None for seat in seats)


def _first_spare(plan: Replacement) -> Iterator[Step]:
    """Yield the way on which the group never has less than now."""
    if plan.pull.safety is Safety.SAFE:
        yield Step("It may be pulled at once; better rebuild onto the spare while it still helps.")
    if plan.in_pod is None:
        yield _put_in(plan)
    for seat in _distinct(plan.target.seats):
        hot = plan.spare is not None and plan.spare.kind not in (IN_BAY, IN_BILL)
        yield from _KINDS[seat.array.kind].onto_spare(seat, _device(plan), hot)
    if plan.pull.safety is not Safety.SAFE:
        yield Step("Ask again; pull it only when this says SAFE TO PULL.", "podplanner drive next")
    yield _pull(plan)


def _first_pull(plan: Replacement) -> Iterator[Step]:
    """Yield the way by the drive's own bay."""
    if plan.pull.safety is not Safety.SAFE:
        yield Step("See that a backup is there and can be read: from here on one mistake costs "
                   "data.")  # fmt: skip
    for seat in _distinct(plan.target.seats):
        yield from _KINDS[seat.array.kind].before(seat, _device(plan))
    yield _pull(plan)
    if plan.in_pod is None:
        spare = f" ({plan.spare.name})" if plan.spare else ""
        yield Step(f"Put the new drive{spare} into {plan.where}.")
    for seat in _distinct(plan.target.seats):
        yield from _KINDS[seat.array.kind].afterwards(seat, _device(plan))


def _without_array(plan: Replacement) -> Iterator[Step]:
    if plan.pull.safety is Safety.SAFE:
        yield _pull(plan)
        yield Step(f"Put a new spare into {plan.where}.")
        return
    drive = plan.target.drive
    device = (drive.reading.device or drive.reading.source) if drive else None
    shown = quoted(device) if device and device.startswith("/dev/") else ""
    yield Step("See what is on it, and what uses it.",
               f"lsblk -o NAME,SERIAL,FSTYPE,MOUNTPOINTS {shown}".rstrip())  # fmt: skip
    yield Step("See whether the arrays can be read: `zpool status`, `cat /proc/mdstat`, "
               "`ceph status`; then run `podplanner drive next` again.")  # fmt: skip


def _after_trouble(plan: Replacement) -> Iterator[Step]:
    seat = plan.target.seats[0]
    yield Step("Back up what can be read, before anything else.")
    yield from _KINDS[seat.array.kind].checks(seat)
    yield Step("Mend that first, then run `podplanner drive next` again.")


def _put_in(plan: Replacement) -> Step:
    what = "a new drive"
    if plan.spare is not None:
        what = f"the spare ({plan.spare.name}, {plan.spare.size_bytes:,} bytes)"
    if plan.free_bay is not None:
        return Step(f"Put {what} into bay {plan.free_bay}, which is empty.")
    return Step(f"Put {what} into a free bay or port, or a USB dock where there is none.")


def _pull(plan: Replacement) -> Step:
    return Step(f"Pull the drive in {plan.where}; its label must say {plan.label}. If it says "
                "another, put it back at once.")  # fmt: skip


def _device(plan: Replacement) -> str:
    return quoted(plan.in_pod) if plan.in_pod is not None else NEW


def _distinct(seats: Sequence[Seat]) -> list[Seat]:
    """Return one seat for each member that is named in commands; those that are gone first."""
    found: dict[tuple[str, str], Seat] = {}
    for seat in seats:
        found.setdefault((seat.array.name, seat.member.name), seat)
    return sorted(found.values(), key=lambda seat: seat.member.state is not MemberState.GONE)
