"""Drives that were read and judged together: what commands, pages and metrics start from."""

from dataclasses import dataclass
from datetime import datetime

from podplanner.catalog.bay_map import MappedBay
from podplanner.drives.assessment import Assessment, Verdict, worst
from podplanner.drives.past import NOTHING, Past
from podplanner.drives.reading import DriveReading


@dataclass(frozen=True, slots=True)
class CheckedDrive:
    """One drive: its reading, its past, the verdict, and its bay where that is known.

    Attributes:
        last_seen: When it last answered, for a drive that does not answer now.
        bay: From the bay map, by serial number, else by path.
    """

    reading: DriveReading
    assessment: Assessment
    past: Past = NOTHING
    last_seen: datetime | None = None
    bay: MappedBay | None = None


@dataclass(frozen=True, slots=True)
class CheckedPod:
    """All drives of one round, in the order in which they were asked for.

    Attributes:
        notes: Sentences for people about the round itself: a history that could not be read, an
            entry of a recording that was no drive.
    """

    at: datetime
    drives: tuple[CheckedDrive, ...]
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Return the worst of all."""
        return worst(drive.assessment.verdict for drive in self.drives)
