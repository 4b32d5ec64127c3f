"""`drive ack`: a value is accepted, and quiet until it grows."""

import json
from pathlib import Path

import pytest
from support.drives.made import ata_hdd
from support.drives.rounds import DAY, START, Clock, Seen, key, round_of
from unit.cli.running import podplanner

from podplanner.drives.history.opening import open_history
from podplanner.drives.signals import Signal


def ack(*words):
    return podplanner("drive", "ack", *words, "--history", "h.db")


def check(name, day, **figures):
    """Check a recording of the drive, some days after the first."""
    folder = Path(name)
    folder.mkdir()
    at = START + day * DAY
    made = ata_hdd(serial="WD-WCC7K4AAAAE1", local_time=int(at.timestamp()), **figures)
    (folder / "one.json").write_text(json.dumps(made))
    done = podplanner("drive", "check", "--from", folder, "--history", "h.db", "--json")
    return done.json["drives"][0]["verdict"]


@pytest.fixture
def one():
    with open_history(Path("h.db"), clock=Clock()) as history:
        history.remember(round_of(START, Seen("ZL20001A", {Signal.CRC_ERRORS: 17}, "/dev/sda")))


def accepted():
    return [(entry["signal"], entry["value"]) for entry in ack("--list", "--json").json["accepted"]]


def test_an_accepted_value_is_quiet_until_it_grows():
    assert check("a", 0, reallocated=20) == "WARNING"
    done = ack("AAE1", "5", "--note", "old, and stable")
    assert done.status == 0
    assert "reallocated_sectors is accepted at 20 (old, and stable)" in done.out
    assert ack("AAE1", "Reallocated_Event_Count").status == 0
    assert check("b", 1, reallocated=20) in ("OK", "WATCH")
    assert check("c", 2, reallocated=20) in ("OK", "WATCH")
    assert check("d", 3, reallocated=28) in ("WARNING", "REPLACE")


@pytest.mark.usefixtures("one")
def test_the_answer_in_json_names_drive_figure_value_and_what_was_before():
    assert ack("sda", "199", "--note", "cable", "--json").json == {
        "schema": "podplanner/drive-ack/1", "serial": "ZL20001A", "model": "EX-18T",
        "signal": "crc_errors", "value": 17, "note": "cable", "before": None,
        "at": ack("--list", "--json").json["accepted"][0]["at"],
    }  # fmt: skip
    assert ack("sda", "199", "--value", "40", "--json").json["before"] == 17
    assert accepted() == [("crc_errors", 40)]


@pytest.mark.usefixtures("one")
def test_what_is_withdrawn_is_no_longer_accepted():
    ack("ZL20001A", "crc_errors")
    assert ack("ZL20001A", "crc_errors", "--withdraw").status == 0
    assert accepted() == []
    done = ack("ZL20001A", "crc_errors", "--withdraw")
    assert done.status == 3
    assert "no crc_errors is accepted" in done.err


@pytest.mark.usefixtures("one")
def test_the_list_is_of_all_drives_or_of_one():
    with open_history(Path("h.db"), clock=Clock()) as history:
        history.remember(round_of(START, Seen("ZL20002B", {Signal.PENDING: 1})))
        history.accept(key("ZL20002B"), Signal.PENDING, 1)
    ack("ZL20001A", "crc_errors", "--note", "cable changed")
    assert len(accepted()) == 2
    assert "cable changed" in ack("--list").out
    assert "cable" not in ack("ZL20002B", "--list").out
    assert "pending_sectors" in ack("ZL20002B", "--list").out


@pytest.mark.usefixtures("one")
def test_a_value_below_the_newest_is_kept_and_said_to_be_below():
    done = ack("ZL20001A", "crc_errors", "--value", "3")
    assert done.status == 0
    assert "17" in done.err
    assert accepted() == [("crc_errors", 3)]


@pytest.mark.usefixtures("one")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("QQQQ", "199"), "ZL20001A"),
        (("ZL20001A", "19x"), "crc_errors"),
        (("ZL20001A", "197"), "--value"),
        (("ZL20001A",), "SERIAL ATTRIBUTE"),
        ((), "SERIAL ATTRIBUTE"),
        (("ZL20001A", "199", "--list"), "--list"),
        (("ZL20001A", "199", "--withdraw", "--value", "3"), "--withdraw"),
        (("ZL20001A", "199", "--value", "-1"), "--value"),
    ],
)
def test_what_makes_no_sense_is_refused_with_3_and_changes_nothing(words, said):
    done = ack(*words)
    assert done.status == 3
    assert said in done.err
    assert accepted() == []


def test_without_any_history_nothing_is_accepted_and_nothing_is_made():
    assert ack("--list").status == 0
    assert ack("ZL20001A", "199").status == 3
    assert not Path("h.db").exists()


@pytest.mark.usefixtures("one")
def test_an_acceptance_that_can_be_kept_nowhere_is_an_error(tmp_path, monkeypatch):
    wall = tmp_path / "wall"
    wall.write_text("no folder")
    monkeypatch.setenv("XDG_STATE_HOME", str(wall / "state"))
    monkeypatch.setattr("tempfile.tempdir", str(wall))
    Path("h.db-journal").mkdir()
    Path("h.db.spool").write_text("no folder")
    done = ack("ZL20001A", "199", "--json")
    assert done.status == 3
    assert done.json["error"]["code"] == "output"


@pytest.mark.usefixtures("one")
def test_an_acceptance_while_the_database_cannot_be_written_waits_for_it():
    Path("h.db-journal").mkdir()
    done = ack("ZL20001A", "199")
    assert done.status == 0
    assert "is kept in" in done.err
    Path("h.db-journal").rmdir()
    assert accepted() == [("crc_errors", 17)]
