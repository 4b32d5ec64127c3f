"""Names, times and rates of drives in words, for pages.

What drives say of themselves is cleaned: no control characters, nothing without end.
"""

from datetime import datetime, timedelta

from podplanner.drives.assessment import Cause, Risk, Verdict
from podplanner.drives.checked import CheckedDrive
from podplanner.drives.reading import Trouble
from podplanner.drives.signals import Signal
from podplanner.drives.watching.naming import printable
from podplanner.report.wording import UNKNOWN, plural

SEVERITIES = {
    Verdict.REPLACE: "error", Verdict.WARNING: "warning", Verdict.UNKNOWN: "unknown",
    Verdict.WATCH: "note", Verdict.OK: "ok",
}  # fmt: skip
"""Verdict -> the colours that a page gives it."""
CAUSES = {
    Cause.DRIVE: "the drive", Cause.LINK: "cable, backplane or adapter", Cause.WEAR: "wear",
    Cause.HEAT: "heat", Cause.AGE: "age", Cause.READING: "how it was read",
}  # fmt: skip
TROUBLES = {
    Trouble.ASLEEP: "asleep", Trouble.TIMED_OUT: "does not answer in time",
    Trouble.STUCK: "does not answer: an earlier look still hangs on it",
    Trouble.VANISHED: "gone", Trouble.NOT_PERMITTED: "reading it is not permitted",
    Trouble.WRONG_TYPE: "how it is attached is not known",
    Trouble.NO_SMART: "has no health to ask for", Trouble.NO_HEALTH_DATA: "said nothing of its "
    "health", Trouble.UNREADABLE: "its output cannot be read",
    Trouble.NOT_INSTALLED: "there is no smartctl",
}  # fmt: skip

_LABELS = {
    Signal.TEMPERATURE_C: "temperature, °C", Signal.POWER_ON_H: "hours of power",
    Signal.WRITTEN_BYTES: "bytes written", Signal.CRC_ERRORS: "CRC errors",
    Signal.HELIUM_PERCENT: "helium left, %", Signal.WEAR_PERCENT: "wear, %",
    Signal.SPARE_PERCENT: "spare, %", Signal.SPARE_THRESHOLD_PERCENT: "threshold of the spare, %",
    Signal.END_TO_END_ERRORS: "end-to-end errors", Signal.FAILED_SELF_TESTS: "failed self-tests",
    Signal.ERROR_LOG_ENTRIES: "error-log entries", Signal.POWER_CYCLES: "times switched on",
}  # fmt: skip
_LONGEST = 400
# Letters of one sentence of smartctl or of a drive; the longest seen have some 150.
_LONGEST_NAME = 64
# Letters of a model or serial number; ATA has 40 and 20, NVMe 40 and 20, SCSI serials reach 32.
_COLDEST, _WARMEST = -60, 150
# Degrees Celsius between which a drive can be believed: drives are stored from -40 to 70 °C (data
# sheets), and controllers of solid-state drives stop at some 100.
_DAY = timedelta(days=1)


def clean(words: str, most: int = _LONGEST) -> str:
    """Return words of a drive on one line, without what steers a page, cut where too long."""
    return printable(words, most)


def name_of(drive: CheckedDrive) -> str:
    """Return the serial number as on the label, else how the drive was asked for.

    A drive that does not say who it is has the serial number that the bay map gives its bay.
    """
    serial = drive.reading.identity.serial or (drive.bay.serial if drive.bay else None)
    return clean(serial or drive.reading.source, _LONGEST_NAME) or "(no name)"


def model_of(drive: CheckedDrive) -> str:
    """Return the model; empty where it is not known."""
    return clean(drive.reading.identity.model or "", _LONGEST_NAME)


def place_of(drive: CheckedDrive) -> str:
    """Return `bay 23`, else how the drive was asked for: its device, or the recording's file."""
    if drive.bay is not None:
        return f"bay {drive.bay.number}"
    return clean(drive.reading.source, _LONGEST_NAME) or UNKNOWN


