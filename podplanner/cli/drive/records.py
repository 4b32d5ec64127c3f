"""One drive as commands of `drive` print it with `--json`."""

from datetime import UTC, datetime

from podplanner.drives.assessment import Evidence, Risk
from podplanner.drives.checked import CheckedDrive


def drive_record(drive: CheckedDrive) -> dict[str, object]:
    """Return a drive with its verdict; what is not known is null."""
    reading, assessment = drive.reading, drive.assessment
    return {
        "source": reading.source, "model": reading.identity.model,
        "serial": reading.identity.serial, "protocol": reading.protocol,
        "verdict": assessment.verdict,
        "evidence": [_evidence(evidence) for evidence in assessment.evidence],
        "reason": assessment.reason,
        "device": reading.device, "bay": drive.bay.number if drive.bay else None,
        "capacity_bytes": reading.capacity_bytes,
        "temperature_c": reading.temperature.current_c,
        "read_at": moment(reading.read_at), "last_seen": moment(drive.last_seen),
        "trouble": reading.trouble,
        "exit_status": reading.exit_status.value if reading.exit_status else None,
        "signals": {signal.value: value for signal, value in reading.signals.items()},
        "notes": list(drive.past.notes),
    }  # fmt: skip


def moment(at: datetime | None) -> str | None:
    """Return a time as JSON has it, RFC 3339 in UTC to the second."""
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _evidence(evidence: Evidence) -> dict[str, object]:
    return {
        "verdict": evidence.verdict, "cause": evidence.cause, "signal": evidence.signal,
        "value": evidence.value, "before": evidence.before, "accepted": evidence.accepted,
        "words": evidence.words, "risk": None if evidence.risk is None else _risk(evidence.risk),
    }  # fmt: skip


def _risk(risk: Risk) -> dict[str, object]:
    counted = risk.drive_days > 0
    return {
        "yearly": risk.yearly, "low": risk.low, "high": risk.high,
        "failures": risk.failures if counted else None,
        "drive_days": risk.drive_days if counted else None,
        "words": risk.words, "source": risk.source,
    }  # fmt: skip
