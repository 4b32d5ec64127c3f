"""What `plan ... --json` prints is an interface: the keys of every command, written out."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from unit.cli.running import bom, new_pod, podplanner

ESTIMATE = {"value", "at_least", "missing"}
LIMIT = {"step", "link"}
OUTCOME = {"total", "per_drive", "certain", "limiting", "least_total", "least_per_drive"}
RANGE = {"low", "high"}
MODELS = {"window", "parallel", "serial"}
COUNTS = {"error", "warning", "note", "unknown"}
COMPARED = {"compared_with", "comparable", "closed_form", "not_simulated"}

PLAN: dict[str, dict[str, set[str]]] = {
    "plan-check": {
        "": {"schema", "bill", "layout", "counts", "findings"},
        "counts": COUNTS,
        "findings[]": {
            "code", "severity", "line", "id", "source", "message", "fix", "count",
        },
        "findings[].source": {"file", "row", "column"},
    },
    "plan-power": {
        "": {
            "schema", "bill", "drives", "spin_up", "wiring", "shared", "standing", "budgets",
            "wall", "loads", "figures", "notes",
        },
        "budgets[]": {
            "name", "supplies", "less_one", "drives", "bays", "backplanes", "standing",
            "idle_watts", "active_watts", "rest_watts", "floating_watts", "checks",
        },
        "budgets[].idle_watts": ESTIMATE,
        "budgets[].active_watts": ESTIMATE,
        "budgets[].rest_watts": ESTIMATE,
        "budgets[].floating_watts": ESTIMATE,
        "budgets[].checks": {"start_12v", "start_5v", "start_watts", "work_watts"},
        "budgets[].checks.start_12v": {
            "unit", "drives", "whole", "rating", "share", "fine_to", "fails_above", "standing",
        },
        "budgets[].checks.start_12v.drives": ESTIMATE,
        "wall": {"start", "idle", "active", "efficiency"},
        "wall.start": ESTIMATE,
        "loads[]": {"name", "watts", "supplies"},
        "loads[].watts": ESTIMATE,
        "figures[]": {"part", "figure", "value", "unit", "source", "assumption"},
    },
    "plan-bandwidth": {
        "": {
            "schema", "bill", "drives", "demand", "limiting", "host", "network", "steps", "bays",
            "missing", "settled", "wiring", "wiring_assumed", "notes",
        },
        "limiting": LIMIT,
        "host": OUTCOME,
        "host.limiting": LIMIT,
        "network": OUTCOME,
        "steps[]": {"step", "capacity", "per_drive", "oversubscription", "known", "links"},
        "steps[].links[]": {
            "link", "part", "capacity", "known", "bays", "demand", "oversubscription", "per_drive",
        },
        "bays[]": {"bay", "reads", "rate", "limit"},
        "bays[].limit": LIMIT,
        "missing[]": {"step", "part", "links", "matters", "wants", "scenarios"},
        "missing[].scenarios[]": {
            "name", "capacity", "limiting", "host_total", "host_per_drive", "network_total",
            "network_per_drive",
        },
    },
    "plan-place": {
        "": {
            "schema", "layout", "bays", "survives", "kills", "proof", "proven", "failures",
            "wiring", "notes", "commands", "bay_map", "drawing",
        },
        "bays[]": {"bay", "backplane", "place", "group", "member", "role", "drive"},
        "survives": {"drives", "any_backplane", "any_cable", "any_adapter", "any_supply"},
        "kills[]": {"component", "kind", "number", "drives", "worst_group", "reason"},
        "failures[]": {"component", "kind", "drives", "worst_group", "verdict", "reason"},
        "wiring": {"data", "data_assumed", "power", "power_assumed", "shared_supplies"},
    },
    "plan-capacity": {
        "": {
            "schema", "layout", "drives", "drive_bytes", "pods", "raw_bytes", "usable_bytes",
            "recommended_bytes", "steps", "assumptions",
        },
        "steps[]": {"name", "bytes"},
    },
    "plan-durability": {
        "": {
            "schema", "model", "annual_loss", "nines", "all", "all_nines", "inputs", "assumptions",
        },
        "all": MODELS,
        "all_nines": MODELS,
        "inputs": {
            "layout", "groups", "group_drives", "parity", "cluster_drives", "pods", "afr",
            "afr_source", "rebuild_hours", "drive", "drive_bytes", "rebuild_reads_bytes",
            "read_error_probability", "batch_factor", "common_cause", "pod_loss",
        },
    },
    "plan-durability played": {
        "": {
            "schema", "model", "annual_loss", "nines", "all", "all_nines", "inputs", "assumptions",
            "interval", "simulation", "rare",
        },
        "interval": {"afr", "annual_loss", "nines"},
        "interval.afr": RANGE,
        "interval.annual_loss": RANGE,
        "interval.nines": RANGE,
        "simulation": {
            "years", "seed", "lost", "annual_loss", "low", "high", "failures", "outages",
            "outage_hours", "loop", *COMPARED,
        },
        "rare": {"histories", "seed", "annual_loss", "low", "high", *COMPARED},
    },
    "plan-cost": {
        "": {
            "schema", "currency", "years", "total", "per_tb_month", "items", "drives", "spares",
            "expected_failures", "afr", "watts", "kwh_price", "pue", "rack_units",
            "rack_unit_month", "usable_bytes", "recommended_bytes", "swings", "cloud",
            "egress_percent", "assumptions", "unknown",
        },
        "items[]": {"name", "amount", "reckoned"},
        "afr": {"estimate", "low", "high", "source"},
        "swings[]": {"input", "low", "high"},
        "cloud": {
            "name", "date", "source", "currency", "storage", "egress", "total",
            "egress_bytes_month", "per_tb_month",
        },
    },
    "plan-report": {
        "": {
            "schema", "output", "format", "bytes", "counts", "recommended_bytes", "total",
            "per_tb_month", "missing",
        },
        "counts": COUNTS,
        "missing": {
            "placement", "capacity", "durability", "bandwidth", "power", "running_cost",
        },
    },
    "plan-find": {
        "": {
            "schema", "need", "designs", "front", "evaluated", "pruned", "relax", "assumptions",
            "withheld",
        },
        "need": {
            "usable_bytes", "read_bytes_per_s", "read_from_one_pool_bytes_per_s",
            "write_bytes_per_s", "nines", "budget", "currency", "rack_units", "pods_max",
            "watts_max", "layout", "spares", "reasons",
        },
        "designs[]": {
            "number", "cost", "five_year_cost", "per_tb_month", "recommended_bytes",
            "read_bytes_per_s", "write_bytes_per_s", "annual_loss", "nines", "watts", "rack_units",
            "pods", "drives", "spares", "layout", "survives_any_backplane", "bill", "parts",
            "checks", "rejected", "assumptions", "unknown",
        },
        "designs[].parts": {
            "chassis", "drive", "board", "cpu", "memory", "memory_modules", "adapters", "nic",
            "nics", "supply", "supplies",
        },
        "designs[].checks": COUNTS,
        "designs[].rejected[]": {"change", "outcome", "reason", "demands"},
    },
    "plan-find nothing": {
        "": {
            "schema", "need", "designs", "front", "evaluated", "pruned", "relax", "assumptions",
            "withheld",
        },
        "relax[]": {"demand", "asked", "best", "layout", "words"},
    },
}  # fmt: skip
"""Command -> where in its answer -> the keys there; `x[]` is every entry of a list."""


@pytest.fixture(scope="module")
def plans(tmp_path_factory) -> dict[str, dict[str, Any]]:
    """Return the answer of every command of `plan`, of the shipped pod with its drives."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("plans"))
        pod = new_pod()
        assert bom("add", pod, "ST4000NM0033x45", "--price", "120").status == 0
        grouped = ("--layout", "raidz2:15x3")
        commands = {
            "plan-check": ("check", pod, *grouped),
            "plan-power": ("power", pod),
            "plan-bandwidth": ("bandwidth", pod),
            "plan-place": ("place", pod, *grouped, "--zpool", "tank"),
            "plan-capacity": ("capacity", pod, *grouped),
            "plan-durability": ("durability", *grouped, "--afr", "1.57%", "--rebuild", "3d"),
            "plan-durability played": (
                "durability", *grouped, "--drive", "ST4000NM0033", "--rebuild", "3d",
                "--simulate", "1000", "--rare",
            ),
            "plan-cost": ("cost", pod, *grouped, "--watts", "500"),
            "plan-report": ("report", pod, *grouped, "-o", "plan.html"),
            "plan-find": ("find", "--usable", "20TB", "--layout", "raidz2:4x1", "--top", "2"),
            "plan-find nothing": (
                "find", "--usable", "20TB", "--layout", "raidz2:4x1", "--budget", "50",
            ),
        }  # fmt: skip
        return {name: podplanner("plan", *words, "--json").json for name, words in commands.items()}