def named(drive: CheckedDrive) -> str:
    """Return the drive for a sentence: `bay 23, ZC1A2B3C`."""
    place, name = place_of(drive), name_of(drive)
    return place if place == name else f"{place}, {name}"


def label_of(signal: Signal) -> str:
    """Return the name of a figure for people, with its unit."""
    return _LABELS.get(signal, signal.value.replace("_", " "))


def moment_words(moment: datetime | None) -> str:
    """Return `2026-11-30 16:09 UTC`; `unknown` where there is no time."""
    return UNKNOWN if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


def age_words(age: timedelta) -> str:
    """Return how long ago that is: `now`, `5 min ago`, `3 hours ago`, `12 days ago`.

    >>> age_words(timedelta(hours=30)), age_words(timedelta(days=3, hours=5))
    ('30 hours ago', '3 days ago')
    """
    if age < timedelta(minutes=2):
        # Clocks of a minute ahead are common; of a day they are wrong.
        return "now" if age > -_DAY else "in the future"
    if age < timedelta(hours=2):
        return f"{age // timedelta(minutes=1)} min ago"
    if age < 2 * _DAY:
        return f"{age // timedelta(hours=1)} hours ago"
    return f"{plural(age // _DAY, 'day')} ago"


def hours_words(hours: int | None) -> str:
    """Return hours of power with the years that they make: `26,280 h (3.0 years)`."""
    if hours is None:
        return UNKNOWN
    years = hours / (24 * 365)
    return f"{hours:,} h" if years < 0.1 else f"{hours:,} h ({years:.1f} years)"


def believed(celsius: int | None) -> bool:
    """Return whether that can be the temperature of a drive; None is not."""
    return celsius is not None and _COLDEST <= celsius <= _WARMEST


def celsius_words(current: int | None, limit: int | None) -> str:
    """Return a temperature and the limit that the drive itself gives."""
    if not believed(current):
        return UNKNOWN
    return f"{current} °C of {limit} °C" if believed(limit) else f"{current} °C"


def rate_words(rate: float) -> str:
    """Return failures per drive-year in percent: `1.57 %`, `130 %`.

    >>> rate_words(0.0157), rate_words(1.3), rate_words(0.0)
    ('1.57 %', '130 %', '0 %')
    """
    return f"{float(f'{100 * rate:.3g}'):,g} %"


def interval_words(low: float | None, high: float | None) -> str:
    """Return `0.9 % to 3.1 %`; empty without an interval."""
    return "" if low is None or high is None else f"{rate_words(low)} to {rate_words(high)}"


def risk_words(risk: Risk) -> str:
    """Return how many drives with such a value were seen to fail, in words."""
    between = interval_words(risk.low, risk.high)
    sure = f" (95 % interval {between})" if between else ""
    rate = f"failure rate of {rate_words(risk.yearly)} a year{sure}"
    if risk.yearly == 0:
        most = "" if risk.high is None else f", so at most {rate_words(risk.high)} a year"
        rate = f"none was seen to fail{most}"
    counted = ""
    if risk.drive_days:
        counted = f", {plural(risk.failures, 'failure')} in {risk.drive_days:,} drive-days"
    return f"{clean(risk.words)}: {rate}{counted}"


def size_words(size: int | None) -> str:
    """Return a capacity as on the label, and to the byte."""
    if size is None:
        return UNKNOWN
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if size >= factor:
            return f"{float(f'{size / factor:.3g}'):,g} {unit} ({size:,} bytes)"
    return f"{size:,} bytes"


def rotation_words(rpm: int | None) -> str:
    """Return what kind of drive that is."""
    if rpm is None:
        return UNKNOWN
    return "solid-state drive" if rpm == 0 else f"hard drive, {rpm:,} rpm"
