"""Which drives may begin a self-test now, which wait, and which are better left alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil

from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.assessment import Verdict
from podplanner.drives.reading import DriveReading, Trouble
from podplanner.drives.testing.log import Kind, expected_min, runs_now
from podplanner.drives.testing.seat import Seat

_SHARE = 0.1
# Of the drives at once. A drive that tests lets the host's commands through, yet may take up to
# two seconds to turn to each (ACS-4, SMART EXECUTE OFF-LINE IMMEDIATE, off-line mode), so nine in
# ten are to be free of it. Ten rounds of the longest tests still fit into a month: 24 TB at
# 170 MB/s, the mean of outer and inner tracks, take 39 h.


class Step(StrEnum):
    """What becomes of a drive now."""

    START = "start"
    LATER = "later"
    """It waits until others are done."""
    RUNNING = "running"
    """It tests already."""
    LEFT = "left"
    """It is not tested; the words say why."""
    UNKNOWN = "unknown"
    """It could not be read."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A drive that might be tested.

    Attributes:
        asked: It is to be tested; else it only counts while it tests.
        named: The user named it: a drive that is to be replaced is tested all the same.
        verdict: On its reading; None: not judged.
    """

    reading: DriveReading
    seat: Seat = field(default_factory=Seat)
    asked: bool = True
    named: bool = False
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one drive, and why.

    Attributes:
        minutes: How long its test takes while the drive is idle; None where it does not say.
    """

    reading: DriveReading
    step: Step
    words: str = ""
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of every drive that was asked for, in their order.

    Attributes:
        at_once: How many may test together.
        hold: Why nothing may start now, for people; empty: something may.
        blind: It is because the state of the arrays is not known.
    """

    decisions: tuple[Decision, ...]
    at_once: int
    hold: str = ""
    blind: bool = False

    def of(self, step: Step) -> tuple[Decision, ...]:
        """Return the drives of one step."""
        return tuple(decision for decision in self.decisions if decision.step is step)


def usual_at_once(drives: int) -> int:
    """Return how many of a pod's drives test at once unless the user says.

    >>> usual_at_once(60), usual_at_once(45), usual_at_once(1)
    (6, 5, 1)
    """
    return max(1, ceil(drives * _SHARE))


def array_work(arrays: ArrayState) -> str:
    """Return what runs in the arrays that no test may slow down, in words; empty: nothing."""
    found = [
        f"{group.name} is being rebuilt ({group.rebuild.words})"
        for array in arrays.arrays
        for group in array.groups
        if group.rebuild is not None
    ]
    found += [f"{array.name}: {array.scrub}" for array in arrays.arrays if array.scrub]
    return "; ".join(found)


def plan_tests(
    candidates: Sequence[Candidate],
    arrays: ArrayState,
    kind: Kind,
    *,
    at_once: int | None = None,
    blind: bool = False,
) -> Plan:
    """Return which drives begin now: one of a group, one behind the same wires, so many in all.

    Nothing begins while an array is rebuilt or scrubbed, or may be. Drives of a group that misses
    a member are left alone: one more that goes may cost data, and the rebuild reads them whole.

    Args:
        candidates: Every drive of the pod, also those that are not to be tested.
        arrays: Their arrays as they stand now.
        kind: Of test.
        at_once: At most so many test together; None: as is usual.
        blind: Begin although the state of the arrays is not wholly known.
    """
    most = usual_at_once(len(candidates)) if at_once is None else at_once
    hold = array_work(arrays)
    unseen = not hold and bool(arrays.trouble) and not blind
    if unseen:
        hold = f"the state of the arrays is not known: {'; '.join(arrays.trouble)}"
    taken = _Taken([c for c in candidates if runs_now(c.reading)])
    decisions = []
    for candidate in candidates:
        if not candidate.asked:
            continue
        step, words = _alone(candidate)
        if step is Step.START and hold:
            why = "the state of the arrays is not known" if unseen else "an array is at work"
            step, words = Step.LATER, why
        if step is Step.START and (busy := taken.by(candidate, most)):
            step, words = Step.LATER, busy
        if step is Step.START:
            taken.add(candidate)
        minutes = expected_min(candidate.reading, kind)
        decisions.append(Decision(candidate.reading, step, words, minutes))
    return Plan(tuple(decisions), most, hold, unseen)


def _alone(candidate: Candidate) -> tuple[Step, str]:
    """Return what a drive's own state allows, and why not."""
    reading, seat = candidate.reading, candidate.seat
    if reading.trouble is Trouble.ASLEEP:
        return Step.LEFT, "asleep, and left asleep"
    if reading.trouble is not None:
        return Step.UNKNOWN, reading.trouble_words or f"could not be read ({reading.trouble})"
    if runs_now(reading):
        left = reading.test_left_percent
        return Step.RUNNING, "tests already" + ("" if left is None else f", {left} % left")
    if degraded := next((g for g in seat.groups if g.gone > 0), None):
        count = f"{degraded.gone} member{'s' * (degraded.gone != 1)}"
        return Step.LEFT, f"{degraded.name} misses {count}: make it whole first"
    if not candidate.named and (reading.passed is False or candidate.verdict is Verdict.REPLACE):
        return Step.LEFT, "to be replaced anyway; name it to test it all the same"
    now_c, limit_c = reading.temperature.current_c, reading.temperature.limit_c
    if now_c is not None and limit_c is not None and now_c >= limit_c:
        return Step.LEFT, f"too hot: {now_c} °C, its limit is {limit_c} °C"
    return Step.START, ""


class _Taken:
    """What is in use by tests that run or are about to."""

    def __init__(self, running: Sequence[Candidate]) -> None:
        self._count = 0
        self._shared: dict[str, str] = {}
        for candidate in running:
            self.add(candidate)

    def add(self, candidate: Candidate) -> None:
        self._count += 1
        for key in _shared_by(candidate):
            self._shared[key] = candidate.reading.source

    def by(self, candidate: Candidate, most: int) -> str:
        """Return why a drive must wait; empty: it need not."""
        for key, words in _shared_by(candidate).items():
            if key in self._shared:
                return f"{self._shared[key]} tests, {words}"
        return f"{self._count} test already" if self._count >= most else ""


def _shared_by(candidate: Candidate) -> Mapping[str, str]:
    """Return what of a drive takes one test at a time, with words for people."""
    seat = candidate.seat
    shared = {f"group {g.name}": f"in the same group ({g.name})" for g in seat.groups}
    if seat.unplaced:
        shared["group unknown"] = "and which group either belongs to is not known"
    shared |= {f"wires {wires}": f"on the same {wires}" for wires in seat.wires}
    return shared
