"""Several processes and a power cut: every round that was told stays, none is half there."""

import os
import signal
import subprocess
import sys
import time

from support.drives.rounds import Clock, key

from podplanner.drives.history.opening import open_history

WRITER = """
import sys
from datetime import timedelta
from pathlib import Path
from support.drives.rounds import START, Clock, Seen, round_of
from podplanner.drives.history.opening import open_history
from podplanner.drives.signals import Signal
path, name, rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for number in range(rounds):
    clock = Clock(START + timedelta(minutes=number))
    with open_history(path, clock=clock) as history:
        drives = [Seen(f"{name}{drive}", {Signal.PENDING: number}) for drive in range(5)]
        history.remember(round_of(clock.now, *drives))
    print(number, flush=True)
"""


def writer(path, name, rounds):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(rounds)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip


def test_two_processes_that_write_at_once_lose_nothing(tmp_path):
    path = tmp_path / "drives.db"
    writers = [writer(path, name, 15) for name in ("A", "B")]
    for process in writers:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    with open_history(path, clock=Clock()) as history:
        assert history.trouble == ()
        assert {drive.serial for drive in history.known()} == {
            f"{name}{drive}" for name in "AB" for drive in range(5)
        }
        for drive in history.known():
            assert len(history.readings(drive.key)) == 15


def test_two_processes_that_meet_a_broken_database_lose_nothing(tmp_path):
    path = tmp_path / "drives.db"
    writer(path, "C", 3).communicate(timeout=60)
    path.write_bytes(os.urandom(10_000))
    writers = [writer(path, name, 5) for name in ("A", "B")]
    for process in writers:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    with open_history(path, clock=Clock()) as history:
        found = {drive.serial: len(history.readings(drive.key)) for drive in history.known()}
    assert found == {
        f"{name}{drive}": count for name, count in (("A", 5), ("B", 5), ("C", 3))
        for drive in range(5)
    }  # fmt: skip


def test_a_process_that_is_killed_leaves_whole_rounds(tmp_path):
    path = tmp_path / "drives.db"
    told = -1
    for pause in (0.0, 0.01, 0.05):
        process = writer(path, "A", 1000)
        for _ in range(3):
            process.stdout.readline()
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate()
        told = max(told, 2, *(int(line) for line in rest.split() if line.isdigit()))
        with open_history(path, clock=Clock()) as history:
            assert history.trouble == ()
            counts = [len(history.readings(key(f"A{drive}"))) for drive in range(5)]
        assert len(set(counts)) == 1
        assert counts[0] >= told + 1
