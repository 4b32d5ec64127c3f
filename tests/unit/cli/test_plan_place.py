"""`podplanner plan place`, as it is typed."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from unit.cli.running import bom, new_pod, podplanner

from podplanner.catalog.readers.bay_map import read_bay_map


@pytest.fixture
def pod():
    file = new_pod()
    assert bom("add", file, "ST4000DM000x45").status == 0
    return file


def place(*words):
    return podplanner("plan", "place", *words)


def test_the_shipped_pod_survives_any_one_backplane_by_brute_force(pod):
    done = place(pod, "--layout", "raidz2:15x3", "--json")
    assert done.status == 0, done.err
    found = done.json
    assert found["schema"] == "podplanner/plan-place/1"
    assert found["layout"] == "raidz2:15x3"
    members = sorted((bay["group"], bay["member"]) for bay in found["bays"])
    assert members == [(g, m) for g in (1, 2, 3) for m in range(1, 16)]
    for backplane in range(1, 10):
        lost = [bay["group"] for bay in found["bays"] if bay["backplane"] == backplane]
        assert len(lost) == 5
        assert max(lost.count(group) for group in (1, 2, 3)) == 2
    assert found["survives"]["any_backplane"] is True
    assert found["survives"]["any_supply"] is False
    assert found["survives"]["drives"] == 2


def test_what_kills_is_named_with_its_reason_and_its_row(pod):
    found = place(pod, "--layout", "raidz2:15x3", "--json").json
    (supply,) = [kill for kill in found["kills"] if kill["component"] == "supply 1"]
    assert (supply["drives"], supply["worst_group"]) == (25, 9)
    (row,) = [row for row in found["failures"] if row["component"] == "supply 1"]
    assert row == {"component": "supply 1", "kind": "supply", "drives": 25, "worst_group": 9,
                   "verdict": "offline", "reason": "as the wiring is assumed"}  # fmt: skip
    assert {row["verdict"] for row in found["failures"]} <= {"safe", "offline", "lost", "unknown"}
    assert any(s.startswith("Supply 1 feeds 25 of 45 bays") for s in found["proof"])
    assert found["proven"] is True
    assert found["wiring"] == {
        "data": "assumed", "data_assumed": True, "power": "default of the case",
        "power_assumed": True, "shared_supplies": found["wiring"]["shared_supplies"],
    }  # fmt: skip
    assert all(row["verdict"] != "safe" for row in found["failures"] if row["kind"] == "adapter")


def test_people_see_the_bays_the_proof_and_the_table(pod):
    done = place(pod, "--layout", "raidz2:15x3")
    assert "row 1 (front)" in done.out
    assert "Any one backplane may go" in done.out
    assert "backplane 1-9" in done.out
    assert "wiring: data assumed, power default of the case, which is assumed" in done.out
    assert "Which backplane hangs on which adapter is not stated" in done.err


def test_the_layout_of_the_list_is_used_and_the_option_comes_first(pod):
    text = pod.read_text()
    pod.write_text(text.replace('currency = "USD"', 'currency = "USD"\nlayout = "mirror:2x22"', 1))
    assert place(pod, "--json").json["layout"] == "mirror:2x22"
    assert place(pod, "--layout", "raidz2:15x3", "--json").json["layout"] == "raidz2:15x3"


def test_a_shipped_pod_without_drives_is_placed_with_a_note():
    found = place("storage-pod-3.0", "--layout", "raidz2:15x3", "--json").json
    assert any("no data drives" in note for note in found["notes"])
    assert {bay["drive"] for bay in found["bays"]} == {None}


def test_the_bay_map_and_the_drawing_are_written_and_never_over_another_file(pod):
    words = (pod, "--layout", "raidz2:15x3", "--bay-map", "bays.toml", "--drawing", "bays.svg")
    assert place(*words).status == 0
    found = read_bay_map(Path("bays.toml"))
    bays = place(pod, "--layout", "raidz2:15x3", "--json").json["bays"]
    assert [(b.number, b.group, b.member) for b in found.bays] == [
        (b["bay"], b["group"], b["member"]) for b in bays
    ]
    assert ElementTree.parse("bays.svg").getroot().tag.endswith("svg")
    before = Path("bays.toml").read_bytes()
    again = place(*words)
    assert again.status == 8
    assert "--force" in again.err
    assert Path("bays.toml").read_bytes() == before
    assert place(*words, "--force").status == 0


def test_nothing_is_written_when_one_file_is_in_the_way(pod):
    Path("bays.svg").write_text("mine")
    done = place(pod, "--layout", "raidz2:15x3", "--bay-map", "new.toml", "--drawing", "bays.svg")
    assert done.status == 8
    assert not Path("new.toml").exists()
    assert Path("bays.svg").read_text() == "mine"


def test_only_the_commands_are_printed_when_they_are_asked_for(pod):
    done = place(pod, "--layout", "raidz2:15x3", "--zpool", "tank")
    lines = [line for line in done.out.splitlines() if not line.startswith("#")]
    assert lines[0].startswith("zpool create -o ashift=12 tank")
    assert len([line for line in lines if line.startswith("raidz2 /dev/disk/by-vdev/bay")]) == 3
    done = place(pod, "--layout", "mdraid6:15x3", "--mdadm", "--json")
    assert sum(line.startswith("mdadm --create") for line in done.json["commands"]) == 3


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((), 2, "no drive layout is given"),
        (("--layout", "raidz2:16x3"), 7, "takes 48 drives, the pod has 45 bays"),
        (("--layout", "raidz2:2x3"), 2, "at least 3 drives"),
        (("--layout", "raidz2:0x0"), 2, "at least"),
        (("--layout", "raidz2:-15x3"), 2, "is no layout"),
        (("--layout", "nan"), 2, "is no layout"),
        (("--layout", "raidz2:15x3", "--pods", "3"), 2, "keeps its drives in one pod"),
        (("--layout", "ceph-ec:8+3", "--pods", "0"), 2, "--pods"),
        (("--layout", "ceph-ec:8+3", "--pods", "99999999"), 2, "--pods"),
        (("--layout", "raidz2:15x3", "--zpool", "raidz"), 2, "no name of a pool"),
        (("--layout", "raidz2:15x3", "--mdadm"), 2, "no layout of mdadm"),
        (("--layout", "raidz2:15x3", "--bay-map", "pod.toml", "--force"), 8, "the list itself"),
        (("--layout", "raidz2:15x3", "--bay-map", "x.svg", "--drawing", "x.svg"), 2, "same file"),
        (("--layout", "raidz2:15x3", "--drawing", "nowhere/x.svg"), 8, "no such folder"),
        (("--layout", "raidz2:15x3", "--drawing", "x.png"), 2, "pictures are SVG"),
    ],
)
def test_bad_input_is_one_clear_error(pod, words, status, said):
    done = place(pod, *words)
    assert done.status == status
    assert said in done.err
    assert done.out == ""
    assert "Traceback" not in done.err


def test_too_few_drives_are_an_error_that_says_what_to_run(pod):
    assert bom("set", pod, "drive", "quantity=30").status == 0
    done = place(pod, "--layout", "raidz2:15x3")
    assert done.status == 7
    assert "takes 45 drives, the list has 30" in done.err
    assert "podplanner bom set pod.toml drive quantity=45" in done.err


def test_a_case_that_cannot_be_drawn_is_said(pod):
    text = pod.read_text().replace('part = "STORAGE-POD-3.0-CASE"\n', "", 1)
    pod.write_text(text.replace('"4U Custom Case"', '"A case of our own"', 1).replace(
        "anti-vibration assemblies", "feet", 1))  # fmt: skip
    done = place(pod, "--layout", "raidz2:15x3", "--drawing", "x.svg")
    assert done.status == 7
    assert "--drawing: " in done.err
    assert not Path("x.svg").exists()


def test_a_pod_of_unknown_bays_says_what_is_wanted():
    Path("list.csv").write_text("Item,Qty\nPower supply,1\n")
    done = place("list.csv", "--layout", "raidz2:15x3")
    assert done.status in (5, 7)
    assert done.err.startswith("error: ")
