"""What the commands of `drive` print with `--json` is an interface: their keys, written out."""

from pathlib import Path

import pytest
from unit.cli.running import podplanner

STATS = Path(__file__).resolve().parents[3] / "examples" / "drive-stats.csv"
SCAN = Path(__file__).resolve().parents[3] / "examples" / "drive-scan.json"

FIRST: dict[str, list[str]] = {
    "drive-check": ["schema", "drives"],
    "drive-backtest": ["schema", "drives", "failures", "tiers"],
}
"""These come first, in this order; others may follow."""

TOP: dict[tuple[str, ...], set[str]] = {
    ("drive", "scan", "--from", str(SCAN)): {"schema", "devices"},
    ("drive", "check", "--from", "lab-pod"): {
        "schema", "drives", "verdict", "checked_at", "notes",
    },
    ("drive", "next", "--from", "lab-pod"): {
        "schema", "card", "waiting", "arrays", "trouble", "notes", "recorded",
    },
    ("drive", "bays", "--from", "lab-pod"): {
        "schema", "title", "chassis", "layout", "made_up", "bays", "elsewhere", "notes", "output",
    },
    ("drive", "test", "--plan", "--from", "lab-pod"): {
        "schema", "mode", "kind", "at_once", "hold", "drives", "verdict", "notes",
    },
    ("drive", "accept", "bay05.json", "--from", "lab-pod"): {
        "schema", "device", "model", "serial", "verdict", "words", "checks", "test", "notes",
    },
    ("drive", "watch", "--once", "--from", "lab-pod"): {
        "schema", "checked_at", "verdict", "first", "changes", "message", "sent", "not_sent",
        "waiting", "pinged", "notes",
    },
    ("drive", "backtest", str(STATS)): {
        "schema", "drives", "failures", "tiers", "any_of_five", "verdicts", "rows", "unread_rows",
    },
}  # fmt: skip

DRIVE = [
    "source", "model", "serial", "protocol", "verdict", "evidence", "reason", "device", "bay",
    "capacity_bytes", "temperature_c", "read_at", "last_seen", "trouble", "exit_status", "signals",
    "notes",
]  # fmt: skip
EVIDENCE = ["verdict", "cause", "signal", "value", "before", "accepted", "words", "risk"]
RISK = ["yearly", "low", "high", "failures", "drive_days", "words", "source"]
TIER = ["recall", "false_alarm_rate", "precision", "failed", "false_alarms"]


@pytest.fixture(autouse=True)
def _desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("words", TOP, ids=lambda words: " ".join(words[:2]))
def test_the_keys_of_every_command_stay(words):
    found = podplanner(*words, "--json").json
    assert set(found) == TOP[words]
    assert found["schema"] == f"podplanner/drive-{words[1]}/1"
    first = FIRST.get(f"drive-{words[1]}", ["schema"])
    assert list(found)[: len(first)] == first


def test_the_keys_of_a_drive_its_evidence_and_its_risk_stay():
    drives = podplanner("drive", "check", "--from", "lab-pod", "--json").json["drives"]
    assert all(list(drive) == DRIVE for drive in drives)
    (dying,) = [drive for drive in drives if drive["verdict"] == "REPLACE"]
    assert all(list(evidence) == EVIDENCE for evidence in dying["evidence"])
    assert list(dying["evidence"][0]["risk"]) == RISK


def test_the_tiers_of_a_backtest_stay():
    tiers = podplanner("drive", "backtest", str(STATS), "--json").json["tiers"]
    assert list(tiers) == ["REPLACE", "WARNING"]
    assert all(list(tier) == TIER for tier in tiers.values())


def test_times_are_in_utc_to_the_second():
    found = podplanner("drive", "check", "--from", "lab-pod", "--json").json
    assert found["drives"][0]["read_at"].endswith("Z")
    assert len(found["checked_at"]) == len("2026-06-01T03:00:00Z")
