"""From what smartctl wrote, and how it ended, to a reading."""

import json
import re
import signal
from dataclasses import replace
from datetime import datetime

from podplanner.drives.reading import DriveReading, ExitStatus, Trouble
from podplanner.drives.smartctl.device import Device
from podplanner.drives.smartctl.document import reading_of
from podplanner.drives.smartctl.running import MOST_BYTES, Ran
from podplanner.drives.smartctl.version import OLDEST, version_in

ASLEEP = 3
"""Exit status asked for where a drive sleeps. smartctl's own, 2, also says that a device did not
open; the bits of 3 are never set together otherwise (smartctl(8), EXIT STATUS)."""
_OBJECT = re.compile(r"^[ \t]*\{", re.MULTILINE)
_TRIES = 20
# Lines before the document that begin like one: a banner or a wrapper's words have few.
_MOST_WORDS = 5
_LONGEST_WORD = 300
# Lines, and signs of each, of what was no JSON that are passed on for people to read.


class NoDocumentError(Exception):
    """There is no whole JSON object; the message says what there is instead."""


def reading_from(
    ran: Ran, device: Device, *, source: str, read_at: datetime, asked_s: float
) -> DriveReading:
    """Return the reading that a run of smartctl gives; one with its trouble where it gives none.

    Args:
        ran: How it went.
        device: That was asked.
        source: What the reading is called.
        read_at: In UTC.
        asked_s: How long the drive was given.
    """
    blank = DriveReading(source, device=device.name, device_type=device.type, read_at=read_at,
                         messages=_words(ran.errors))  # fmt: skip
    given = f"{round(asked_s, 1):g} s"
    if ran.left is not None:
        return _troubled(blank, Trouble.TIMED_OUT,
                         f"{device.name} did not answer within {given}; its smartctl "
                         f"(process {ran.left}) hangs in the kernel and was left behind. Look at "
                         "the kernel's log (`dmesg`).")  # fmt: skip
    if ran.cut:
        return _troubled(blank, Trouble.UNREADABLE,
                         f"smartctl wrote more than {MOST_BYTES // 1_000_000} MB about "
                         f"{device.name}; run it by hand to see what.")  # fmt: skip
    if ran.timed_out:
        return _troubled(blank, Trouble.TIMED_OUT,
                         f"{device.name} did not answer within {given}; look at the "
                         "kernel's log (`dmesg`), and try a longer --timeout.")  # fmt: skip
    if ran.signal is not None:
        return _troubled(blank, Trouble.UNREADABLE,
                         f"smartctl was ended by {_signal_name(ran.signal)} while it read "
                         f"{device.name}; look at the kernel's log (`dmesg`).")  # fmt: skip
    try:
        document = document_in(ran.output)
    except NoDocumentError as error:
        return _no_document(blank, ran, str(error))
    found = reading_of(document, source=source, read_at=read_at, exit_status=ran.status)
    if ran.status == ASLEEP and found.trouble is not Trouble.ASLEEP:
        found = _troubled(
            found, Trouble.ASLEEP, f"{device.name} sleeps and was left asleep; --wake reads it."
        )
    return replace(found, device=found.device or device.name,
                   device_type=found.device_type or device.type)  # fmt: skip


def document_in(output: bytes) -> object:
    """Return the JSON object in an output, whatever is written before or after it.

    Raises:
        NoDocumentError: There is none, or it is cut off.
    """
    text = output.decode("utf-8", errors="replace")
    if not text.strip():
        raise NoDocumentError("smartctl wrote nothing")
    decoder = json.JSONDecoder(strict=False)
    begun = False
    for start in [found.end() - 1 for found in _OBJECT.finditer(text)][:_TRIES]:
        begun = True
        try:
            return decoder.raw_decode(text, start)[0]
        except (ValueError, RecursionError):
            continue
    if begun:
        raise NoDocumentError("smartctl's output is cut off, or no JSON")
    raise NoDocumentError("smartctl wrote no JSON")


def _no_document(blank: DriveReading, ran: Ran, words: str) -> DriveReading:
    version = version_in(ran.output)
    blank = replace(
        blank,
        messages=(*_words(ran.output), *blank.messages)[:_MOST_WORDS],
        exit_status=None if ran.status is None else ExitStatus(ran.status),
    )
    if version is not None and version < OLDEST:
        return _troubled(
            blank, Trouble.NOT_INSTALLED,
            f"smartctl {version[0]}.{version[1]} cannot write JSON; install smartmontools "
            f"{OLDEST[0]}.{OLDEST[1]} or newer.",
        )  # fmt: skip
    ended = "" if ran.status is None else f" (exit status {ran.status})"
    return _troubled(
        blank,
        Trouble.UNREADABLE,
        f"{words}{ended} about {blank.device}; run it by hand to see why.",
    )


def _troubled(reading: DriveReading, trouble: Trouble, words: str) -> DriveReading:
    return replace(reading, trouble=trouble, trouble_words=words)


def _words(written: bytes) -> tuple[str, ...]:
    lines = written[: _MOST_WORDS * _LONGEST_WORD * 4].decode("utf-8", errors="replace").split("\n")
    return tuple(line.strip()[:_LONGEST_WORD] for line in lines if line.strip())[:_MOST_WORDS]


def _signal_name(number: int) -> str:
    try:
        return f"signal {number} ({signal.Signals(number).name})"
    except ValueError:
        return f"signal {number}"
