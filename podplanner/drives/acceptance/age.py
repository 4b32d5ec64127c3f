"""Is the drive as new as it was sold: hours, cycles, wear, and whether the counters were reset."""

import re
from collections.abc import Iterator
from datetime import timedelta

from podplanner.drives.acceptance.check import Check, Result
from podplanner.drives.acceptance.newcomer import Newcomer
from podplanner.drives.signals import Signal
from podplanner.drives.testing.log import Kind, hours_since, last_try_of, runs_now

_NEW_H = 24
# The factory's own test runs minutes to a few hours; a day leaves room for a first look.
_OUR_TEST_H = 168
# A long test that ended within a week of power was part of trying this drive.
_NEW_CYCLES = 50
# New drives come with a handful of power cycles; one a day for two months is a used desktop.
_APART_H = 24
# The two clocks of a Seagate drive differ by an hour at most (13 Exos drives, GitHub
# TheRealDevKat/farm-check, issue 14); drives that were sold as new in 2025 after years of use had
# thousands of hours in FARM and none in the attributes (heise.de, 2025-02).
_SEAGATE = re.compile(r"(?:SEAGATE\s+)?ST\d", re.IGNORECASE)


def is_unused(newcomer: Newcomer) -> Iterator[Check]:
    """Yield how many hours of power it had before it came here."""
    hours = newcomer.reading.signals.get(Signal.POWER_ON_H)
    if hours is None:
        hours = newcomer.reading.farm_power_on_h
    if hours is None:
        yield Check("power-on hours", Result.UNKNOWN, "it does not say how long it ran")
        return
    before = _hours_before(newcomer, hours)
    ours = "" if before == hours else f", {before:,} before it came"
    words = f"{hours:,} h{ours}"
    if before <= _NEW_H:
        yield Check("power-on hours", Result.PASS, f"{words}: new")
    elif newcomer.used:
        yield Check("power-on hours", Result.PASS, f"{words}: used, as it was sold")
    else:
        words += f": used or refurbished, for a new drive has at most {_NEW_H}; --used allows that"
        yield Check("power-on hours", Result.WARNING, words)


def _hours_before(newcomer: Newcomer, hours: int) -> int:
    """Return its hours of power when it came: without our test, and the time that it is known."""
    reading, seen = newcomer.reading, newcomer.seen
    least = hours
    took_h = -(-(reading.long_test_min or 0) // 60)
    if runs_now(reading):
        left = 0 if reading.test_left_percent is None else reading.test_left_percent
        least = hours - -(-took_h * (100 - left) // 100)
    elif (test := last_try_of(reading, Kind.LONG)) is not None:
        since = hours_since(reading, test)
        if since is not None and since <= _OUR_TEST_H:
            least = hours - since - took_h
    if seen is not None and newcomer.now - seen.first_seen <= timedelta(hours=hours):
        first = seen.first_power_on_h
        known_h = int((newcomer.now - seen.first_seen) / timedelta(hours=1))
        least = min(least, hours - known_h if first is None else first)
    return max(least, 0)


def was_not_reset(newcomer: Newcomer) -> Iterator[Check]:
    """Yield whether Seagate's own log of hours agrees; nothing for drives without one."""
    reading, name = newcomer.reading, "hours by FARM"
    own, hours = reading.farm_power_on_h, reading.signals.get(Signal.POWER_ON_H)
    if own is None:
        if newcomer.is_hard_drive and _SEAGATE.match(reading.identity.model or ""):
            words = (
                "Seagate's own log of hours was not read, which tells reset counters: smartctl 7.4 "
                "or newer reads it (`smartctl -l farm`)"
            )
            yield Check(name, Result.UNKNOWN, words, needed=False)
        return
    if hours is None:
        yield Check(name, Result.UNKNOWN, f"{own:,} h, with nothing to compare", needed=False)
    elif own - hours > _APART_H:
        words = (
            f"{own:,} h in Seagate's own log, {hours:,} h in the attributes: its counters were "
            "reset. Send it back"
        )
        yield Check(name, Result.FAIL, words)
    elif hours - own > _APART_H:
        words = f"{own:,} h in Seagate's own log, {hours:,} h in the attributes: one was reset"
        yield Check(name, Result.WARNING, words)
    else:
        yield Check(name, Result.PASS, f"{own:,} h, as the attributes say ({hours:,} h)")


def was_seldom_started(newcomer: Newcomer) -> Iterator[Check]:
    """Yield how often it was turned on."""
    reading = newcomer.reading
    counts = {"power cycles": reading.signals.get(Signal.POWER_CYCLES)}
    starts = next((a.raw for a in reading.attributes if a.number == _START_STOP), None)
    counts["starts of the motor"] = starts if newcomer.is_hard_drive else None
    told = {name: count for name, count in counts.items() if count is not None}
    if not told:
        yield Check(
            "starts", Result.UNKNOWN, "it does not say how often it was started", needed=False
        )
        return
    words = ", ".join(f"{count:,} {name}" for name, count in told.items())
    if max(told.values()) <= _NEW_CYCLES or newcomer.used:
        yield Check("starts", Result.PASS, words)
    else:
        words += f": a new drive has at most {_NEW_CYCLES}"
        yield Check("starts", Result.WARNING, words)


_START_STOP = 4
# ATA attribute Start_Stop_Count.


def is_unworn(newcomer: Newcomer) -> Iterator[Check]:
    """Yield how far a solid-state drive is worn; nothing where none is told."""
    worn = newcomer.reading.signals.get(Signal.WEAR_PERCENT)
    if worn is None or newcomer.is_hard_drive:
        return
    words = f"{worn} % of its endurance is used up"
    if worn <= 1 or newcomer.used:
        yield Check("wear", Result.PASS, words)
    else:
        yield Check("wear", Result.WARNING, f"{words}: it is not new")
