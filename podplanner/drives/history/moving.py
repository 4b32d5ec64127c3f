"""What drives tell by where they were seen: moves, and whose place they took."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from podplanner.drives.history.known import KnownDrive
from podplanner.drives.past import PastReading

_MOST_MOVES = 3
# The latest: what came before tells nobody anything at three in the morning.


@dataclass(frozen=True, slots=True)
class Move:
    """A drive that was in another bay than before.

    Attributes:
        left: Its last reading in the old bay.
        arrived: Its first in the new one.
    """

    old: int
    new: int
    left: datetime
    arrived: datetime

    @property
    def words(self) -> str:
        """Return it as a sentence."""
        when = (
            f"on {self.arrived:%Y-%m-%d}"
            if self.left.date() == self.arrived.date()
            else f"between {self.left:%Y-%m-%d} and {self.arrived:%Y-%m-%d}"
        )
        return f"it moved from bay {self.old} to bay {self.new} {when}"


def moves_of(readings: Iterable[PastReading]) -> tuple[Move, ...]:
    """Return the moves between bays, the oldest first.

    Device names do not count: each start of the system may give them to other drives.
    """
    placed = [(reading.read_at, reading.bay) for reading in readings if reading.bay is not None]
    return tuple(
        Move(old, new, left, arrived)
        for (left, old), (arrived, new) in pairwise(placed)
        if old != new
    )


def with_successors(drives: Sequence[KnownDrive]) -> tuple[KnownDrive, ...]:
    """Return drives with what was seen in their places since they were last seen themselves."""
    in_bay: dict[int, KnownDrive] = {}
    as_device: dict[str, KnownDrive] = {}
    for drive in drives:
        if drive.bay is not None and drive.bay_at is not None:
            other = in_bay.get(drive.bay)
            if other is None or other.bay_at is None or drive.bay_at > other.bay_at:
                in_bay[drive.bay] = drive
        if drive.last_device is not None and drive.last_answered is not None:
            rival = as_device.get(drive.last_device)
            if rival is None or drive.first_seen > rival.first_seen:
                as_device[drive.last_device] = drive
    return tuple(_with_successor(drive, in_bay, as_device) for drive in drives)


def _with_successor(
    drive: KnownDrive, in_bay: dict[int, KnownDrive], as_device: dict[str, KnownDrive]
) -> KnownDrive:
    seen = drive.last_seen
    if seen is None:
        return drive
    there = None if drive.bay is None else in_bay.get(drive.bay)
    if there is not None and there.key != drive.key and there.bay_at and there.bay_at > seen:
        return replace(drive, replaced_by=there.key)
    named = None if drive.last_device is None else as_device.get(drive.last_device)
    if named is None or named.key == drive.key or named.first_seen <= seen:
        return drive
    if None not in (drive.bay, named.bay) and drive.bay != named.bay:
        return drive
    return replace(drive, perhaps_replaced_by=named.key)


def notes_of(key: str, readings: Iterable[PastReading], known: Sequence[KnownDrive]) -> list[str]:
    """Return what moves and places tell of one drive, a sentence each."""
    notes = [move.words for move in moves_of(readings)[-_MOST_MOVES:]]
    before = max(
        (drive for drive in known if key in (drive.replaced_by, drive.perhaps_replaced_by)),
        key=lambda drive: (drive.replaced_by == key, drive.last_seen or drive.first_seen),
        default=None,
    )
    if before is not None:
        who = f"{before.model} {before.serial}".strip()
        until = before.last_seen or before.first_seen
        if before.replaced_by == key:
            notes.append(
                f"it took the place of {who} in bay {before.bay}, last seen {until:%Y-%m-%d}"
            )
        else:
            notes.append(f"it is new; {before.last_device} was {who} until {until:%Y-%m-%d}")
    return notes
