"""The tables of the history, form 1.

Every row names its drive in full: a damaged page loses its own rows and no others. Moments are
microseconds since 1970 in UTC, figures JSON under the codes below.
"""

from collections.abc import ItemsView, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from podplanner.drives.signals import Signal

FORM = 1
"""Kept in `user_version`. A database of a higher form is left alone."""
APPLICATION = 0x706F6464
"""`podd`, kept in `application_id`: whose database it is."""

TABLES = (
    """CREATE TABLE drive (
        key TEXT PRIMARY KEY, model TEXT NOT NULL, serial TEXT NOT NULL, capacity_bytes INTEGER,
        told_at INTEGER NOT NULL, bay INTEGER, bay_at INTEGER, retired_at INTEGER,
        retirement_told_at INTEGER, failed INTEGER, note TEXT NOT NULL DEFAULT '') WITHOUT ROWID""",
    """CREATE TABLE reading (
        key TEXT NOT NULL, at INTEGER NOT NULL, device TEXT, bay INTEGER, verdict TEXT,
        reason TEXT NOT NULL, signals TEXT NOT NULL, mark INTEGER NOT NULL,
        PRIMARY KEY (key, at)) WITHOUT ROWID""",
    "CREATE INDEX marked ON reading (key, at, mark) WHERE mark > 0",
    """CREATE TABLE silence (
        key TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, trouble TEXT NOT NULL,
        there INTEGER NOT NULL, device TEXT, bay INTEGER,
        PRIMARY KEY (key, since)) WITHOUT ROWID""",
    """CREATE TABLE acceptance (
        key TEXT NOT NULL, signal TEXT NOT NULL, at INTEGER NOT NULL, value INTEGER,
        note TEXT NOT NULL, PRIMARY KEY (key, signal, at)) WITHOUT ROWID""",
    "CREATE TABLE upkeep (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
)

_CODES = {
    Signal.REALLOCATED: "5", Signal.REALLOCATION_EVENTS: "196", Signal.PENDING: "197",
    Signal.OFFLINE_UNCORRECTABLE: "198", Signal.REPORTED_UNCORRECTABLE: "187",
    Signal.COMMAND_TIMEOUTS: "188", Signal.SPIN_RETRIES: "10", Signal.END_TO_END_ERRORS: "184",
    Signal.READ_ERRORS: "1", Signal.SEEK_ERRORS: "7", Signal.CRC_ERRORS: "199",
    Signal.HELIUM_PERCENT: "22", Signal.RETIRED_BLOCKS: "rb", Signal.PROGRAM_FAILS: "181",
    Signal.ERASE_FAILS: "182", Signal.GROWN_DEFECTS: "gd", Signal.UNCORRECTED_ERRORS: "ue",
    Signal.CORRECTED_ERRORS: "ce", Signal.MEDIA_ERRORS: "me", Signal.CRITICAL_WARNING: "cw",
    Signal.WEAR_PERCENT: "w", Signal.SPARE_PERCENT: "sp", Signal.SPARE_THRESHOLD_PERCENT: "st",
    Signal.ERROR_LOG_ENTRIES: "el", Signal.FAILED_SELF_TESTS: "ft", Signal.TEMPERATURE_C: "t",
    Signal.POWER_ON_H: "9", Signal.POWER_CYCLES: "12", Signal.WRITTEN_BYTES: "wb",
}  # fmt: skip
# Short, for there are a hundred thousand readings. Never given to another figure; a figure without
# one is kept under its name.
_MEANING = {**{signal.value: signal for signal in Signal}, **{c: s for s, c in _CODES.items()}}

_DECODER = msgspec.json.Decoder(dict[str, int])

_START = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def stored(moment: datetime) -> int:
    """Return a moment as it is kept."""
    return (moment - _START) // _MICROSECOND


def moment_of(value: int) -> datetime:
    """Return a kept moment.

    Raises:
        OverflowError: It is none.
    """
    return _START + timedelta(microseconds=value)


def packed(signals: Mapping[str, int]) -> str:
    """Return figures as they are kept; those that this version does not know keep their names."""
    codes = {_code(name): value for name, value in signals.items()}
    return msgspec.json.encode(codes).decode()


def _code(name: str) -> str:
    known = _MEANING.get(name)
    return name if known is None else _CODES.get(known, name)


def unpacked(text: str) -> dict[Signal, int]:
    """Return kept figures; those that this version does not know are left out.

    Raises:
        ValueError: It is no JSON of figures.
    """
    return {_MEANING[code]: value for code, value in _figures(text) if code in _MEANING}


def named(text: str) -> dict[str, int]:
    """Return kept figures by their names, also those that this version does not know.

    Raises:
        ValueError: It is no JSON of figures.
    """
    return {
        _MEANING[code].value if code in _MEANING else code: value for code, value in _figures(text)
    }


def _figures(text: str) -> ItemsView[str, int]:
    try:
        return _DECODER.decode(text).items()
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
