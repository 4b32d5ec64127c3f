"""Pods with a drive of every verdict in known bays, for pictures."""

from datetime import UTC, datetime

from podplanner.catalog.bay_map import BayMap
from podplanner.drives.assessment import Assessment, Cause, Evidence, Risk, Verdict
from podplanner.drives.bays.filling import with_bays
from podplanner.drives.checked import CheckedDrive, CheckedPod
from podplanner.drives.reading import DriveReading, Identity, Temperature

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
VERDICTS = {2: Verdict.WATCH, 3: Verdict.WARNING, 7: Verdict.REPLACE, 9: Verdict.UNKNOWN}
"""Bay -> verdict; all others are OK."""
UNREAD, EMPTY, SPARE, OPEN = 5, -2, -1, 0
"""The bay whose drive was not read; the rest counted from the last bay."""


def checked_drive(
    serial: str, verdict: Verdict = Verdict.OK, *, source: str | None = None, reason: str = "",
    risk: float | None = None, heat: int | None = 34,
) -> CheckedDrive:  # fmt: skip
    """Return one drive that was read and judged."""
    evidence = ()
    if risk is not None:
        seen = Risk(risk, None, None, 0, 0, "values", "invented")
        evidence = (Evidence(verdict, Cause.DRIVE, reason, risk=seen),)
    return CheckedDrive(
        DriveReading(
            source=source or f"/dev/disk-{serial}",
            identity=Identity("ST4000DM000", serial, f"ST4000DM000/{serial}"),
            temperature=Temperature(heat),
        ),
        Assessment(verdict, reason, evidence),
    )


def painted(bay_map: BayMap, *more: CheckedDrive) -> tuple[CheckedPod, BayMap]:
    """Return a map with drives in it, and the drives: one not read, one bay empty, spare, open."""
    bays, drives = [], list(more)
    last = len(bay_map.bays)
    for bay in bay_map.bays:
        serial = f"Z30{bay.number:05d}"
        role = {last + EMPTY: "empty", last + SPARE: "spare"}.get(bay.number)
        if role is not None or bay.number == last + OPEN:
            bays.append(bay.model_copy(update={"role": role}))
            continue
        bays.append(bay.model_copy(update={"serial": serial}))
        if bay.number == UNREAD:
            continue
        verdict = VERDICTS.get(bay.number, Verdict.OK)
        reason = "" if verdict is Verdict.OK else f"Reason of bay {bay.number}."
        drives.append(checked_drive(serial, verdict, reason=reason, heat=30 + bay.number % 20))
    return CheckedPod(AT, tuple(drives)), with_bays(bay_map, tuple(bays))
