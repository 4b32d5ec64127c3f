"""The lights by which a drive is found: its own, by reading from it, and the enclosure's."""

import contextlib
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from podplanner.drives.bays.places import Slot

_COMMAND = (sys.executable, "-m", "podplanner.drives.bays.blinking")
_START_S = 10.0
# A drive that sleeps spins up when it is opened only on some systems, and then within seconds.
_STOP_S = 2.0
# A read that takes longer hangs in the kernel; the process goes when the kernel lets it.


@dataclass(frozen=True, slots=True)
class Shining:
    """What shows a drive now.

    Attributes:
        blinks: Its own light blinks.
        located: The enclosure's light is on.
        trouble: Why one of them does not, a sentence each.
    """

    blinks: bool
    located: bool
    trouble: tuple[str, ...] = ()


Shine = Callable[[str, Slot | None], contextlib.AbstractContextManager[Shining]]
"""(device to read, slot) -> what shows it, for as long as the context lasts."""


@contextlib.contextmanager
def shining(
    device: str, slot: Slot | None, *, command: Sequence[str] = _COMMAND
) -> Iterator[Shining]:
    """Show a drive by every light there is, and put all of them out in the end.

    Args:
        device: Device to read.
        slot: Its slot; None: there is no enclosure that knows it.
        command: What blinks, started with the device as its last word.
    """
    with located(slot) as (on, why), _blinking(device, command) as (blinks, why_not):
        yield Shining(blinks, on, tuple(words for words in (why_not, why) if words))


@contextlib.contextmanager
def located(slot: Slot | None) -> Iterator[tuple[bool, str]]:
    """Turn the locating light of a slot on, and off again; one that was on already stays on."""
    file = None if slot is None else slot.locate
    if file is None:
        yield False, ""
        return
    try:
        if file.read_text().strip() not in ("", "0"):
            yield True, ""
            return
        _switch(file, on=True)
    except OSError as error:
        yield False, f"The enclosure's light cannot be turned on: {error.strerror or error}."
        return
    try:
        yield True, ""
    finally:
        with contextlib.suppress(OSError):  # pulled with its enclosure
            _switch(file, on=False)


def _switch(file: Path, *, on: bool) -> None:
    file.write_text("1" if on else "0")


@contextlib.contextmanager
def _blinking(device: str, command: Sequence[str]) -> Iterator[tuple[bool, str]]:
    """Let a process of its own read from a device, on and off."""
    process = subprocess.Popen(  # noqa: S603  our own module
        [*command, device],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us to answer
    )  # fmt: skip
    try:
        said = _first_line(process)
        if said == "reading":
            yield True, ""
        else:
            yield False, f"{said or f'{device} does not answer'}."
    finally:
        _ended(process)


def _first_line(process: "subprocess.Popen[bytes]") -> str:
    if process.stdout is None or not select.select([process.stdout], [], [], _START_S)[0]:
        return ""
    return os.read(process.stdout.fileno(), 4096).decode("utf-8", "replace").strip()


def _ended(process: "subprocess.Popen[bytes]") -> None:
    """End the reading; a process that hangs in the kernel is left to it."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.returncode = -1  # abandoned: nobody waits for it, and nothing complains
