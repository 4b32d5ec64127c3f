"""One thing that is checked on a drive that just came, and what all together say."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """What came of one check."""

    PASS = "PASS"  # noqa: S105
    WARNING = "WARNING"
    """Nothing forbids the drive; somebody should look."""
    FAIL = "FAIL"
    NOT_YET = "NOT YET"
    """It takes time, or a command, to find out."""
    UNKNOWN = "UNKNOWN"
    """It cannot be told; that is never a pass."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        name: What is checked, short (`power-on hours`).
        words: What was found, with the numbers, and what to do where that is not plain.
        needed: An unknown keeps the drive from being accepted; else it is only told.
    """

    name: str
    result: Result
    words: str
    needed: bool = True


class Outcome(StrEnum):
    """What to do with the drive."""

    ACCEPT = "ACCEPT"
    WARNING = "WARNING"
    NOT_YET = "NOT YET"
    REFUSE = "REFUSE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Examination:
    """All checks of one drive, and what they say together."""

    checks: tuple[Check, ...]

    @property
    def outcome(self) -> Outcome:
        """Return what to do: one failed check refuses, one open question keeps from accepting."""
        results = {check.result for check in self.checks}
        for result, outcome in _WORST_FIRST:
            if result in results:
                return outcome
        if not self.checks or any(c.needed and c.result is Result.UNKNOWN for c in self.checks):
            return Outcome.UNKNOWN
        return Outcome.ACCEPT

    @property
    def words(self) -> str:
        """Return one sentence: why that is so."""
        match self.outcome:
            case Outcome.REFUSE:
                return f"Do not use it: {self._named(Result.FAIL)}."
            case Outcome.NOT_YET:
                return f"Not yet: {self._named(Result.NOT_YET)}."
            case Outcome.WARNING:
                return f"Look first at: {self._named(Result.WARNING)}."
            case Outcome.UNKNOWN:
                return f"It cannot be said: {self._named(Result.UNKNOWN) or 'nothing was read'}."
            case _:
                return self._accepted()

    def _accepted(self) -> str:
        passed = sum(check.result is Result.PASS for check in self.checks)
        unknown = self._named(Result.UNKNOWN)
        return f"All {passed} checks passed." if not unknown else (
            f"{passed} checks passed; not known, and not needed: {unknown}."
        )  # fmt: skip

    def _named(self, result: Result) -> str:
        return _listed([check.name for check in self.checks if check.result is result])


_WORST_FIRST = (
    (Result.FAIL, Outcome.REFUSE),
    (Result.NOT_YET, Outcome.NOT_YET),
    (Result.WARNING, Outcome.WARNING),
)


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
