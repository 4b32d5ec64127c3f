"""Rounds of reading, made up: what a history is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from podplanner.catalog.bay_map import MappedBay
from podplanner.drives.assessment import Assessment, Verdict
from podplanner.drives.checked import CheckedDrive, CheckedPod
from podplanner.drives.reading import DriveReading, Identity, Trouble
from podplanner.drives.signals import Signal

START = datetime(2024, 3, 4, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MODEL = "EX-18T"


@dataclass
class Clock:
    """A clock that is set by hand."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Seen:
    """One drive of a round; without a serial number it has no key."""

    serial: str | None
    signals: Mapping[Signal, int] = field(default_factory=dict)
    device: str | None = None
    bay: int | None = None
    verdict: Verdict = Verdict.OK
    reason: str = "no sign of trouble"
    trouble: Trouble | None = None
    at: datetime | None = None


def key(serial: str) -> str:
    return f"{MODEL}/{serial}"


def round_of(at: datetime, *seen: Seen) -> CheckedPod:
    return CheckedPod(at, tuple(_checked(at, drive) for drive in seen))


def _checked(at: datetime, drive: Seen) -> CheckedDrive:
    reading = DriveReading(
        source=drive.device or "nowhere", device=drive.device, read_at=drive.at or at,
        identity=Identity(MODEL, drive.serial, key(drive.serial) if drive.serial else None),
        capacity_bytes=18_000_207_937_536, signals=drive.signals, trouble=drive.trouble,
    )  # fmt: skip
    bay = None if drive.bay is None else MappedBay(number=drive.bay, place=1, role="spare")
    return CheckedDrive(reading, Assessment(drive.verdict, drive.reason), bay=bay)