def objects_at(answer: Any, path: str) -> Iterator[dict[str, Any]]:
    """Yield every object at a path."""
    if not path:
        yield answer
        return
    step, _, rest = path.partition(".")
    inner = answer[step.removesuffix("[]")]
    for entry in inner if step.endswith("[]") else [inner]:
        if entry is not None:
            yield from objects_at(entry, rest)


@pytest.mark.parametrize(
    ("name", "path"), [(name, path) for name, paths in PLAN.items() for path in paths]
)
def test_every_plan_has_its_keys(plans, name, path):
    found = list(objects_at(plans[name], path))
    assert found
    assert all(set(entry) == PLAN[name][path] for entry in found)
    if not path:
        assert plans[name]["schema"] == f"podplanner/{name.split()[0]}/1"


def test_every_command_of_plan_is_pinned_here():
    from podplanner.cli.plan import COMMANDS

    assert {f"plan-{name}" for name in COMMANDS} == {name.split()[0] for name in PLAN}


PROBABILITIES = {
    "annual_loss", "all", "afr", "interval", "closed_form", "low", "high", "estimate",
    "read_error_probability", "common_cause", "pod_loss", "batch_factor", "rebuild_hours",
    "outage_hours", "expected_failures",
}  # fmt: skip
"""Keys under which JSON numbers with a fraction stand: rates and times, no amounts."""


def test_money_and_exact_figures_of_plans_are_strings_and_bytes_and_counts_integers(plans):
    def look(value: object, path: tuple[str, ...]) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                look(inner, (*path, key))
        elif isinstance(value, list):
            for inner in value:
                look(inner, path)
        elif isinstance(value, float):
            assert PROBABILITIES & set(path), path
        elif path[-1].endswith("bytes") or path[-1] in ("drives", "bay", "count", "capacity"):
            assert value is None or isinstance(value, int), path

    for name, answer in plans.items():
        look(answer, (name,))
    cost = plans["plan-cost"]
    for amount in (cost["total"], cost["per_tb_month"], *(i["amount"] for i in cost["items"])):
        assert isinstance(amount, str)
        assert Decimal(amount).is_finite()
