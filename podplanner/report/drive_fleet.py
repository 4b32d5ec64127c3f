"""The failure rate that was seen on the drives of a pod, with its interval."""

from collections.abc import Iterator

from podplanner.drives.fleet_rate import LONGEST_GAP, FleetCount
from podplanner.planning.durability.rate import HIGHEST, AnnualFailureRate, rate_of_counts
from podplanner.report.drive_values import FleetSection
from podplanner.report.drive_words import interval_words, moment_words, rate_words
from podplanner.report.values import Fact
from podplanner.report.wording import UNKNOWN, plural

_WIDE = 10
# An interval over more than this factor leaves open even how many digits the rate has; so it is
# with three failures or fewer.


def fleet_section(count: FleetCount | None) -> FleetSection:
    """Return the failure rate that was seen; None: no history was read."""
    if count is None:
        missing = "No history was read, so nothing is known of failures before."
        return FleetSection(missing, UNKNOWN, None, None, None, None, None, (), ())
    facts, notes = tuple(_counted(count)), tuple(_notes(count))
    if count.drive_days < 1:
        missing = "No drive was watched for a whole day yet; the rate is unknown."
        return FleetSection(missing, UNKNOWN, None, None, None, None, None, facts, notes)
    rate = rate_of_counts(count.failures, count.drive_days, "")
    words = f"{rate_words(rate.estimate)} a year (95 % interval " \
        f"{interval_words(rate.low, rate.high)})"  # fmt: skip
    # A rate beyond what readers of the file take for one is left out; the counts say it all.
    known = rate.high is not None and rate.high <= HIGHEST
    return FleetSection(
        missing="",
        words=words,
        failures=count.failures,
        drive_days=count.drive_days,
        estimate=rate.estimate if known else None,
        low=rate.low if known else None,
        high=rate.high if known else None,
        facts=facts,
        notes=(*_sure(rate, count), *notes),
    )


def _counted(count: FleetCount) -> Iterator[Fact]:
    yield Fact("Failures", f"{count.failures:,}")
    yield Fact("Drive-days", f"{count.drive_days:,}, over {plural(count.drives, 'drive')}")
    if count.since is not None:
        yield Fact("Watched", f"{moment_words(count.since)} to {moment_words(count.until)}")


def _sure(rate: AnnualFailureRate, count: FleetCount) -> Iterator[str]:
    """Yield how far the rate can be trusted, where that is not far."""
    if count.failures == 0:
        yield (
            "No failure was seen, which does not mean that drives never fail: only rates above "
            "the upper end of the interval can be ruled out."
        )
    elif rate.low and rate.high and rate.high / rate.low > _WIDE:
        yield (
            f"{plural(count.failures, 'failure')} say little: the ends of the interval differ "
            f"{rate.high / rate.low:.0f}-fold. Plan with its upper end."
        )


def _notes(count: FleetCount) -> Iterator[str]:
    yield (
        "A failure is a drive that was retired as failed, or that another replaced while it was "
        "judged REPLACE. A drive that is judged REPLACE and still runs is none yet."
    )
    if count.unwatched_days:
        yield (
            f"{plural(count.unwatched_days, 'drive-day')} between readings more than "
            f"{LONGEST_GAP.days} days apart do not count: drives may have failed unseen."
        )
    if count.lost:
        yield (
            f"{plural(count.lost, 'drive')} stopped answering more than {LONGEST_GAP.days} days "
            "ago, and nobody said why; they are not counted as failures, so the rate may be "
            "higher."
        )
