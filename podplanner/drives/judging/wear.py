"""Evidence from wear, spare blocks, helium, heat and age."""

from collections.abc import Iterator
from datetime import datetime

from podplanner.drives.assessment import Cause, Evidence, Verdict
from podplanner.drives.judging.counting import is_solid_state
from podplanner.drives.judging.growth import growth_of
from podplanner.drives.past import Past
from podplanner.drives.reading import DriveReading
from podplanner.drives.signals import Signal
from podplanner.drives.trends import months_until

_WORN_WATCH, _WORN_WARNING, _WORN_OUT = 60, 80, 100
# Percent of the rated endurance. Without a history the pace is unknown: at 80 % of a five-year
# rating one year is left; 100 is the end of the maker's promise, not of the drive.
_SOON_MONTHS, _LATER_MONTHS = 12, 24
# A year is what budget and ordering take; with two, it can wait for the next plan.
_STILL_DAYS = 90
# Without one percent in so long, a year takes less than four, so 80 % lasts five years.
_SPARE_NEAR = 10
# Percentage points above the drive's own threshold.
_SPARE_HALF = 50
_HELIUM_WATCH, _HELIUM_WARNING = 100, 75
# Percent of the filling. HGST's threshold for failure is 25; a sealed drive stays at 100, so less
# than 100 is a leak, and no rates of failure were published for it.
_OLD_H = 10 * 8_766
# Hours. Makers design for five years (data sheets of the catalog); twice that is worth knowing.

_HOT_DISK_C, _WARM_DISK_C = 60, 55
# The highest operating temperature in the data sheets of the catalog's hard drives is 60 C.
_HOT_FLASH_C, _WARM_FLASH_C = 75, 70
# Most data sheets of solid-state drives end at 70 C; NVMe drives throttle by themselves above.
_NEAR_C = 5


def of_wear(reading: DriveReading, past: Past, now: datetime) -> Iterator[Evidence]:
    """Give the evidence of what is used up."""
    used = reading.signals.get(Signal.WEAR_PERCENT)
    if used is not None:
        yield _worn(used, past, reading.read_at or now)
    spare = reading.signals.get(Signal.SPARE_PERCENT)
    if spare is not None:
        yield from _spare(spare, reading.signals.get(Signal.SPARE_THRESHOLD_PERCENT, 0))
    helium = reading.signals.get(Signal.HELIUM_PERCENT)
    if helium is not None and helium < _HELIUM_WATCH:
        verdict = Verdict.WARNING if helium <= _HELIUM_WARNING else Verdict.WATCH
        yield Evidence(verdict, Cause.DRIVE, f"{helium} % of its helium is left: it leaks",
                       Signal.HELIUM_PERCENT, helium)  # fmt: skip


def _worn(used: int, past: Past, at: datetime) -> Evidence:
    months = months_until(Signal.WEAR_PERCENT, _WORN_OUT, used, past, at)
    before = growth_of(Signal.WEAR_PERCENT, used, past, at).before
    words = f"{used} % of its rated endurance is used"
    unchanged = _unchanged_days(used, past, at)
    if used >= _WORN_OUT:
        verdict, words = Verdict.WARNING, f"{words}: the maker promises no more"
    elif months is not None:
        verdict = Verdict.OK
        if months < _SOON_MONTHS:
            verdict = Verdict.WARNING
        elif months < _LATER_MONTHS or used >= _WORN_WARNING:
            verdict = Verdict.WATCH
        pace = f"{months:.0f} months" if months < 120 else "more than ten years"
        words = f"{words}; at the pace since it is watched, {pace} are left to 100 %"
    elif unchanged is not None and unchanged >= _STILL_DAYS:
        verdict = Verdict.WATCH if used >= _WORN_WARNING else Verdict.OK
        words = f"{words}, unchanged for {unchanged} days"
    else:
        verdict = Verdict.OK
        if used >= _WORN_WARNING:
            verdict = Verdict.WARNING
        elif used >= _WORN_WATCH:
            verdict = Verdict.WATCH
    return Evidence(verdict, Cause.WEAR, words, Signal.WEAR_PERCENT, used, before)


def _unchanged_days(used: int, past: Past, at: datetime) -> int | None:
    """Return for how long wear has stood still; None where it was never read before."""
    since = None
    for reading in reversed(past.readings):
        if (before := reading.signals.get(Signal.WEAR_PERCENT)) is None or reading.read_at >= at:
            continue
        if before != used:
            break
        since = reading.read_at
    return None if since is None else (at - since).days


def _spare(spare: int, threshold: int) -> Iterator[Evidence]:
    words = f"{spare} % of its spare blocks are left (threshold {threshold} %)"
    if spare < threshold:
        verdict = Verdict.REPLACE
    elif threshold and spare <= threshold + _SPARE_NEAR:
        verdict = Verdict.WARNING
    elif spare <= _SPARE_HALF:
        verdict = Verdict.WATCH
    else:
        return
    yield Evidence(verdict, Cause.DRIVE, words, Signal.SPARE_PERCENT, spare)


def of_heat(reading: DriveReading, past: Past, now: datetime) -> Iterator[Evidence]:
    """Give the evidence of the temperature, against the drive's own limits where it has some."""
    heat = reading.temperature
    if heat.current_c is None:
        return
    flash = is_solid_state(reading)
    usual = _HOT_FLASH_C if flash else _HOT_DISK_C
    own = [limit for limit in (heat.limit_c, heat.trip_c) if limit]
    limit = min(own) if own else usual
    whose = "its own limit" if own else "what such drives bear"
    near = limit - _NEAR_C if own else (_WARM_FLASH_C if flash else _WARM_DISK_C)
    if heat.current_c >= limit:
        verdict, words = Verdict.WARNING, f"{heat.current_c} C, at or above {whose} of {limit} C"
    elif heat.current_c >= near:
        verdict, words = Verdict.WATCH, f"{heat.current_c} C, near {whose} of {limit} C"
    else:
        return
    yield Evidence(verdict, Cause.HEAT, f"{words}: look at fans and air",
                   Signal.TEMPERATURE_C, heat.current_c)  # fmt: skip


def of_age(reading: DriveReading, past: Past, now: datetime) -> Iterator[Evidence]:
    """Give the evidence of the hours."""
    hours = reading.signals.get(Signal.POWER_ON_H)
    if hours is not None and hours >= _OLD_H:
        years = hours / 8_766
        yield Evidence(Verdict.WATCH, Cause.AGE,
                       f"{hours:,} hours of power ({years:.0f} years): older than drives are made "
                       "for", Signal.POWER_ON_H, hours)  # fmt: skip
