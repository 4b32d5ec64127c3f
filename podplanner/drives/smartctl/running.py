"""One smartctl: started, waited for, ended."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event


@dataclass(frozen=True, slots=True)
class Command:
    """What to run.

    Attributes:
        arguments: The program, by its path, and what it is told.
        timeout_s: After which it is ended.
        stop: Set by another thread: end it now.
    """

    arguments: tuple[str, ...]
    timeout_s: float
    stop: Event | None = None


@dataclass(frozen=True, slots=True)
class Ran:
    """How it went.

    Attributes:
        status: Exit status; None: it did not exit by itself.
        signal: That ended it, when we did not send it; None: none did.
        output: stdout.
        errors: stderr.
        timed_out: It was ended after the time-out.
        left: Process that did not even end when killed, and was left behind; None: it ended.
        cut: It wrote more than is read; `output` is the beginning.
    """

    status: int | None = None
    signal: int | None = None
    output: bytes = b""
    errors: bytes = b""
    timed_out: bool = False
    left: int | None = None
    cut: bool = False


Run = Callable[[Command], Ran]
"""Runs a command; tests give a function."""


def run_process(command: Command) -> Ran:
    """Run a command in a process of its own."""
    raise NotImplementedError
