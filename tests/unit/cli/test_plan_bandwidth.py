"""`podplanner plan bandwidth`: what it prints, what it writes, what it refuses."""

from pathlib import Path

import pytest
from lxml import etree
from unit.cli.running import new_pod, podplanner

MB = 10**6
DRIVE = "WUH721816ALE6L4"


def plan(*words):
    return podplanner("plan", "bandwidth", *words)


def missing(record, step):
    (found,) = [entry for entry in record["missing"] if entry["step"] == step]
    return found


def test_the_shipped_pod_with_drives_shows_60_mb_a_drive_and_both_links_of_the_card():
    new_pod()
    assert podplanner("bom", "add", "pod.toml", f"{DRIVE}x45").status == 0
    done = plan("pod.toml")
    assert done.status == 0
    assert "Storage Pod 3.0: 45 drives" in done.out
    row = next(line for line in done.out.splitlines() if line.startswith("backplane link"))
    assert row.split() == ["backplane", "link", "9", "300", "5", "1,300", "4.33", "60", "narrowest"]
    assert "x1: 16.7 (PCIe 1) or 33.3 (PCIe 2) MB/s a drive" in done.out
    assert "x4 and more: not limiting" in done.out
    assert "State the PCI Express generation of SY-PEX40008" in done.out


def test_the_record_has_links_scenarios_and_what_limits():
    done = plan("storage-pod-3.0", "--drive", f"45x{DRIVE}", "--json")
    record = done.json
    assert record["schema"] == "podplanner/plan-bandwidth/1"
    assert record["drives"] == 45
    assert record["demand"] == 45 * 260 * MB
    assert record["host"]["per_drive"] == 60 * MB
    assert record["host"]["total"] == 2_700 * MB
    assert record["host"]["certain"] is False
    assert record["host"]["least_per_drive"] == 16_666_666
    assert record["host"]["limiting"] == {"step": "backplane link", "link": "backplane 1"}
    uplinks = next(step for step in record["steps"] if step["step"] == "backplane link")
    assert uplinks["oversubscription"] == "4.33"
    assert [link["bays"] for link in uplinks["links"]][1] == [6, 7, 8, 9, 10]
    card = missing(record, "adapter's PCIe link")
    by_name = {scenario["name"]: scenario for scenario in card["scenarios"]}
    assert by_name["x1, PCIe 1"]["host_per_drive"] == 16_666_666
    assert by_name["x1, PCIe 1"]["limiting"] is True
    assert by_name["x4, PCIe 1"]["limiting"] is False
    assert record["bays"][44] == {
        "bay": 45, "reads": 260 * MB, "rate": 60 * MB,
        "limit": {"step": "backplane link", "link": "backplane 9"},
    }  # fmt: skip
    assert record["wiring_assumed"] is True


def test_without_drives_the_links_alone_are_shown():
    record = plan("storage-pod-3.0", "--json").json
    assert record["demand"] is None
    assert record["host"]["per_drive"] == 60 * MB
    assert record["bays"][0]["reads"] is None


@pytest.mark.parametrize("written", [f"20x{DRIVE}", f"{DRIVE}x20", f"20 x {DRIVE.lower()}"])
def test_a_number_of_drives_is_written_before_or_after_the_part(written):
    assert plan("storage-pod-3.0", "--drive", written, "--json").json["drives"] == 20


def test_a_part_alone_fills_all_bays():
    assert plan("storage-pod-3.0", "--drive", DRIVE, "--json").json["drives"] == 45


def test_the_drawing_is_a_picture_that_says_what_it_shows():
    done = plan("storage-pod-3.0", "--drive", DRIVE, "--drawing", "links.svg")
    assert done.status == 0
    assert "wrote links.svg" in done.err
    root = etree.fromstring(Path("links.svg").read_bytes())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "60 MB/s a drive" in "".join(root.itertext())
    again = plan("storage-pod-3.0", "--drawing", "links.svg")
    assert again.status == 8
    assert "--force" in again.err
    assert plan("storage-pod-3.0", "--drawing", "links.svg", "--force").status == 0


def test_a_drawing_is_never_written_over_the_list():
    new_pod()
    before = Path("pod.toml").rename("pod.svg").read_bytes()  # what a file holds decides
    done = plan("pod.svg", "--drawing", "pod.svg", "--force")
    assert done.status == 8
    assert "is the list itself" in done.err
    assert Path("pod.svg").read_bytes() == before


@pytest.mark.parametrize("name", ["links.png", "links", "links.svg.txt"])
def test_a_picture_under_the_name_of_another_format_is_refused_and_not_written(name):
    done = plan("storage-pod-3.0", "--drive", DRIVE, "--drawing", name)
    assert (done.status, done.out) == (2, "")
    assert "pictures are SVG" in done.err
    assert not Path(name).exists()


@pytest.mark.parametrize(
    ("written", "status", "words"),
    [
        ("0xWUH721816ALE6L4", 2, "--drive 0xWUH721816ALE6L4: give 1 to 1,000 drives"),
        ("100000xWUH721816ALE6L4", 2, "give 1 to 1,000 drives"),
        ("45xPSM-5760V", 2, "PSM-5760V is no drive"),
        ("NO-SUCH-DRIVE", 6, "there is no part"),
        ("-5xWUH721816ALE6L4", 6, "there is no part"),
        ("", 6, "there is no part"),
    ],
)
def test_drives_that_cannot_be_are_one_clear_error(written, status, words):
    done = plan("storage-pod-3.0", f"--drive={written}")
    assert done.status == status
    assert words in done.err
    assert done.err.count("error:") == 1


def test_bays_that_are_not_known_want_a_number():
    Path("list.csv").write_text("part,quantity\nSY-PEX40008,3\n", encoding="utf-8")
    done = plan("list.csv", "--drive", DRIVE)
    assert done.status == 2
    assert "45xSKU" in done.err


def test_wiring_that_cannot_be_followed_says_what_is_missing():
    done = plan("storage-pod-4.5")
    assert done.status == 7
    assert "number of backplanes is not known" in done.err
    assert "State the quantity of the backplanes" in done.err
    assert plan("storage-pod-4.5", "--json").json["error"]["code"] == "conflict"
