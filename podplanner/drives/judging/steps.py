"""At which values a count means something, with a history and without."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from podplanner.drives.assessment import Cause, Verdict
from podplanner.drives.signals import Signal

NEVER = 2**63
"""No count gets there."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The lowest counts of each verdict; `NEVER` where none leads to it."""

    watch: int
    warning: int = NEVER
    replace: int = NEVER

    def verdict(self, count: int) -> Verdict:
        """Return what a count means; OK below all steps."""
        if count >= self.replace:
            return Verdict.REPLACE
        if count >= self.warning:
            return Verdict.WARNING
        return Verdict.WATCH if count >= self.watch else Verdict.OK


class Course(StrEnum):
    """What the past says of a count."""

    NEW = "new"
    """Nothing, or too little."""
    SETTLED = "settled"
    """It has not grown for a while."""
    GROWING = "growing"
    """It grew."""


@dataclass(frozen=True, slots=True)
class CountRule:
    """What the values of one signal mean.

    Attributes:
        one, many: What is counted, for people.
        levels: By course; a course that is not there is judged as a new one.
        growth: What the growth alone means, whatever the level.
        means: What such a count says, a clause.
        source: Where the steps are from.
    """

    signal: Signal
    one: str
    many: str
    cause: Cause
    levels: Mapping[Course, Steps]
    growth: Steps
    means: str
    source: str

    def verdict(self, count: int, course: Course, grown: int) -> Verdict:
        """Return what a count means.

        Args:
            count: Now, 0 or more.
            course: What the past says of it.
            grown: By how much it grew; 0 where it did not or where that is not known.
        """
        steps = self.levels.get(course, self.levels[Course.NEW])
        of_level, of_growth = steps.verdict(count), self.growth.verdict(grown)
        return max(of_level, of_growth, key=_RISING.index)


_RISING = (Verdict.OK, Verdict.WATCH, Verdict.WARNING, Verdict.REPLACE)
