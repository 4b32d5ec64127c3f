"""Processes that race to create the same file: the proof of a create-only primitive."""

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from podplanner.errors import PodplannerError
from podplanner.store.backends.directory.backend import DirectoryBackend
from podplanner.store.backends.directory.creating import Primitive

_RACERS = 4
# Processes: enough that two are in the kernel at once, on two cores too.
_ROUNDS = 25
# A file system that only looks before it writes lets two win in some of these.
_AHEAD_S = 0.002
# From telling the racers to their start: about ten times what telling takes.
_PATIENCE_S = 60.0
# For a race; a file server that hangs for longer is not fit.
_PROGRAM = "from podplanner.store.backends.directory.racing import run_racer; run_racer()"


@dataclass(frozen=True, slots=True)
class Race:
    """What became of the rounds of one primitive."""

    primitive: Primitive
    rounds: int
    """How many were run; 0: it is not to be had here."""
    spoilt: int
    """Rounds that had not exactly one winner, or another's content under the key."""
    words: str
    """Why it is not to be had; else empty."""

    @property
    def holds(self) -> bool:
        """Whether every round had exactly one winner."""
        return self.rounds > 0 and not self.spoilt


def race(
    folder: Path,
    primitive: Primitive,
    *,
    racers: int = _RACERS,
    rounds: int = _ROUNDS,
    program: str = _PROGRAM,
) -> Race:
    """Let processes create the same keys below an empty folder at the same moments.

    Args:
        folder: Of the race's own; what is left in it is the caller's to remove.
        primitive: What to create by.
        racers: How many processes.
        rounds: How many keys.
        program: What each racer runs: `run_racer`, in a world of its own.
    """
    backend = DirectoryBackend(folder, primitive=primitive)
    try:
        if not backend.create("first.json", b"first") or backend.create("first.json", b"x"):
            return Race(primitive, 1, 1, "it made a file where there was one")
    except PodplannerError as error:
        return Race(primitive, 0, 0, error.message)
    command = [sys.executable, "-P", "-c", program, str(folder), primitive.value]
    # -P: nothing is imported from the working directory.
    running: list[subprocess.Popen[str]] = []
    patience = threading.Timer(_PATIENCE_S, _end, [running])
    patience.daemon = True
    patience.start()
    try:
        for _ in range(racers):
            running.append(
                subprocess.Popen(  # noqa: S603 - no shell, and no word from outside
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
                )
            )
        spoilt = sum(not _run_round(running, backend, number) for number in range(rounds))
    except (OSError, ValueError) as error:
        return Race(primitive, 0, 0, f"the race was broken off: {error}")
    finally:
        patience.cancel()
        _end(running)
        for racer in running:
            racer.communicate()
    return Race(primitive, rounds, spoilt, "")


def _end(running: list[subprocess.Popen[str]]) -> None:
    for racer in running:
        racer.kill()


def _run_round(
    running: list[subprocess.Popen[str]], backend: DirectoryBackend, number: int
) -> bool:
    """Return whether exactly one racer won, and its content is what is there."""
    for racer in running:
        _tell(racer, {"ready": number})
    for racer in running:
        _hear(racer)
    start = time.monotonic() + _AHEAD_S
    for racer in running:
        _tell(racer, {"key": f"race/{number:04}.json", "start": start})
    answers = [_hear(racer) for racer in running]
    winners = [own for own, answer in enumerate(answers) if answer == "won"]
    if len(winners) != 1:
        return False
    return backend.get(f"race/{number:04}.json") == str(running[winners[0]].pid).encode()


def _tell(racer: "subprocess.Popen[str]", message: dict[str, object]) -> None:
    if racer.stdin is None:
        raise ValueError("a racer has no ear")
    racer.stdin.write(json.dumps(message) + "\n")


def _hear(racer: "subprocess.Popen[str]") -> str:
    line = racer.stdout.readline() if racer.stdout is not None else ""
    if not line:
        raise ValueError("a racer has died")
    return line.strip()


def run_racer() -> None:
    """Be one racer: create what standard input says, when it says."""
    backend = DirectoryBackend(Path(sys.argv[1]), primitive=Primitive(sys.argv[2]))
    own = str(os.getpid()).encode()
    for line in sys.stdin:
        message = json.loads(line)
        answer = "ready"
        if "key" in message:
            while time.monotonic() < message["start"]:
                pass
            try:
                answer = "won" if backend.create(message["key"], own) else "lost"
            except PodplannerError:
                answer = "failed"
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()
