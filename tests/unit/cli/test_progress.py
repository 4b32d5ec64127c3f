"""Progress: what is said of long work, when, and in which of its forms."""

import fcntl
import io
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time

import pytest

from podplanner.cli import painters
from podplanner.cli.meter import Meter, Standing
from podplanner.cli.painters import sentence
from podplanner.cli.progress import InterruptedWorkError, Teller, telling


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def meter(clock, files=None, size=None):
    return Meter("storing", files, size, clock)


def standing(**values):
    base = {"what": "pushing", "files": 12, "of_files": 40, "size": 450_000_000,
            "of_size": 1_000_000_000, "moved": 0, "elapsed_s": 3.0, "rate": 150e6,
            "left_s": 3.7, "silent_s": 0.0}  # fmt: skip
    return Standing(**{**base, **values})


# --- What is reckoned ---


def test_rate_and_time_left_are_those_of_the_last_seconds():
    clock = Clock()
    sums = meter(clock, size=1_000_000)
    sums.add(0, 500_000, 0)  # found at once: says nothing of the rest
    for _ in range(200):
        clock.now += 0.1
        sums.add(0, 1_000, 0)
        last = sums.standing()
    assert last.size == 700_000
    assert last.rate == pytest.approx(10_000, rel=0.02)
    assert last.left_s == pytest.approx(30, rel=0.05)


def test_nothing_is_guessed_in_the_first_second_nor_of_an_unknown_end():
    clock = Clock()
    sums = meter(clock, size=1_000)
    clock.now += 0.5
    sums.add(0, 10, 0)
    assert (sums.standing().rate, sums.standing().left_s) == (None, None)
    unknown = meter(clock)
    clock.now += 2
    unknown.add(1, 100, 0)
    assert unknown.standing().rate == pytest.approx(50)
    assert unknown.standing().left_s is None
    assert unknown.standing().share is None


def test_files_tell_the_time_left_where_bytes_are_not_counted():
    clock = Clock()
    sums = meter(clock, files=100)
    for _ in range(20):
        clock.now += 0.1
        sums.add(1, 0, 0)
        last = sums.standing()
    assert last.left_s == pytest.approx(8, rel=0.1)
    assert last.share == pytest.approx(0.2)


def test_work_that_stands_still_says_so_and_promises_nothing():
    clock = Clock()
    sums = meter(clock, size=1_000_000)
    for _ in range(20):
        clock.now += 0.1
        sums.add(0, 10_000, 0)
        sums.standing()
    for _ in range(100):
        clock.now += 0.1
        last = sums.standing()
    assert last.silent_s == pytest.approx(10, abs=0.2)
    assert last.left_s is None
    assert "nothing for 10 s" in sentence(last, 100)


def test_more_than_was_announced_is_never_more_than_all():
    clock = Clock()
    sums = meter(clock, size=100)
    clock.now += 2
    sums.add(0, 200, 0)
    assert sums.standing().share == 1.0
    assert sums.standing().left_s == 0


