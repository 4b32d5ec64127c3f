"""What was known of a drive before: values in, values out; `history` keeps them on disk."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from podplanner.drives.assessment import Verdict
from podplanner.drives.signals import Signal


@dataclass(frozen=True, slots=True)
class PastReading:
    """One earlier reading of a drive.

    Attributes:
        read_at: In UTC.
        device: By which it was known then.
        bay: The bay that it was in then; None unknown.
        verdict: What was made of it; None where it was not judged.
    """

    read_at: datetime
    signals: Mapping[Signal, int]
    device: str | None = None
    bay: int | None = None
    verdict: Verdict | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a drive is now; None: that is not known.

    Attributes:
        device: `/dev/sda`: a start may give it to another drive.
    """

    device: str | None = None
    bay: int | None = None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A value that the user accepted: quiet until it grows beyond."""

    signal: Signal
    value: int
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """Everything known of one drive from before.

    Attributes:
        readings: The oldest first; long histories are thinned, the newest and the first are kept.
        accepted: One a signal at most, the latest.
        notes: Sentences about the drive itself that the history tells: it moved from bay 4 to bay
            7, it took the place of another.
    """

    readings: tuple[PastReading, ...] = ()
    accepted: tuple[Acceptance, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def latest(self) -> PastReading | None:
        """Return the newest earlier reading."""
        return self.readings[-1] if self.readings else None

    def before(self, moment: datetime) -> "Past":
        """Return the same without readings at or after a moment: one is not its own past."""
        if not self.readings or self.readings[-1].read_at < moment:
            return self
        return replace(self, readings=tuple(r for r in self.readings if r.read_at < moment))


NOTHING = Past()
"""Of a drive that is seen for the first time, or has no serial number to know it by."""
