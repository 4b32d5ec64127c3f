"""A round of self-tests from the first start to the last end: begin, look, begin the next.

The drives test by themselves. Whoever stops waiting leaves them testing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.reading import DriveReading
from podplanner.drives.testing.log import Kind, expected_min, runs_now
from podplanner.drives.testing.outcome import Ending, Outcome, outcome_of
from podplanner.drives.testing.plan import Candidate, Plan, Step, plan_tests
from podplanner.drives.testing.starting import Answer, Asking

_TRIES = 3
# A drive may miss a look, and some log a test only seconds after it ended.
_LOOKS = 50
_SOONEST_S, _LATEST_S = 10.0, 300.0
# Between two looks: a fiftieth of the test is as fine as drives tell (steps of 10 %), and every
# look is a few commands that a drive does not have to answer more often.


class Drives(Protocol):
    """What a campaign does to the world."""

    def read(self, readings: Sequence[DriveReading]) -> Sequence[DriveReading]:
        """Return new readings of drives, in their order."""
        ...

    def arrays(self) -> ArrayState:
        """Return the state of the arrays now."""
        ...

    def begin(self, reading: DriveReading) -> Asking:
        """Begin a test."""
        ...

    def stop(self, reading: DriveReading) -> Asking:
        """Break off a test."""
        ...


@dataclass(slots=True)
class _Begun:
    before: DriveReading
    outcome: Outcome
    tries: int = 0


@dataclass(slots=True)
class Campaign:
    """One round of tests.

    Attributes:
        candidates: Every drive of the pod, with its newest reading.
        blind: Begin although the state of the arrays is not wholly known.
        refused: What drives said that did not begin, by the source.
    """

    drives: Drives
    candidates: tuple[Candidate, ...]
    kind: Kind
    at_once: int | None = None
    blind: bool = False
    refused: dict[str, Asking] = field(default_factory=dict)
    _begun: dict[str, _Begun] = field(default_factory=dict)
    _others: set[str] = field(default_factory=set)
    # Drives that tested already: a second test right after it would tell nothing new.

    @property
    def endings(self) -> Mapping[str, Outcome]:
        """Return how each begun test stands, by the source of its drive."""
        return {source: begun.outcome for source, begun in self._begun.items()}

    @property
    def running(self) -> int:
        """Return how many of the begun tests still run."""
        return sum(b.outcome.ending is Ending.RUNNING for b in self._begun.values())

    def plan(self, arrays: ArrayState) -> Plan:
        """Return what may begin now, of the drives that were not begun or refused yet."""
        had_their_turn = {*self._begun, *self.refused, *self._others}
        waiting = tuple(
            replace(c, asked=c.asked and c.reading.source not in had_their_turn)
            for c in self.candidates
        )
        return plan_tests(waiting, arrays, self.kind, at_once=self.at_once, blind=self.blind)

    def begin(self, plan: Plan) -> None:
        """Begin the tests that a plan starts."""
        self._others |= {decision.reading.source for decision in plan.of(Step.RUNNING)}
        for decision in plan.of(Step.START):
            source = decision.reading.source
            asking = self.drives.begin(decision.reading)
            if asking.answer is Answer.DONE:
                self._begun[source] = _Begun(decision.reading, Outcome(Ending.RUNNING, "begun"))
                self._see(replace(decision.reading, test_left_percent=100))
            else:
                self.refused[source] = asking

    def look(self, arrays: ArrayState) -> None:
        """Look how the tests stand; stop those that were begun here when a rebuild began."""
        testing = [c.reading for c in self.candidates if runs_now(c.reading)]
        for reading in self.drives.read(testing):
            self._see(reading)
            begun = self._begun.get(reading.source)
            if begun is None or begun.outcome.ending is not Ending.RUNNING:
                continue
            found = outcome_of(begun.before, reading, self.kind)
            if found.ending is Ending.UNKNOWN and begun.tries < _TRIES:
                begun.tries += 1
                # Taken for running until it is looked at again.
                self._see(replace(reading, test_left_percent=reading.test_left_percent or 0,
                                  trouble=None))  # fmt: skip
                continue
            begun.tries = 0 if found.ending is Ending.RUNNING else begun.tries
            begun.outcome = found
        if arrays.rebuilding:
            self._stop()

    def _stop(self) -> None:
        for begun in self._begun.values():
            if begun.outcome.ending is Ending.RUNNING:
                asking = self.drives.stop(begun.before)
                words = "stopped, for an array began to be rebuilt"
                if asking.answer is not Answer.DONE:
                    words = f"could not be stopped for a rebuild that began: {asking.words}"
                begun.outcome = Outcome(Ending.BROKEN_OFF, words)
                self._see(replace(begun.before, test_left_percent=None))

    def _see(self, reading: DriveReading) -> None:
        self.candidates = tuple(
            replace(c, reading=reading) if c.reading.source == reading.source else c
            for c in self.candidates
        )


def run_to_the_end(
    campaign: Campaign,
    arrays: ArrayState,
    *,
    sleep: Callable[[float], None],
    told: Callable[[Campaign], None] = lambda _: None,
) -> Plan:
    """Begin tests until every drive had its turn and all have ended; return the last plan.

    Args:
        campaign: Some of whose tests may run already.
        arrays: As they stand now.
        sleep: Waits for so many seconds.
        told: Called after every look.
    """
    while True:
        plan = campaign.plan(arrays)
        campaign.begin(plan)
        told(campaign)
        if plan.of(Step.START) and not campaign.running:
            continue  # all of them refused, and others may have their turn
        tests = any(runs_now(c.reading) for c in campaign.candidates)
        if not campaign.running and not (plan.of(Step.LATER) and tests and not plan.hold):
            return campaign.plan(arrays)
        sleep(between_looks_s(campaign))
        arrays = campaign.drives.arrays()
        campaign.look(arrays)


def between_looks_s(campaign: Campaign) -> float:
    """Return the seconds to the next look: less for short tests."""
    minutes = [expected_min(c.reading, campaign.kind) for c in campaign.candidates
               if runs_now(c.reading)]  # fmt: skip
    shortest = min((m for m in minutes if m), default=0)
    return min(max(shortest * 60 / _LOOKS, _SOONEST_S), _LATEST_S)
