"""The verdict on one drive."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from podplanner.drives.asking import MAX_AGE
from podplanner.drives.assessment import (
    WORST_FIRST,
    Assessment,
    Cause,
    Evidence,
    Verdict,
    worst,
)
from podplanner.drives.judging.counting import of_counts
from podplanner.drives.judging.selfsaid import of_itself
from podplanner.drives.judging.wear import of_age, of_heat, of_wear
from podplanner.drives.past import NOTHING, Past
from podplanner.drives.reading import DriveReading, Trouble
from podplanner.drives.signals import Signal

_SOURCES: tuple[Callable[[DriveReading, Past, datetime], Iterator[Evidence]], ...] = (
    of_itself,
    of_counts,
    of_wear,
    of_heat,
    of_age,
)
_CAUSES = (Cause.DRIVE, Cause.WEAR, Cause.HEAT, Cause.LINK, Cause.AGE, Cause.READING)
# Of like verdicts, the cause that the drive itself is comes first.
_HEALTH = frozenset(Signal) - {
    Signal.TEMPERATURE_C, Signal.POWER_ON_H, Signal.POWER_CYCLES, Signal.WRITTEN_BYTES,
    Signal.ERROR_LOG_ENTRIES, Signal.CORRECTED_ERRORS, Signal.SPARE_THRESHOLD_PERCENT,
}  # fmt: skip
# Figures of which at least one is needed to say that a drive is well.


def assess(
    reading: DriveReading,
    past: Past = NOTHING,
    *,
    now: datetime,
    max_age: timedelta = MAX_AGE,
) -> Assessment:
    """Return the verdict on a reading.

    Args:
        reading: Of the drive, now.
        past: What was known before; readings at or after this one's time are not looked at.
        now: Used where the reading does not say when it was made, and for the age of a verdict.
        max_age: How long the verdict on a drive that sleeps holds.
    """
    if reading.trouble is Trouble.ASLEEP:
        return _asleep(reading, past, now, max_age)
    if reading.trouble is not None:
        return _unread(reading, past, now)
    evidence = [e for source in _SOURCES for e in source(reading, past, now)]
    evidence += _of_reading(reading)
    evidence.sort(key=_weight)
    verdict = worst(e.verdict for e in evidence) if evidence else Verdict.OK
    return Assessment(verdict, _reason(verdict, evidence, reading), tuple(evidence))


def _weight(evidence: Evidence) -> tuple[int, int, float]:
    risk = evidence.risk.yearly if evidence.risk is not None else 0.0
    return (WORST_FIRST.index(evidence.verdict), _CAUSES.index(evidence.cause), -risk)


def _of_reading(reading: DriveReading) -> Iterator[Evidence]:
    """Give what is to be said of how well the drive could be read."""
    status = reading.exit_status
    if status is not None and status.partly_read:
        yield Evidence(Verdict.OK, Cause.READING,
                       "some of its logs could not be read (exit status bit 2); the rest "
                       "holds")  # fmt: skip
    if reading.signals.keys() & _HEALTH or reading.attributes:
        return
    if reading.passed is None:
        yield Evidence(Verdict.UNKNOWN, Cause.READING, "it said nothing of its health")
    else:
        yield Evidence(Verdict.WATCH, Cause.READING,
                       "only its own verdict is known, no figures: drives say PASSED until the "
                       "end")  # fmt: skip


def _reason(verdict: Verdict, evidence: list[Evidence], reading: DriveReading) -> str:
    if verdict is Verdict.OK:
        quiet = [e for e in evidence if e.accepted]
        if quiet:
            return f"nothing new; {quiet[0].words}"
        return "no sign of trouble in what the drive says"
    return evidence[0].words


def _asleep(reading: DriveReading, past: Past, now: datetime, max_age: timedelta) -> Assessment:
    before = past.latest
    if before is None or before.verdict is None:
        words = "asleep, and not judged before; --wake reads it"
        return Assessment(Verdict.UNKNOWN, words,
                          (Evidence(Verdict.UNKNOWN, Cause.READING, words),))  # fmt: skip
    age = now - before.read_at
    if age > max_age:
        words = f"asleep; its last verdict, {before.verdict}, is {_days(age)} old; --wake reads it"
        return Assessment(Verdict.UNKNOWN, words,
                          (Evidence(Verdict.UNKNOWN, Cause.READING, words),))  # fmt: skip
    words = f"asleep; {_days(age)} ago: {before.reason or before.verdict}"
    return Assessment(before.verdict, words, (Evidence(before.verdict, Cause.READING, words),))


def _unread(reading: DriveReading, past: Past, now: datetime) -> Assessment:
    words = reading.trouble_words or "it could not be read"
    evidence = [Evidence(Verdict.UNKNOWN, Cause.READING, words)]
    before = past.latest
    if before is not None:
        age = _days(now - before.read_at)
        verdict = "" if before.verdict is None else f", it was {before.verdict}: {before.reason}"
        evidence.append(Evidence(Verdict.UNKNOWN, Cause.READING,
                                 f"it last answered {age} ago{verdict}"))  # fmt: skip
    if reading.passed is False:
        failing = Evidence(Verdict.REPLACE, Cause.DRIVE, "the drive itself says that it is failing")
        return Assessment(Verdict.REPLACE, failing.words, (failing, *evidence))
    return Assessment(Verdict.UNKNOWN, words, tuple(evidence))


def _days(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    if hours < 1:
        return f"{max(int(hours * 60), 0)} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"
