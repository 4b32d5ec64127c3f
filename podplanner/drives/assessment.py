"""What is made of a reading: a verdict, and the evidence for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from podplanner.drives.signals import Signal


class Verdict(StrEnum):
    """What to do about a drive."""

    OK = "OK"
    WATCH = "WATCH"
    """Nothing to do; something is to be seen again."""
    WARNING = "WARNING"
    """Have a spare at hand, look soon."""
    REPLACE = "REPLACE"
    """Pull it, as soon as that is safe."""
    UNKNOWN = "UNKNOWN"
    """It could not be judged; that is never a pass."""


WORST_FIRST = (
    Verdict.REPLACE, Verdict.WARNING, Verdict.UNKNOWN, Verdict.WATCH, Verdict.OK,
)  # fmt: skip
"""The order in which one verdict stands for several."""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of several; of none, UNKNOWN: nothing was judged."""
    return min(verdicts, key=WORST_FIRST.index, default=Verdict.UNKNOWN)


class Cause(StrEnum):
    """What a piece of evidence speaks about."""

    DRIVE = "drive"
    LINK = "link"
    """Cable, backplane or adapter: another drive in its place would show the same."""
    WEAR = "wear"
    HEAT = "heat"
    AGE = "age"
    READING = "reading"
    """That, or how, the drive was read."""


@dataclass(frozen=True, slots=True)
class Risk:
    """How many drives with such a value were seen to fail.

    Attributes:
        yearly: Failures per drive-year (0.02 is 2 %; may exceed 1).
        low, high: 95 % confidence interval of `yearly`.
        failures, drive_days: What was counted; 0 and 0 where the source gives the rate alone.
        words: Which values (`17 to 70 reallocated sectors`).
        source: Who counted, and when.
    """

    yearly: float
    low: float | None
    high: float | None
    failures: int
    drive_days: int
    words: str
    source: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was seen, and what it alone would mean.

    Attributes:
        verdict: Of this evidence alone; OK where it is told for completeness.
        signal: The figure, by which `drive ack` names it; None: it is none of them.
        words: A sentence in plain words, with the numbers.
        value: The figure now; None where there is none.
        before: The figure of the reading that it is compared with; None: compared with none.
        accepted: The user accepted it; it is quiet until it grows.
    """

    verdict: Verdict
    cause: Cause
    words: str
    signal: Signal | None = None
    value: int | None = None
    before: int | None = None
    risk: Risk | None = None
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verdict on one drive.

    Attributes:
        reason: One sentence, the weightiest evidence.
        evidence: The weightiest first.
    """

    verdict: Verdict
    reason: str
    evidence: tuple[Evidence, ...] = ()
