"""What only a process of its own can show of pushes and pulls: Ctrl-C, pipes, terminals."""

import json
import os
import pty
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.stores import safetensors
from unit.cli.model_folders import STORE, model, model_folder, new_store, pushed
from unit.cli.processes import shell

SLOW = """
import sys, time
from podplanner.cli.app import main
from podplanner.store.backends.directory import DirectoryBackend
for name in ("put", "read_into"):
    def slow(self, *words, inner=getattr(DirectoryBackend, name)):
        time.sleep(0.1)
        return inner(self, *words)
    setattr(DirectoryBackend, name, slow)
sys.argv = ["podplanner", *sys.argv[1:]]
main()
"""
"""The command line on a disk that takes a tenth of a second for every object."""


@pytest.fixture(autouse=True)
def _store():
    new_store()


def many_objects() -> Path:
    """Make a folder with 40 tensors, each of which is an object of its own."""
    folder = Path("big")
    folder.mkdir()
    tensors = {
        f"layer.{number:02d}": ("BF16", (512, 1024), random.Random(number).randbytes(2**20))
        for number in range(40)
    }
    (folder / "model.safetensors").write_bytes(safetensors(tensors))
    return folder


def started_slow(*words: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", SLOW, "model", *map(str, words), "--store", str(STORE)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def interrupted(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """Press Ctrl-C once some bytes have moved; return what is printed."""
    with process:
        for line in process.stderr:
            if json.loads(line).get("bytes", 0) > 4_000_000:
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    return out, err


def test_ctrl_c_makes_no_version_and_the_same_push_goes_on():
    folder = many_objects()
    words = ("push", folder, "big", "--progress", "json", "--json")
    out, err = interrupted(started_slow(*words))
    assert json.loads(out)["error"]["code"] == "interrupted"
    assert "goes on where it stopped" in json.loads(out)["error"]["hint"]
    assert "Traceback" not in err
    assert model("list", "--json").json["models"] == []
    done = model(*words).json
    assert done["created"]
    assert 0 < done["new_bytes"] < done["total_bytes"] - 1_000_000
    assert model("verify", "big").status == 0


def test_ctrl_c_leaves_no_half_file_and_the_same_pull_goes_on():
    folder = many_objects()
    model("push", folder, "big")
    words = ("pull", "big", "out", "--progress", "json", "--json")
    out, err = interrupted(started_slow(*words))
    assert json.loads(out)["error"]["code"] == "interrupted"
    assert "Traceback" not in err
    assert not Path("out").exists()
    done = model(*words).json
    assert 0 < done["fetched_bytes"] < done["bytes"] - 1_000_000
    copy = Path("out/model.safetensors").read_bytes()
    assert copy == (folder / "model.safetensors").read_bytes()


def test_json_lines_are_all_that_standard_error_holds():
    process = started_slow("push", model_folder(), "cat", "--progress", "json", "--json")
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    lines = [json.loads(line) for line in err.splitlines()]
    assert {line["schema"] for line in lines} == {"podplanner/progress/1"}
    assert lines[-1]["done"]
    total = sum(
        (model_folder() / name).stat().st_size for name in ("config.json", "model.safetensors")
    )
    assert total in {line["bytes"] for line in lines}
    assert json.loads(out)["total_bytes"] == total


def test_a_short_push_prints_no_progress_on_a_pipe():
    model_folder()
    done = shell(f"podplanner model push cat cat --store {STORE}")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1


def test_a_reader_that_has_seen_enough_of_a_file_is_no_error():
    pushed()
    done = shell(
        f"podplanner model cat team/cat model.safetensors --store {STORE} | head -c 10 | wc -c; "
        "echo ${PIPESTATUS[0]}"
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["10", "0"]


def test_what_is_no_text_is_not_written_to_a_terminal():
    pushed()
    for path, expected in (("config.json", 0), ("model.safetensors", 7)):
        command = [sys.executable, "-m", "podplanner", "model", "cat", "team/cat", path]
        master, slave = pty.openpty()
        done = subprocess.run(
            [*command, "--store", str(STORE)], stdout=slave, stderr=subprocess.PIPE, text=True,
            timeout=30, check=False,
        )  # fmt: skip
        os.close(slave)
        assert done.returncode == expected, done.stderr
        if expected:
            assert "could steer the terminal" in done.stderr
        else:
            assert os.read(master, 100) == b'{"layers": 3}\r\n'
        os.close(master)
