"""Run the command line in a process of its own."""

import subprocess
import sys

COMMAND = [sys.executable, "-m", "podplanner"]


def run(*words: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, words)], capture_output=True, text=True, timeout=60, **options
    )


def started(*words: object) -> "subprocess.Popen[bytes]":
    pipe = subprocess.PIPE
    return subprocess.Popen([*COMMAND, *map(str, words)], stdin=pipe, stdout=pipe, stderr=pipe)


def shell(script: str) -> subprocess.CompletedProcess[str]:
    python = f"{sys.executable} -m podplanner"
    return subprocess.run(
        ["bash", "-c", script.replace("podplanner", python)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
