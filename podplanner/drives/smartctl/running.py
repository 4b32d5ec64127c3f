"""One smartctl: started, waited for, and ended when it takes too long.

A process that waits for a drive in the kernel does not end even when it is killed. It is left
behind then, by its number, so nothing here waits without an end: what it writes goes to memory
and not through a pipe, and no one joins it.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Event
from time import monotonic, sleep

from podplanner.drives.smartctl.ending import (
    FIRST_LOOK_S,
    SLOWEST_LOOK_S,
    end_group,
    ended,
    reap,
    signal_group,
)
from podplanner.errors import DeviceError, SmartctlMissingError

SMARTCTL = "smartctl"
MOST_BYTES = 16_000_000
"""Of output: the longest recordings known (every log of a drive) stay below one megabyte."""
_SYSTEM_FOLDERS = ("/usr/sbin", "/sbin", "/usr/local/sbin")
# Where packages put smartctl; a user other than root often has none of them on PATH.


@dataclass(frozen=True, slots=True)
class Command:
    """What to run.

    Attributes:
        arguments: `smartctl`, and what it is told.
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
        cut: It wrote more than is read, and was ended; `output` is the beginning.
    """

    status: int | None = None
    signal: int | None = None
    output: bytes = b""
    errors: bytes = b""
    timed_out: bool = False
    left: int | None = None
    cut: bool = False


Run = Callable[[Command], Ran]
"""Runs a command; tests give a function.

Raises:
    SmartctlMissingError: There is no such program.
    DeviceError: The system does not start it.
"""


def run_process(command: Command, end: Callable[[int], bool] = end_group) -> Ran:
    """Run a command in a process group of its own, and leave nothing of it behind.

    Args:
        command: What to run; its program is looked for on PATH and where packages put smartctl.
        end: Ends a group and says whether that worked.

    Raises:
        SmartctlMissingError: There is no such program.
        DeviceError: The system does not start it.
    """
    until = monotonic() + command.timeout_s
    with _buffer() as output, _buffer() as errors:
        pid = _start(command.arguments, output, errors)
        try:
            late = not _wait(pid, until, command.stop, output)
        except BaseException:
            # Ctrl-C: the process is not of the terminal's group and has not heard of it.
            end(pid)
            reap(pid)
            raise
        cut = os.fstat(output).st_size > MOST_BYTES
        if late and not end(pid):
            return Ran(timed_out=not cut, left=pid, cut=cut,
                       output=_read(output), errors=_read(errors))  # fmt: skip
        signal_group(pid, signal.SIGKILL)
        # What it started and did not wait for; its number is still ours until it is reaped.
        code = reap(pid)
        return Ran(
            status=code if not late and code is not None and code >= 0 else None,
            signal=-code if not late and code is not None and code < 0 else None,
            output=_read(output),
            errors=_read(errors),
            timed_out=late and not cut,
            cut=cut,
        )


@contextmanager
def _buffer() -> Iterator[int]:
    """Give the descriptor of a file that has no name; in memory, for a disk may be what fails."""
    with ExitStack() as kept:
        if hasattr(os, "memfd_create"):
            descriptor = os.memfd_create("smartctl", os.MFD_CLOEXEC)
            kept.callback(os.close, descriptor)
        else:
            descriptor = kept.enter_context(tempfile.TemporaryFile()).fileno()
        yield descriptor


def _read(descriptor: int) -> bytes:
    return os.pread(descriptor, MOST_BYTES, 0)


def _start(arguments: tuple[str, ...], output: int, errors: int) -> int:
    environment = _environment(os.environ)
    program = shutil.which(arguments[0], path=environment["PATH"])
    if program is None:
        raise SmartctlMissingError(
            f"there is no {arguments[0]} on this machine",
            hint="Install smartmontools 7.0 or newer (`apt install smartmontools`, `dnf install "
            "smartmontools`).",
        )
    try:
        return os.posix_spawn(
            program,
            arguments,
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, output, 1),
                (os.POSIX_SPAWN_DUP2, errors, 2),
            ],
            setpgroup=0,
            setsigmask=(),
            # Python ignores it, and a program would inherit that.
            setsigdef=(signal.SIGPIPE,),
        )
    except OSError as error:
        raise DeviceError(
            f"{program} does not start: {error.strerror}",
            hint="Run it by hand to see why.",
        ) from error


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    """Return what the program is to know: words in English, whatever the user's language."""
    kept = {name: value for name, value in own.items() if name not in ("LANGUAGE", "LC_ALL")}
    path = [kept.get("PATH", os.defpath), *_SYSTEM_FOLDERS]
    return {**kept, "LC_ALL": "C", "LANG": "C", "PATH": os.pathsep.join(path)}


def _wait(pid: int, until: float, stop: Event | None, output: int) -> bool:
    """Return whether the process ended by itself, in time, unstopped and with few words."""
    pause = FIRST_LOOK_S
    while not ended(pid):
        left = until - monotonic()
        stopped = stop is not None and stop.is_set()
        if left <= 0 or stopped or os.fstat(output).st_size > MOST_BYTES:
            return False
        if stop is None:
            sleep(min(pause, left))
        else:
            stop.wait(min(pause, left))
        pause = min(pause * 2, SLOWEST_LOOK_S)
    return True
