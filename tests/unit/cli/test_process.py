"""What only a process of its own can show: pipes, signals, full disks, completion, time."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from unit.cli.processes import run, shell, started
from unit.cli.running import POD, bom, new_pod


def test_a_reader_that_has_seen_enough_is_no_error():
    many = "".join(f'[[line]]\ntitle = "{n}"\nquantity = 1\n\n' for n in range(3000))
    Path("many.toml").write_text(many)
    done = shell("podplanner bom list many.toml | head -1; echo ${PIPESTATUS[0]}")
    assert "Traceback" not in done.stderr
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "0"


@pytest.mark.parametrize("words", ["bom list", "bom check pod.toml --json", "plan capacity -h"])
def test_a_reader_that_never_looked_is_no_error_either(words):
    new_pod()
    # `true` is gone long before Python has started: the very first write fails.
    done = shell(f"podplanner {words} | true; echo ${{PIPESTATUS[0]}}")
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["0"]


@pytest.mark.parametrize(
    ("words", "status"),
    [("bom list", 8), ("bom check pod.toml --json", 8), ("bom nope --json", 8)],
)
def test_a_full_disk_behind_standard_output_is_said_and_is_no_crash(words, status):
    new_pod()
    done = shell(f"podplanner {words} > /dev/full")
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("error: ")
    assert done.returncode == status


@pytest.mark.parametrize("words", ["bom list", "bom check pod.toml", "bom check none"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-"])
def test_a_closed_stream_is_no_crash(words, closed):
    new_pod()
    done = shell(f"podplanner {words} {closed}")
    assert "Traceback" not in done.stderr
    assert "AttributeError" not in done.stderr


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_an_interrupt_says_so_and_nothing_is_half_written(flags):
    with started("bom", "import", "-", "-o", "x.toml", *flags) as process:
        time.sleep(1.0)  # it waits for standard input by now
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 130
    assert b"Traceback" not in err
    if flags:
        assert set(json.loads(out)) == {"schema", "error"}
    else:
        assert b"interrupted" in err
    assert not Path("x.toml").exists()


def test_a_kill_at_any_moment_leaves_the_old_list_or_the_new_one():
    pod = new_pod()
    before = pod.read_bytes()
    bom("set", pod, "tape", "quantity=0.5")
    after = pod.read_bytes()
    for delay in (0.15, 0.25, 0.3, 0.35, 0.4, 0.5):
        pod.write_bytes(before)
        with started("bom", "set", pod, "tape", "quantity=0.5") as process:
            time.sleep(delay)
            process.kill()
        assert pod.read_bytes() in (before, after)


def test_two_edits_at_once_are_both_kept_or_one_is_told_to_try_again():
    pod = new_pod()
    processes = [started("bom", "add", pod, "ST4000DM000", "--id", f"d{n}") for n in range(4)]
    told = []
    for n, process in enumerate(processes):
        _, err = process.communicate()
        assert process.returncode in (0, 7), err
        told += [f"d{n}"] if process.returncode == 0 else []
    lines = [line["id"] for line in bom("list", pod, "--json").json["lines"]]
    assert told
    assert sorted(lines[22:]) == sorted(told)


def test_a_list_may_come_from_standard_input_and_from_a_pipe():
    done = run("bom", "check", "-", "--json", input=POD.read_text())
    assert json.loads(done.stdout)["totals"]["stated"] == "1942.59"
    done = shell(f"podplanner bom check <(cat {POD}) --json")
    assert json.loads(done.stdout)["totals"]["stated"] == "1942.59"


def test_words_about_results_go_to_standard_error_and_results_to_standard_output():
    done = run("bom", "import", POD.with_suffix(".txt"))
    assert done.stdout.startswith("# Read from")
    assert "22 lines" in done.stderr
    assert "22 lines" not in done.stdout


def test_output_without_a_terminal_has_no_colours():
    done = run("bom", "check", POD)
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("setting", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}])
def test_a_terminal_that_knows_ascii_alone_is_no_crash(setting):
    done = run("bom", "check", POD, env={**os.environ, "PYTHONUTF8": "0", **setting})
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "at", "completed"),
    [
        ("podplanner bo", 1, ["bom"]),
        ("podplanner bom ch", 2, ["check"]),
        ("podplanner bom re", 2, ["remove", "report"]),
        ("podplanner bom new --from stor", 4, ["storage-pod-3.0", "storage-pod-4.5"]),
        ("podplanner bom add pod.toml ST24000NM000", 4, ["ST24000NM000C"]),
    ],
)
def test_the_shell_completes_nouns_verbs_pods_and_parts(words, at, completed):
    program = Path(sys.executable).with_name("podplanner")
    if not program.exists():
        program = Path(sys.prefix) / "bin" / "podplanner"
    setting = {"_PODPLANNER_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(at)}
    done = subprocess.run(
        [str(program)], env={**os.environ, **setting}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0
    assert done.stdout.split() == completed


def test_help_needs_none_of_the_slow_libraries():
    script = (
        "import sys\nfrom podplanner.cli.app import main\nsys.argv = ['podplanner', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(sorted({'pydantic', 'openpyxl', 'lxml', 'jinja2', 'ftfy', 'tomlkit'} & "
        "set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_an_interrupt_while_the_program_loads_has_no_traceback(tmp_path, flags):
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n")  # the moment, without a race
    done = run("bom", "list", *flags, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    if flags:
        assert json.loads(done.stdout)["error"]["code"] == "interrupted"
    else:
        assert done.stderr == "error: interrupted; nothing was begun\n"
