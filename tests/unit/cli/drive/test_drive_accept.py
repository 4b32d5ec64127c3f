"""`drive accept` from the command line: real processes, a real history, recordings."""

import json
from datetime import UTC, datetime

import pytest
from support.drives import made
from support.drives.fake_smartctl import Replay, install
from support.drives.fake_zpool import RESILVER, install_zpool, pool_of
from support.drives.made_tests import LoggedTest
from support.drives.self_tested import BEGUN, saying
from unit.cli.running import podplanner

from podplanner.drives.history.opening import open_history

NEW, OLD = "/dev/sdq", "/dev/sda"
SIZE = 4_000_787_030_016


def new_drive(**values):
    """Return a drive that came today, and passed its long test."""
    values = {"maker": "wd", "serial": "WD-NEW00001", "hours": 12, "cycles": 4,
              "tests": [LoggedTest("passed", "long", 12)], **values}  # fmt: skip
    return made.ata_hdd(device=NEW, **values)


def old_drive(**values):
    return made.ata_hdd(device=OLD, **{"serial": "WD-OLD00001", "hours": 30_000, **values})


@pytest.fixture
def pod(tmp_path, monkeypatch):
    """A pod whose history knows the old drive, and a new one in place of it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PODPLANNER_DRIVE_HISTORY", str(tmp_path / "history.db"))
    fake = install(tmp_path / "bin", {OLD: Replay(old_drive())})
    monkeypatch.setenv("PATH", fake.path())
    assert podplanner("drive", "check").status == 0
    fake.put(NEW, Replay(new_drive()))
    return fake


def accept(*words):
    return podplanner("drive", "accept", *words)


def checks(done):
    return {check["check"]: check["result"] for check in done.json["checks"]}


def test_a_good_drive_is_accepted_and_every_figure_is_told(pod):
    done = accept(NEW, "--for", "OLD00001", "--json")
    assert done.status == 0, done.out
    assert set(done.json) == {
        "schema", "device", "model", "serial", "verdict", "words", "checks", "test", "notes",
    }  # fmt: skip
    assert done.json["schema"] == "podplanner/drive-accept/1"
    assert done.json["verdict"] == "ACCEPT"
    assert set(checks(done).values()) == {"PASS"}
    assert f"{SIZE:,} bytes" in next(
        c["words"] for c in done.json["checks"] if c["check"] == "size"
    )
    printed = accept(NEW, "--for", "OLD00001")
    assert printed.status == 0
    assert "ACCEPT" in printed.out.splitlines()[-1]


def test_a_drive_one_sector_too_small_is_refused(pod):
    done = accept(NEW, "--size", str(SIZE + 512), "--json")
    assert done.status == 2
    assert done.json["verdict"] == "REFUSE"
    assert checks(done)["size"] == "FAIL"


def test_what_the_array_uses_of_the_old_drive_is_enough(pod):
    pod.put(NEW, Replay(new_drive(capacity=4_000_780_000_256)))
    assert accept(NEW, "--for", "WD-OLD00001").status == 2
    install_zpool(pod.folder, pool_of(["WD-OLD00001", "WD-X"], gone=["WD-OLD00001"]))
    assert accept(NEW, "--for", "WD-OLD00001").status == 0


def test_the_bay_map_says_which_drive_it_replaces(pod, tmp_path):
    bays = tmp_path / "bays.toml"
    bays.write_text(
        'schema = "podplanner/bay-map/1"\n[[bay]]\nnumber = 17\nplace = 1\nserial = "WD-OLD00001"\n'
    )
    done = accept(NEW, "--for-bay", "17", "--bays", bays, "--json")
    assert done.status == 0, done.out
    assert checks(done)["size"] == "PASS"
    assert accept(NEW, "--for-bay", "18", "--bays", bays).status == 3
    assert "--bays" in accept(NEW, "--for-bay", "17").err


def test_a_drive_that_the_pod_has_for_long_is_not_new(pod):
    # The old drive, that is checked again in place of a new one.
    done = accept(OLD, "--json")
    assert done.status in (1, 2)
    assert checks(done)["power-on hours"] == "WARNING"


def test_a_drive_that_was_retired_is_refused(pod, tmp_path):
    with open_history(tmp_path / "history.db") as history:
        (old,) = history.known()
        history.retire(old.key, datetime.now(UTC))
    done = accept(OLD, "--used", "--json")
    assert checks(done)["serial number"] == "FAIL"
    assert done.status == 2


def test_a_drive_in_use_is_refused(pod):
    install_zpool(pod.folder, pool_of(["WD-NEW00001", "WD-X"]))
    done = accept(NEW, "--json")
    assert done.status == 2
    assert checks(done)["in use"] == "FAIL"


def test_a_shingled_drive_is_refused(pod):
    pod.put(
        NEW, Replay(new_drive(model="WDC WD40EFAX-68JH4N0", family="Western Digital Red (SMR)"))
    )
    assert checks(accept(NEW, "--json"))["recording"] == "FAIL"


def test_a_drive_nobody_knows_the_recording_of_is_unknown_until_that_is_looked_up(pod):
    pod.put(NEW, Replay(new_drive(model="MADE UP 4000", in_database=False)))
    done = accept(NEW, "--json")
    assert (done.status, done.json["verdict"]) == (3, "UNKNOWN")
    assert accept(NEW, "--not-smr").status == 0


def test_a_used_drive_wants_a_look_unless_it_was_sold_as_used(pod):
    pod.put(NEW, Replay(new_drive(hours=9_000, tests=[LoggedTest("passed", "long", 8_990)])))
    done = accept(NEW, "--json")
    assert (done.status, done.json["verdict"]) == (1, "WARNING")
    assert accept(NEW, "--used").status == 0


def test_seagates_own_log_is_read_and_gives_reset_counters_away(pod):
    document = new_drive(maker="seagate", capacity=16_000_900_661_248, serial="ZL2NEW01")
    farm = {"page_1_drive_information": {"poh": 25_311}, "supported": True}
    pod.put(NEW, Replay({**document, "seagate_farm_log": farm}))
    done = accept(NEW, "--json")
    assert done.status == 2
    assert checks(done)["hours by FARM"] == "FAIL"
    assert any("--log=farm" in call for call in pod.calls("call"))


def test_a_test_that_is_missing_is_not_yet_and_can_be_begun_at_once(pod):
    idle = new_drive(tests=[])
    pod.put(NEW, Replay(idle, after=saying(new_drive(tests=[], test_left=90), BEGUN["ATA"])))
    done = accept(NEW, "--json")
    assert (done.status, done.json["verdict"]) == (1, "NOT YET")
    assert pod.calls("test") == []
    begun = accept(NEW, "--start-test", "--json")
    assert begun.status == 1
    assert "was begun" in begun.json["test"]
    assert pod.calls("test") == [f"{NEW} long"]
    runs = accept(NEW, "--start-test", "--json")
    assert checks(runs)["long test"] == "NOT YET"
    assert pod.calls("test") == [f"{NEW} long"]


def test_no_test_is_begun_during_a_rebuild_or_of_a_drive_that_is_refused(pod):
    pod.put(NEW, Replay(new_drive(tests=[])))
    install_zpool(pod.folder, pool_of(["WD-X", "WD-Y"], scan=RESILVER))
    assert "not begun" in accept(NEW, "--start-test", "--json").json["test"]
    install_zpool(pod.folder, pool_of(["WD-X", "WD-Y"]))
    assert "refused" in accept(NEW, "--start-test", "--size", "9TB", "--json").json["test"]
    assert pod.calls("test") == []


def test_a_drive_that_cannot_be_read_is_unknown(pod):
    done = accept("/dev/sdz", "--json")
    assert (done.status, done.json["verdict"]) == (3, "UNKNOWN")
    assert list(checks(done)) == ["reading"]


def test_a_recording_is_checked_like_a_drive(tmp_path):
    file = tmp_path / "new.json"
    file.write_text(json.dumps(new_drive()))
    done = accept("--from", file, "--size", "4TB", "--json")
    assert done.status == 0, done.out
    assert checks(done)["serial number"] == "UNKNOWN"
    (tmp_path / "old.json").write_text(json.dumps(old_drive()))
    both = accept("--from", tmp_path)
    assert both.status == 3
    assert "2 drives were read" in both.err
    assert accept("new.json", "--from", tmp_path).status == 0
    assert accept("WD-NEW00001", "--from", tmp_path).status == 0


@pytest.mark.parametrize(
    "words",
    [(), (NEW, "--size", "18T"), (NEW, "--size", "4TB", "--for", "X"), (NEW, "--for", "NOBODY"),
     (NEW, "--start-test", "--no-long"), ("--from", "missing.json"),
     (NEW, "--history", "h.db", "--no-history")],
)  # fmt: skip
def test_words_that_make_no_sense_are_refused_with_the_next_step(pod, words):
    done = accept(*words)
    assert done.status == 3
    assert done.err.startswith("error:")
    assert len(done.err.splitlines()) > 1


def test_a_history_that_cannot_be_read_is_no_pass(pod, tmp_path):
    (tmp_path / "bad.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 4_000)
    done = accept(NEW, "--history", tmp_path / "bad.db", "--json")
    assert checks(done)["size"] == "UNKNOWN"
    assert done.json["notes"] or checks(done)["serial number"] == "UNKNOWN"
