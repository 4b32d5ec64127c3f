"""What a drive's log of self-tests says: the last test of a kind, how long ago, what runs now."""

from enum import StrEnum

from podplanner.drives.reading import DriveReading, Protocol, SelfTest
from podplanner.drives.signals import Signal

_WRAPS_AT_H = 65_536
# The hours in an ATA drive's self-test log have 16 bits and start over (ACS-4, 9.17, "life
# timestamp").
_STOPS_AT_H = 65_535
# A SCSI drive's stop there instead (SPC-4, 7.3.17, "accumulated power on hours").
_IN_PROGRESS = "progress"
# What smartctl says of the entry of a test that still runs, in any protocol.


class Kind(StrEnum):
    """Which self-test; smartctl's own words for `--test`."""

    SHORT = "short"
    """Electronics and a sample of the surface, a few minutes."""
    LONG = "long"
    """The whole surface, hours to days."""


def last_of(reading: DriveReading, kind: Kind) -> SelfTest | None:
    """Return the newest test of a kind that ended by itself, passed or failed; None: there is none.

    One that was broken off says nothing, and is passed over.
    """
    ended = (test for test in reading.self_tests if test.passed is not None)
    return next((test for test in ended if test.kind == kind), None)


def last_try_of(reading: DriveReading, kind: Kind) -> SelfTest | None:
    """Return the newest test of a kind, also one that was broken off or still runs."""
    return next((test for test in reading.self_tests if test.kind == kind), None)


def hours_since(reading: DriveReading, test: SelfTest) -> int | None:
    """Return the hours of power since a test ended; None where the drive does not say.

    The log of an ATA drive that ran for more than 65535 hours counts from 0 again: the shortest
    time that fits is returned.
    """
    now_h, at_h = reading.signals.get(Signal.POWER_ON_H), test.at_power_on_h
    if now_h is None or at_h is None:
        return None
    if reading.protocol is Protocol.SCSI and at_h >= _STOPS_AT_H:
        return None
    if at_h > now_h:
        # A clock that runs backwards: replaced electronics, hours in another unit.
        return None
    if reading.protocol is Protocol.ATA and now_h >= _WRAPS_AT_H:
        return (now_h - at_h) % _WRAPS_AT_H
    return now_h - at_h


def runs_now(reading: DriveReading) -> bool:
    """Return whether a self-test runs now, as far as the drive says."""
    if reading.test_left_percent is not None:
        return True
    newest = reading.self_tests[0] if reading.self_tests else None
    return newest is not None and newest.passed is None and _IN_PROGRESS in newest.words.lower()


def expected_min(reading: DriveReading, kind: Kind) -> int | None:
    """Return how many minutes a test takes on an idle drive; None where the drive does not say."""
    return _SHORT_MIN if kind is Kind.SHORT else reading.long_test_min


_SHORT_MIN = 2
# Makers state 1 or 2 minutes (`polling_minutes.short` of smartctl); a hint to people only.
