"""The plain event loop: every drive has its own clock, and every event its place in time.

It plays anything that a `Scenario` says, one year after the other, each from the beginning.
"""

from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from math import log
from random import Random

from podplanner.planning.durability.scenario import Scenario
from podplanner.planning.durability.window import HOURS_A_YEAR

_FAILS, _REPAIRED, _RESTOCKED, _AWAY, _BACK = range(5)


@dataclass(slots=True)
class Counts:
    """What was seen in the years so far."""

    years: int = 0
    lost: int = 0
    failures: int = 0
    outages: int = 0
    outage_h: float = 0.0


def play(scenario: Scenario, years: int, chance: Random) -> Counts:
    """Return what happens in `years` years, each begun with all drives whole."""
    counts = Counts()
    lives = _Lives(scenario, chance)
    home = {drive: g for g, group in enumerate(scenario.groups) for drive in group}
    for _ in range(years):
        counts.years += 1
        _Year(scenario, lives, home, chance, counts).run()
    return counts


class _Lives:
    """How long drives live: Weibull, with as many failures in the year as `rate` says.

    The cumulative hazard of a drive over the year, from its age at the start, is `rate`.
    """

    def __init__(self, scenario: Scenario, chance: Random) -> None:
        shape, age = scenario.ageing, scenario.age_years
        self._power = 1 / shape
        self._rate = scenario.rate
        self._spent = age**shape
        self._per_hazard = ((age + 1) ** shape - age**shape) / self._rate if self._rate else 0.0
        self._age, self._random = age, chance.random

    def left(self, *, new: bool) -> float:
        """Return the years that a drive has left: a new one, or one of the age at the start."""
        if not self._rate:
            return float("inf")
        drawn = -log(1 - self._random()) * self._per_hazard
        if new:
            return float(drawn**self._power)
        return float((self._spent + drawn) ** self._power - self._age)


@dataclass(slots=True)
class _Year:
    scenario: Scenario
    lives: _Lives
    home: dict[int, int]
    chance: Random
    counts: Counts
    now: float = 0.0
    events: list[tuple[float, int, int]] = field(default_factory=list)
    failed: set[int] = field(default_factory=set)
    down: dict[int, int] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)
    busy: dict[int, int] = field(default_factory=dict)
    away: dict[int, int] = field(default_factory=dict)
    offline_since: dict[int, float] = field(default_factory=dict)
    held: list[int] = field(default_factory=list)
    spares: int = 0
    lost: bool = False

    def run(self) -> None:
        """Play the year to its end, or to the first loss."""
        left = self.lives.left
        self.events = [
            (life, _FAILS, drive) for drive in self.home if (life := left(new=False)) < 1.0
        ]
        for index, component in enumerate(self.scenario.components):
            if component.rate:
                self._push(self.chance.expovariate(component.rate), _AWAY, index)
        heapify(self.events)
        self.spares = self.scenario.spares or 0
        while self.events and not self.lost:
            self.now, kind, index = heappop(self.events)
            if kind == _FAILS:
                self._fail(index)
            elif kind == _REPAIRED:
                self._repaired(index)
            elif kind == _RESTOCKED:
                self.spares += 1
                self._begin_repairs()
            elif kind == _AWAY:
                self._component(index)
            else:
                self._back(index)
        self.counts.lost += self.lost
        end = self.now if self.lost else 1.0
        for since in self.offline_since.values():
            self.counts.outage_h += (end - since) * HOURS_A_YEAR

    def _push(self, delay: float, kind: int, index: int) -> None:
        if (when := self.now + delay) < 1.0:
            heappush(self.events, (when, kind, index))

    def _fail(self, drive: int) -> None:
        if drive in self.failed:
            # It was destroyed with a component, and its own clock runs on unheard.
            return
        self.counts.failures += 1
        self._take_down(drive)
        self._begin_repairs()

    def _take_down(self, drive: int) -> None:
        group = self.home[drive]
        self.failed.add(drive)
        self.down[group] = self.down.get(group, 0) + 1
        self.lost = self.lost or self.down[group] > self.scenario.parity
        self.waiting.append(drive)
        self._look(group)

    def _begin_repairs(self) -> None:
        """Begin every repair that has a crew and a spare, the longest waiting first."""
        scenario, still = self.scenario, []
        crews = scenario.crews or len(self.home)
        most = scenario.crews_per_group or len(self.home)
        working = sum(self.busy.values())
        for drive in self.waiting:
            group = self.home[drive]
            spare = scenario.spares is None or self.spares > 0
            if working >= crews or self.busy.get(group, 0) >= most or not spare:
                still.append(drive)
                continue
            working += 1
            self.busy[group] = self.busy.get(group, 0) + 1
            if scenario.spares is not None:
                self.spares -= 1
                self._push(scenario.restock_h / HOURS_A_YEAR, _RESTOCKED, 0)
            mean = scenario.repair_h / HOURS_A_YEAR
            takes = mean if scenario.fixed_repair else self.chance.expovariate(1 / mean)
            self._push(takes, _REPAIRED, drive)
        self.waiting = still

    def _repaired(self, drive: int) -> None:
        group = self.home[drive]
        if group in self.offline_since:
            # What the rebuild reads from is away: it ends when that is back.
            self.held.append(drive)
            return
        scenario = self.scenario
        if scenario.read_error and self.down[group] == scenario.parity:
            self.lost = self.chance.random() < scenario.read_error
        self.failed.discard(drive)
        self.down[group] -= 1
        self.busy[group] -= 1
        self._push(self.lives.left(new=True), _FAILS, drive)
        self._begin_repairs()

    def _component(self, index: int) -> None:
        component = self.scenario.components[index]
        self._push(self.chance.expovariate(component.rate), _AWAY, index)
        if component.destroys:
            for drive in component.drives:
                if drive not in self.failed:
                    self._take_down(drive)
            self._begin_repairs()
            return
        self._push(self.chance.expovariate(HOURS_A_YEAR / component.hours), _BACK, index)
        self._shift(component.drives, 1)

    def _back(self, index: int) -> None:
        self._shift(self.scenario.components[index].drives, -1)
        held, self.held = self.held, []
        for drive in held:
            self._repaired(drive)

    def _shift(self, drives: tuple[int, ...], by: int) -> None:
        for drive in drives:
            self.away[drive] = self.away.get(drive, 0) + by
        for group in {self.home[drive] for drive in drives}:
            self._look(group)

    def _look(self, group: int) -> None:
        """Note when more drives of a group are down or away than its parity: it is offline."""
        if not self.away:
            return
        missing = sum(
            1
            for drive in self.scenario.groups[group]
            if drive in self.failed or self.away.get(drive, 0)
        )
        if missing > self.scenario.parity:
            if group not in self.offline_since:
                self.offline_since[group] = self.now
                self.counts.outages += 1
        elif group in self.offline_since:
            self.counts.outage_h += (self.now - self.offline_since.pop(group)) * HOURS_A_YEAR
