"""`drive test` from the command line: real processes, a smartctl and a zpool that replay."""

import json
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.drives import made
from support.drives.fake_smartctl import HANGS, Replay, install
from support.drives.fake_zpool import RESILVER, SCRUB, install_zpool, pool_of
from support.drives.made_tests import LoggedTest
from support.drives.self_tested import BEGUN, drive_with, running, saying
from unit.cli.processes import started
from unit.cli.running import podplanner

from podplanner.cli.drive.candidates import find_candidates
from podplanner.cli.drive.choices import Looking
from podplanner.cli.drive.testing_choices import wish_of
from podplanner.cli.drive.testing_modes import begun
from podplanner.cli.drive.testing_progress import standing
from podplanner.cli.drive.testing_rows import show_rows
from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.testing.campaign import Campaign
from podplanner.drives.testing.log import Kind
from podplanner.drives.testing.plan import Candidate
from podplanner.drives.testing.starting import Answer, Asking

NAMES = [f"/dev/sd{letter}" for letter in "abcd"]
SERIALS = [f"WD-TEST{n:04}" for n in range(4)]


def document(place, **values):
    values = {"tests": [], "hours": 20_000, **values}
    return made.ata_hdd(device=NAMES[place], serial=SERIALS[place], **values)


def willing(place, **values):
    """Return a drive that begins a test when it is asked to."""
    runs = document(place, **{**values, "test_left": 90})
    return Replay(document(place, **values), after=saying(runs, BEGUN["ATA"]))


