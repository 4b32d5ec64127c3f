"""`drive check` from the command line: real processes, real recordings, a real history."""

import json
import time
from contextlib import closing
from pathlib import Path

import pytest
from support.drives import made
from support.drives.fake_smartctl import DEAF, HANGS, Replay, install
from unit.cli.running import podplanner

from podplanner.drives.smartctl import running

SHARED = Path(__file__).resolve().parents[5] / "shared" / "smart"
DAY_S = 86_400
START_S = 1_780_000_000


@pytest.fixture(autouse=True)
def _desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def drive(serial="Z1X0", day=0, **values):
    return made.ata_hdd(serial=serial, local_time=START_S + day * DAY_S, **values)


def recorded(folder, **documents):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in documents.items():
        text = document if isinstance(document, str) else json.dumps(document)
        (folder / f"{name}.json").write_text(text)
    return str(folder)


def fake(monkeypatch, tmp_path, drives):
    laid_out = install(tmp_path / "bin", drives)
    monkeypatch.setenv("PATH", laid_out.path())
    return laid_out


def check(*words):
    return podplanner("drive", "check", *words)


def only(done):
    (found,) = done.json["drives"]
    return found


# --- recordings ---


def test_every_recording_has_one_entry_also_the_unreadable_ones():
    folder = recorded(
        "r", a=drive(), b="{", c=made.nvme(), d=made.sas_hdd(), e="", f="[]", g="\x00"
    )
    done = check("--from", folder, "--json")
    assert [d["source"] for d in done.json["drives"]] == [f"{c}.json" for c in "abcdefg"]
    assert {d["verdict"] for d in done.json["drives"]} == {"OK", "UNKNOWN"}
    assert done.status == 3
    for entry in done.json["drives"]:
        assert {"source", "model", "serial", "protocol", "verdict", "evidence", "reason"} <= set(
            entry
        )
        assert entry["reason"]


def test_the_worst_verdict_is_the_status():
    clean, warned, dying = drive(), drive("B", pending=2), drive("C", reallocated=3000)
    assert check("--from", recorded("0", a=clean)).status == 0
    assert check("--from", recorded("1", a=clean, b=warned)).status == 1
    assert check("--from", recorded("2", a=clean, b=warned, c=dying)).status == 2
    assert check("--from", recorded("3", a=clean, b=warned, c="{")).status == 1
    assert check("--from", recorded("4", a=clean, b="{")).status == 3


