"""`drive history`: what drives said before, and which are out of use."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.drives.made import ata_hdd
from support.drives.rounds import DAY, START, Clock, Seen, key, round_of
from unit.cli.processes import COMMAND
from unit.cli.running import podplanner

from podplanner.drives.assessment import Verdict
from podplanner.drives.history.opening import open_history
from podplanner.drives.signals import Signal

PENDING, HEAT = Signal.PENDING, Signal.TEMPERATURE_C
NOW = datetime.now(UTC).replace(microsecond=0)


def tell(*rounds, path="h.db", start=START):
    clock = Clock(start)
    with open_history(Path(path), clock=clock) as history:
        for days, *seen in rounds:
            clock.now = start + days * DAY
            history.remember(round_of(clock.now, *seen))


def history(*words):
    return podplanner("drive", "history", *words, "--history", "h.db")


def grown():
    tell(*((day, grown_at(day)) for day in range(41)))


def grown_at(day):
    verdict = Verdict.OK if day < 10 else Verdict.WARNING
    figures = {PENDING: day // 10, HEAT: 30 + day % 3}
    bay = 4 if day < 20 else 7
    return Seen("ZL20001A", figures, "/dev/sda", bay, verdict, f"{day // 10} pending")


def test_without_any_history_the_next_step_is_named():
    done = history()
    assert (done.status, done.out) == (0, "")
    assert "drive check" in done.err
    assert not Path("h.db").exists()
    assert history("--json").json["drives"] == []


def test_all_drives_are_listed_by_bay_with_verdict_and_when_they_answered():
    grown()
    tell((1, Seen("ZL20002B", device="/dev/sdb", bay=2)))
    done = history()
    assert done.status == 0
    second, first = done.out.splitlines()[2:]
    assert "ZL20001A" in first
    assert "WARNING" in first
    assert "2024-04-13" in first
    assert "ZL20002B" in second
    listed = history("--json").json
    assert listed["schema"] == "podplanner/drive-history/1"
    assert [d["serial"] for d in listed["drives"]] == ["ZL20002B", "ZL20001A"]
    assert listed["drives"][1]["bay"] == 7
    assert listed["drives"][1]["last_answered"] == "2024-04-13T12:00:00Z"


def test_a_drive_is_shown_with_growth_verdicts_and_moves():
    grown()
    done = history("20001A")
    assert done.status == 0
    (line,) = [line for line in done.out.splitlines() if line.startswith("pending_sectors")]
    assert line.split()[:6] == ["pending_sectors", "0", "4", "+4", "+3.0", "2024-04-13"]
    assert line.split()[-1].startswith("▁")
    assert line.split()[-1].endswith("█")
    assert "2024-03-14  WARNING 1 pending" in done.out
    assert "it moved from bay 4 to bay 7" in done.out


def test_the_json_of_a_drive_has_everything_with_exact_times():
    grown()
    with open_history(Path("h.db")) as opened:
        opened.accept(key("ZL20001A"), PENDING, 2, note="seen")
    found = history("/dev/sda", "--signal", "197", "--json").json
    (signal,) = found["signals"]
    assert (signal["signal"], signal["first"], signal["last"]) == ("pending_sectors", 0, 4)
    assert signal["per_day"] == pytest.approx(0.1)
    assert signal["points"][0] == {"at": "2024-03-04T12:00:00Z", "value": 0}
    assert signal["points"][-1] == {"at": "2024-04-13T12:00:00Z", "value": 4}
    assert [v["verdict"] for v in found["verdicts"]] == ["OK", "WARNING"]
    assert found["moves"] == [
        {"from": 4, "to": 7, "left": "2024-03-23T12:00:00Z", "arrived": "2024-03-24T12:00:00Z"}
    ]
    assert found["accepted"][0]["value"] == 2
    assert found["readings"] == 41


def test_days_show_the_latest_only():
    tell((0, Seen("Z001", {PENDING: 1})), start=NOW - timedelta(days=50))
    tell((0, Seen("Z001", {PENDING: 5})), start=NOW - timedelta(days=5))
    assert history("Z001", "--days", "10", "--json").json["readings"] == 1
    assert history("Z001", "--days", "100", "--json").json["readings"] == 2
    assert "no reading in this time" in history("Z001", "--days", "1").out


def test_an_unknown_drive_or_figure_names_what_is_known():
    grown()
    done = history("QQQQ")
    assert done.status == 3
    assert "ZL20001A" in done.err
    done = history("ZL20001A", "--signal", "pendng", "--json")
    assert done.status == 3
    assert "pending_sectors" in done.json["error"]["hint"]


def test_a_drive_that_is_out_of_use_is_shown_so_and_comes_back():
    grown()
    done = history("ZL20001A", "--failed", "--note", "clicked", "--json")
    assert done.status == 0
    assert (done.json["failed"], done.json["retired_note"]) == (True, "clicked")
    assert not history("--json").json["drives"][0]["expected"]
    assert "out of use" in history().out
    assert history("ZL20001A", "--in-use", "--json").json["expected"]
    assert history("ZL20001A", "--in-use").status == 3
    assert history("ZL20001A", "--sound", "--json").json["failed"] is False


@pytest.mark.parametrize(
    "words",
    [
        ("--retired",), ("ZL20001A", "--failed", "--sound"), ("ZL20001A", "--in-use", "--failed"),
        ("ZL20001A", "--note", "x"), ("ZL20001A", "--days", "0"),
    ],
)  # fmt: skip
def test_words_that_make_no_sense_together_are_refused_with_3(words):
    grown()
    done = history(*words)
    assert done.status == 3
    assert done.err
    assert history("--json").json["drives"][0]["expected"]


def test_control_characters_of_a_drive_do_not_reach_the_terminal():
    tell((0, Seen("Z\x1b[31mA1", {PENDING: 1}, reason="a\x1b[2Jb", bay=1)))
    assert "\x1b" not in history().out
    (drive,) = history("--json").json["drives"]
    assert "\x1b" not in history(drive["serial"]).out


def test_a_terminal_without_blocks_gets_plain_signs():
    grown()
    done = subprocess.run(
        [*COMMAND, "drive", "history", "ZL20001A", "--history", "h.db"], capture_output=True,
        timeout=60, check=True, env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    (line,) = [line for line in done.stdout.decode("ascii").splitlines() if "pending_s" in line]
    assert line.endswith("#")
    assert "_" in line.split()[-1]


def test_a_broken_history_is_told_and_the_answer_is_whole():
    grown()
    Path("h.db").write_bytes(b"broken" * 1000)
    done = history("ZL20001A")
    assert done.status == 0
    assert "pending_sectors" in done.out
    assert "made anew" in done.err
    assert history("ZL20001A").err == ""


def check(folder):
    return podplanner("drive", "check", "--from", folder, "--history", "h.db", "--json").json


def recorded(name, when, **figures):
    folder = Path(name)
    folder.mkdir()
    made = ata_hdd(serial="WD-WCC7K4AAAAE1", local_time=int(when.timestamp()), **figures)
    (folder / "one.json").write_text(json.dumps(made))
    return folder


def test_what_is_checked_is_remembered_also_with_a_broken_database():
    check(recorded("first", START, pending=0))
    Path("h.db").write_bytes(os.urandom(9000))
    pod = check(recorded("second", START + 9 * DAY, pending=4))
    assert pod["drives"][0]["verdict"] in ("WARNING", "REPLACE")
    assert any("made anew" in note for note in pod["notes"])
    found = history("WCC7K4AAAAE1", "--signal", "197", "--json").json
    assert [point["value"] for point in found["signals"][0]["points"]] == [0, 4]


def test_the_help_has_examples():
    done = podplanner("drive", "history", "--help")
    assert done.status == 0
    assert "podplanner drive history ZC1A2B3C" in done.out
