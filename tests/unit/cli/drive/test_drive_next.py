"""`drive next`, as it is called."""

import json

import pytest
from support.drives.array_states import Leaf, document, raidz2_pool, text
from support.drives.array_states_drives import bays, serial
from support.drives.array_states_md import md, mdstat
from support.drives.made import ata_hdd
from unit.cli.running import podplanner

from podplanner.catalog.writers.toml_bay_map import write_bay_map


def recordings(folder, *, dying=(), absent=(), spares=(), pool=None):
    """Write eight drives, the pool of the first six, and their bays to a folder."""
    for number in range(1, 9):
        if number in absent:
            continue
        bad = {"reallocated": 900, "pending": 40, "uncorrectable": 40} if number in dying else {}
        made = ata_hdd(
            model="MADE UP-4000", serial=serial(number), device=f"/dev/sd{number}", **bad
        )
        (folder / f"sd{number}.json").write_text(json.dumps(made))
    found = pool or raidz2_pool(spares=tuple(Leaf(serial(n), "AVAIL") for n in spares))
    (folder / "pool.json").write_text(json.dumps(document(found)))
    (folder / "bays.toml").write_text(write_bay_map(bays(8, spare=(7, 8))))
    return folder


@pytest.fixture
def here(tmp_path):
    folder = tmp_path / "recorded"
    folder.mkdir()
    return folder


def asked(folder, *words):
    done = podplanner("drive", "next", "--from", str(folder), "--json", *words)
    return done.status, json.loads(done.out)


def test_a_pod_without_complaints_needs_nothing(here):
    done = podplanner("drive", "next", "--from", str(recordings(here)))
    assert done.status == 0
    assert "no drive needs pulling" in done.out
    assert "next look" in done.out


def test_what_could_not_be_judged_is_no_pass(here):
    (here / "odd.json").write_text('{"smartctl": {"exit_status": 2}}')
    done = podplanner("drive", "next", "--from", str(here))
    assert done.status == 3
    assert "no drive needs pulling" not in done.out
    assert "no drive could be judged" in done.out


def test_the_card_names_bay_label_neighbours_spare_and_commands(here):
    recordings(here, dying=(3,), spares=(7,))
    status, found = asked(here)
    assert status == 2
    assert found["schema"] == "podplanner/drive-next/1"
    card = found["card"]
    assert (card["bay"], card["serial"], card["verdict"]) == (3, "MADE0003", "REPLACE")
    assert card["safety"] == "SAFE TO PULL"
    assert [n["serial"] for n in card["neighbours"]] == ["MADE0002", "MADE0004"]
    assert card["spare"]["found"]["serial"] == "MADE0007"
    assert card["spare"]["found"]["size_bytes"] == card["spare"]["need_bytes"] == 4_000_787_030_016
    assert any(step["command"].startswith("zpool replace tank") for step in card["steps"]
               if step["command"])  # fmt: skip
    assert found["arrays"][0]["groups"][0]["spare_losses"] == 2
    assert found["trouble"] == []
    assert found["notes"] == []
    assert found["recorded"] is True


def test_the_terminal_says_the_same_in_lines_of_a_hundred(here):
    done = podplanner("drive", "next", "--from", str(recordings(here, dying=(3, 5))))
    assert done.status == 2
    lines = done.out.splitlines()
    assert lines[0].startswith("WAIT: bay 3 (backplane 1, place 3), ")
    assert "MADE0003" in lines[0]
    assert "1 more drive to see to after this one:" in done.out
    assert "bay 5" in done.out
    assert all(len(line) <= 100 for line in lines if not line.startswith("       "))


def test_without_any_state_of_arrays_nothing_is_pulled(here):
    recordings(here, dying=(3,))
    (here / "pool.json").unlink()
    _, found = asked(here)
    assert found["card"]["safety"] == "DO NOT PULL"
    assert found["arrays"] == []


def test_a_missing_drive_is_found_and_is_not_exit_status_0(here):
    gone = raidz2_pool(Leaf("", "UNAVAIL", words="was /dev/sdz1", name="1234567890123456"))
    status, found = asked(recordings(here, absent=(1,), pool=gone))
    assert status == 3
    assert (found["card"]["bay"], found["card"]["serial"]) == (1, "MADE0001")
    assert found["card"]["safety"] == "SAFE TO PULL"


def test_a_drive_that_an_array_dropped_is_a_warning_at_least(here):
    pool = raidz2_pool(Leaf("MADE0001", "FAULTED", (9, 0, 0), "too many errors"))
    status, found = asked(recordings(here, pool=pool))
    assert status == 1
    assert found["card"]["verdict"] == "OK"


def test_words_and_mdstat_beside_each_other_are_read(here):
    recordings(here, dying=(3,))
    (here / "pool.json").unlink()
    (here / "status.txt").write_text(text(raidz2_pool()))
    (here / "mdstat").write_text(mdstat(md("md9", "raid1", "sdy[0] sdz[1]", use="UU")))
    _, found = asked(here)
    assert [array["kind"] for array in found["arrays"]] == ["md", "zfs"]
    assert found["card"]["safety"] == "SAFE TO PULL"


def test_a_state_that_is_cut_off_is_said_and_forbids_it(here):
    recordings(here, dying=(3,))
    whole = (here / "pool.json").read_text()
    (here / "pool.json").write_text(whole[: len(whole) // 2])
    _, found = asked(here)
    assert found["card"]["safety"] == "DO NOT PULL"
    assert any("pool.json" in words for words in found["trouble"])


def test_the_bill_names_the_line_of_a_spare(here):
    recordings(here, dying=(3,))
    (here / "bays.toml").unlink()
    bill = here.parent / "pod.toml"
    bill.write_text("""
schema = "podplanner/bill/1"
currency = "USD"

[[line]]
id = "drives"
part = "ST4000DM000"
title = "Seagate ST4000DM000"
quantity = 45
spares = 2
""")
    status, found = asked(here, "--bill", str(bill))
    assert status == 2
    spare = found["card"]["spare"]["found"]
    assert (spare["kind"], spare["line"], spare["on_shelf"]) == ("line of the bill", "drives", 2)


def test_bays_that_are_named_are_taken_before_those_beside(here):
    recordings(here, dying=(3,))
    other = here.parent / "other.toml"
    swapped = write_bay_map(bays(8)).replace("MADE0003", "MADE00XX").replace("MADE0008", "MADE0003")
    other.write_text(swapped)
    _, found = asked(here, "--bays", str(other))
    assert found["card"]["bay"] == 8


@pytest.mark.parametrize("words", [("--timeout", "0"), ("--from", "nothing-there")])
def test_wrong_words_are_status_3(words):
    done = podplanner("drive", "next", *words, "--json")
    assert done.status == 3
    assert json.loads(done.out)["error"]["hint"]
