"""Drives that just came, good but for what is asked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from support.drives.self_tested import drive_with, logged

from podplanner.drives.acceptance.newcomer import Label, Newcomer, Wanted
from podplanner.drives.assessment import Assessment, Verdict
from podplanner.drives.history.known import KnownDrive
from podplanner.drives.reading import Attribute
from podplanner.drives.signals import Signal

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SIZE = 18_000_207_937_536

FIGURES = {
    Signal.POWER_ON_H: 30, Signal.POWER_CYCLES: 4, Signal.REALLOCATED: 0, Signal.PENDING: 0,
    Signal.OFFLINE_UNCORRECTABLE: 0, Signal.CRC_ERRORS: 0, Signal.ERROR_LOG_ENTRIES: 0,
}  # fmt: skip


def newcomer(signals=None, *, tests=None, verdict=Verdict.OK, **fields):
    """Return a drive that passes every check; `signals` of None take a figure away."""
    figures = {s: v for s, v in {**FIGURES, **(signals or {})}.items() if v is not None}
    own = {"known": (), "wanted": Wanted(SIZE, "the ZA1 that it replaces"),
           "label": Label("EX-18T", 18 * 10**12, "CMR")}  # fmt: skip
    for name in ("known", "history_trouble", "wanted", "label", "member_of", "used",
                 "not_shingled", "long"):  # fmt: skip
        if name in fields:
            own[name] = fields.pop(name)
    reading = drive_with(
        1,
        *([logged(at=29)] if tests is None else tests),
        **{
            "signals": figures,
            "capacity_bytes": SIZE,
            "rotation_rpm": 7_200,
            "logical_sector_bytes": 512,
            "physical_sector_bytes": 4_096,
            "link_mbps": 6_000,
            "link_most_mbps": 6_000,
            **fields,
        },
    )
    return Newcomer(reading, Assessment(verdict, "made up"), NOW, **own)


def seen(days=1, *, key="EX-18T/SER00001", **fields):
    """Return the newcomer as the history has it since so many days."""
    model, serial = key.split("/")
    return KnownDrive(key, model, serial, NOW - timedelta(days=days), **fields)


def starts(count):
    return (Attribute(4, "Start_Stop_Count", 100, 100, 20, count, count, "", False),)


def of_model(drive, model, family=None):
    identity = replace(drive.reading.identity, model=model, family=family)
    return replace(drive, reading=replace(drive.reading, identity=identity), label=None)
