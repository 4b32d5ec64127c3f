"""`plan capacity`: what it prints, and what it refuses."""

from pathlib import Path

import pytest
from unit.cli.running import new_pod, podplanner


def plan(*words: object):
    return podplanner("plan", "capacity", *words)


def test_the_pool_of_openzfs_issue_15467_comes_out_to_the_byte():
    done = plan("--layout", "draid2:6d:24c:0s", "--drive-bytes", 1000000000000, "--json")
    assert done.status == 0, done.err
    assert done.json["schema"] == "podplanner/plan-capacity/1"
    assert done.json["usable_bytes"] == 15835678638080
    assert done.json["layout"] == "draid2:6d:24c:0s"
    assert (done.json["drives"], done.json["drive_bytes"], done.json["pods"]) == (24, 10**12, 1)


def test_steps_lead_from_raw_to_recommended():
    found = plan("--layout", "raidz2:15x3", "--drive-bytes", "4TB", "--json").json
    steps = found["steps"]
    assert all(set(step) == {"name", "bytes"} for step in steps)
    sizes = [step["bytes"] for step in steps]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == found["raw_bytes"]
    assert sizes[-1] == found["recommended_bytes"]
    assert found["usable_bytes"] in sizes


def test_the_table_shows_every_step_in_tb_and_tib_and_the_defaults():
    done = plan("--layout", "raidz2:15x3", "--drive-bytes", "4TB")
    assert done.status == 0, done.err
    assert "raidz2:15x3: 45 x 4,000,000,000,000 bytes" in done.out
    raw = next(line for line in done.out.splitlines() if line.startswith("45 drives"))
    assert raw.split()[2:] == ["180,000,000,000,000", "180.00", "163.71", "100.0", "%"]
    assert "ashift 12" in done.out
    assert "records of 128 KiB" in done.out


def test_sizes_may_be_written_with_their_unit():
    one = plan("--layout", "single", "--drives", 2, "--drive-bytes", "1TiB", "--json").json
    assert one["usable_bytes"] == 2 * 2**40


def test_sector_record_and_partitions_can_be_said():
    words = ("--layout", "raidz2:15x3", "--drive-bytes", "4000787030016", "--json")
    usual = plan(*words).json
    sectors = plan(*words, "--ashift", 9).json
    assert sectors["usable_bytes"] > usual["usable_bytes"]
    records = plan(*words, "--record-size", "16KiB").json
    assert records["usable_bytes"] == usual["usable_bytes"]
    assert records["recommended_bytes"] < usual["recommended_bytes"]
    disks = plan(*words, "--whole-disk").json
    assert disks["steps"][1] == {
        "name": "less partition table and partition 9", "bytes": 45 * 7814017024 * 512,
    }  # fmt: skip


def test_pods_hold_a_pool_each_and_share_a_cluster():
    pools = plan("--layout", "mirror:2x2", "--drive-bytes", "1TB", "--pods", 3, "--json").json
    assert pools["drives"] == 12
    cluster = plan("--layout", "ceph-ec:8+3", "--drives", 110, "--pods", 11,
                   "--drive-bytes", "1TB", "--json").json  # fmt: skip
    assert cluster["usable_bytes"] == 80 * 10**12


