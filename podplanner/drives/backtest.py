"""The judgement tried on a recorded fleet whose failures are known."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from podplanner.drives.assessment import Assessment, Verdict
from podplanner.drives.decoding.attributes import Owner, kind_of, signals_in
from podplanner.drives.drive_stats import StatsDay, StatsDrive, StatsFleet
from podplanner.drives.judging import assess
from podplanner.drives.past import Past, PastReading
from podplanner.drives.reading import Attribute, DriveReading, Identity, Protocol
from podplanner.drives.signals import Signal

_FIVE = (
    Signal.REALLOCATED, Signal.REPORTED_UNCORRECTABLE, Signal.COMMAND_TIMEOUTS, Signal.PENDING,
    Signal.OFFLINE_UNCORRECTABLE,
)  # fmt: skip
# ATA 5, 187, 188, 197 and 198: "when the raw value is greater than zero, we have a reason to
# investigate" (Backblaze, What SMART Stats Tell Us About Hard Drives, 2016).


@dataclass(frozen=True, slots=True)
class Tier:
    """How well drives at a verdict, or above it, were told from the others.

    Attributes:
        failed: Drives that failed and were told.
        false_alarms: Drives that did not fail within the days recorded and were told.
        failures, survivors: All of each.
    """

    failed: int
    false_alarms: int
    failures: int
    survivors: int

    @property
    def recall(self) -> float | None:
        """Return the share of failures that were told; None where none failed."""
        return self.failed / self.failures if self.failures else None

    @property
    def false_alarm_rate(self) -> float | None:
        """Return the share of survivors that were told; None where none survived."""
        return self.false_alarms / self.survivors if self.survivors else None

    @property
    def precision(self) -> float | None:
        """Return the share of those told that failed; None where none was told."""
        told = self.failed + self.false_alarms
        return self.failed / told if told else None


@dataclass(frozen=True, slots=True)
class Judged:
    """One drive of the fleet as it was judged on its last day."""

    drive: StatsDrive
    reading: DriveReading
    past: Past
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class Backtest:
    """What the judgement made of a fleet.

    Attributes:
        replace: At REPLACE.
        warning: At WARNING and above.
        any_of_five: The usual rule beside it: any of ATA 5, 187, 188, 197, 198 above zero.
        verdicts: How many drives have each verdict, and how many of them failed.
    """

    drives: int
    failures: int
    replace: Tier
    warning: Tier
    any_of_five: Tier
    verdicts: tuple[tuple[Verdict, int, int], ...]


def judged(fleet: StatsFleet) -> Iterator[Judged]:
    """Give every drive, judged on its last day with the days before as its past."""
    for drive in fleet.drives:
        last = drive.days[-1]
        reading = _reading(drive, last)
        past = Past(tuple(_past(drive, day) for day in drive.days[:-1]))
        yield Judged(drive, reading, past, assess(reading, past, now=last.at))


def backtest(fleet: StatsFleet) -> Backtest:
    """Return how well the judgement tells drives that failed from those that did not."""
    found = [(one.drive.failed, one) for one in judged(fleet)]

    def tier(told: Callable[[Judged], bool]) -> Tier:
        hits = [failed for failed, one in found if told(one)]
        failures = sum(failed for failed, _ in found)
        return Tier(sum(hits), len(hits) - sum(hits), failures, len(found) - failures)

    bad = (Verdict.WARNING, Verdict.REPLACE)
    return Backtest(
        drives=len(found),
        failures=sum(failed for failed, _ in found),
        replace=tier(lambda one: one.assessment.verdict is Verdict.REPLACE),
        warning=tier(lambda one: one.assessment.verdict in bad),
        any_of_five=tier(lambda one: any(one.reading.signals.get(s, 0) > 0 for s in _FIVE)),
        verdicts=tuple(
            (verdict, len(hits), sum(hits))
            for verdict in Verdict
            if (hits := [failed for failed, one in found if one.assessment.verdict is verdict])
        ),
    )


def _reading(drive: StatsDrive, day: StatsDay) -> DriveReading:
    rows = _rows(day)
    kind = kind_of(drive.model, None, rows)
    return DriveReading(
        source=drive.serial, read_at=day.at, protocol=Protocol.ATA,
        identity=Identity(drive.model, drive.serial, f"{drive.model}/{drive.serial}"),
        capacity_bytes=drive.capacity_bytes, rotation_rpm=0 if kind == "ssd" else None,
        signals=_signals(drive, rows),
    )  # fmt: skip


def _past(drive: StatsDrive, day: StatsDay) -> PastReading:
    return PastReading(day.at, _signals(drive, _rows(day)))


def _signals(drive: StatsDrive, rows: Sequence[Attribute]) -> Mapping[Signal, int]:
    owner = Owner(drive.model, "", kind_of(drive.model, None, rows), known=False)
    return signals_in(rows, owner)


def _rows(day: StatsDay) -> list[Attribute]:
    """Return a day as the rows of an attribute table, which Drive Stats keeps without names."""
    return [
        Attribute(number, "", day.normalized.get(number), None, None, raw, None, "",
                  prefailure=False)
        for number, raw in day.raw.items()
    ]  # fmt: skip
