"""The drives of a pod as a record for other tools. An unknown value is null.

`afr` is what `plan durability --afr-from` reads.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import JsonValue

from podplanner.report.card_record import array_record, card_record
from podplanner.report.drive_values import (
    AcceptedEntry,
    ArraySection,
    DriveEntry,
    DriveReport,
    EvidenceEntry,
    FleetSection,
    RiskEntry,
    TrendEntry,
)

SCHEMA = "podplanner/drive-report/1"


def render_drives_json(report: DriveReport) -> Mapping[str, JsonValue]:
    """Return the drives for a JSON encoder, the worst first.

    Drives have the keys of `drive check --json` and more. Rates are failures per drive-year.
    `missing` says why a section has no figures, and is null where it has.
    """
    warmth = report.temperatures
    return {
        "schema": SCHEMA,
        "title": report.title,
        "made_at": _time(report.made_at),
        "read_at": _time(report.read_at),
        "verdict": report.verdict,
        "facts": {fact.label: fact.words for fact in report.facts},
        "counts": {entry.verdict: entry.count for entry in report.counts},
        "next": {
            "summary": report.first.sentence,
            "card": None if report.first.card is None else dict(card_record(report.first.card.raw)),
            "drives": [drive.raw.source for drive in report.first.others],
        },
        "drives": [_drive(drive) for drive in report.drives],
        "temperatures": {
            "missing": warmth.missing or None,
            "headlines": list(warmth.headlines),
            "hottest": warmth.hottest.raw.source if warmth.hottest else None,
        },
        "arrays": _arrays(report.arrays),
        "accepted": [
            {"drive": drive.raw.source, **_accepted(entry)}
            for drive in report.drives
            for entry in drive.accepted
        ],
        "afr": _afr(report.fleet),
        "notes": list(report.notes),
    }


def _time(moment: datetime | None) -> str | None:
    """Return a time as `drive check --json` has it, RFC 3339 in UTC to the second."""
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _drive(drive: DriveEntry) -> JsonValue:
    reading = drive.raw
    return {
        "source": reading.source, "model": reading.identity.model,
        "serial": reading.identity.serial, "protocol": reading.protocol.value,
        "verdict": drive.verdict, "evidence": [_evidence(entry) for entry in drive.evidence],
        "reason": drive.reason, "device": reading.device, "bay": drive.bay,
        "capacity_bytes": reading.capacity_bytes, "temperature_c": drive.temperature_c,
        "limit_c": drive.limit_c, "read_at": _time(reading.read_at),
        "last_seen": _time(drive.last_seen_at),
        "trouble": None if reading.trouble is None else reading.trouble.value,
        "why": drive.why or None,
        "exit_status": reading.exit_status.value if reading.exit_status else None,
        "signals": {signal.value: value for signal, value in reading.signals.items()},
        "facts": {fact.label: fact.words for fact in drive.facts},
        "trends": [_trend(trend) for trend in drive.trends],
        "notes": list(drive.notes),
    }  # fmt: skip


def _evidence(entry: EvidenceEntry) -> JsonValue:
    return {
        "verdict": entry.verdict, "cause": entry.cause, "signal": entry.signal or None,
        "value": entry.value, "before": entry.before, "accepted": entry.accepted,
        "words": entry.words, "risk": None if entry.risk is None else _risk(entry.risk),
    }  # fmt: skip


def _risk(risk: RiskEntry) -> JsonValue:
    return {
        "yearly": risk.yearly, "low": risk.low, "high": risk.high, "failures": risk.failures,
        "drive_days": risk.drive_days, "words": risk.words, "source": risk.source,
    }  # fmt: skip


def _trend(trend: TrendEntry) -> JsonValue:
    return {
        "signal": trend.signal,
        "words": trend.words,
        "points": [{"at": _time(point.at), "value": point.value} for point in trend.points],
    }


def _accepted(entry: AcceptedEntry) -> Mapping[str, JsonValue]:
    return {
        "signal": entry.signal, "value": entry.value, "at": _time(entry.at),
        "note": entry.note or None, "standing": entry.standing,
    }  # fmt: skip


def _arrays(section: ArraySection) -> JsonValue:
    return {
        "missing": section.missing or None,
        "source": section.source or None,
        "trouble": list(section.trouble),
        "arrays": [dict(array_record(array.raw)) for array in section.arrays],
    }


def _afr(section: FleetSection) -> JsonValue:
    return {
        "failures": section.failures, "drive_days": section.drive_days,
        "estimate": section.estimate, "low": section.low, "high": section.high,
        "words": section.words, "missing": section.missing or None,
        "notes": list(section.notes),
    }  # fmt: skip
