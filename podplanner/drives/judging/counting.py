"""Evidence from what a drive counts."""

from collections.abc import Iterator
from datetime import datetime

from podplanner.drives.assessment import Evidence, Verdict
from podplanner.drives.judging.counts import HARD_DRIVE, SOLID_STATE
from podplanner.drives.judging.growth import Growth, growth_of
from podplanner.drives.judging.rates import risk_at
from podplanner.drives.judging.steps import CountRule, Course
from podplanner.drives.past import Acceptance, Past
from podplanner.drives.reading import DriveReading, Protocol


def is_solid_state(reading: DriveReading) -> bool:
    """Return whether a drive has flash instead of platters, as far as it says."""
    return reading.protocol is Protocol.NVME or reading.rotation_rpm == 0


def rules_for(reading: DriveReading) -> tuple[CountRule, ...]:
    """Return the rules for the counts of a drive."""
    return SOLID_STATE if is_solid_state(reading) else HARD_DRIVE


def of_counts(reading: DriveReading, past: Past, now: datetime) -> Iterator[Evidence]:
    """Give the evidence of every count above zero."""
    accepted = {acceptance.signal: acceptance for acceptance in past.accepted}
    at = reading.read_at or now
    for rule in rules_for(reading):
        count = reading.signals.get(rule.signal, 0)
        if count <= 0:
            continue
        growth = growth_of(rule.signal, count, past, at)
        yield _evidence(rule, count, growth, accepted.get(rule.signal), now)


def _evidence(
    rule: CountRule, count: int, growth: Growth, acceptance: Acceptance | None, now: datetime
) -> Evidence:
    quiet = acceptance is not None and count <= acceptance.value
    verdict = Verdict.OK if quiet else rule.verdict(count, growth.course, growth.grown)
    said = [f"{counted(count, rule)}: {rule.means}"]
    said += _course_words(growth)
    if acceptance is not None:
        note = f" ({acceptance.note})" if acceptance.note else ""
        said.append(
            f"{acceptance.value:,} accepted on {acceptance.at:%Y-%m-%d}{note}"
            + ("" if quiet else ", and it grew since")
        )
    return Evidence(
        verdict, rule.cause, "; ".join(said), rule.signal, count, growth.before,
        risk_at(rule.signal, count, grew=_grew(growth)),
        accepted=quiet,
    )  # fmt: skip


def _grew(growth: Growth) -> bool | None:
    if growth.course is Course.NEW:
        return None
    return growth.course is Course.GROWING


def counted(count: int, rule: CountRule) -> str:
    """Return a count with its noun."""
    return f"{count:,} {rule.one if count == 1 else rule.many}"


def _course_words(growth: Growth) -> Iterator[str]:
    if growth.since is None:
        return
    day = f"{growth.since:%Y-%m-%d}"
    if growth.grown:
        yield f"{growth.grown:,} more since {day}"
    elif growth.course is Course.SETTLED:
        yield f"unchanged since {day}"
