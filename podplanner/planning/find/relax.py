"""When nothing fits: which demand stands in the way, and how far it would have to give."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from podplanner.planning.find.cases import Case
from podplanner.planning.find.design import Design, Worth
from podplanner.planning.find.exact import MILLS
from podplanner.planning.find.hunt import Hunt
from podplanner.planning.find.need import Demand, Need
from podplanner.planning.find.stock import Stock

MOST_TRIED = 200
# Pods that are tried where their number is what stands in the way: ten times the largest cluster
# that is published.


@dataclass(frozen=True, slots=True)
class Relaxed:
    """What one demand would have to be, all others held.

    Attributes:
        best: In the unit of the demand (bytes, bytes per second, nines, mills, rack units, pods,
            watts); None: giving way in this demand alone does not help.
        layout: A layout that would do, where the layout is the demand.
    """

    demand: Demand
    asked: float
    best: float | None
    layout: str = ""


def relaxations(need: Need, stock: Stock) -> Iterator[Relaxed]:
    """Yield, for each demand that is made, the best that can be had with all others held.

    Cost and draw are sought directly; whatever else is a number is halved down, for a demand that
    can be met can also be met where less is asked.
    """
    trials = _Trials(stock, Hunt(need, stock).cases)
    for demand, asked in _asked(need):
        yield _relaxed(demand, asked, need, trials)


def _asked(need: Need) -> Iterator[tuple[Demand, float]]:
    yield Demand.USABLE, need.usable
    for demand, asked in (
        (Demand.READ, need.read), (Demand.WRITE, need.write), (Demand.NINES, need.nines),
    ):  # fmt: skip
        if asked:
            yield demand, asked
    if need.budget is not None:
        yield Demand.BUDGET, float(need.budget * MILLS)
    if need.rack_units is not None:
        yield Demand.RACK_UNITS, need.rack_units
    yield Demand.PODS_MAX, need.pods_max
    if need.watts_max is not None:
        yield Demand.WATTS_MAX, float(need.watts_max)
    if need.layout is not None or need.family is not None:
        yield Demand.LAYOUT, 0


def without(need: Need, demand: Demand) -> Need:
    """Return a need that no longer asks for something.

    One byte must be kept, or there would be nothing to plan.
    """
    match demand:
        case Demand.USABLE:
            return replace(need, usable=1)
        case Demand.READ:
            return replace(need, read=0, read_alone=0)
        case Demand.WRITE:
            return replace(need, write=0)
        case Demand.NINES:
            return replace(need, nines=0)
        case Demand.BUDGET:
            return replace(need, budget=None)
        case Demand.RACK_UNITS:
            return replace(need, rack_units=None)
        case Demand.PODS_MAX:
            return replace(need, pods_max=MOST_TRIED)
        case Demand.WATTS_MAX:
            return replace(need, watts_max=None)
        case Demand.LAYOUT:
            return replace(need, layout=None, family=None)


_ANYTHING = Worth(0, 0, 0, cost=False, watts=False)
_CHEAPEST = Worth(0, 0, 0, watts=False)
_THRIFTIEST = Worth(0, 0, 0, cost=False)
_FINENESS = 0.01
# A demand is followed to a hundredth: its figures are known no better.


class _Trials:
    """Searches in one stock for one design that will do."""

    def __init__(self, stock: Stock, cases: tuple[Case, ...]) -> None:
        self._stock, self._cases = stock, cases

    def find(self, need: Need, worth: Worth = _ANYTHING) -> Design | None:
        """Return a design that meets a need, by default any; None: there is none."""
        hunt = Hunt(need, self._stock, worth=worth, cases=self._cases)
        found = hunt.run()
        return found[0][1].design(need.spares) if found else None


def _relaxed(demand: Demand, asked: float, need: Need, trials: _Trials) -> Relaxed:
    loose = without(need, demand)
    worth = {Demand.BUDGET: _CHEAPEST, Demand.WATTS_MAX: _THRIFTIEST}.get(demand, _ANYTHING)
    found = trials.find(loose, worth)
    if found is None:
        return Relaxed(demand, asked, None)
    match demand:
        case Demand.BUDGET:
            return Relaxed(demand, asked, found.figures.cost)
        case Demand.WATTS_MAX:
            return Relaxed(demand, asked, found.figures.watts)
        case Demand.LAYOUT:
            return Relaxed(demand, asked, 0, found.layout.written)
        case Demand.RACK_UNITS | Demand.PODS_MAX:
            most = found.figures.rack_units if demand is Demand.RACK_UNITS else found.pods
            return Relaxed(demand, asked, _least(int(asked), most, need, demand, trials))
        case _:
            return Relaxed(demand, asked, _most(asked, found, need, demand, trials))


def _least(below: int, enough: int, need: Need, demand: Demand, trials: _Trials) -> int:
    """Return the least whole number that will do, between one that does not and one that does."""
    while enough - below > 1:
        middle = (below + enough) // 2
        found = trials.find(_with(need, demand, middle))
        if found is None:
            below = middle
        else:
            enough = middle
    return enough


def _most(above: float, found: Design, need: Need, demand: Demand, trials: _Trials) -> float:
    """Return the most that will do, to a hundredth; nines to the whole one."""
    best = _figure(found, demand, need)
    while above - best > (1 if demand is Demand.NINES else _FINENESS * above):
        middle = int(above + best) // 2
        better = trials.find(_with(need, demand, middle))
        if better is None:
            above = middle
        else:
            best = max(_figure(better, demand, need), middle)
    return best


def _figure(design: Design, demand: Demand, need: Need) -> float:
    figures = design.figures
    return {
        Demand.USABLE: figures.capacity,
        Demand.READ: figures.read_alone if need.read_alone else figures.read,
        Demand.WRITE: figures.write,
        Demand.NINES: figures.nines,
    }[demand]  # fmt: skip


def _with(need: Need, demand: Demand, value: int) -> Need:
    """Return a need that asks for another value of one demand."""
    match demand:
        case Demand.USABLE:
            return replace(need, usable=value)
        case Demand.READ:
            return replace(need, read=value, read_alone=min(need.read_alone, value))
        case Demand.WRITE:
            return replace(need, write=value)
        case Demand.NINES:
            return replace(need, nines=value)
        case Demand.RACK_UNITS:
            return replace(need, rack_units=value)
        case Demand.PODS_MAX:
            return replace(need, pods_max=value)
        case _:
            raise ValueError(f"{demand} is no number that is sought")
