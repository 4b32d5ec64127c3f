"""A drive that just came, and everything that its checks look at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from podplanner.drives.assessment import Assessment
from podplanner.drives.history.known import KnownDrive
from podplanner.drives.reading import DriveReading

Recording = Literal["CMR", "SMR", "HM-SMR", "SSD"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the drive must bring for the place that it is meant for.

    Attributes:
        size_bytes: At least; None: unknown, `whose` says why.
        whose: For people: of what that is the size (`what tank/raidz2-0 uses of ZA1`).
        logical_sector_bytes: Of the drives beside it; None unknown.
    """

    size_bytes: int | None
    whose: str
    logical_sector_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """What the catalog has of its model.

    Attributes:
        capacity_bytes: As on the label, decimal; None unknown.
    """

    sku: str
    capacity_bytes: int | None = None
    recording: Recording | None = None


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A drive that just came.

    Attributes:
        known: Every drive that was seen before; None: no history was asked.
        history_trouble: Why the history could not be read; empty: it could.
        wanted: None: nobody said what it shall replace.
        label: None: the catalog does not have its model.
        member_of: The group that holds data on it already; empty: none is known to.
        used: It was sold as used: its age is told, and no reason to look.
        not_shingled: The user looked that up.
        long: A long self-test is asked for.
    """

    reading: DriveReading
    assessment: Assessment
    now: datetime
    known: tuple[KnownDrive, ...] | None = None
    history_trouble: str = ""
    wanted: Wanted | None = None
    label: Label | None = None
    member_of: str = ""
    used: bool = False
    not_shingled: bool = False
    long: bool = True

    @property
    def seen(self) -> KnownDrive | None:
        """Return the same drive, as it was seen before."""
        key = self.reading.identity.key
        return next((drive for drive in self.known or () if drive.key == key), None)

    @property
    def is_hard_drive(self) -> bool | None:
        """Return whether it has platters; None where it does not say."""
        speed = self.reading.rotation_rpm
        return None if speed is None else speed > 0
