"""What only a process of its own can show of `plan`: pipes, signals, full disks, time."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from unit.cli.processes import run, shell, started
from unit.cli.running import bom, new_pod

GROUPS = "--layout raidz2:15x3"
LONG = ("plan", "durability", *GROUPS.split(), "--afr", "90%", "--rebuild", "20d",
        "--simulate", "100000000")  # fmt: skip
"""A simulation that takes far longer than any test waits."""


@pytest.fixture(autouse=True)
def _pod():
    assert bom("add", new_pod(), "ST4000NM0033x45", "--price", "120").status == 0


@pytest.mark.parametrize("words", ["plan --help", "plan check --help", "plan durability --help"])
def test_help_needs_none_of_the_slow_libraries(words):
    slow = {"openpyxl", "lxml", "jinja2", "ftfy", "tomlkit", "markdown_it"}
    script = (
        "import sys\nfrom podplanner.cli.app import main\n"
        f"sys.argv = ['podplanner', *{words.split()!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print(sorted({slow!r} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr.strip() == "[]"
    assert "Usage: podplanner plan" in done.stdout


@pytest.mark.parametrize(
    "words",
    [f"check pod.toml {GROUPS}", "power pod.toml --json", f"capacity {GROUPS} --drive-bytes 4TB"],
)
def test_a_full_disk_behind_standard_output_is_said_and_is_no_crash(words):
    done = shell(f"podplanner plan {words} > /dev/full")
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("error: ")
    assert done.returncode == 8


@pytest.mark.parametrize("words", [f"place pod.toml {GROUPS}", "bandwidth pod.toml --json"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-"])
def test_a_closed_stream_is_no_crash(words, closed):
    done = shell(f"podplanner plan {words} {closed}")
    assert "Traceback" not in done.stderr
    assert "AttributeError" not in done.stderr
    assert done.returncode == 0


def test_a_reader_that_has_seen_enough_is_no_error():
    done = shell(f"podplanner plan place pod.toml {GROUPS} | head -1; echo ${{PIPESTATUS[0]}}")
    assert done.stderr.count("Traceback") == 0
    assert done.stdout.splitlines()[-1] == "0"


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_an_interrupt_says_so_and_no_chart_is_written(flags):
    with started(*LONG, "--chart", "nines.svg", *flags) as process:
        time.sleep(2.0)  # it simulates by now
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in err
    if flags:
        assert set(json.loads(out)) == {"schema", "error"}
    else:
        assert b"interrupted" in err
    assert not Path("nines.svg").exists()
    assert not list(Path().glob(".nines.svg*"))


def test_a_file_on_a_full_disk_is_said_and_is_no_crash():
    Path("full.svg").symlink_to("/dev/full")
    done = run("plan", "power", "pod.toml", "--drawing", "full.svg", "--force", "--json")
    assert done.returncode == 8
    assert json.loads(done.stdout)["error"]["code"] == "output"


def test_a_list_may_come_from_standard_input():
    text = Path("pod.toml").read_text()
    done = run("plan", "place", "-", *GROUPS.split(), "--json", input=text)
    assert json.loads(done.stdout)["survives"]["any_backplane"] is True


def test_output_without_a_terminal_has_no_colours():
    done = run("plan", "check", "pod.toml")
    assert "\x1b" not in done.stdout + done.stderr
