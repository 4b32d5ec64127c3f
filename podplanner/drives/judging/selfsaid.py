"""Evidence from what a drive says of itself: its own verdict, thresholds, warnings, self-tests."""

from collections.abc import Iterator
from datetime import datetime

from podplanner.drives.assessment import Cause, Evidence, Verdict
from podplanner.drives.past import Past
from podplanner.drives.reading import Attribute, DriveReading, Protocol
from podplanner.drives.signals import Signal

_HEAT = (190, 194, 231)
# ATA temperatures; 231 is one on some hard drives, and wear on solid-state drives, where a
# threshold that is met says the same as the wear itself.
_AGE = (4, 9, 12, 193, 240)
# ATA starts, hours and load cycles: their thresholds tell of wear by use, not of a fault.
_LINK = (199, 188)

_SPARE, _TOO_HOT, _DEGRADED, _READ_ONLY, _BACKUP, _REGION = (1, 2, 4, 8, 16, 32)
# NVM Express Base Specification, SMART / Health Information, Critical Warning.
_WARNINGS = (
    (_SPARE, Verdict.REPLACE, Cause.DRIVE, "its spare blocks are below their threshold"),
    (_DEGRADED, Verdict.REPLACE, Cause.DRIVE,
     "it says that it is no longer reliable, after many media or internal errors"),
    (_READ_ONLY, Verdict.REPLACE, Cause.DRIVE, "it has gone read-only"),
    (_BACKUP, Verdict.WARNING, Cause.DRIVE,
     "the power backup of its write cache has failed: a power cut may lose what was written"),
    (_REGION, Verdict.WARNING, Cause.DRIVE, "its persistent memory region is unreliable"),
    (_TOO_HOT, Verdict.WARNING, Cause.HEAT, "its temperature is beyond a limit of its own"),
)  # fmt: skip


def of_itself(reading: DriveReading, past: Past, now: datetime) -> Iterator[Evidence]:
    """Give the evidence of what the drive says."""
    warned = tuple(_warnings(reading))
    yield from warned
    status = reading.exit_status
    said_failing = reading.passed is False or (status is not None and status.failing)
    if said_failing and not _only_what_was_named(reading, warned):
        yield Evidence(Verdict.REPLACE, Cause.DRIVE, "the drive itself says that it is failing")
    named = tuple(_thresholds(reading))
    yield from named
    if status is not None and not named:
        yield from _unnamed(reading)
    yield from _tests(reading)


def _warnings(reading: DriveReading) -> Iterator[Evidence]:
    bits = reading.signals.get(Signal.CRITICAL_WARNING, 0)
    for bit, verdict, cause, words in _WARNINGS:
        if bits & bit:
            yield Evidence(verdict, cause, words, Signal.CRITICAL_WARNING, bits)


def _only_what_was_named(reading: DriveReading, warned: tuple[Evidence, ...]) -> bool:
    """Return whether a failed status says no more than the warnings that were told already.

    An NVMe drive fails its status for any warning, also for the heat of an hour.
    """
    known = sum(bit for bit, *_ in _WARNINGS)
    bits = reading.signals.get(Signal.CRITICAL_WARNING, 0)
    return reading.protocol is Protocol.NVME and bool(warned) and not bits & ~known


def _thresholds(reading: DriveReading) -> Iterator[Evidence]:
    for row in reading.attributes:
        if row.failed not in ("now", "past"):
            continue
        cause = _cause(row)
        is_now = row.failed == "now"
        if cause is Cause.DRIVE and row.prefailure:
            verdict = Verdict.REPLACE if is_now else Verdict.WARNING
        elif cause is Cause.DRIVE:
            verdict = Verdict.WARNING if is_now else Verdict.WATCH
        else:
            verdict = Verdict.WARNING if is_now and cause is not Cause.AGE else Verdict.WATCH
        when = "is at or below" if is_now else "was in the past at or below"
        figure = "" if row.value is None or row.threshold is None else (
            f" ({row.value} of at least {row.threshold + 1})" if is_now else ""
        )  # fmt: skip
        words = f"attribute {row.number} {row.name} {when} its threshold{figure}"
        yield Evidence(verdict, cause, words)


def _cause(row: Attribute) -> Cause:
    if row.number in _HEAT:
        return Cause.HEAT
    if row.number in _AGE:
        return Cause.AGE
    return Cause.LINK if row.number in _LINK else Cause.DRIVE


def _unnamed(reading: DriveReading) -> Iterator[Evidence]:
    """Give what the exit status says of thresholds and no row of the table explains."""
    status = reading.exit_status
    if status is None or reading.passed is False:
        return
    if status.below_threshold:
        yield Evidence(Verdict.REPLACE, Cause.DRIVE,
                       "smartctl says that a pre-failure attribute is at its threshold (exit "
                       "status bit 4)")  # fmt: skip
    elif status.was_below_threshold:
        yield Evidence(Verdict.WARNING, Cause.DRIVE,
                       "smartctl says that an attribute was at its threshold in the past (exit "
                       "status bit 5)")  # fmt: skip


def _tests(reading: DriveReading) -> Iterator[Evidence]:
    failed = reading.signals.get(Signal.FAILED_SELF_TESTS, 0)
    logged = reading.exit_status is not None and reading.exit_status.tests_failed
    if not failed:
        if logged and not reading.self_tests:
            yield Evidence(Verdict.WARNING, Cause.DRIVE,
                           "its log of self-tests has failures (exit status bit 7)")  # fmt: skip
        return
    newest = next((test for test in reading.self_tests if test.passed is not None), None)
    again = newest is not None and newest.passed is False and failed > 1
    times = "a self-test" if failed == 1 else f"{failed} self-tests"
    how = f": {newest.words}" if newest is not None and newest.passed is False else ""
    yield Evidence(
        Verdict.REPLACE if again else Verdict.WARNING, Cause.DRIVE, f"{times} failed{how}",
        Signal.FAILED_SELF_TESTS, failed,
    )  # fmt: skip
