import os
import signal
import subprocess
import sys
import time
from threading import Event, Timer

import pytest
from support.drives.fake_smartctl import still_running

from podplanner.drives.smartctl.running import MOST_BYTES, Command, run_process
from podplanner.errors import DeviceError, SmartctlMissingError

LONG = 60.0


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Write a shell script of a name and put it on PATH."""

    def written(text: str) -> str:
        file = tmp_path / "talker"
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        return "talker"

    return written


def test_what_a_program_writes_and_how_it_exits_come_back(program):
    ran = run_process(Command((program("printf out; printf err >&2; exit 216"),), LONG))
    assert (ran.output, ran.errors, ran.status) == (b"out", b"err", 216)
    assert (ran.signal, ran.left, ran.timed_out, ran.cut) == (None, None, False, False)


def test_an_end_by_signal_is_no_exit_status(program):
    ran = run_process(Command((program("kill -9 $$"),), LONG))
    assert (ran.status, ran.signal) == (None, signal.SIGKILL)


def test_arguments_are_handed_over_as_they_are(program):
    ran = run_process(Command((program("printf '%s|' \"$@\""), "a b", "", "$(id)", "é"), LONG))
    assert ran.output.decode() == "a b||$(id)|é|"


def test_a_program_speaks_english_whatever_the_user_speaks(program, monkeypatch):
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    monkeypatch.setenv("LANGUAGE", "fr")
    ran = run_process(Command((program('printf \'%s,%s\' "$LC_ALL" "$LANGUAGE"'),), LONG))
    assert ran.output == b"C,"


def test_a_program_reads_nothing_from_the_terminal(program):
    assert run_process(Command((program("cat; echo end"),), LONG)).output == b"end\n"


def test_a_program_ends_when_its_reader_is_gone_although_python_would_not(program):
    assert signal.getsignal(signal.SIGPIPE) is signal.SIG_IGN
    ran = run_process(Command((program("grep SigIgn /proc/self/status"),), LONG))
    assert int(ran.output.split()[1], 16) & 1 << (signal.SIGPIPE - 1) == 0


def test_what_hangs_is_ended_at_the_time_out(program):
    started = time.monotonic()
    ran = run_process(Command((program("echo begun; exec sleep 3600"),), 0.2))
    assert ran.timed_out
    assert (ran.status, ran.signal, ran.left) == (None, None, None)
    assert ran.output == b"begun\n"
    assert time.monotonic() - started < 10


def test_what_hears_no_sigterm_is_killed_with_all_that_it_started(program):
    ran = run_process(Command((program("trap '' TERM; sleep 3600 & echo $! $$; sleep 3600"),), 0.3))
    assert ran.timed_out
    assert ran.left is None
    assert still_running(int(pid) for pid in ran.output.split()) == []


def test_a_child_that_holds_the_output_does_not_hold_us(program):
    started = time.monotonic()
    ran = run_process(Command((program("sleep 3600 & echo $!"),), LONG))
    assert ran.status == 0
    assert time.monotonic() - started < 10
    assert still_running([int(ran.output)]) == []


def test_endless_output_is_cut_and_its_writer_ended(program):
    ran = run_process(Command((program("echo $$; exec cat /dev/zero"),), LONG))
    assert ran.cut
    assert not ran.timed_out
    assert len(ran.output) == MOST_BYTES
    assert still_running([int(ran.output.split(b"\n")[0])]) == []


def test_another_thread_can_stop_it(program):
    stop = Event()
    Timer(0.1, stop.set).start()
    ran = run_process(Command((program("exec sleep 3600"),), LONG, stop))
    assert (ran.status, ran.left) == (None, None)


def test_what_cannot_be_ended_is_left_behind_by_its_number(program):
    ran = run_process(Command((program("exec sleep 3600"),), 0.1), end=lambda pid: False)
    assert ran.timed_out
    assert ran.left is not None
    assert still_running([ran.left], 0.05) == [ran.left]
    os.kill(ran.left, signal.SIGKILL)
    os.waitpid(ran.left, 0)


def test_a_program_that_is_not_there_is_named_with_how_to_get_it():
    with pytest.raises(SmartctlMissingError, match="no smart-nothing on this machine") as caught:
        run_process(Command(("smart-nothing",), LONG))
    assert "smartmontools" in caught.value.hint


def test_a_program_in_the_system_folders_is_found_without_a_path(monkeypatch):
    monkeypatch.delenv("PATH")
    assert run_process(Command(("sh", "-c", "exit 4"), LONG)).status == 4


def test_a_program_that_does_not_start_is_an_error_that_says_so(tmp_path, monkeypatch):
    (tmp_path / "broken").write_bytes(b"\x7fELF nonsense")
    (tmp_path / "broken").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeviceError, match="broken does not start"):
        run_process(Command(("broken",), LONG))


def test_a_process_that_is_left_behind_does_not_keep_us_from_exiting(tmp_path):
    code = (
        "from podplanner.drives.smartctl.running import Command, run_process\n"
        "ran = run_process(Command(('sleep', '3600'), 0.1), end=lambda pid: False)\n"
        "print(ran.left)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=30, check=True)
    assert done.stderr == b""
    assert still_running([int(done.stdout)], 0.05)
    os.kill(int(done.stdout), signal.SIGKILL)
