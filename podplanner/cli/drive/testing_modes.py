"""What `drive test` does: plan, begin, stop, tell how tests stand and whose turn it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf
from time import sleep

from podplanner.cli.console import say
from podplanner.cli.drive.candidates import Candidates
from podplanner.cli.drive.testing_choices import Wish
from podplanner.cli.drive.testing_progress import following
from podplanner.cli.drive.testing_rows import TestRow, row_of
from podplanner.drives.assessment import Verdict, worst
from podplanner.drives.reading import Trouble
from podplanner.drives.testing.campaign import Campaign, run_to_the_end
from podplanner.drives.testing.due import DueDay, due_days
from podplanner.drives.testing.live import LiveDrives
from podplanner.drives.testing.log import Kind, runs_now
from podplanner.drives.testing.outcome import Ending, Outcome, outcome_of
from podplanner.drives.testing.plan import Candidate, Plan, Step
from podplanner.drives.testing.starting import Answer, Asking


@dataclass(frozen=True, slots=True)
class Told:
    """What a mode has to tell.

    Attributes:
        hold: Why nothing may begin now; empty: something may.
        blind: It is because the state of the arrays is not known.
        verdict: By which the command ends.
    """

    rows: tuple[TestRow, ...]
    verdict: Verdict
    at_once: int | None = None
    hold: str = ""
    blind: bool = False


def states(found: Candidates, wish: Wish, *, by_day: bool) -> Told:
    """Return how tests stand, and when each drive's next one is due; in that order if asked."""
    due = _due(found, wish)
    rows = [TestRow(c.reading, due=due.get(c.reading.source)) for c in found.all if c.asked]
    if by_day:
        rows.sort(key=lambda row: inf if row.due is None or row.due.day is None else row.due.day)
    return Told(tuple(rows), worst(row.verdict for row in rows))


def planned(found: Candidates, wish: Wish) -> Told:
    """Return what would begin now; nothing does."""
    plan = _campaign(found, wish, None).plan(found.arrays)
    now = datetime.now(UTC)
    rows = tuple(row_of(decision, now) for decision in plan.decisions)
    return _told(rows, plan)


def begun(
    found: Candidates, wish: Wish, timeout_s: float, *, pause: Callable[[float], None] = sleep
) -> Told:
    """Begin tests; with `wait`, follow them to their end."""
    campaign = _campaign(found, wish, timeout_s)
    first = campaign.plan(found.arrays)
    if first.hold:
        now = datetime.now(UTC)
        return _told(tuple(row_of(d, now) for d in first.decisions), first)
    if wish.wait:
        with following(campaign) as told:
            last = run_to_the_end(campaign, found.arrays, sleep=pause, told=told)
    else:
        campaign.begin(first)
        last = first
    rows = tuple(_row(d.reading.source, campaign, first, last) for d in first.decisions)
    return _told(rows, last, waited=wish.wait)


def stopped(found: Candidates, wish: Wish, timeout_s: float) -> Told:
    """Break off the tests that run."""
    drives = LiveDrives(wish.kind, timeout_s)
    rows = []
    for candidate in found.all:
        if not candidate.asked or not runs_now(candidate.reading):
            continue
        asking = drives.stop(candidate.reading)
        rows.append(TestRow(
            replace(candidate.reading, test_left_percent=None), Step.RUNNING,
            outcome=Outcome(Ending.BROKEN_OFF, "stopped") if asking.answer is Answer.DONE
            else Outcome(Ending.UNKNOWN, f"could not be stopped: {asking.words}"),
        ))  # fmt: skip
    if not rows:
        say("no drive runs a self-test")
    failed = any(row.outcome and row.outcome.ending is Ending.UNKNOWN for row in rows)
    return Told(tuple(rows), Verdict.UNKNOWN if failed else Verdict.OK)


def _campaign(found: Candidates, wish: Wish, timeout_s: float | None) -> Campaign:
    candidates = found.all
    if wish.due:
        due = _due(found, wish)
        candidates = tuple(replace(c, asked=c.asked and _has_turn(c, due)) for c in candidates)
        turns = sum(c.asked and c.reading.trouble is None for c in candidates)
        say(f"{turns} of {sum(c.asked for c in found.all)} drives have their turn today")
    drives = LiveDrives(wish.kind) if timeout_s is None else LiveDrives(wish.kind, timeout_s)
    return Campaign(drives, candidates, wish.kind, wish.at_once, wish.blind)


def _has_turn(candidate: Candidate, due: dict[str, DueDay]) -> bool:
    reading = candidate.reading
    if reading.trouble is not None:
        # A drive that cannot be read is told, whosever turn it is; a sleeping one waits.
        return reading.trouble is not Trouble.ASLEEP
    return due[reading.source].today


def _due(found: Candidates, wish: Wish) -> dict[str, DueDay]:
    readings = [candidate.reading for candidate in found.all]
    days = due_days(readings, wish.kind, every_days=wish.every_days)
    return {due.reading.source: due for due in days}


def _row(source: str, campaign: Campaign, first: Plan, last: Plan) -> TestRow:
    now = datetime.now(UTC)
    decisions: Sequence[Plan] = (last, first)
    decision = next(d for plan in decisions for d in plan.decisions if d.reading.source == source)
    newest = next(c.reading for c in campaign.candidates if c.reading.source == source)
    row = row_of(replace(decision, reading=newest), now, outcome=campaign.endings.get(source))
    if (refused := campaign.refused.get(source)) is not None:
        return _refused(row, refused)
    if row.outcome is not None:
        # It waited for its turn at first, and had it.
        row = replace(row, step=Step.START, words="")
    elif row.step is Step.RUNNING and not runs_now(newest):
        # Somebody else began it, and it ended while ours were waited for.
        began = next(d.reading for d in first.decisions if d.reading.source == source)
        found = [outcome_of(began, newest, kind) for kind in Kind]
        told = next((o for o in found if o.ending is not Ending.UNKNOWN), found[0])
        row = replace(row, outcome=told)
    if row.outcome is not None and row.outcome.ending is not Ending.RUNNING:
        return replace(row, ends_at=None)
    return row


def _refused(row: TestRow, asking: Asking) -> TestRow:
    """Return the row of a drive that did not begin when it was asked to."""
    steps = {Answer.BUSY: Step.RUNNING, Answer.ASLEEP: Step.LEFT}
    step = steps.get(asking.answer, Step.UNKNOWN)
    return replace(row, step=step, words=asking.words, ends_at=None)


def _told(rows: tuple[TestRow, ...], plan: Plan, *, waited: bool = False) -> Told:
    verdicts = [row.verdict for row in rows]
    if plan.hold:
        verdicts.append(Verdict.UNKNOWN if plan.blind else Verdict.WARNING)
    if waited and any(row.step is Step.LATER for row in rows):
        verdicts.append(Verdict.WARNING)
    return Told(rows, worst(verdicts or [Verdict.OK]), plan.at_once, plan.hold, plan.blind)