def test_sums_of_many_threads_are_exact():
    sums = meter(time.monotonic, size=80_000)
    threads = [threading.Thread(target=lambda: [sums.add(1, 2, 3) for _ in range(5_000)])
               for _ in range(8)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = sums.standing()
    assert (last.files, last.size, last.moved) == (40_000, 80_000, 120_000)


# --- What is said ---


def test_the_sentence_has_files_bytes_speed_and_time_left():
    assert sentence(standing(moved=12_000_000), 200) == (
        "pushing   45 %  450 MB of 1.00 GB  150 MB/s  4 s left  12 of 40 files  12.0 MB moved"
    )


def test_objects_and_versions_are_not_called_files():
    assert "12 of 40 done" in sentence(standing(what="copying"), 200)
    assert "12 done" in sentence(standing(what="checking objects", of_files=None), 200)


def test_what_moved_is_said_where_it_is_not_all():
    assert "moved" not in sentence(standing(moved=450_000_000), 200)
    assert "0 B moved" not in sentence(standing(moved=0), 200)
    assert "442 MB moved" not in sentence(standing(moved=442_000_000), 200)
    assert "440 MB moved" in sentence(standing(moved=440_000_000), 200)


@pytest.mark.parametrize("room", range(10, 110, 7))
def test_the_sentence_fits_and_keeps_what_matters_most(room):
    said = sentence(standing(moved=12_000_000), room)
    assert len(said) <= room
    assert said.startswith("pushing")
    if room >= 16:
        assert "45 %" in said


def test_all_is_said_of_what_is_done_and_of_nothing_else():
    assert " 99 %" in sentence(standing(size=999_999_999), 100)
    assert "100 %" in sentence(standing(size=1_000_000_000), 100)


def test_a_phase_cannot_steer_the_terminal():
    assert "\x1b" not in sentence(standing(what="a\x1b[2J\nb"), 100)


# --- The forms ---


def told(monkeypatch, how, work, tty=False, first=0.0):
    stream = io.StringIO()
    stream.isatty = lambda: tty
    monkeypatch.setattr(sys, "stderr", stream)
    for painter in (painters.Line, painters.Lines):
        monkeypatch.setattr(painter, "first_s", first)
    with telling(how, "Do it again.") as teller:
        work(teller)
    return stream.getvalue()


def some(teller):
    teller.begin("reading", files=2, size=None)
    teller.advance(files=2)
    teller.begin("storing", files=None, size=100)
    teller.advance(size=60, moved=10)
    teller.warn("look out\x1b[2J")
    time.sleep(0.25)
    teller.advance(size=40)


def test_json_lines_tell_each_phase_from_beginning_to_end(monkeypatch):
    lines = [json.loads(line) for line in told(monkeypatch, "json", some).splitlines()]
    assert {line["schema"] for line in lines} == {"podplanner/progress/1"}
    phases = [(line["phase"], line["done"]) for line in lines if "phase" in line]
    assert phases == [
        ("reading", False), ("reading", True), ("storing", False), ("storing", True),
    ]  # fmt: skip
    assert [line["warning"] for line in lines if "warning" in line] == ["look out\x1b[2J"]
    last = lines[-1]
    assert set(last) == {
        "schema", "phase", "done", "files", "of_files", "bytes", "of_bytes", "moved_bytes",
        "elapsed_s", "bytes_per_s", "left_s",
    }  # fmt: skip
    assert (last["bytes"], last["of_bytes"], last["moved_bytes"]) == (100, 100, 10)


def test_a_terminal_gets_one_line_that_is_wiped_at_the_end(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    text = told(monkeypatch, "auto", some, tty=True)
    assert "storing   60 %" in text
    assert text.endswith("\r\x1b[K")
    assert text.count("\n") == 1  # the warning's
    assert "warning: look out [2J\n" in text


def test_a_short_work_draws_nothing(monkeypatch):
    for tty in (True, False):
        text = told(monkeypatch, "auto", lambda teller: teller.begin("x", files=1, size=1),
                    tty=tty, first=0.3)  # fmt: skip
        assert text == ""


def test_a_dumb_terminal_and_a_pipe_get_whole_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    for tty in (True, False):
        text = told(monkeypatch, "auto", lambda teller: (some(teller), time.sleep(0.4)), tty=tty)
        assert "\r" not in text
        assert re.search(r"^storing +\d+ %", text, re.MULTILINE)


def test_none_says_nothing_but_warnings(monkeypatch):
    assert told(monkeypatch, "none", some) == "warning: look out [2J\n"


def test_a_stream_that_is_gone_does_not_stop_the_work(monkeypatch):
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Gone())
    with telling("json", "") as teller:
        teller.begin("storing", files=1, size=1)
        teller.advance(size=1)
        teller.warn("nobody hears this")


def test_an_interrupt_says_how_to_go_on_and_ends_the_thread(monkeypatch):
    def work(teller):
        teller.begin("storing", files=1, size=1)
        raise KeyboardInterrupt

    with pytest.raises(InterruptedWorkError) as stopped:
        told(monkeypatch, "json", work)
    assert stopped.value.hint == "Do it again."
    assert (stopped.value.exit_code, stopped.value.code) == (130, "interrupted")
    assert not [thread for thread in threading.enumerate() if thread.name == "progress"]


def test_advancing_costs_next_to_nothing():
    teller = Teller(painters.JsonLines(io.StringIO()))
    teller.begin("storing", files=None, size=10**9)
    begun = time.process_time()
    for _ in range(100_000):
        teller.advance(size=1)
    spent = time.process_time() - begun
    teller.close()
    # A piece takes milliseconds; its word of progress may not take a tenth of one.
    assert spent < 100_000 * 50e-6


# --- A real terminal ---

SCRIPT = """
import time
from podplanner.cli.progress import telling
with telling("auto", "again"):
    pass
with telling("auto", "again") as told:
    told.begin("storing", files=None, size=1000)
    for _ in range(14):
        told.advance(size=50)
        time.sleep(0.05)
print("done")
"""


def test_a_real_terminal_sees_the_line_and_then_only_the_result():
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    env = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=slave, stderr=slave, env=env):
        os.close(slave)
        seen = b""
        try:
            while chunk := os.read(master, 4096):
                seen += chunk
        except OSError:
            pass  # so Linux says that the last process has closed the terminal
    os.close(master)
    assert b"\rstoring" in seen
    assert seen.endswith(b"\r\x1b[Kdone\r\n")
    assert all(len(line) < 60 for line in re.split(rb"\r|\x1b\[K|\n", seen))
    assert 2 <= seen.count(b"\rstoring") <= 8


def test_ctrl_c_in_a_process_wipes_the_line_and_exits_130():
    script = (
        "import sys\nfrom podplanner.cli import app, progress\n"
        "def run(**_):\n"
        "    import time\n"
        "    with progress.telling('lines', progress.GO_ON) as told:\n"
        "        told.begin('storing', files=None, size=None)\n"
        "        print('ready', flush=True)\n"
        "        time.sleep(30)\n"
        "app.app = run\nsys.argv = ['podplanner']\napp.main()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.splitlines() == [
        "error: interrupted; nothing is half-written",
        "       Run the same command again: it goes on where it stopped.",
    ]
