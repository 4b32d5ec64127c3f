"""Begin and stop a self-test through smartctl.

Only tests that the drive runs beside its work: captive ones and `-t offline` take it away from its
array, and are never asked for (smartctl(8), -t and -C).
"""

import json
import re
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from podplanner.drives.reading import ExitStatus, Protocol
from podplanner.drives.smartctl.answering import ASLEEP
from podplanner.drives.smartctl.device import Device
from podplanner.drives.smartctl.running import SMARTCTL, Command, Ran, Run, run_process
from podplanner.drives.smartctl.stuck import StuckProcesses
from podplanner.drives.smartctl.version import version_in
from podplanner.drives.testing.log import Kind

_NVME_FROM = (7, 4)
# smartctl begins tests of NVMe drives from this version on (smartmontools NEWS, 2023-08-01); older
# ones take the option and do nothing.
_BEGUN = re.compile(r"test(?:ing)? has begun", re.IGNORECASE)
# ATA "Testing has begun.", SCSI "... Background Self Test has begun", NVMe "Self-test has begun"
# (ataprint.cpp, scsiprint.cpp, nvmeprint.cpp).
_BUSY = re.compile(r"can't start self-test without aborting current test", re.IGNORECASE)
_TELLING = re.compile(r"fail|not support|unable|error|denied|can't|unrecognized", re.IGNORECASE)
_LONGEST = 200
# Signs of a line that are passed on for people to read.


class Answer(StrEnum):
    """What a drive made of it."""

    DONE = "done"
    BUSY = "busy"
    """It tests already."""
    ASLEEP = "asleep"
    """It fell asleep meanwhile, and was left asleep."""
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """Nothing says whether it did; the drive may have begun."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What came of one request; `words` say more where it is not done."""

    answer: Answer
    words: str = ""


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    string: str = ""


class _About(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    output: tuple[str, ...] = ()
    messages: tuple[_Message, ...] = ()


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    about: _About = Field(default_factory=_About, alias="smartctl")


def begin_test(
    device: Device,
    kind: Kind,
    *,
    timeout_s: float,
    run: Run = run_process,
    stuck: StuckProcesses | None = None,
) -> Asking:
    """Ask a drive to begin a self-test beside its work; a sleeping one is left asleep.

    Raises:
        SmartctlMissingError: There is no smartctl.
        DeviceError: The system does not start it.
    """
    ran = _asked(device, f"--test={kind}", timeout_s, run, stuck)
    return _begun(ran, device, timeout_s)


def stop_test(
    device: Device,
    *,
    timeout_s: float,
    run: Run = run_process,
    stuck: StuckProcesses | None = None,
) -> Asking:
    """Ask a drive to break off its self-test.

    Raises:
        SmartctlMissingError: There is no smartctl.
        DeviceError: The system does not start it.
    """
    ran = _asked(device, "--abort", timeout_s, run, stuck)
    if silent := _silent(ran, timeout_s):
        return silent
    status = ExitStatus(ran.status or 0)
    if status.usage or status.not_opened or status.partly_read:
        return Asking(Answer.REFUSED, _why(ran))
    return Asking(Answer.DONE)


def _arguments(device: Device, order: str) -> tuple[str, ...]:
    # `o` keeps the words, by which alone it is told that a test began.
    type_ = () if device.type is None else ("-d", device.type)
    name = f"./{device.name}" if device.name.startswith("-") else device.name
    return (SMARTCTL, "--json=o", f"--nocheck=standby,{ASLEEP}", order, *type_, name)


def _asked(
    device: Device, order: str, timeout_s: float, run: Run, stuck: StuckProcesses | None
) -> Ran:
    ran = run(Command(_arguments(device, order), timeout_s))
    if ran.left is not None:
        (stuck or StuckProcesses()).note(device, ran.left)
    return ran


def _begun(ran: Ran, device: Device, timeout_s: float) -> Asking:
    if silent := _silent(ran, timeout_s):
        return silent
    if ran.status == ASLEEP:
        return Asking(Answer.ASLEEP, "asleep, and left asleep")
    lines, status = _lines(ran), ExitStatus(ran.status or 0)
    if any(_BUSY.search(line) for line in lines):
        return Asking(Answer.BUSY, "tests already")
    if status.usage or status.not_opened or status.partly_read:
        return Asking(Answer.REFUSED, _why(ran))
    if any(_BEGUN.search(line) for line in lines):
        return Asking(Answer.DONE)
    version = version_in(ran.output)
    if device.protocol is Protocol.NVME and version is not None and version < _NVME_FROM:
        wanted = ".".join(map(str, _NVME_FROM))
        have = ".".join(map(str, version))
        words = f"smartctl {have} cannot test NVMe drives; install smartmontools {wanted} or newer"
        return Asking(Answer.REFUSED, words)
    return Asking(Answer.UNKNOWN, _why(ran) or "smartctl does not say that it began")


def _silent(ran: Ran, timeout_s: float) -> Asking | None:
    """Return what is said of a smartctl that did not end by itself; None: it did."""
    if ran.status is not None:
        return None
    if ran.timed_out or ran.left is not None:
        words = f"did not answer within {timeout_s:g} s; see --status whether it tests"
        return Asking(Answer.UNKNOWN, words)
    return Asking(Answer.UNKNOWN, "smartctl was ended before it answered")


def _why(ran: Ran) -> str:
    """Return the line that tells most of why it failed."""
    lines = _lines(ran)
    telling = next((line for line in lines if _TELLING.search(line)), None)
    return telling or (f"smartctl ended with exit status {ran.status}" if ran.status else "")


def _lines(ran: Ran) -> list[str]:
    """Return smartctl's words: messages first, then its output; as text where it is no JSON."""
    text = ran.output.decode("utf-8", errors="replace")
    try:
        about = _Document.model_validate(json.loads(text, strict=False)).about
    except (ValueError, ValidationError, RecursionError):
        found = text.splitlines()
    else:
        found = [*(message.string for message in about.messages), *about.output]
    found += ran.errors.decode("utf-8", errors="replace").splitlines()
    return [line.strip()[:_LONGEST] for line in found if line.strip()]
