"""How a self-test ended, by what the drive says before and after."""

from dataclasses import dataclass
from enum import StrEnum

from podplanner.drives.reading import DriveReading, SelfTest
from podplanner.drives.signals import Signal
from podplanner.drives.testing.log import Kind, last_try_of, runs_now


class Ending(StrEnum):
    """How it stands with a test that was started."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    BROKEN_OFF = "broken-off"
    """Stopped by a person, a reset or a loss of power."""
    UNKNOWN = "unknown"
    """It runs no more, and the log says nothing of it; or the drive cannot be read."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one drive's test stands.

    Attributes:
        left_percent: Of a test that runs; None where the drive does not say.
        words: The drive's own, or why it is not known.
    """

    ending: Ending
    words: str = ""
    left_percent: int | None = None


def outcome_of(before: DriveReading, after: DriveReading, kind: Kind) -> Outcome:
    """Return how the test stands that began after `before` was read.

    The log is compared with the one before, for the clock of many drives counts whole hours, and
    an entry of an earlier test may look the same.
    """
    if after.trouble is not None:
        return Outcome(
            Ending.UNKNOWN, after.trouble_words or f"could not be read ({after.trouble})"
        )
    if runs_now(after):
        return Outcome(Ending.RUNNING, "runs", after.test_left_percent)
    newest = last_try_of(after, kind)
    if newest is None or not _is_new(before, after, newest, kind):
        return Outcome(
            Ending.UNKNOWN, "the drive runs no test, and logged none since it was asked to"
        )
    if newest.passed is None:
        return Outcome(Ending.BROKEN_OFF, newest.words)
    return Outcome(Ending.PASSED if newest.passed else Ending.FAILED, newest.words)


def _is_new(before: DriveReading, after: DriveReading, newest: SelfTest, kind: Kind) -> bool:
    """Return whether an entry of the log was not there before."""
    if last_try_of(before, kind) != newest or len(after.self_tests) > len(before.self_tests):
        return True
    if after.self_tests != before.self_tests:
        return True
    # The log is full, and the test before ended within the same hour in the same way.
    began_h, at_h = before.signals.get(Signal.POWER_ON_H), newest.at_power_on_h
    return began_h is not None and at_h is not None and at_h >= began_h
