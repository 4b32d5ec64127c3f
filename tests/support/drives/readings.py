"""Readings and pasts of invented drives, made of a few figures."""

from datetime import UTC, datetime, timedelta

from podplanner.drives.past import Acceptance, Past, PastReading
from podplanner.drives.reading import DriveReading, Identity, Protocol
from podplanner.drives.signals import Signal

NOW = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)

CLEAN = {
    Signal.REALLOCATED: 0,
    Signal.PENDING: 0,
    Signal.OFFLINE_UNCORRECTABLE: 0,
    Signal.REPORTED_UNCORRECTABLE: 0,
    Signal.CRC_ERRORS: 0,
    Signal.POWER_ON_H: 20_000,
}


def hard_drive(serial="Z1", /, *, at=NOW, signals=None, **fields):
    """Return a reading of a hard drive whose figures are clean but for those given."""
    fields = {
        "source": "/dev/sda",
        "protocol": Protocol.ATA,
        "identity": Identity("EX-18T", serial, f"EX-18T/{serial}" if serial else None),
        "rotation_rpm": 7200,
        "passed": True,
        "capacity_bytes": 18_000_000_000_000,
        **fields,
    }
    return DriveReading(read_at=at, signals={**CLEAN, **(signals or {})}, **fields)


def flash(serial="N1", /, *, at=NOW, signals=None, protocol=Protocol.NVME, **fields):
    """Return a reading of a solid-state drive."""
    clean = {Signal.WEAR_PERCENT: 3, Signal.MEDIA_ERRORS: 0, Signal.CRITICAL_WARNING: 0}
    fields = {
        "source": "/dev/nvme0",
        "protocol": protocol,
        "identity": Identity("FL-2T", serial, f"FL-2T/{serial}"),
        "rotation_rpm": 0,
        "passed": True,
        **fields,
    }
    return DriveReading(read_at=at, signals={**clean, **(signals or {})}, **fields)


def past_of(*days_and_signals, accepted=(), verdict=None, reason=""):
    """Return a past of (days ago, signals), the oldest first."""
    readings = tuple(
        PastReading(NOW - timedelta(days=days), {**CLEAN, **signals}, verdict=verdict,
                    reason=reason)
        for days, signals in days_and_signals
    )  # fmt: skip
    return Past(readings, tuple(accepted))


def accepted(signal, value, *, days=10, note=""):
    return Acceptance(signal, value, NOW - timedelta(days=days), note)
