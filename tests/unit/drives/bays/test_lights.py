"""Lights go on for a drive, and off again whatever happens; nothing is ever written to it."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.drives.fake_system import System

from podplanner.drives.bays.lights import located, shining
from podplanner.drives.bays.seeing import read_places

BLINK = [sys.executable, "-m", "podplanner.drives.bays.blinking"]


def read_so_far(process) -> int:
    io = Path(f"/proc/{process.pid}/io").read_text()
    return int(next(line.split()[1] for line in io.splitlines() if line.startswith("rchar")))


@pytest.fixture
def drive(tmp_path):
    file = tmp_path / "sda"
    file.write_bytes(os.urandom(1 << 20))
    return file


def started(device):
    return subprocess.Popen([*BLINK, str(device)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_it_reads_until_its_input_ends_and_writes_nothing(drive):
    before = hashlib.sha256(drive.read_bytes()).digest(), drive.stat().st_mtime_ns
    drive.chmod(0o400)
    with started(drive) as process:
        assert process.stdout.readline() == b"reading\n"
        begin, deadline = read_so_far(process), time.monotonic() + 5
        while read_so_far(process) < begin + (1 << 18) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert read_so_far(process) >= begin + (1 << 18)
        process.stdin.close()
        assert process.wait(5) == 0
    assert (hashlib.sha256(drive.read_bytes()).digest(), drive.stat().st_mtime_ns) == before


@pytest.mark.parametrize("size", [4096, 5000, 64 * 1024 + 1])
def test_small_devices_are_read_too(tmp_path, size):
    file = tmp_path / "sda"
    file.write_bytes(bytes(size))
    with started(file) as process:
        assert process.stdout.readline() == b"reading\n"
        process.stdin.close()
        assert process.wait(5) == 0


@pytest.mark.parametrize(("name", "words"), [("none", b"cannot be opened"), ("empty", b"nothing")])
def test_a_device_that_cannot_be_read_says_why(tmp_path, name, words):
    (tmp_path / "empty").touch()
    with started(tmp_path / name) as process:
        assert words in process.stdout.readline()
        assert process.wait(5) == 1


def test_it_ends_with_the_process_that_started_it(drive):
    """Nobody is left reading when the one who asks is killed."""
    script = (
        "import subprocess, sys\n"
        f"p = subprocess.Popen({[*BLINK, str(drive)]!r}, stdin=subprocess.PIPE, "
        "stdout=subprocess.PIPE)\n"
        "p.stdout.readline(); print(p.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 6
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.fixture
def slot(tmp_path):
    system = System(tmp_path / "machine")
    system.drive("sda", "Z301")
    light = system.slot("0:0:1:0", "Slot 01", "sda")
    (found,) = read_places(system.root).slots
    return found, light


def test_every_light_is_on_while_one_looks_and_off_afterwards(slot, drive):
    found, light = slot
    with shining(str(drive), found) as shown:
        assert (shown.blinks, shown.located, shown.trouble) == (True, True, ())
        assert light.read_text() == "1"
    assert light.read_text() == "0"


def test_lights_go_out_when_one_is_interrupted(slot, drive):
    found, light = slot
    with pytest.raises(KeyboardInterrupt), shining(str(drive), found):
        raise KeyboardInterrupt
    assert light.read_text() == "0"


def test_a_light_that_somebody_else_turned_on_stays_on(slot):
    found, light = slot
    light.write_text("1\n")
    with located(found) as (on, _):
        assert on
    assert light.read_text() == "1\n"


def test_a_light_that_cannot_be_switched_is_trouble_and_no_end(slot, drive):
    found, light = slot
    light.unlink()
    with shining(str(drive), found) as shown:
        assert shown.blinks
        assert not shown.located
        assert "cannot be turned on" in shown.trouble[0]


def test_a_drive_that_cannot_be_read_is_trouble_and_no_end(tmp_path):
    with shining(str(tmp_path / "none"), None) as shown:
        assert not shown.blinks
        assert "cannot be opened" in shown.trouble[0]


def test_a_reader_that_does_not_end_is_left_behind(drive):
    hangs = (sys.executable, "-c", "import signal, time\n"
             "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('reading', flush=True)\n"
             "time.sleep(60)")  # fmt: skip
    begin = time.monotonic()
    with ExitStack() as stack:
        shown = stack.enter_context(shining(str(drive), None, command=hangs))
        assert shown.blinks
    assert time.monotonic() - begin < 30