@pytest.fixture
def pod(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = new_pod()
    drive = (
        '\n[[line]]\nid = "data"\ntitle = "4 TB data drive"\ncategory = "drive"\nquantity = 46\n'
    )
    file.write_text(file.read_text() + drive)
    return file


def test_a_list_gives_layout_and_drives(pod):
    pod.write_text(pod.read_text().replace("currency", 'layout = "raidz2:15x3"\ncurrency', 1))
    found = plan(pod, "--json").json
    assert (found["layout"], found["drives"]) == ("raidz2:15x3", 46)
    assert found["drive_bytes"] == 4 * 10**12
    assert any("taken at its label" in sentence for sentence in found["assumptions"])
    assert any(step["name"] == "less 1 hot spare" for step in found["steps"])
    assert plan(pod, "--pods", 2, "--json").json["drives"] == 92


def test_options_go_before_the_list(pod):
    found = plan(pod, "--layout", "mdraid6:15x3", "--drives", 45, "--json").json
    assert (found["layout"], found["drives"]) == ("mdraid6:15x3", 45)
    larger = plan(pod, "--layout", "mdraid6:15x3", "--drive-bytes", "8TB", "--json").json
    assert larger["drive_bytes"] == 8 * 10**12


def test_a_drive_of_the_catalog_has_its_exact_size(tmp_path, monkeypatch):
    parts = tmp_path / "parts"
    parts.mkdir()
    (parts / "ex.toml").write_text(
        'kind = "drive"\nsku = "EX-4T"\ntitle = "EX 4 TB"\nsource = "test"\n'
        'capacity = "4 TB"\nexact_bytes = 4000787030016\n'
    )
    monkeypatch.setenv("PODPLANNER_PARTS", str(parts))
    from podplanner.catalog.library import library

    library.cache_clear()
    try:
        found = plan("--layout", "mdraid6:15x3", "--drive", "ex-4t", "--json").json
    finally:
        library.cache_clear()
    assert found["drive_bytes"] == 4000787030016
    assert found["usable_bytes"] == 3 * 52008468348928
    assert not any("label" in sentence for sentence in found["assumptions"])


SIZED = ("--drive-bytes", "4TB")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--layout", "raidz2:2x3", *SIZED), "at least 3 drives"),
        (("--layout", "raidz9:15", *SIZED), "no layout"),
        (("--layout", "", *SIZED), "no layout"),
        (SIZED, "no drive layout is given"),
        (("--layout", "raidz2:15x3"), "how large is a drive"),
        (("--layout", "raidz2:15x3", "--drive-bytes", "0"), "--drive-bytes 0"),
        (("--layout", "raidz2:15x3", "--drive-bytes", "-4TB"), "not negative"),
        (("--layout", "raidz2:15x3", "--drive-bytes", "4Tb"), "means bits"),
        (("--layout", "raidz2:15x3", "--drive-bytes", "4T"), "TB (powers of ten) or TiB"),
        (("--layout", "raidz2:15x3", "--drive-bytes", "nan"), "no size"),
        (("--layout", "raidz2:15x3", "--drive-bytes", "1e40"), "8 EiB"),
        (("--layout", "raidz2:15x3", "--drive-bytes", "4MB"), "64 MiB"),
        (("--layout", "raidz2:15x3", "--drives", 0, *SIZED), "--drives"),
        (("--layout", "raidz2:15x3", "--drives", -3, *SIZED), "--drives"),
        (("--layout", "raidz2:15x3", "--drives", 44, *SIZED), "takes 45 drives"),
        (("--layout", "raidz2:15x3", "--drives", 10**9, *SIZED), "100,000 drives"),
        (("--layout", "raidz2:15x3", "--pods", 0, *SIZED), "--pods"),
        (("--layout", "raidz2:15x3", "--ashift", 3, *SIZED), "ashift 3"),
        (("--layout", "raidz2:15x3", "--record-size", "100KiB", *SIZED), "powers of two"),
        (("--layout", "raidz2:15x3", "--record-size", "1Mb", *SIZED), "--record-size 1Mb"),
        (("--layout", "ceph-ec:8+3", *SIZED), "how many are there"),
        (("--layout", "ceph-ec:8+3", "--drives", 10, *SIZED), "at least 11 drives"),
        (("--layout", "single", "--drive", "X", *SIZED), "--drive and --drive-bytes"),
        (("storage-pod-3.0", "--layout", "single"), "no data drives"),
        (("storage-pod-3.0",), "no drive layout"),
    ],
)
def test_bad_input_gets_one_clear_error(words, said):
    done = plan(*words, "--json")
    assert done.status == 2, done.err
    assert done.json["schema"] == "podplanner/error/1"
    assert done.json["error"]["code"] == "wrong-usage"
    assert said in done.json["error"]["message"]
    assert "Traceback" not in done.err


def test_every_error_of_ours_says_what_to_do():
    done = plan("--layout", "raidz2:15x3", "--drives", 44, *SIZED, "--json")
    assert "--drives" in done.json["error"]["hint"]


def test_a_part_that_is_none_or_no_drive_is_refused():
    assert plan("--layout", "single", "--drives", 1, "--drive", "no such part").status == 6
    done = plan("--layout", "single", "--drives", 1, "--drive", "PSM-5760V")
    assert done.status == 2
    assert "no drive" in done.err


def test_the_help_has_examples():
    assert "Examples:" in plan("--help").out


@pytest.mark.parametrize("words", [("--ashift", 17), ("--record-size", "100KiB")])
def test_a_setting_that_zfs_does_not_take_points_at_the_settings_and_not_at_the_drives(words):
    done = plan("--layout", "raidz2:15x3", *SIZED, *words)
    assert done.status == 2
    assert done.err.endswith("Change --ashift or --record-size.\n")