@pytest.fixture
def pod(tmp_path, monkeypatch):
    """Four drives in two groups."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PODPLANNER_DRIVE_HISTORY", str(tmp_path / "history.db"))
    fake = install(tmp_path / "bin", {name: willing(n) for n, name in enumerate(NAMES)})
    install_zpool(fake.folder, pool_of(SERIALS))
    monkeypatch.setenv("PATH", fake.path())
    return fake


def drive_test(*words):
    return podplanner("drive", "test", "--timeout", "20", *words)


def steps(done):
    return {d["source"]: d["step"] for d in done.json["drives"]}


def test_one_of_each_group_begins_and_the_others_wait(pod):
    done = drive_test("--at-once", "9", "--json")
    assert done.status == 0, done.err
    assert steps(done) == dict(zip(NAMES, ["start", "later", "start", "later"], strict=True))
    assert sorted(pod.calls("test")) == ["/dev/sda short", "/dev/sdc short"]
    assert "2 drives wait" in done.err


def test_asked_again_it_begins_no_second_one_in_a_group(pod):
    drive_test("--at-once", "9")
    done = drive_test("--at-once", "9", "--json")
    assert steps(done) == dict(zip(NAMES, ["running", "later", "running", "later"], strict=True))
    assert len(pod.calls("test")) == 2


def test_a_plan_begins_nothing(pod):
    done = drive_test("--plan", "--kind", "long")
    assert done.status == 0
    assert "would begin" in done.out
    assert pod.calls("test") == []


@pytest.mark.parametrize("scan", [RESILVER, SCRUB], ids=["resilver", "scrub"])
def test_nothing_begins_while_an_array_is_at_work(pod, scan):
    install_zpool(pod.folder, pool_of(SERIALS, scan=scan))
    done = drive_test("--force-unknown", "--json")
    assert done.status == 1
    assert set(steps(done).values()) == {"later"}
    assert done.json["hold"]
    assert "nothing begins now" in done.err
    assert pod.calls("test") == []


def test_nothing_begins_while_the_state_of_the_arrays_is_unknown(pod):
    install_zpool(pod.folder, status=1)
    done = drive_test("--json")
    assert done.status == 3
    assert "suspended" in done.json["hold"]
    assert "--force-unknown" in done.err
    assert pod.calls("test") == []
    assert drive_test("--force-unknown").status == 0
    assert pod.calls("test") != []


def test_a_group_that_misses_a_drive_is_left_alone(pod):
    install_zpool(pod.folder, pool_of(SERIALS, gone=[SERIALS[1]]))
    done = drive_test("--at-once", "9", "--json")
    assert steps(done) == dict(zip(NAMES, ["left", "left", "start", "later"], strict=True))


def test_a_named_drive_waits_for_its_neighbour_that_was_not_named(pod):
    pod.put(NAMES[0], Replay(document(0, test_left=50)))
    done = drive_test("/dev/sdb", "--json")
    assert steps(done) == {"/dev/sdb": "later"}
    assert "/dev/sda" in done.json["drives"][0]["words"]
    assert pod.calls("test") == []


def test_a_drive_that_is_to_be_replaced_is_tested_when_it_is_named(pod):
    pod.put(NAMES[0], willing(0, pending=900, reallocated=2_000, passed=False))
    assert steps(drive_test("--plan", "--json"))["/dev/sda"] == "left"
    assert steps(drive_test("/dev/sda", "--json"))["/dev/sda"] == "start"


def test_a_sleeping_drive_is_left_asleep(pod):
    pod.put(NAMES[0], Replay(document(0), behaviour="asleep"))
    done = drive_test("--at-once", "9", "--json")
    assert steps(done)["/dev/sda"] == "left"
    assert done.status == 0
    assert pod.calls("woken") == []


def test_a_drive_that_hangs_is_unknown_and_the_others_are_tested(pod):
    pod.put(NAMES[0], HANGS)
    done = podplanner("drive", "test", "--timeout", "2", "--json")
    assert done.status == 3
    assert steps(done)["/dev/sda"] == "unknown"
    assert "start" in steps(done).values()


def test_a_drive_that_does_not_say_that_it_began_is_unknown(pod):
    pod.remove(NAMES[0])
    pod.put(NAMES[0], Replay(document(0)))
    done = drive_test("/dev/sda", "--json")
    assert done.status == 3
    assert steps(done) == {"/dev/sda": "unknown"}


def test_tests_that_run_are_stopped_and_only_they(pod):
    pod.put(NAMES[2], Replay(document(2, test_left=50)))
    done = drive_test("--stop", "--json")
    assert done.status == 0
    assert pod.calls("abort") == ["/dev/sdc sat"]
    assert [d["outcome"] for d in done.json["drives"]] == ["broken-off"]
    pod.put(NAMES[2], willing(2))
    assert "no drive runs a self-test" in drive_test("--stop").err


def test_the_status_tells_what_runs_and_what_failed(pod):
    pod.put(NAMES[0], Replay(document(0, test_left=50)))
    assert drive_test("--status").status == 0
    pod.put(NAMES[1], Replay(document(1, tests=[LoggedTest("read failure", "long", 19_990)])))
    done = drive_test("--status", "--json")
    assert done.status == 2
    one, two, *_ = done.json["drives"]
    assert (one["running"], one["left_percent"]) == (True, 50)
    assert two["last"]["long"]["passed"] is False
    assert two["last"]["long"]["hours_ago"] == 10
    assert "FAILED 10 h ago" in drive_test("--status").out


def test_a_daily_timer_tests_the_ones_whose_turn_it_is(pod):
    ages = [300, 900, 100, 200]
    for place, age in enumerate(ages):
        pod.put(NAMES[place], willing(place, tests=[LoggedTest("passed", "long", 20_000 - age)]))
    done = drive_test("--due", "--json")
    assert done.json["kind"] == "long"
    assert steps(done) == {"/dev/sdb": "start"}
    assert "1 of 4 drives" in done.err
    again = drive_test("--due", "--json")
    assert "start" not in steps(again).values()
    assert pod.calls("test") == ["/dev/sdb long"]


def test_recordings_are_planned_and_never_tested(pod, tmp_path):
    folder = tmp_path / "recorded"
    folder.mkdir()
    for place in range(4):
        (folder / f"{place}.json").write_text(json.dumps(document(place)))
    (folder / "zpool.json").write_text(json.dumps(pool_of(SERIALS)))
    done = drive_test("--plan", "--at-once", "9", "--from", folder, "--json")
    assert list(steps(done).values()) == ["start", "later", "start", "later"]
    refused = drive_test("--from", folder)
    assert refused.status == 3
    assert "recordings cannot be tested" in refused.err


@pytest.mark.parametrize(
    "words",
    [("--plan", "--stop"), ("--wait", "--plan"), ("--due", "--status"), ("--at-once", "0"),
     ("--every", "1h"), ("--every", "soon"), ("--kind", "captive")],
)  # fmt: skip
def test_words_that_make_no_sense_together_are_refused(pod, words):
    done = drive_test(*words)
    assert done.status == 3
    assert done.err.startswith("error:")
    assert pod.calls("call") == []


def test_one_that_waits_leaves_the_drives_testing_when_it_is_interrupted(pod):
    words = ("drive", "test", "/dev/sda", "--wait", "--timeout", "20")
    process = started(*words)
    until = time.monotonic() + 30
    while not pod.calls("test") and time.monotonic() < until:
        time.sleep(0.02)
    assert pod.calls("test") == ["/dev/sda short"]
    time.sleep(0.2)
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"--stop" in err
    assert b"Traceback" not in err
    assert pod.calls("abort") == []


def test_control_characters_of_a_drive_do_not_reach_the_terminal(pod):
    odd = made.ata_hdd(device=NAMES[0], serial="A\x1b[31mB\nC", tests=[])
    pod.put(NAMES[0], Replay(odd))
    assert "\x1b[31m" not in drive_test("--status").out
    assert Path(pod.folder).is_dir()


def test_one_that_waits_tells_how_every_test_ended(pod, capsys):
    wish = wish_of(kind=None, at_once=2, modes={}, wait=True, due=False,
                   every=timedelta(days=30), blind=False, recorded=False)  # fmt: skip
    found = find_candidates(None, Looking(timeout_s=20))
    outcomes = ["passed", "read failure", "passed", "aborted"]

    def pause(_):
        for asked in pod.calls("test"):
            place = NAMES.index(asked.split()[0])
            ended = document(place, tests=[LoggedTest(outcomes[place], "short", 20_000)])
            pod.put(NAMES[place], Replay(ended, after=ended))

    told = begun(found, wish, 20, pause=pause)
    assert [row.outcome.ending for row in told.rows] == [
        "passed", "failed", "passed", "broken-off",
    ]  # fmt: skip
    assert told.verdict == "REPLACE"
    assert len(pod.calls("test")) == 4
    show_rows(told.rows, planned=False)
    shown = capsys.readouterr()
    assert [line.split()[0] for line in shown.out.splitlines()] == [
        "passed", "FAILED", "passed", "broken",
    ]  # fmt: skip
    assert "/dev/sdb: failed: Completed: read failure" in shown.err


def test_how_far_it_is_fits_into_one_line():
    class Willing:
        def begin(self, reading):
            return Asking(Answer.DONE)

    drives = tuple(Candidate(drive_with(n, long_min=1_200)) for n in (1, 2, 3))
    campaign = Campaign(Willing(), drives, Kind.LONG, at_once=2)
    campaign.begin(campaign.plan(ArrayState()))
    campaign.candidates = tuple(
        Candidate(running(c.reading, 50)) if c.reading.test_left_percent else c
        for c in campaign.candidates
    )
    words = standing(campaign, datetime(2026, 6, 1, 3, tzinfo=UTC))
    assert words == ("0 of 3 done, 2 testing, 50 % left, these end about Mon 13:00 UTC"
                     "  (seen 03:00:00)")  # fmt: skip
