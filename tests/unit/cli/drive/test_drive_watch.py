"""`drive watch`: rounds of recordings and of a smartctl, real servers, real processes."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.drives import fake_smartctl
from support.drives.fake_smartctl import HANGS, Replay
from support.drives.listening import listening
from support.drives.made import ata_hdd
from support.drives.sample_pod import FOLDER, SICK_BAYS, serial
from unit.cli.running import podplanner

from podplanner.report.watch_units import SECRETS, SERVICE, TIMER

SECRET = "hunter2secret"
BAD = "bay23.json"


@pytest.fixture
def recordings() -> Path:
    """The sample pod as it was a month before, here."""
    folder = Path(shutil.copytree(FOLDER / "lab-pod", "recordings"))
    for bay in SICK_BAYS:
        shutil.copy(FOLDER / "lab-pod-last-month" / f"bay{bay:02}.json", folder)
    return folder


def watch(*words, once=True):
    return podplanner("drive", "watch", *(["--once"] if once else []), "--name", "pod7", *words)


def of(folder: Path, *words):
    return watch("--from", folder, "--state", "state.json", *words)


def grow(folder: Path, name: str = BAD) -> None:
    """Let one drive become what it is in the sample."""
    shutil.copy(FOLDER / "lab-pod" / name, folder)


def json_target(told) -> str:
    return f"json://user:{SECRET}@{told.address}/hook"


def needs_apprise():
    pytest.importorskip("apprise", reason="no apprise here: pip install 'podplanner[notify]'")


def test_the_sample_pod_is_one_message_and_its_worst_verdict_is_the_status():
    done = watch("--from", "lab-pod")
    assert done.status == 2
    assert done.out.startswith("pod7: REPLACE: bay 23, ST4000DM000-1F2168 ")
    assert "45 drives: 1 REPLACE, 1 WARNING, 1 WATCH, 42 OK" in done.out
    assert "* bay 11, HGST HMS5C4040ALE640" in done.out
    assert "compared with no earlier round" in done.err
    assert "see --notify" in done.err


def test_a_round_without_a_change_is_one_line(recordings):
    first = of(recordings)
    assert first.out.endswith(": the first round, nothing to tell; 45 drives: 2 WATCH, 43 OK\n")
    again = of(recordings)
    assert again.status == 0
    assert again.out.endswith(": nothing changed; 45 drives: 2 WATCH, 43 OK\n")


def test_a_change_is_sent_once_to_every_target(recordings):
    needs_apprise()
    with listening() as one, listening() as two:
        targets = ("--notify", json_target(one), "--notify", json_target(two))
        assert of(recordings, *targets).status == 0
        assert one.bodies == []
        grow(recordings)
        done = of(recordings, *targets)
        assert done.status == 2
        assert of(recordings, *targets).status == 2
    for told in (one, two):
        (body,) = told.bodies
        assert body["title"].startswith("pod7: REPLACE: bay 23, ")
        assert "WATCH -> REPLACE: 24 pending sectors" in body["message"]
        assert "podplanner drive next" in body["message"]
        assert body["type"] == "failure"
    assert "sent to target 1 (json)" in done.err


def test_what_is_over_is_told_once(recordings):
    of(recordings)
    last_month = (recordings / BAD).read_bytes()
    grow(recordings)
    of(recordings)
    (recordings / BAD).write_bytes(last_month)
    assert "WATCH again (was REPLACE)" in of(recordings).out
    assert "nothing changed" in of(recordings).out


def test_a_drive_that_is_not_there_any_more_is_told_and_its_return_too(recordings):
    of(recordings)
    shutil.move(recordings / "bay05.json", "away.json")
    done = of(recordings)
    assert f"pod7: gone: bay 5, WDC WD40EFZZ-68CPAN0 {serial(5)}" in done.out
    shutil.move("away.json", recordings / "bay05.json")
    assert "is there again" in of(recordings).out


def test_a_group_that_loses_a_drive_is_told(recordings):
    of(recordings)
    file = recordings / "zpool-status.json"
    document = json.loads(file.read_text())
    pool = document["pools"]["tank"]
    group = pool["vdevs"]["tank"]["vdevs"]["raidz2-1"]
    member = next(iter(group["vdevs"].values()))
    member["state"] = "UNAVAIL"
    group["state"] = pool["state"] = "DEGRADED"
    file.write_text(json.dumps(document))
    done = of(recordings)
    assert "pod7: 1 gone: zfs tank raidz2-1" in done.out
    assert "it can lose 1 more" in done.out


def test_a_watch_is_no_message_where_only_worse_is_asked_for(recordings):
    of(recordings)
    grow(recordings, "bay11.json")
    assert "nothing changed" in of(recordings, "--at-least", "replace").out
    Path("state.json").unlink()
    of(recordings)
    grow(recordings)
    assert "REPLACE" in of(recordings, "--at-least", "replace").out


def test_a_message_that_was_not_taken_is_kept_and_the_other_target_gets_it(recordings):
    needs_apprise()
    with listening(500, 200) as down, listening() as up:
        targets = ("--notify", json_target(down), "--notify", json_target(up))
        of(recordings, *targets)
        grow(recordings)
        refused = of(recordings, *targets)
        assert refused.status == 3
        assert "error: target 1 (json) did not take the message" in refused.err
        assert "sent to target 2 (json)" in refused.err
        assert "kept" in refused.err
        later = of(recordings, *targets)
        assert later.status == 2
        assert "nothing changed" in later.out
        assert of(recordings, *targets).status == 2
    assert [body["title"] for body in down.bodies] == [up.bodies[0]["title"]] * 2
    assert len(up.bodies) == 1


def test_a_watch_that_is_killed_while_it_sends_sends_with_the_next_round(recordings):
    needs_apprise()
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        grow(recordings)
        words = ("--from", recordings, "--state", "state.json",
                 "--notify", f"json://127.0.0.1:{port}/hook?rto=30")  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "podplanner", "drive", "watch", "--once", *words],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        with process:
            mute.settimeout(30)
            connection, _ = mute.accept()
            process.kill()
            connection.close()
    with listening(port=port) as told:
        done = watch(*words)
    assert "nothing changed" in done.out
    assert ["REPLACE" in body["title"] for body in told.bodies] == [True]


def test_no_secret_is_shown_or_kept(recordings):
    needs_apprise()
    grow(recordings)
    with listening(404) as down:
        words = ("--notify", json_target(down), "--ping", f"http://{down.address}/{SECRET}")
        shown = "".join(
            done.out + done.err
            for done in (of(recordings, *words), of(recordings, *words, "--json"),
                         watch("--test", *words, once=False),
                         watch("--install", "units", *words, once=False),
                         watch("--print-units", *words, once=False))
        )  # fmt: skip
    kept = Path("state.json").read_text()
    for part in (SECRET, "/hook", down.address):
        assert part not in shown + kept


def test_the_ping_says_that_the_round_ran_also_when_drives_are_bad(recordings):
    grow(recordings)
    with listening() as told:
        assert of(recordings, "--ping", f"http://{told.address}/uuid").status == 2
    assert told.requests == [("GET", "/uuid")]


def test_the_ping_says_that_a_round_failed(recordings):
    with listening() as told:
        done = watch("--from", "no-such-folder", "--ping", f"http://{told.address}/uuid")
        assert done.status == 3
    assert told.requests == [("GET", "/uuid/fail")]


def test_the_ping_says_that_a_message_was_not_taken(recordings):
    needs_apprise()
    grow(recordings)
    with listening(500) as down, listening() as told:
        of(recordings, "--notify", json_target(down), "--ping", f"http://{told.address}/uuid")
    assert told.requests == [("GET", "/uuid/fail")]


def test_a_ping_that_nobody_takes_is_said_and_changes_no_status(recordings):
    with listening(404) as told:
        done = of(recordings, "--ping", f"http://{told.address}/{SECRET}")
    assert done.status == 0
    assert "the ping was not taken: it answered 404" in done.err


def test_one_json_object_tells_everything(recordings):
    of(recordings)
    grow(recordings)
    done = of(recordings, "--json")
    assert done.status == 2
    found = done.json
    assert found["schema"] == "podplanner/drive-watch/1"
    assert list(found) == [
        "schema", "checked_at", "verdict", "first", "changes", "message", "sent", "not_sent",
        "waiting", "pinged", "notes",
    ]  # fmt: skip
    (change,) = found["changes"]
    assert (change["turn"], change["matter"]) == ("worse", "health")
    assert (change["before"], change["now"]) == ("WATCH", "REPLACE")
    assert (change["serial"], change["bay"], change["device"]) == (serial(23), 23, "/dev/sdx")
    assert found["message"]["title"].startswith("pod7: REPLACE")
    assert (found["verdict"], found["first"], found["pinged"]) == ("REPLACE", False, None)


def test_addresses_come_from_the_environment_and_from_a_file(recordings, monkeypatch):
    needs_apprise()
    grow(recordings)
    with listening() as one, listening() as two:
        monkeypatch.setenv("PODPLANNER_NOTIFY", f"{json_target(one)} {json_target(two)}")
        assert of(recordings).status == 2
        monkeypatch.delenv("PODPLANNER_NOTIFY")
        Path("state.json").unlink()
        Path("notify").write_text(f"# mine\n\n  {json_target(one)}\n")
        Path("notify").chmod(0o600)
        assert of(recordings, "--notify-file", "notify").status == 2
    assert (len(one.bodies), len(two.bodies)) == (2, 1)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_of_addresses_that_others_may_read_is_refused(mode):
    Path("notify").write_text(f"json://{SECRET}\n")
    Path("notify").chmod(mode)
    done = watch("--from", "lab-pod", "--notify-file", "notify")
    assert done.status == 3
    assert "chmod 600 notify" in done.err
    assert SECRET not in done.err


def test_a_test_message_says_that_it_is_one():
    needs_apprise()
    with listening() as told:
        done = watch("--test", "--notify", json_target(told), once=False)
    assert (done.status, done.out) == (0, "target 1 (json): taken\n")
    assert "test" in told.bodies[0]["title"]
    with listening(500) as down:
        done = watch("--test", "--notify", json_target(down), once=False)
    assert done.status == 3
    assert done.out.startswith("target 1 (json): not taken: ")
    assert watch("--test", once=False).status == 3


def test_without_apprise_nothing_is_read_and_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    done = watch("--from", "lab-pod", "--notify", f"json://{SECRET}")
    assert done.status == 3
    assert done.out == ""
    assert "pip install 'podplanner[notify]'" in done.err
    assert SECRET not in done.err


def test_metrics_are_written_in_the_same_round(recordings):
    assert of(recordings, "--prometheus", "drives.prom").status == 0
    assert "podplanner_pod_verdict 1" in Path("drives.prom").read_text()


def test_units_are_written_to_look_through_and_the_secrets_for_their_owner_alone():
    needs_apprise()
    done = watch(
        "--install", "units", "--every", "15m", "--notify", f"json://{SECRET}@host",
        "--ping", f"https://hc-ping.com/{SECRET}", "--bays", "bays.toml", "--prometheus",
        "drives.prom", once=False,
    )  # fmt: skip
    assert done.status == 0, done.err
    assert sorted(file.name for file in Path("units").iterdir()) == [SECRETS, SERVICE, TIMER]
    secrets = Path("units") / SECRETS
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert f'PODPLANNER_NOTIFY="json://{SECRET}@host"' in secrets.read_text()
    service = (Path("units") / SERVICE).read_text()
    here = Path.cwd()
    assert f"drive watch --once --name pod7 --prometheus {here}/drives.prom" in service
    assert f"--bays {here}/bays.toml" in service
    assert f"ReadWritePaths={here}\n" in service
    assert SECRET not in service
    assert "OnCalendar=*-*-* *:00/15:00" in (Path("units") / TIMER).read_text()
    assert f"sudo systemctl enable --now {TIMER}" in done.out
    again = watch("--install", "units", once=False)
    assert again.status == 3
    assert "--force" in again.err


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_takes_what_is_installed():
    assert watch("--install", "units", "/dev/sda", "-d", "sat", "--wake", once=False).status == 0
    done = subprocess.run(
        ["systemd-analyze", "verify", f"units/{SERVICE}", f"units/{TIMER}"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr.strip()) == (0, "")


def test_units_are_printed_and_nothing_is_written():
    done = watch("--print-units", once=False)
    assert done.status == 0
    assert f"# /etc/systemd/system/{SERVICE}" in done.out
    assert list(Path.cwd().iterdir()) == []
    assert set(watch("--print-units", "--json", once=False).json["units"]) == {SERVICE, TIMER}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--once", "--test"), "--once and --test"),
        (("--json",), "--once"),
        (("--once", "--every", "5s"), "do not change that fast"),
        (("--once", "--remind", "soon"), "--remind"),
        (("--once", "--ping", "ftp://x/y"), "--ping"),
        (("--once", "--prometheus", "x.txt"), ".prom"),
        (("--once", "--at-least", "ok"), "at-least"),
        (("--print-units", "--from", "lab-pod"), "--from"),
        (("--once", "--notify", "nonsense://x"), "target 1"),
        (("--once", "--notify-file", "none"), "cannot be read"),
        (("--once", "--from", "lab-pod", "--state", "."), "is a folder"),
    ],
)
def test_wrong_usage_is_unknown_and_never_a_bad_drive(words, says):
    done = podplanner("drive", "watch", *words)
    assert done.status == 3
    assert says in done.out + done.err
    assert "Traceback" not in done.err


def test_a_damaged_state_ends_no_watch(recordings):
    of(recordings)
    Path("state.json").write_text("{")
    done = of(recordings)
    assert done.status == 0
    assert "state.json is damaged" in done.err
    assert Path("state.json.damaged").read_text() == "{"


def test_a_second_watch_with_the_same_state_is_refused(recordings):
    import fcntl

    of(recordings)
    with Path(".state.json.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        done = of(recordings)
    assert done.status == 3
    assert "another watch" in done.err


def test_drives_are_read_by_smartctl_and_remembered_in_the_folder_of_the_user(
    tmp_path, monkeypatch
):
    good, sick = ata_hdd(device="/dev/sda"), ata_hdd(device="/dev/sdb", pending=40, reallocated=900)
    fake = fake_smartctl.install(tmp_path / "bin", {
        "/dev/sda": Replay(good), "/dev/sdb": Replay(ata_hdd(device="/dev/sdb")),
    })  # fmt: skip
    monkeypatch.setenv("PATH", fake.path())
    quick = ("--timeout", "1")
    assert watch(*quick).status == 0
    assert list((tmp_path / "own" / "podplanner" / "drives").glob("watch.json"))
    fake.put("/dev/sdb", Replay(sick))
    worse = watch(*quick)
    assert worse.status == 2
    assert "OK -> REPLACE" in worse.out or "REPLACE: " in worse.out
    fake.put("/dev/sda", HANGS)
    hangs = watch(*quick)
    assert hangs.status == 2
    assert good["serial_number"] in hangs.out
    assert "not judged" in hangs.out
    assert "nothing changed" in watch(*quick).out
    fake.put("/dev/sda", Replay(good))
    assert "there again" in watch(*quick).out


def test_a_watch_goes_on_and_ends_when_it_is_told_to(recordings):
    """Real process, real signal: the round that runs comes to its end, and so does the watch."""
    words = ["drive", "watch", "--every", "1h", "--from", str(recordings), "--state", "state.json"]
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "podplanner", *words], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ,
    )  # fmt: skip
    with process:
        assert "the first round" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert json.loads(Path("state.json").read_text())["memory"]["known"]


def test_a_round_that_fails_does_not_end_the_watch(tmp_path):
    with listening() as told:
        words = ["drive", "watch", "--from", "none", "--state", "state.json",
                 "--ping", f"http://{told.address}/uuid"]  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "podplanner", *words], text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        with process:
            lines = iter(process.stderr.readline, "")
            assert any(line.startswith("error: ") for line in lines)
            deadline = time.monotonic() + 30
            while not told.requests and time.monotonic() < deadline:
                time.sleep(0.01)
            assert process.poll() is None
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
    assert told.requests == [("GET", "/uuid/fail")]
