"""Which components must be given up: the fewest whose loss no placement survives.

How many drives each component holds decides everything. Let s sets of parity p have drives to
place. If a component holds more than s x p drives, some set has more than p there (pigeonhole).
If every component that is kept holds at most s x p, the drives can be dealt out so that no set
has more than p in any: the components form two nested families, whose matrix is totally
unimodular, and then a whole-numbered flow of s times a set's bounds is the sum of s flows within
these bounds (Baum and Trotter, 1978). So a choice of what to keep can be had exactly when the
largest flow, with s x p as the width of what is kept, carries all drives.

The search branches on the components of a smallest cut, one of which must be given up, and prunes
by the fewest that would widen that cut enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from podplanner.planning.placement.demand import Demand
from podplanner.planning.placement.flow import Flow, largest
from podplanner.planning.placement.structure import KINDS, Structure

MOST_NODES = 4_000
# About a second; pods take some dozens, at worst hundreds. Beyond it the answer is the best found.


@dataclass(frozen=True, slots=True)
class Choice:
    """What is given up.

    Attributes:
        given_up: Positions of holders.
        proven: Whether no choice gives up fewer, backplanes counted first, supplies last.
        tried: Choices that were looked at.
    """

    given_up: frozenset[int]
    proven: bool
    tried: int


def widths(structure: Structure, demand: Demand, given_up: frozenset[int]) -> list[int]:
    """Return how many drives each edge may carry."""
    holders = len(structure.holders)
    return [
        min(size, demand.allowed) if edge < holders and edge not in given_up else size
        for edge, size in enumerate(structure.sizes)
    ]


def unavoidable(structure: Structure, demand: Demand) -> frozenset[int]:
    """Return the holders that kill a set even when all other bays are full."""
    return frozenset(
        index for index in range(len(structure.holders))
        if least_in(structure, demand, index) > demand.allowed
    )  # fmt: skip


def least_in(structure: Structure, demand: Demand, holder: int) -> int:
    """Return the drives that a holder has at least, all other bays being full."""
    return max(demand.drives - (structure.bays - structure.sizes[holder]), 0)


def fewest_given_up(structure: Structure, demand: Demand) -> Choice:
    """Return the choice that gives up the fewest components, the backplanes counted first.

    Raises:
        ValueError: There are more drives than bays.
    """
    if demand.drives > structure.bays:
        raise ValueError(f"{demand.drives} drives do not fit {structure.bays} bays")
    search = _Search(structure, demand, _costs(structure), _likes(structure))
    search.look(unavoidable(structure, demand), frozenset())
    assert search.best is not None  # noqa: S101  all given up, everything fits
    return Choice(search.best, search.tried < MOST_NODES, search.tried)


def _costs(structure: Structure) -> list[int]:
    """Return what giving up each holder costs: one backplane more than all cables, and so on."""
    base = 1 + sum(len(holder.components) for holder in structure.holders)
    weight = {kind: base ** (len(KINDS) - 1 - place) for place, kind in enumerate(KINDS)}
    return [sum(weight[c.kind] for c in holder.components) for holder in structure.holders]


def _likes(structure: Structure) -> list[object]:
    """Return a key for each holder; holders of one key can be exchanged with each other.

    Such are holders of one block each, of one size and kind, inside the same other holders.
    """
    keys: list[object] = []
    for index, holder in enumerate(structure.holders):
        inside = [i for i, h in enumerate(structure.holders) if i != index and h.bays & holder.bays]
        whole = all(holder.bays <= structure.holders[i].bays for i in inside)
        kinds = tuple(component.kind for component in holder.components)
        keys.append((kinds, len(holder.bays), tuple(inside)) if whole else index)
    return keys


@dataclass(slots=True)
class _Search:
    structure: Structure
    demand: Demand
    costs: Sequence[int]
    likes: Sequence[object]
    best: frozenset[int] | None = None
    cost: int | None = None
    tried: int = 0
    everything: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        self.everything = frozenset(range(len(self.structure.holders)))

    def look(self, given_up: frozenset[int], kept: frozenset[int]) -> None:
        """Look at all choices that give up `given_up` and keep `kept`."""
        if self.tried >= MOST_NODES and self.best is not None:
            return
        self.tried += 1
        flow = self._largest(given_up)
        missing = self.demand.drives - flow.value
        cost = sum(self.costs[i] for i in given_up)
        if missing <= 0:
            if self.cost is None or cost < self.cost:
                self.best, self.cost = given_up, cost
            return
        if kept and self._largest(self.everything - kept).value < self.demand.drives:
            return
        gains = {i: self._gain(i) for i in flow.cut if self._open(i, given_up, kept)}
        more = _cheapest_cover(missing, [(gain, self.costs[i]) for i, gain in gains.items()])
        if more is None or (self.cost is not None and cost + more >= self.cost):
            return
        for index in sorted(gains, key=lambda i: (self.costs[i], -gains[i], i)):
            if index in kept:
                continue  # it is like one that was tried
            self.look(given_up | {index}, kept)
            kept |= {i for i in gains if self.likes[i] == self.likes[index]}

    def _largest(self, given_up: frozenset[int]) -> Flow:
        edges = widths(self.structure, self.demand, given_up)
        return largest(self.structure.nodes, self.structure.edges, edges)

    def _open(self, edge: int, given_up: frozenset[int], kept: frozenset[int]) -> bool:
        is_holder = edge < len(self.structure.holders)
        return is_holder and edge not in given_up and edge not in kept and self._gain(edge) > 0

    def _gain(self, index: int) -> int:
        """Return how much wider a holder becomes when it is given up."""
        return max(self.structure.sizes[index] - self.demand.allowed, 0)


def _cheapest_cover(missing: int, items: Sequence[tuple[int, int]]) -> int | None:
    """Return the least cost of items whose gains come to `missing`; None: they never do."""
    cheapest: list[int | None] = [0] + [None] * missing
    for gain, cost in items:
        for got in range(missing, 0, -1):
            before = cheapest[max(got - gain, 0)]
            if before is not None:
                now = cheapest[got]
                cheapest[got] = before + cost if now is None else min(now, before + cost)
    return cheapest[missing]
