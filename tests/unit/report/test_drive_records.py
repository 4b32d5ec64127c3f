"""The drives of a pod as JSON: what `drive check` says of each, and a rate that planning takes."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drives import checked_pods as made
from unit.report.test_drive_page import FLEET, REPORTS, alone, report

from podplanner.cli.drive.records import drive_record
from podplanner.drives.fleet_rate import FleetCount
from podplanner.planning.durability.rate import HIGHEST, RateError
from podplanner.planning.durability.report_file import read_report
from podplanner.report.drive_model import Aside
from podplanner.report.drive_records import render_drives_json


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_json_with_the_same_keys(name):
    found = render_drives_json(REPORTS[name]())
    text = json.dumps(found, ensure_ascii=False).encode(errors="backslashreplace")
    assert set(json.loads(text)) == {
        "schema", "title", "made_at", "read_at", "verdict", "facts", "counts", "next", "drives",
        "temperatures", "arrays", "accepted", "afr", "notes",
    }  # fmt: skip
    assert found["schema"] == "podplanner/drive-report/1"


@pytest.mark.parametrize(
    "drive", [made.drive(1), made.failing(), made.hot(), made.accepted(), made.hanging()]
)
def test_a_drive_has_all_that_drive_check_says_of_it(drive):
    (found,) = render_drives_json(alone(drive))["drives"]
    checked = json.loads(json.dumps(drive_record(drive)))
    assert {key: found[key] for key in checked} == checked


def test_evidence_has_its_numbers():
    drive = render_drives_json(alone(made.failing()))["drives"][0]
    first = drive["evidence"][0]
    assert (first["signal"], first["value"], first["before"]) == ("reallocated_sectors", 40, 24)
    assert first["risk"]["yearly"] == 0.236
    assert first["risk"]["source"] == "An invented fleet, 2030"
    assert [p["value"] for p in drive["trends"][0]["points"]] == [0, 0, 8, 24, 40]


def test_the_card_is_told_in_pieces():
    found = render_drives_json(report(aside=Aside(made.card())))["next"]
    assert (found["card"]["bay"], found["card"]["serial"]) == (23, "MADE0023")
    assert found["card"]["safety"] == "SAFE TO PULL"
    assert found["card"]["steps"][1] == {"words": "Pull the drive in bay 23.", "command": None}
    assert found["drives"] == ["/dev/sd23", "/dev/sd38", "/dev/sd41"]
    assert render_drives_json(report())["next"]["card"] is None


# --- The rate, as planning reads it ---


def taken(count: FleetCount | None):
    """What `plan durability --afr-from` makes of a report."""
    text = json.dumps(render_drives_json(report(aside=Aside(fleet=count))))
    return read_report(text, "drives.json")


def test_planning_takes_the_rate_with_its_interval():
    rate, said = taken(FLEET), report(aside=Aside(fleet=FLEET)).fleet
    assert rate.source == "2 failures in 41,234 drive days (drives.json)"
    assert (rate.estimate, rate.low, rate.high) == (said.estimate, said.low, said.high)


def test_planning_refuses_a_rate_that_is_unknown():
    for count in (None, replace(FLEET, drive_days=0)):
        with pytest.raises(RateError, match="give failures and drive_days"):
            taken(count)


@given(st.integers(0, 10_000), st.integers(1, 10**8))
def test_planning_takes_every_count(failures, days):
    count = replace(FLEET, failures=failures, drive_days=days)
    rate = taken(count)
    assert rate.estimate == pytest.approx(failures * 365 / days)
    said = report(aside=Aside(fleet=count)).fleet
    assert (said.estimate is None) == (rate.high > HIGHEST)
