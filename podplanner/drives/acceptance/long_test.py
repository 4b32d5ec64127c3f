"""Did the drive read its whole surface without an error, just now."""

from collections.abc import Iterator

from podplanner.drives.acceptance.check import Check, Result
from podplanner.drives.acceptance.newcomer import Newcomer
from podplanner.drives.testing.log import Kind, hours_since, last_of, last_try_of, runs_now
from podplanner.units.words import say_span

_FRESH_H = 168
# A test of more than a week of power ago says nothing of the way here.
_NAME = "long test"


def passed_long_test(newcomer: Newcomer) -> Iterator[Check]:
    """Yield how its last long self-test ended; nothing where none is asked for."""
    if not newcomer.long:
        return
    reading = newcomer.reading
    start = f"start it: podplanner drive test --kind long {reading.device or reading.source}"
    if reading.long_test_min is not None:
        start += f" (takes {say_span(reading.long_test_min * 60)})"
    test, tried = last_of(reading, Kind.LONG), last_try_of(reading, Kind.LONG)
    since = None if test is None else hours_since(reading, test)
    if test is not None and test.passed is False:
        yield Check(_NAME, Result.FAIL, f"failed: {test.words}")
    elif runs_now(reading):
        left = reading.test_left_percent
        words = "a self-test runs" + ("" if left is None else f", {left} % left")
        yield Check(_NAME, Result.NOT_YET, words)
    elif test is None:
        broken = "" if tried is None else f" ({tried.words} once)"
        yield Check(_NAME, Result.NOT_YET, f"it never passed one{broken}: {start}")
    elif since is None:
        words = f"passed, and it does not say when: {start}"
        yield Check(_NAME, Result.NOT_YET, words)
    elif since > _FRESH_H:
        yield Check(_NAME, Result.NOT_YET, f"passed {since:,} h of power ago, too long: {start}")
    else:
        ago = "within the last hour" if since == 0 else f"{since:,} h of power ago"
        yield Check(_NAME, Result.PASS, f"passed {ago}")
