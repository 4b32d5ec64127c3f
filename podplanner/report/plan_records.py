"""The plan of a pod as a record for other tools. An unknown value is null."""

from collections.abc import Mapping
from dataclasses import asdict

from pydantic import JsonValue

from podplanner.report.plan_values import (
    BandwidthSection,
    CapacitySection,
    DurabilitySection,
    OwnershipSection,
    PlacementSection,
    PlanReport,
    PowerSection,
)
from podplanner.report.values import Figure, FindingEntry

SCHEMA = "podplanner/pod-plan/1"


def render_plan_json(report: PlanReport) -> Mapping[str, JsonValue]:
    """Return the plan for a JSON encoder.

    Money and other decimals are strings, bytes and bytes per second integers, probabilities
    numbers. `missing` says why a section has no figures, and is null where it has.
    """
    return {
        "schema": SCHEMA,
        "title": report.title,
        "made_on": str(report.made_on),
        "facts": {fact.label: fact.words for fact in report.facts},
        "summary": {
            card.key: {"words": card.figure.words, "note": card.note} for card in report.cards
        },
        "counts": {entry.severity: entry.count for entry in report.counts},
        "findings": [_finding(found) for found in (*report.findings, *report.unchecked)],
        "placement": _placement(report.placement),
        "capacity": _capacity(report.capacity),
        "durability": _durability(report.durability),
        "bandwidth": _bandwidth(report.bandwidth),
        "power": _power(report.power),
        "running_cost": _ownership(report.ownership),
        "list": {
            "counts": {entry.severity: entry.count for entry in report.list.counts},
            "findings": [_finding(found) for found in report.list.findings],
        },
        "assumed": [
            {"part": part.part, "figure": figure.name, "value": figure.words or None,
             "why": assumption.why, "day": str(part.day) if part.day else None}
            for part in report.assumed
            for assumption in part.assumptions
            for figure in assumption.figures
        ],
        "granted": list(report.granted),
        "unknown": [{"topic": e.topic, "facts": list(e.facts)} for e in report.unknown],
    }  # fmt: skip


def _exact(figure: Figure) -> str | None:
    return None if figure.value is None else f"{figure.value:f}"


def _whole(figure: Figure) -> int | None:
    return None if figure.value is None else int(figure.value)


def _finding(finding: FindingEntry) -> JsonValue:
    return {
        "code": finding.code, "severity": finding.severity, "line": finding.position,
        "id": finding.line_id or None, "message": finding.message, "fix": finding.fix,
    }  # fmt: skip


def _placement(section: PlacementSection) -> JsonValue:
    return {
        "missing": section.missing or None,
        "failures": [asdict(entry.row) for entry in section.failures],
        "proof": list(section.proof),
        "notes": list(section.notes),
    }


def _capacity(section: CapacitySection) -> JsonValue:
    return {
        "missing": section.missing or None,
        "raw_bytes": _whole(section.raw),
        "usable_bytes": _whole(section.usable),
        "recommended_bytes": _whole(section.recommended),
        "steps": [{"name": step.name, "bytes": _whole(step.size)} for step in section.steps],
        "notes": list(section.notes),
    }


def _durability(section: DurabilitySection) -> JsonValue:
    return {
        "missing": section.missing or None,
        "models": {
            model.name: {"annual_loss": model.loss, "nines": _whole(model.nines)}
            for model in section.models
        },
        "facts": {fact.label: fact.words for fact in section.facts},
        "notes": list(section.notes),
    }


def _bandwidth(section: BandwidthSection) -> JsonValue:
    return {
        "missing": section.missing or None,
        "headlines": list(section.headlines),
        "host": _whole(section.host),
        "network": _whole(section.network),
        "steps": [asdict(row) for row in section.rows],
        "open": [
            {"about": q.about, "answers": list(q.answers), "wish": q.wish}
            for q in section.questions
        ],
        "notes": list(section.notes),
    }


def _power(section: PowerSection) -> JsonValue:
    return {
        "missing": section.missing or None,
        "checks": [
            {"supply": check.supply, "quantity": check.quantity, "drives": _exact(check.drives),
             "whole": _exact(check.whole), "rating": _exact(check.rating),
             "standing": check.standing}
            for check in section.checks
        ],
        "wall": [{"state": e.state, "watts": _exact(e.watts)} for e in section.wall],
        "figures": [
            {"part": f.part, "figure": f.name, "value": _exact(f.figure), "source": f.source}
            for f in section.figures
        ],
        "notes": list(section.notes),
    }  # fmt: skip


def _ownership(section: OwnershipSection) -> JsonValue:
    cloud = section.cloud
    return {
        "missing": section.missing or None,
        "currency": section.currency,
        "items": [
            {"name": item.name, "amount": _exact(item.amount), "reckoned": item.reckoned}
            for item in section.items
        ],
        "total": _exact(section.total),
        "per_tb_month": _exact(section.per_tb_month),
        "swings": [
            {"input": s.name, "low": _exact(s.low), "high": _exact(s.high)} for s in section.swings
        ],
        "cloud": None if cloud is None else {
            "name": cloud.name, "date": str(cloud.day), "source": cloud.source,
            "total": _exact(cloud.total), "per_tb_month": _exact(cloud.per_tb_month),
        },
        "notes": list(section.notes),
    }  # fmt: skip
