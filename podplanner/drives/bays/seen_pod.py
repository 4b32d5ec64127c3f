"""The drives that the system lists, with the verdict that is remembered of each: none is asked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from podplanner.catalog.bay_map import BayMap
from podplanner.drives.assessment import Assessment, Verdict
from podplanner.drives.bays.locating import locate
from podplanner.drives.bays.places import Places, SeenDrive
from podplanner.drives.bays.serials import plain
from podplanner.drives.checked import CheckedDrive, CheckedPod
from podplanner.drives.history.known import KnownDrive
from podplanner.drives.identity import is_masked
from podplanner.drives.reading import DriveReading, Identity

_NEVER = "Not checked yet (`drive check`)."


def reading_of_seen(seen: SeenDrive) -> DriveReading:
    """Return what the kernel lists of a drive as a reading that says nothing of its health."""
    serial = seen.serial
    own = serial is not None and not is_masked(serial, seen.model or "")
    key = f"{(seen.model or '').upper()}/{plain(serial or '')}" if own else None
    # Good within one look at this machine: the kernel's models are shorter than smartctl's.
    return DriveReading(
        source=seen.device,
        device=seen.device,
        identity=Identity(model=seen.model, serial=serial, key=key),
        capacity_bytes=seen.size_bytes,
    )


def seen_pod(
    places: Places, known: Sequence[KnownDrive], *, now: datetime, max_age: timedelta
) -> CheckedPod:
    """Return the drives that the system lists, with verdicts from the history.

    Args:
        places: What the system lists.
        known: What the history has; a verdict is taken by the serial number.
        now: In UTC.
        max_age: An older verdict is not shown as one.
    """
    drives = tuple(
        _remembered(reading_of_seen(seen), known, now, max_age) for seen in places.drives
    )
    return CheckedPod(now, drives)


def in_bays(pod: CheckedPod, bay_map: BayMap, places: Places) -> CheckedPod:
    """Return the drives in the bays of a map, with a note of all that disagrees."""
    located = locate([drive.reading for drive in pod.drives], bay_map, places)
    drives = tuple(
        replace(drive, bay=located.bays.get(drive.reading.source)) for drive in pod.drives
    )
    return replace(pod, drives=drives, notes=(*pod.notes, *located.notes))


def _remembered(
    reading: DriveReading, known: Sequence[KnownDrive], now: datetime, max_age: timedelta
) -> CheckedDrive:
    serial = reading.identity.serial
    found = [
        drive for drive in known
        if reading.identity.key is not None and plain(drive.serial) == plain(serial or "")
    ]  # fmt: skip
    if len(found) != 1 or found[0].verdict is None or found[0].last_answered is None:
        return CheckedDrive(reading, Assessment(Verdict.UNKNOWN, _NEVER))
    drive, at = found[0], found[0].last_answered
    days = (now - at).days
    since = "today" if days < 1 else f"{days} {'day' if days == 1 else 'days'} ago"
    if now - at > max_age:
        words = f"Last checked {since}, {drive.verdict} then."
        return CheckedDrive(reading, Assessment(Verdict.UNKNOWN, words), last_seen=at)
    words = f"{drive.reason} (checked {since})".strip()
    return CheckedDrive(reading, Assessment(drive.verdict or Verdict.UNKNOWN, words), last_seen=at)
