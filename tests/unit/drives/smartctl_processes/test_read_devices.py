import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Lock

import pytest
from support.drives import made
from support.drives.fake_smartctl import DEAF, HANGS, Replay, install, still_running, with_status

from podplanner.drives.reading import Trouble
from podplanner.drives.smartctl.asking import read_devices
from podplanner.drives.smartctl.device import Device
from podplanner.drives.smartctl.running import Command, Ran
from podplanner.drives.smartctl.scanning import scan
from podplanner.drives.smartctl.stuck import StuckProcesses
from podplanner.errors import DeviceError, SmartctlMissingError

SLACK_S = 1.0
"""What a round may take beyond its time-out."""


def names(count: int) -> list[str]:
    return [f"/dev/sdx{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(count)]


def drive(serial: str, **how) -> Replay:
    return Replay({**made.ata_hdd(), "serial_number": serial}, **how)


def at(*devices: str) -> tuple[Device, ...]:
    return tuple(Device(name, "sat") for name in devices)


def test_sixty_drives_of_which_one_hangs_are_all_read_within_the_time_out(fake, stuck):
    sixty = names(60)
    laid_out = {name: drive(f"S{n:03}") for n, name in enumerate(sixty)}
    fake({**laid_out, sixty[17]: HANGS})
    started = time.monotonic()
    readings = read_devices(scan(), timeout_s=2, stuck=stuck)
    took = time.monotonic() - started
    assert [reading.source for reading in readings] == sixty
    troubled = {r.source: r.trouble for r in readings if r.trouble is not None}
    assert troubled == {sixty[17]: Trouble.TIMED_OUT}
    serials = {reading.identity.serial for reading in readings if reading.trouble is None}
    assert serials == {f"S{n:03}" for n in range(60) if n != 17}
    assert took < 2 + SLACK_S


def test_a_smartctl_that_hears_no_sigterm_ends_within_the_same_time(fake, stuck):
    found = fake({"/dev/sdxa": drive("A"), "/dev/sdxb": DEAF})
    started = time.monotonic()
    readings = read_devices(scan(), timeout_s=0.5, stuck=stuck)
    assert time.monotonic() - started < 0.5 + SLACK_S
    assert [reading.trouble for reading in readings] == [None, Trouble.TIMED_OUT]
    assert len(found.children()) == 1
    assert still_running(found.children()) == []


def test_every_exit_status_of_a_drive_comes_back(fake, stuck):
    statuses = [0, 4, 8, 16, 32, 64, 128, 216, 255 - 3]
    drives = {
        name: with_status(drive(f"S{status}"), status)
        for name, status in zip(names(9), statuses, strict=True)
    }
    fake(drives)
    readings = read_devices(at(*drives), timeout_s=20, stuck=stuck)
    assert [reading.exit_status.value for reading in readings] == statuses
    assert all(reading.trouble is None for reading in readings)


def test_each_way_of_going_wrong_has_its_trouble_and_the_others_are_read(fake, stuck):
    whole = json.dumps(made.ata_hdd()).encode()
    drives = {
        "/dev/sdxa": drive("GOOD"),
        "/dev/sdxb": Replay(whole[: len(whole) // 2], status=4),
        "/dev/sdxc": Replay(b"", status=0),
        "/dev/sdxd": drive("K", behaviour="killed"),
        "/dev/sdxe": drive("A", behaviour="asleep"),
        "/dev/sdxf": Replay(whole.replace(b"GB", b"G\xe9")),
        "/dev/sdxg": drive("F", behaviour="flood"),
        "/dev/sdxh": drive("L", behaviour="slow 0.2"),
    }
    found = fake(drives)
    asked = at(*drives, "/dev/sdxz")
    troubles = [r.trouble for r in read_devices(asked, timeout_s=30, stuck=stuck)]
    assert troubles == [
        None, Trouble.UNREADABLE, Trouble.UNREADABLE, Trouble.UNREADABLE, Trouble.ASLEEP, None,
        Trouble.UNREADABLE, None, Trouble.VANISHED,
    ]  # fmt: skip
    assert found.calls("woken") == []


def test_a_sleeping_drive_is_woken_only_when_that_is_asked(fake, stuck):
    found = fake({"/dev/sdxa": drive("A", behaviour="asleep")})
    (asleep,) = read_devices(at("/dev/sdxa"), timeout_s=20, stuck=stuck)
    assert asleep.trouble is Trouble.ASLEEP
    assert found.calls("woken") == []
    (awake,) = read_devices(at("/dev/sdxa"), timeout_s=20, wake=True, stuck=stuck)
    assert awake.trouble is None
    assert len(found.calls("woken")) == 1


def test_drives_behind_a_controller_are_read_each_by_its_type(fake, stuck):
    types = ["megaraid,0", "megaraid,1"]
    fake({("/dev/bus/0", type_): drive(f"S-{type_[-1]}") for type_ in types})
    devices = tuple(Device("/dev/bus/0", type_) for type_ in types)
    readings = read_devices(devices, timeout_s=20, stuck=stuck)
    assert [reading.identity.serial for reading in readings] == ["S-0", "S-1"]
    assert [reading.source for reading in readings] == [
        "/dev/bus/0 -d megaraid,0",
        "/dev/bus/0 -d megaraid,1",
    ]


def test_what_was_written_is_kept_under_a_name_for_each_drive(fake, stuck):
    fake(
        {
            "/dev/sdxa": drive("A"),
            ("/dev/bus/0", "megaraid,3"): drive("B"),
            "/dev/sdxb": HANGS,
            "/dev/sdxc": Replay(b"caf\xe9"),
        }
    )
    kept: dict[str, bytes] = {}
    asked = (*at("/dev/sdxa", "/dev/sdxb", "/dev/sdxc"), Device("/dev/bus/0", "megaraid,3"))
    read_devices(asked, timeout_s=1, keep=kept.__setitem__, stuck=stuck)
    assert list(kept) == ["sdxa.json", "sdxb.json", "sdxc.json", "bus-0-megaraid-3.json"]
    assert json.loads(kept["sdxa.json"])["serial_number"] == "A"
    assert kept["sdxb.json"] == b""
    assert kept["sdxc.json"] == b"caf\xe9"


def test_a_name_like_an_option_is_read_as_a_path(fake, stuck):
    found = fake({})
    (reading,) = read_devices((Device("--scan"),), timeout_s=20, stuck=stuck)
    assert reading.trouble is Trouble.VANISHED
    assert found.calls("call")[-1].endswith(" ./--scan")


def test_logs_that_only_newer_versions_know_are_asked_of_those(fake, stuck):
    found = fake({"/dev/sdxa": drive("A")})
    read_devices(at("/dev/sdxa"), timeout_s=20, stuck=stuck)
    assert "--log=envrep" in found.calls("call")[-1]
    found.is_version("smartctl 7.2 2020-12-30 r5155 [x86_64-linux] (local build)\n")
    read_devices(at("/dev/sdxa"), timeout_s=20, stuck=stuck)
    assert "envrep" not in found.calls("call")[-1]
    assert "--log=devstat" in found.calls("call")[-1]


def test_a_wrapper_that_tells_no_version_is_used_all_the_same(fake, stuck):
    fake({"/dev/sdxa": drive("A")}).is_version("hello\n")
    (reading,) = read_devices(at("/dev/sdxa"), timeout_s=20, stuck=stuck)
    assert reading.trouble is None


def test_a_smartctl_that_is_too_old_leaves_every_drive_unknown(fake, stuck):
    fake({"/dev/sdxa": drive("A")}).is_version("smartctl 6.6 2017-11-05 r4594\n")
    readings = read_devices(at("/dev/sdxa", "/dev/sdxb"), timeout_s=20, stuck=stuck)
    assert [reading.trouble for reading in readings] == [Trouble.NOT_INSTALLED] * 2
    assert "6.6" in readings[0].trouble_words
    assert "nstall smartmontools 7.0" in readings[0].trouble_words


def test_without_smartctl_every_drive_is_unknown_and_says_what_to_install(stuck):
    def run(command: Command) -> Ran:
        raise SmartctlMissingError("there is no smartctl", hint="Install smartmontools.")

    readings = read_devices(at("/dev/sdxa", "/dev/sdxb"), run=run, stuck=stuck)
    assert [reading.trouble for reading in readings] == [Trouble.NOT_INSTALLED] * 2
    assert readings[0].trouble_words == "there is no smartctl; install smartmontools."


def test_a_program_that_does_not_start_for_one_drive_leaves_that_one_unknown(stuck):
    def run(command: Command) -> Ran:
        if command.arguments[-1] == "/dev/sdxb":
            raise DeviceError("smartctl does not start: out of memory", hint="Run it by hand.")
        return Ran(status=0, output=json.dumps(made.ata_hdd()).encode())

    readings = read_devices(at("/dev/sdxa", "/dev/sdxb"), run=run, stuck=stuck)
    assert [reading.trouble for reading in readings] == [None, Trouble.UNREADABLE]


def test_a_bug_is_shown_and_not_taken_for_a_drive(stuck):
    def run(command: Command) -> Ran:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        read_devices(at("/dev/sdxa"), run=run, stuck=stuck)


def test_no_drives_are_no_readings(stuck):
    assert read_devices((), stuck=stuck) == ()


class Watched:
    """Runs nothing, answers after a while, and counts how many are asked at once on each link."""

    def __init__(self, silent: set[str], needs_s: float = 0.01) -> None:
        self.silent = silent
        self.needs_s = needs_s
        self.lock = Lock()
        self.running: list[str] = []
        self.most = 0
        self.asked: list[str] = []

    def __call__(self, command: Command) -> Ran:
        name = command.arguments[-1]
        if name == "--version":
            return Ran(status=0, output=b"smartctl 7.3 2022\n")
        with self.lock:
            self.running.append(name)
            self.asked.append(name)
            self.most = max(self.most, len(self.running))
        late = name in self.silent
        time.sleep(command.timeout_s if late else self.needs_s)
        with self.lock:
            self.running.remove(name)
        if late:
            return Ran(timed_out=True)
        return Ran(status=0, output=json.dumps(made.ata_hdd()).encode())


def multiplier(root: Path, *short: str) -> Path:
    """Lay out a /sys in which drives hang behind one port multiplier."""
    for n, name in enumerate(short):
        where = root / f"sys/devices/pci0/ata5/host4/target4:{n}:0/4:{n}:0:0/block/{name}"
        where.mkdir(parents=True)
        (root / "sys/class/block").mkdir(parents=True, exist_ok=True)
        (root / "sys/class/block" / name).symlink_to(where)
    return root


FIVE = tuple(f"sdx{letter}" for letter in "abcde")


def test_behind_a_port_multiplier_one_drive_is_read_at_a_time(tmp_path, stuck):
    run = Watched(set())
    devices = at(*(f"/dev/{name}" for name in FIVE))
    readings = read_devices(devices, timeout_s=20, run=run, stuck=stuck,
                            root=multiplier(tmp_path, *FIVE))  # fmt: skip
    assert run.most == 1
    assert [reading.trouble for reading in readings] == [None] * 5


def test_a_drive_that_hangs_behind_a_port_multiplier_leaves_the_others_their_time(tmp_path, stuck):
    run = Watched({"/dev/sdxa"})
    devices = at(*(f"/dev/{name}" for name in FIVE))
    started = time.monotonic()
    readings = read_devices(devices, timeout_s=2.2, run=run, stuck=stuck,
                            root=multiplier(tmp_path, *FIVE))  # fmt: skip
    assert time.monotonic() - started < 2.2 + SLACK_S
    assert run.most == 1
    assert [reading.trouble for reading in readings] == [Trouble.TIMED_OUT] + [None] * 4
    # Asked first for its share, and once more for all that was left.
    assert run.asked.count("/dev/sdxa") == 2


def test_when_all_behind_a_port_multiplier_hang_each_is_told_and_the_time_holds(tmp_path, stuck):
    devices = at(*(f"/dev/{name}" for name in FIVE))
    started = time.monotonic()
    readings = read_devices(devices, timeout_s=1.5, run=Watched({d.name for d in devices}),
                            stuck=stuck, root=multiplier(tmp_path, *FIVE))  # fmt: skip
    assert time.monotonic() - started < 1.5 + SLACK_S
    assert [reading.trouble for reading in readings] == [Trouble.TIMED_OUT] * 5
    assert "was not asked" in readings[4].trouble_words


def test_a_program_that_the_system_holds_does_not_hold_the_round(stuck):
    def run(command: Command) -> Ran:
        if command.arguments[-1] == "/dev/sdxb":
            time.sleep(3)
        return Ran(status=0, output=json.dumps(made.ata_hdd()).encode())

    started = time.monotonic()
    readings = read_devices(at("/dev/sdxa", "/dev/sdxb"), timeout_s=0.3, run=run, stuck=stuck)
    assert time.monotonic() - started < 0.3 + SLACK_S
    assert [reading.trouble for reading in readings] == [None, Trouble.TIMED_OUT]


def test_what_hangs_in_the_kernel_is_not_started_again_until_it_ends(stuck):
    started: list[str] = []
    with subprocess.Popen(["sleep", "3600"]) as hanging:

        def run(command: Command) -> Ran:
            if command.arguments[-1] == "--version":
                return Ran(status=0)
            started.append(command.arguments[-1])
            return Ran(timed_out=True, left=hanging.pid)

        (first,) = read_devices(at("/dev/sdxa"), timeout_s=5, run=run, stuck=stuck)
        (second,) = read_devices(at("/dev/sdxa"), timeout_s=5, run=run, stuck=stuck)
        hanging.kill()
    (third,) = read_devices(at("/dev/sdxa"), timeout_s=5, run=run, stuck=stuck)
    assert [first.trouble, second.trouble, third.trouble] == [
        Trouble.TIMED_OUT, Trouble.STUCK, Trouble.TIMED_OUT,
    ]  # fmt: skip
    assert f"process {hanging.pid}" in second.trouble_words
    assert len(started) == 2


def test_ctrl_c_ends_every_smartctl_at_once_and_leaves_nothing(tmp_path):
    drives = {name: DEAF if n % 2 else HANGS for n, name in enumerate(names(8))}
    found = install(tmp_path / "bin", drives)
    code = (
        "from podplanner.drives.smartctl.asking import read_devices\n"
        "from podplanner.drives.smartctl.scanning import scan\n"
        "read_devices(scan(), timeout_s=3000)\n"
    )
    environment = {**os.environ, "PATH": found.path(), "XDG_STATE_HOME": str(tmp_path / "state")}
    with subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stderr=subprocess.PIPE
    ) as running:
        ends = time.monotonic() + 20
        while len(found.calls("begin")) < 8 or len(found.children()) < 4:
            assert time.monotonic() < ends
            assert running.poll() is None
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        interrupted = time.monotonic()
        _, errors = running.communicate(timeout=20)
    assert time.monotonic() - interrupted < 5
    assert running.returncode != 0
    assert b"KeyboardInterrupt" in errors
    pids = [int(line.split()[-1]) for line in found.calls("begin")] + found.children()
    assert len(pids) == 12
    assert still_running(pids) == []


def test_records_of_what_hangs_lie_in_the_state_folder_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    StuckProcesses().note(Device("/dev/sdxa"), os.getpid())
    assert len(list((tmp_path / "podplanner/drives/stuck").iterdir())) == 1
