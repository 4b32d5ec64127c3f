"""Commands that replace a member of a Linux md array: mdadm(8), Manage mode."""

from collections.abc import Iterator

from podplanner.drives.arrays.state import MemberState
from podplanner.drives.pulling.card import Step
from podplanner.drives.pulling.quoting import quoted
from podplanner.drives.pulling.seating import Seat


def before(seat: Seat, new: str) -> Iterator[Step]:
    """Yield what takes a member out of use before it is pulled."""
    del new
    array, old = _array(seat), _member(seat)
    if seat.counts:
        yield Step("Take it out of the array.", f"mdadm --manage {array} --fail {old}")
    if seat.counts or seat.member.state is MemberState.GONE:
        yield Step("Let the array forget it.", f"mdadm --manage {array} --remove {old}")


def onto_spare(seat: Seat, new: str, hot: bool) -> Iterator[Step]:
    """Yield what rebuilds onto another drive while the old one is still in its place."""
    array, old = _array(seat), _member(seat)
    device = _path(new)
    if not hot:
        yield from _partition(seat)
        yield Step("Give the array the spare.", f"mdadm --manage {array} --add {device}")
    if seat.counts:
        yield Step("Copy the old drive onto it; the old one stays in use until that is done.",
                   f"mdadm --manage {array} --replace {old} --with {device}")  # fmt: skip
    yield Step("Wait for its end (hours to days).", f"mdadm --wait {array}")
    yield Step("Let the array forget the old drive.", f"mdadm --manage {array} --remove {old}")


def afterwards(seat: Seat, new: str) -> Iterator[Step]:
    """Yield what puts a new drive in the place of one that was pulled."""
    yield from _partition(seat)
    yield Step("Give the array the new drive; it begins to rebuild at once.",
               f"mdadm --manage {_array(seat)} --add {_path(new)}")  # fmt: skip


def checks(seat: Seat) -> Iterator[Step]:
    """Yield what shows that the array is whole again."""
    yield Step("All members U, no (F), no recovery any more?", "cat /proc/mdstat")
    yield Step("State clean, every device active sync?", f"mdadm --detail {_array(seat)}")
    name = quoted(seat.array.name)
    yield Step("Read everything once when it is whole.",
               f"echo check > /sys/block/{name}/md/sync_action")  # fmt: skip


def _partition(seat: Seat) -> Iterator[Step]:
    if seat.member.name[-1:].isdigit():
        yield Step(f"The member {seat.member.name} is a partition: make the same one on the new "
                   "drive, and name that instead of the whole drive.")  # fmt: skip


def _array(seat: Seat) -> str:
    return quoted(f"/dev/{seat.array.name}")


def _member(seat: Seat) -> str:
    return quoted(f"/dev/{seat.member.name}")


def _path(name: str) -> str:
    """Return a device for mdadm; the array's own names lack the folder."""
    return name if name.strip("'").startswith("/") else f"/dev/{name}"
