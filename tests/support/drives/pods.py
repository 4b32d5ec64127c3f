"""Pods made by hand, for what starts from drives that were judged already."""

from collections.abc import Mapping
from datetime import UTC, datetime

from podplanner.catalog.bay_map import MappedBay
from podplanner.drives.assessment import Assessment, Cause, Evidence, Verdict
from podplanner.drives.checked import CheckedDrive, CheckedPod
from podplanner.drives.reading import DriveReading, Identity, Protocol, Temperature, Trouble
from podplanner.drives.signals import Signal

AT = datetime(2026, 11, 4, 3, 0, tzinfo=UTC)
MODEL = "MADE UP 4000"


def drive(
    number: int = 1,
    verdict: Verdict = Verdict.OK,
    reason: str = "",
    *,
    evidence: tuple[Evidence, ...] = (),
    signals: Mapping[Signal, int] | None = None,
    trouble: Trouble | None = None,
    serial: str | None = "",
    model: str | None = MODEL,
    device: str | None = None,
    bay: int | None = 0,
    temperature: Temperature | None = None,
    last_seen: datetime | None = None,
    at: datetime = AT,
) -> CheckedDrive:
    """Return a drive of serial number `SN<number>` in the bay of that number.

    An empty `serial` and a `bay` of 0 mean these; None means that there is none.
    """
    serial = f"SN{number:04}" if serial == "" else serial
    place = number if bay == 0 else bay
    device = device or f"/dev/sd{chr(96 + number)}"
    return CheckedDrive(
        reading=DriveReading(
            source=device,
            device=device,
            read_at=at,
            protocol=Protocol.ATA,
            identity=Identity(model, serial, f"{model}/{serial}" if serial else None),
            capacity_bytes=4_000_787_030_016,
            signals=signals or {},
            temperature=temperature or Temperature(),
            trouble=trouble,
            trouble_words="it does not answer" if trouble else "",
        ),
        assessment=Assessment(verdict, reason, evidence),
        last_seen=last_seen,
        bay=None
        if place is None
        else MappedBay(number=place, place=place, role="data", group=1, member=place),
    )


def saw(
    verdict: Verdict, signal: Signal | None = None, words: str = "", cause: Cause = Cause.DRIVE
) -> Evidence:
    return Evidence(verdict, cause, words or f"{signal} is high", signal, 24)


def pod(*drives: CheckedDrive, at: datetime = AT) -> CheckedPod:
    return CheckedPod(at, drives)
