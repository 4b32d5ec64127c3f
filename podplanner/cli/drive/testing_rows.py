"""What `drive test` says of each drive, for people and as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from podplanner.cli.console import coloured, counted, show, table, wrapped
from podplanner.cli.drive.records import moment
from podplanner.drives.assessment import Verdict
from podplanner.drives.reading import DriveReading, Trouble
from podplanner.drives.testing.due import DueDay
from podplanner.drives.testing.log import Kind, hours_since, last_of, runs_now
from podplanner.drives.testing.outcome import Ending, Outcome
from podplanner.drives.testing.plan import Decision, Step
from podplanner.units.words import say_span


@dataclass(frozen=True, slots=True)
class TestRow:
    """One drive.

    Attributes:
        step: What becomes of it; None: only its state is told.
        ends_at: When its test is expected to end while the drive is idle.
        outcome: Of a test that was begun here; None: none was.
    """

    __test__ = False

    reading: DriveReading
    step: Step | None = None
    words: str = ""
    minutes: int | None = None
    ends_at: datetime | None = None
    outcome: Outcome | None = None
    due: DueDay | None = None

    @property
    def verdict(self) -> Verdict:
        """Return what the exit status says of it."""
        if self.outcome is not None:
            return _OF_ENDING[self.outcome.ending]
        if self.step is Step.UNKNOWN:
            return Verdict.UNKNOWN
        if self.step is None:
            if self.reading.trouble not in (None, Trouble.ASLEEP):
                return Verdict.UNKNOWN
            failed = any((t := last_of(self.reading, k)) and t.passed is False for k in Kind)
            return Verdict.REPLACE if failed else Verdict.OK
        return Verdict.OK


_OF_ENDING = {
    Ending.RUNNING: Verdict.OK,
    Ending.PASSED: Verdict.OK,
    Ending.FAILED: Verdict.REPLACE,
    Ending.BROKEN_OFF: Verdict.WARNING,
    Ending.UNKNOWN: Verdict.UNKNOWN,
}
_STEPS = {
    Step.START: "begun",
    Step.LATER: "waits",
    Step.RUNNING: "tests",
    Step.LEFT: "left alone",
    Step.UNKNOWN: "unknown",
}
_COLOUR_OF = {
    Verdict.OK: "ok",
    Verdict.WARNING: "warning",
    Verdict.REPLACE: "error",
    Verdict.UNKNOWN: "unknown",
}
_INDENT = 13
# The longest of these words, and two spaces.


def row_of(decision: Decision, now: datetime, *, outcome: Outcome | None = None) -> TestRow:
    """Return the row of a decision; of one that starts, with the time at which its test ends."""
    minutes, reading = decision.minutes, decision.reading
    left = 100 if decision.step is Step.START else reading.test_left_percent
    tests = decision.step in (Step.START, Step.RUNNING)
    ends = None
    if tests and minutes is not None and left is not None:
        ends = now + timedelta(minutes=minutes * left / 100)
    return TestRow(
        reading, decision.step, decision.words, minutes if tests else None, ends, outcome
    )


def show_rows(rows: Sequence[TestRow], *, planned: bool) -> None:
    """Print what becomes of every drive; those that wait for their turn together.

    Args:
        rows: One a drive.
        planned: Nothing was begun: it is said what would be.
    """
    for row in rows:
        if row.step is not Step.LATER:
            does = _does(row, planned=planned)
            start = coloured(f"{does:<{_INDENT}}", _COLOUR_OF[row.verdict])
            show(wrapped(", ".join(_told(row)), _INDENT), before=start)
    waiting = [row for row in rows if row.step is Step.LATER]
    if waiting:
        names = ", ".join(row.reading.source for row in waiting)
        show(wrapped(f"{counted(len(waiting), 'drive')}: {names}", _INDENT),
             before=f"{_STEPS[Step.LATER]:<{_INDENT}}")  # fmt: skip
        if len(waiting) == 1:
            show(" " * _INDENT + wrapped(waiting[0].words, _INDENT))


def _told(row: TestRow) -> Iterator[str]:
    if not row.words.startswith(row.reading.source):
        yield row.reading.source
    if row.reading.identity.serial:
        yield f"serial {row.reading.identity.serial}"
    if row.ends_at is not None and row.minutes is not None:
        yield f"takes {say_span(row.minutes * 60)}, ends about {_told_time(row.ends_at)}"
    words = row.outcome.words if row.outcome else row.words
    if words and (row.outcome is None or row.outcome.ending is not Ending.RUNNING):
        yield words


def show_states(rows: Sequence[TestRow]) -> None:
    """Print which tests run, and how the last ones ended."""
    cells = [
        (row.reading.source, row.reading.identity.serial or "unknown", _now(row.reading),
         *(_last(row.reading, kind) for kind in Kind), _due(row.due))
        for row in rows
    ]  # fmt: skip
    show(table(cells, ("drive", "serial", "now", "last short", "last long", "long test due")))


def record_of(row: TestRow) -> dict[str, object]:
    """Return a row as JSON has it."""
    reading, outcome = row.reading, row.outcome
    left = outcome.left_percent if outcome else None
    return {
        "source": reading.source, "model": reading.identity.model,
        "serial": reading.identity.serial, "step": row.step, "words": row.words,
        "minutes": row.minutes, "ends_at": moment(row.ends_at),
        "running": runs_now(reading) or (outcome is not None and outcome.ending is Ending.RUNNING),
        "left_percent": reading.test_left_percent if left is None else left,
        "outcome": None if outcome is None else outcome.ending,
        "outcome_words": None if outcome is None else outcome.words,
        "last": {kind.value: record for kind, record in _lasts(reading)},
        "due_in_days": row.due.day if row.due else None,
    }  # fmt: skip


def _lasts(reading: DriveReading) -> Iterator[tuple[Kind, dict[str, object] | None]]:
    for kind in Kind:
        test = last_of(reading, kind)
        yield kind, None if test is None else {
            "passed": test.passed, "words": test.words, "hours_ago": hours_since(reading, test),
        }  # fmt: skip


def _does(row: TestRow, *, planned: bool) -> str:
    if row.outcome is not None:
        ending = row.outcome.ending
        return "FAILED" if ending is Ending.FAILED else (
            "begun" if ending is Ending.RUNNING else ending.value.replace("-", " ")
        )  # fmt: skip
    if row.step is None:
        return ""
    return "would begin" if planned and row.step is Step.START else _STEPS[row.step]


def _now(reading: DriveReading) -> str:
    if reading.trouble is Trouble.ASLEEP:
        return "asleep"
    if reading.trouble is not None:
        return f"unknown: {reading.trouble}"
    if not runs_now(reading):
        return "no test"
    left = reading.test_left_percent
    return "tests" if left is None else f"tests, {left} % left"


def _last(reading: DriveReading, kind: Kind) -> str:
    test = last_of(reading, kind)
    if test is None:
        return "unknown" if reading.trouble else "never"
    since = hours_since(reading, test)
    ended = "passed" if test.passed else "FAILED"
    return ended if since is None else f"{ended} {since:,} h ago"


def _due(due: DueDay | None) -> str:
    if due is None or due.day is None:
        return ""
    return {0: "today", 1: "tomorrow"}.get(due.day, f"in {due.day} days")


def _told_time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%a %d %b %H:%M} UTC"
