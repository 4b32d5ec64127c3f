"""The same process where the past does not matter: whole pods are skipped to their next failure.

With a constant failure rate, the time to the next failure of any of `drives` drives is exponential
with their rates added, and which of them fails is drawn then. That is the law of the plain event
loop (`clocks`), not an approximation; what is saved is the clock of every drive that does not fail.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import log
from random import Random

from podplanner.planning.durability.clocks import Counts
from podplanner.planning.durability.scenario import Scenario
from podplanner.planning.durability.window import HOURS_A_YEAR


@dataclass(slots=True)
class Fleet:
    """All that the future depends on.

    Attributes:
        pending: (time when a repair ends, group), a heap.
        waiting: Groups of the failed drives that wait for a crew, the longest waiting first.
        down: Group -> its failed drives; groups that are whole are absent.
    """

    time: float = 0.0
    pending: list[tuple[float, int]] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    down: dict[int, int] = field(default_factory=dict)

    def copy(self) -> "Fleet":
        """Return another that goes its own way."""
        return Fleet(self.time, self.pending.copy(), self.waiting.copy(), self.down.copy())


class Process:
    """The moves of a scenario."""

    def __init__(self, scenario: Scenario, chance: Random) -> None:
        self.rate = scenario.rate
        self.drives = scenario.drives
        self.width = len(scenario.groups[0])
        self._crews = scenario.crews or self.drives
        self._most = scenario.crews_per_group or self.width
        self._parity, self._read_error = scenario.parity, scenario.read_error
        self._queues = self._crews < self.drives or self._most < self.width
        self._random = chance.random
        self.repair = repair_times(scenario, chance)

    def fail(self, fleet: Fleet, group: int) -> int:
        """Take down a drive of a group, and return how many of it are down."""
        fleet.down[group] = down = fleet.down.get(group, 0) + 1
        if self._queues:
            fleet.waiting.append(group)
            self._begin_repairs(fleet)
        else:
            heappush(fleet.pending, (fleet.time + self.repair(), group))
        return down

    def run(self, fleet: Fleet, level: int, end: float) -> tuple[bool, int]:
        """Go on until a group has `level` drives down, all are whole again, or time is up.

        A repair that a read error spoils is a loss, which is above every level.

        Returns:
            Whether the level was reached, and the failures on the way.
        """
        failures, random = 0, self._random
        while fleet.pending:
            healthy = self.drives - sum(fleet.down.values())
            gap = -log(1 - random()) / (healthy * self.rate) if healthy else float("inf")
            if fleet.pending[0][0] <= fleet.time + gap:
                fleet.time, group = fleet.pending[0]
                if fleet.time >= end:
                    break
                if self.spoilt(fleet.down[group]):
                    return True, failures
                self._repaired(fleet, group)
                continue
            fleet.time += gap
            if fleet.time >= end:
                break
            failures += 1
            if self.fail(fleet, self.pick(fleet)) >= level:
                return True, failures
        fleet.time = min(fleet.time, end)
        return False, failures

    def pick(self, fleet: Fleet) -> int:
        """Return the group of a healthy drive, every one as likely as the other."""
        random, width = self._random, self.width
        while True:
            group = int(random() * self.drives) // width
            # A drive that is down already is drawn again.
            if random() * width >= fleet.down.get(group, 0):
                return group

    def spoilt(self, down: int) -> bool:
        """Return whether a repair that ends while `down` drives are down has met a read error."""
        return down == self._parity and self._random() < self._read_error

    def _repaired(self, fleet: Fleet, group: int) -> None:
        heappop(fleet.pending)
        if fleet.down[group] == 1:
            del fleet.down[group]
        else:
            fleet.down[group] -= 1
        if fleet.waiting:
            self._begin_repairs(fleet)

    def _begin_repairs(self, fleet: Fleet) -> None:
        busy: dict[int, int] = {}
        for _, group in fleet.pending:
            busy[group] = busy.get(group, 0) + 1
        still = []
        for group in fleet.waiting:
            if len(fleet.pending) < self._crews and busy.get(group, 0) < self._most:
                busy[group] = busy.get(group, 0) + 1
                heappush(fleet.pending, (fleet.time + self.repair(), group))
            else:
                still.append(group)
        fleet.waiting = still


def repair_times(scenario: Scenario, chance: Random) -> Callable[[], float]:
    """Return what draws the years that a repair takes."""
    mean = scenario.repair_h / HOURS_A_YEAR
    if scenario.fixed_repair:
        return lambda: mean
    random = chance.random
    return lambda: -log(1 - random()) * mean


def play(scenario: Scenario, years: int, chance: Random) -> Counts:
    """Return what happens in `years` years, each begun with all drives whole.

    A year that ends makes all drives whole; so one clock runs through all years, and a failure
    that nothing joins before its repair costs three draws.
    """
    process = Process(scenario, chance)
    counts = Counts(years=years)
    if not scenario.rate:
        return counts
    random, repair, level = chance.random, process.repair, scenario.parity + 1
    # Of all drives, and of all but one; no repair is waited for while only one is down.
    whole = process.drives * process.rate
    others = (process.drives - 1) * process.rate
    lost = failures = 0
    time = 0.0
    while True:
        time -= log(1 - random()) / whole
        if time >= years:
            break
        failures += 1
        stop = end = int(time) + 1.0
        if level == 1:
            lost += 1
            time = end
            continue
        repaired = time + repair()
        if repaired < end:
            stop = repaired
        joins = time - log(1 - random()) / others
        if joins >= stop:
            time = stop
            if level == 2 and stop < end and process.spoilt(1):
                lost += 1
                time = end
            continue
        group = int(random() * process.drives) // process.width
        fleet = Fleet(joins, [(repaired, group)], [], {group: 1})
        failures += 1
        hit = process.fail(fleet, process.pick(fleet)) >= level
        if not hit:
            hit, more = process.run(fleet, level, end)
            failures += more
        lost += hit
        time = end if hit else fleet.time
    counts.lost, counts.failures = lost, failures
    return counts
