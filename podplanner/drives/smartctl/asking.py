"""Many drives read at once: one reading for each that was asked, in time, whatever they do."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from time import monotonic

from podplanner.drives.asking import TIMEOUT_S
from podplanner.drives.reading import DriveReading, Trouble
from podplanner.drives.smartctl.answering import ASLEEP, reading_from
from podplanner.drives.smartctl.device import Device, sources_of
from podplanner.drives.smartctl.links import by_link
from podplanner.drives.smartctl.naming import recording_names
from podplanner.drives.smartctl.running import SMARTCTL, Command, Run, run_process
from podplanner.drives.smartctl.side_by_side import Answer, ask_side_by_side
from podplanner.drives.smartctl.stuck import StuckProcesses
from podplanner.drives.smartctl.version import LONGEST_S, Version, ask_version
from podplanner.errors import DeviceError, SmartctlMissingError

_LOGS = ("devstat", "scttempsts", "xerror", "defects", "background")
# Beside --all: wear and limits of temperature that attributes do not tell, errors that new drives
# log in the extended log alone, pending defects of SAS. Every smartctl with JSON takes them, and
# leaves out what is not of the drive's protocol. Not --xall: it also asks for settings, histories
# and counters of the link that nobody judges, each by commands more to a drive that may be dying.
_NEWER_LOGS: tuple[tuple[str, Version], ...] = (("envrep", (7, 3)),)
# Temperature of SAS drives that have it on no other page; the version that takes it first (NEWS).
_NO_TIME_S = 0.01
_AS_GOOD_AS_ALL = 0.8

Keep = Callable[[str, bytes], None]
"""Takes a file name, and what smartctl wrote."""


@dataclass(frozen=True, slots=True)
class _Question:
    device: Device
    source: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Time:
    """What one drive is given; `told_s` is what people are told of it."""

    seconds: float
    told_s: float
    stop: Event


def read_devices(
    devices: Sequence[Device],
    *,
    timeout_s: float = TIMEOUT_S,
    wake: bool = False,
    keep: Keep | None = None,
    run: Run = run_process,
    stuck: StuckProcesses | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    root: Path = Path("/"),
) -> tuple[DriveReading, ...]:
    """Return a reading of every device, in their order; of what goes wrong too, with its trouble.

    Links are asked at once, and the drives of one link (a port multiplier) one after another. All
    of it ends within the time-out and a second.

    Args:
        devices: To read.
        timeout_s: For each drive; drives of one link share it.
        wake: Read sleeping drives too.
        keep: Is given what smartctl wrote for each, under a file name for each, after the last.
        run: Runs smartctl.
        stuck: What hung before; None: as this user's folder has it.
        clock: Tells the time, in UTC.
        root: Where /sys is.
    """
    if not devices:
        return ()
    until = monotonic() + timeout_s
    sources = sources_of(devices)
    try:
        version = ask_version(run, min(LONGEST_S, timeout_s / 2))
    except DeviceError as error:
        return tuple(
            _unstarted(d, s, error, clock()) for d, s in zip(devices, sources, strict=True)
        )
    questions = [
        _Question(device, source, arguments_of(device, wake=wake, version=version))
        for device, source in zip(devices, sources, strict=True)
    ]
    hanging = stuck or StuckProcesses()

    def ask(place: int, seconds: float, stop: Event) -> Answer:
        # The little that has passed since the start is not worth a fraction in the words.
        told_s = timeout_s if seconds > timeout_s * _AS_GOOD_AS_ALL else seconds
        return _ask(questions[place], _Time(seconds, told_s, stop), run, hanging, clock)

    answers = ask_side_by_side(by_link(devices, root), ask, until)
    whole = [
        answers.get(place) or _unanswered(question, timeout_s, clock())
        for place, question in enumerate(questions)
    ]
    if keep is not None:
        for name, answer in zip(recording_names(sources), whole, strict=True):
            if answer.raw is not None:
                keep(name, answer.raw)
    return tuple(answer.reading for answer in whole)


def arguments_of(device: Device, *, wake: bool, version: Version | None) -> tuple[str, ...]:
    """Return the command that reads a device.

    >>> arguments_of(Device("/dev/sda", "sat"), wake=True, version=(7, 0))[-3:]
    ('-d', 'sat', '/dev/sda')
    """
    return (
        SMARTCTL, "--json", "--all",
        *(() if wake else (f"--nocheck=standby,{ASLEEP}",)),
        *(f"--log={log}" for log in _logs(version)),
        *(() if device.type is None else ("-d", device.type)),
        # A name that begins with a dash is no option when it is a path.
        f"./{device.name}" if device.name.startswith("-") else device.name,
    )  # fmt: skip


def _logs(version: Version | None) -> Iterator[str]:
    yield from _LOGS
    for log, since in _NEWER_LOGS:
        if version is not None and version >= since:
            yield log


def _ask(
    question: _Question,
    time: _Time,
    run: Run,
    hanging: StuckProcesses,
    clock: Callable[[], datetime],
) -> Answer:
    device = question.device
    blank = DriveReading(question.source, device=device.name, device_type=device.type,
                         read_at=clock())  # fmt: skip
    found = hanging.on(device)
    if found is not None:
        return Answer(replace(
            blank, trouble=Trouble.STUCK,
            trouble_words=f"smartctl (process {found.pid}) hangs on {device.name} since "
            f"{found.since:%Y-%m-%d %H:%M} UTC, so no other was started. Pull the drive, or "
            "start the machine anew, to end that.",
        ))  # fmt: skip
    if time.seconds < _NO_TIME_S:
        return Answer(replace(
            blank, trouble=Trouble.TIMED_OUT,
            trouble_words=f"{device.name} was not asked: drives on the same link took all the "
            "time; name a longer --timeout.",
        ))  # fmt: skip
    try:
        ran = run(Command(question.arguments, time.seconds, time.stop))
    except DeviceError as error:
        return Answer(_unstarted(device, question.source, error, clock()))
    if ran.left is not None:
        hanging.note(device, ran.left, clock())
    reading = reading_from(
        ran, device, source=question.source, read_at=clock(), asked_s=time.told_s
    )
    return Answer(reading, ran.output, silent=ran.timed_out and ran.left is None)


def _unstarted(device: Device, source: str, error: DeviceError, at: datetime) -> DriveReading:
    missing = isinstance(error, SmartctlMissingError)
    return DriveReading(
        source, device=device.name, device_type=device.type, read_at=at,
        trouble=Trouble.NOT_INSTALLED if missing else Trouble.UNREADABLE,
        trouble_words=f"{error.message}; {error.hint[:1].lower()}{error.hint[1:]}",
    )  # fmt: skip


def _unanswered(question: _Question, timeout_s: float, at: datetime) -> Answer:
    """Return the answer of a drive on which the whole of the time, and more, was spent."""
    device = question.device
    return Answer(
        DriveReading(
            question.source, device=device.name, device_type=device.type, read_at=at,
            trouble=Trouble.TIMED_OUT,
            trouble_words=f"smartctl did not even start within {timeout_s:g} s; look at the "
            "kernel's log (`dmesg`).",
        ),
        b"",
    )  # fmt: skip
