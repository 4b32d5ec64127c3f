"""What is remembered, one thing at a time: the same in the database, the spool and the list.

Each says what happened, when and to which drive, and may be told twice without harm.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from podplanner.drives.checked import CheckedDrive, CheckedPod
from podplanner.drives.reading import Trouble
from podplanner.drives.signals import Signal

_LARGEST = 2**63 - 1
# What an integer of SQLite holds; a larger capacity is a misread one.
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Whole = Annotated[int, msgspec.Meta(ge=-_LARGEST, le=_LARGEST)]
_ABSENT = frozenset({Trouble.VANISHED, Trouble.NOT_PERMITTED, Trouble.NOT_INSTALLED})
# With these nobody saw the drive; with all others something was there.


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened to a drive.

    Attributes:
        key: `model/serial`.
        at: In UTC.
    """

    key: str
    at: Moment


class Answered(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="answered"):
    """A reading, and what was made of it."""

    model: str = ""
    serial: str = ""
    capacity_bytes: Whole | None = None
    device: str | None = None
    bay: Whole | None = None
    verdict: str | None = None
    reason: str = ""
    signals: dict[str, Whole] = {}


class Silent(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="silent"):
    """It was asked, and gave no reading.

    Attributes:
        there: Whether it was seen at all.
    """

    trouble: str
    there: bool
    model: str = ""
    serial: str = ""
    capacity_bytes: Whole | None = None
    device: str | None = None
    bay: Whole | None = None


class Accepted(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="accepted"):
    """The user accepts a value; None: no longer any."""

    signal: str
    value: Whole | None
    note: str = ""


class Retired(Entry, frozen=True, kw_only=True, omit_defaults=True, tag="retired"):
    """The user says that a drive is out of use, or that it is not, after all.

    Attributes:
        failed: Whether it failed; None: not said.
        withdrawn: It is in use.
    """

    failed: bool | None = None
    note: str = ""
    withdrawn: bool = False


AnyEntry = Answered | Silent | Accepted | Retired
_DECODER = msgspec.json.Decoder(AnyEntry)
_ENCODER = msgspec.json.Encoder()


def lines_of(entries: Iterable[AnyEntry]) -> bytes:
    """Return entries as lines of JSON."""
    return b"".join(_ENCODER.encode(entry) + b"\n" for entry in entries)


def entries_in(lines: bytes) -> tuple[list[AnyEntry], int]:
    """Return the entries of lines of JSON, and how many lines are none (cut off, damaged)."""
    found: list[AnyEntry] = []
    bad = 0
    for line in lines.splitlines():
        if not line.strip():
            continue
        try:
            found.append(_DECODER.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError):
            bad += 1
    return found, bad


def entries_of(pod: CheckedPod) -> tuple[AnyEntry, ...]:
    """Return what a round has to remember; drives without a key are never remembered."""
    found = (_entry_of(drive, pod.at) for drive in pod.drives)
    return tuple(entry for entry in found if entry is not None)


def _entry_of(drive: CheckedDrive, at: datetime) -> AnyEntry | None:
    reading, who = drive.reading, drive.reading.identity
    if not who.key:
        return None
    key, model, serial = writable(who.key), writable(who.model or ""), writable(who.serial or "")
    moment = _in_utc(reading.read_at or at)
    device = None if reading.device is None else writable(reading.device)
    bay = None if drive.bay is None else drive.bay.number
    if reading.trouble is not None:
        return Silent(
            key=key, at=moment, trouble=reading.trouble.value,
            there=reading.trouble not in _ABSENT, model=model, serial=serial,
            capacity_bytes=_fitting(reading.capacity_bytes), device=device, bay=bay,
        )  # fmt: skip
    return Answered(
        key=key, at=moment, model=model, serial=serial,
        capacity_bytes=_fitting(reading.capacity_bytes), device=device, bay=bay,
        verdict=drive.assessment.verdict.value, reason=writable(drive.assessment.reason),
        signals=named_signals(reading.signals),
    )  # fmt: skip


def named_signals(signals: Mapping[Signal, int]) -> dict[str, int]:
    """Return figures by the names that stay."""
    return {signal.value: int(value) for signal, value in signals.items() if _is_whole(value)}


def _is_whole(value: int) -> bool:
    return abs(value) <= _LARGEST


def _fitting(value: int | None) -> int | None:
    return value if value is not None and _is_whole(value) else None


def writable(words: str) -> str:
    """Return words as a file takes them: no halves of surrogate pairs, no zero bytes."""
    return words.encode("utf-8", "replace").decode().replace("\0", " ")


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