def test_earlier_recordings_of_a_drive_are_its_past():
    folder = recorded("r", a=drive(reallocated=2), b=drive(day=30, reallocated=150))
    first, second = check("--from", folder, "--json").json["drives"]
    assert first["verdict"] == "WATCH"
    assert second["verdict"] == "REPLACE"
    assert second["evidence"][0]["before"] == 2


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recordings of others are not here")
def test_the_recordings_of_others_are_judged_as_their_index_says():
    import csv

    allowed = {
        "failing": {"REPLACE"}, "warning/failing": {"WARNING", "REPLACE"}, "warning": {"WARNING"},
        "(watch)": {"WATCH", "WARNING"}, "(cable)": {"WATCH", "WARNING"},
        "(wear)": {"WATCH", "WARNING"}, "healthy": {"OK", "WATCH"}, "unknown": {"UNKNOWN"},
        "error": {"UNKNOWN"},
    }  # fmt: skip
    done = check("--from", str(SHARED), "--json")
    verdicts = {d["source"]: d["verdict"] for d in done.json["drives"]}
    with (SHARED / "index.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    wrong = []
    for row in rows:
        words = row["expected_verdict"].split()
        if words[0] == "scan":
            assert row["file"] not in verdicts
            assert row["file"] in done.err
            continue
        key = next((w for w in words[1:2] if w in allowed and words[0] == "warning"), words[0])
        if verdicts.pop(row["file"]) not in allowed[key]:
            wrong.append(row)
    assert wrong == []
    assert verdicts == {}


# --- two readings ---


def twice(before, after, *between):
    """Check two recordings of one drive one after the other, with one history."""
    history = ("--history", "drives.db")
    check("--from", recorded("first", a=before), *history)
    for words in between:
        assert podplanner("drive", *words, *history).status == 0
    return only(check("--from", recorded("second", a=after), *history, "--json"))


def test_growth_between_two_checks_is_said():
    found = twice(drive(reallocated=4), drive(day=20, reallocated=30))
    assert found["verdict"] == "WARNING"
    assert "26 more since" in found["reason"]


def test_no_growth_between_two_checks_settles_a_count():
    assert twice(drive(reallocated=40), drive(day=1, reallocated=40))["verdict"] == "WARNING"


def test_no_growth_for_weeks_settles_a_count():
    found = twice(drive(reallocated=40), drive(day=20, reallocated=40))
    assert found["verdict"] == "WATCH"
    assert "unchanged since" in found["reason"]


def test_an_accepted_value_is_quiet_until_it_grows():
    ack = ("ack", "Z1X0", "crc_errors", "--note", "old cable")
    assert twice(drive(crc=7), drive(day=1, crc=7), ack)["verdict"] == "OK"
    grown = only(check("--from", recorded("third", a=drive(day=2, crc=30)), "--history",
                       "drives.db", "--json"))  # fmt: skip
    assert grown["verdict"] == "WARNING"
    assert "accepted" in grown["reason"]


def test_a_drive_in_place_of_another_is_judged_by_itself(tmp_path, monkeypatch):
    laid_out = fake(monkeypatch, tmp_path, {"/dev/sda": Replay(drive("Z1X0OLD1", pending=9))})
    assert only(check("--json"))["verdict"] == "WARNING"
    laid_out.put("/dev/sda", Replay(drive("Z1X0NEW1", day=1)))
    done = check("--json")
    by_serial = {d["serial"]: d for d in done.json["drives"]}
    assert by_serial["Z1X0NEW1"]["verdict"] == "OK"
    assert by_serial["Z1X0OLD1"]["verdict"] == "UNKNOWN"
    assert by_serial["Z1X0OLD1"]["trouble"] == "vanished"
    assert by_serial["Z1X0OLD1"]["last_seen"]
    assert podplanner("drive", "history", "Z1X0OLD1", "--retired").status == 0
    assert [d["serial"] for d in check("--json").json["drives"]] == ["Z1X0NEW1"]


# --- a history that fails ---


def test_a_corrupt_history_is_set_aside_and_the_check_still_answers():
    history = Path("drives.db")
    check("--from", recorded("q", a=drive(day=-1, pending=20)), "--history", "drives.db")
    whole = history.read_bytes()
    history.write_bytes(whole[:4000] + b"\xff" * (len(whole) - 4000))
    done = check("--from", recorded("r", a=drive(pending=20)), "--history", "drives.db", "--json")
    assert only(done)["verdict"] == "REPLACE"
    assert only(done)["evidence"][0]["before"] == 20
    assert done.status == 2
    assert any("drives.db" in note for note in done.json["notes"])
    assert [p.name for p in Path().glob("drives.db*broken*")]
    later = check("--from", recorded("s", a=drive(day=1, pending=20)), "--history", "drives.db",
                  "--json")  # fmt: skip
    assert only(later)["evidence"][0]["before"] == 20


def test_a_locked_history_loses_no_reading():
    import sqlite3

    first = recorded("r", a=drive(pending=1))
    check("--from", first, "--history", "drives.db")
    lock = sqlite3.connect("drives.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    second = recorded("s", a=drive(day=1, pending=3))
    done = check("--from", second, "--history", "drives.db", "--json")
    assert only(done)["verdict"] == "WARNING"
    lock.execute("ROLLBACK")
    lock.close()
    third = recorded("t", a=drive(day=2, pending=3))
    check("--from", third, "--history", "drives.db")
    with closing(sqlite3.connect("drives.db")) as database:
        (kept,) = database.execute("SELECT count(*) FROM reading").fetchone()
    assert kept == 3


# --- processes ---


def test_sixty_drives_of_which_one_hangs_have_sixty_entries(tmp_path, monkeypatch):
    drives = {f"/dev/sd{i:02}": Replay(drive(f"S{i:04}")) for i in range(59)}
    fake(monkeypatch, tmp_path, {**drives, "/dev/sdhang": HANGS})
    found = check("--timeout", "3", "--json").json["drives"]
    assert len(found) == 60
    assert sum(d["verdict"] == "OK" for d in found) == 59
    (hung,) = [d for d in found if d["verdict"] != "OK"]
    assert (hung["source"], hung["verdict"], hung["trouble"]) == (
        "/dev/sdhang", "UNKNOWN", "timed-out",
    )  # fmt: skip


def test_a_drive_that_hangs_is_still_known_by_its_serial(tmp_path, monkeypatch):
    laid_out = fake(monkeypatch, tmp_path, {"/dev/sda": Replay(drive("KNOWN"))})
    check()
    laid_out.put("/dev/sda", DEAF)
    found = only(check("--timeout", "1", "--json"))
    assert (found["serial"], found["verdict"]) == ("KNOWN", "UNKNOWN")
    assert found["last_seen"]
    assert "last answered" in found["evidence"][1]["words"]


def test_a_sleeping_drive_stays_asleep_and_keeps_its_verdict(tmp_path, monkeypatch):
    awake = drive("Z1X0SLEE", pending=2)
    laid_out = fake(monkeypatch, tmp_path, {"/dev/sda": Replay(awake)})
    assert only(check("--json"))["verdict"] == "WARNING"
    laid_out.put("/dev/sda", Replay(awake, behaviour="asleep"))
    found = only(check("--json"))
    assert (found["verdict"], found["trouble"]) == ("WARNING", "asleep")
    assert not any(call.startswith("woken") for call in laid_out.calls())
    time.sleep(1.1)
    assert only(check("--json", "--max-age", "1s"))["verdict"] == "UNKNOWN"
    assert only(check("--json", "--wake"))["trouble"] is None


@pytest.mark.parametrize("status", [0, 4, 8, 16, 32, 64, 128, 216])
def test_every_exit_bit_is_told_apart(tmp_path, monkeypatch, status):
    fake(monkeypatch, tmp_path, {"/dev/sda": Replay(drive(), status=status)})
    bad = {8: "REPLACE", 16: "REPLACE", 32: "WARNING", 128: "WARNING", 216: "REPLACE"}
    assert only(check("--json"))["verdict"] == bad.get(status, "OK")


@pytest.mark.parametrize(
    "output", [b"", b"{", b"\xff\xfe\xfa", b"null", b"smartctl: out of memory"]
)
def test_output_that_is_no_document_is_unknown_in_words(tmp_path, monkeypatch, output):
    fake(monkeypatch, tmp_path, {"/dev/sda": Replay(output)})
    done = check("--json")
    assert (only(done)["verdict"], done.status) == ("UNKNOWN", 3)
    assert only(done)["reason"]


def test_drives_behind_a_controller_are_asked_for_by_type(tmp_path, monkeypatch):
    fake(monkeypatch, tmp_path, {
        ("/dev/bus/0", "megaraid,0"): Replay(drive("A")),
        ("/dev/bus/0", "megaraid,1"): Replay(drive("B", pending=20)),
    })  # fmt: skip
    done = check("/dev/bus/0", "-d", "megaraid,0", "-d", "megaraid,1", "--json")
    assert [(d["serial"], d["verdict"]) for d in done.json["drives"]] == [
        ("A", "OK"), ("B", "REPLACE"),
    ]  # fmt: skip


def test_what_was_read_can_be_saved_and_read_again(tmp_path, monkeypatch):
    fake(monkeypatch, tmp_path, {"/dev/sda": Replay(drive(reallocated=4000))})
    check("--save", "kept")
    found = only(check("--from", "kept", "--json"))
    assert (found["verdict"], found["source"]) == ("REPLACE", "sda.json")


# --- the command itself ---


def test_no_smartctl_is_said_in_words_with_the_status_of_unknown(tmp_path, monkeypatch):
    monkeypatch.setattr(running, "_SYSTEM_FOLDERS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    done = check("--json")
    assert (done.status, done.json["error"]["code"]) == (3, "no-smartctl")
    assert "smartmontools" in done.json["error"]["hint"]
    named = check("/dev/sda", "--json")
    assert (named.status, only(named)["trouble"]) == (3, "not-installed")


def test_a_scan_that_smartctl_refuses_is_unknown(tmp_path, monkeypatch):
    laid_out = fake(monkeypatch, tmp_path, {"/dev/sda": Replay(drive())})
    laid_out.scan_finds(b"no json")
    done = podplanner("drive", "scan", "--json")
    assert (done.status, done.json["error"]["code"]) == (3, "device")


@pytest.mark.parametrize(
    "words",
    [
        ("--nonsense",), ("/dev/sda", "--from", "r"), ("--timeout", "0"), ("--timeout", "x"),
        ("--max-age", "soon"), ("--from", "nowhere"), ("--plugin", "--json"),
        ("--bays", "none.toml", "--from", "r"), ("--history", "h", "--no-history"),
        ("--prometheus", "metrics.txt", "--from", "r"), ("--from", "r", "--save", "kept"),
        ("-d", "megaraid,0", "-d", "megaraid,1"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_command_is_never_a_verdict(words):
    recorded("r", a=drive())
    done = check(*words)
    assert done.status == 3
    assert done.err.startswith("error: ") or "error" in done.json


def test_the_plugin_line_is_one_line_with_figures():
    done = check("--from", recorded("r", a=drive(), b=drive("B", pending=3)), "--plugin")
    assert done.status == 1
    assert done.out.startswith("WARNING - 2 drives")
    assert done.out.count("\n") == 1
    assert "| " in done.out


def test_metrics_are_written_for_prometheus(tmp_path):
    check("--from", recorded("r", a=drive()), "--prometheus", "pod.prom")
    assert "podplanner_drive_verdict" in Path("pod.prom").read_text()


def test_names_of_drives_cannot_steer_a_terminal():
    document = drive()
    document["model_name"] = "evil\x1b[2Jdrive"
    done = check("--from", recorded("r", a=document, b="{"), "--all")
    assert "\x1b" not in done.out
    assert "evil" in done.out


def test_the_shipped_sample_shows_what_to_pull():
    done = check("--from", "lab-pod")
    assert done.status == 2
    assert "REPLACE  bay 23" in done.out
    assert "45 drives: 1 REPLACE, 1 WARNING, 1 WATCH, 42 OK" in done.out
    assert "drive next --from lab-pod" in done.err
