"""Bays and what holds them, as a network: one way through it for every drive that is placed.

The components of a pod form two nested families: supplies that feed whole backplanes, and
adapters that reach through cables. Every bay lies on one way down the first and up the second, so
that how many drives each component holds is the flow through its edge.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from podplanner.planning.placement.flow import SINK, SOURCE, Edge
from podplanner.planning.topology import Component

KINDS = ("backplane", "cable", "adapter", "supply")
# The order in which their loss is to be survived: what is lost sooner in practice comes first.
_FIRST_FAMILY = frozenset({"backplane", "supply"})


@dataclass(frozen=True, slots=True)
class Holder:
    """Components that hold the very same bays: they are survived together or not at all."""

    components: tuple[Component, ...]
    bays: frozenset[int]


@dataclass(frozen=True, slots=True)
class Structure:
    """The network: its edges are the holders in their order, then the blocks in theirs.

    Attributes:
        holders: What can be lost, with all its bays.
        blocks: Bays that have all their holders in common, so that they can be exchanged.
        edges: Between `nodes` nodes.
    """

    holders: tuple[Holder, ...]
    blocks: tuple[tuple[int, ...], ...]
    edges: tuple[Edge, ...]

    @property
    def nodes(self) -> int:
        """Return the number of nodes: source, sink, and one for each holder."""
        return 2 + len(self.holders)

    @property
    def bays(self) -> int:
        """Return the number of bays."""
        return sum(len(block) for block in self.blocks)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Return the bays on each edge."""
        return (*(len(holder.bays) for holder in self.holders), *map(len, self.blocks))


def structure_of(bays: Iterable[int], components: Sequence[Component]) -> Structure:
    """Return the network of bays and components; components of unknown bays are left out.

    Raises:
        ValueError: The components are not two nested families.
    """
    every = sorted(bays)
    holders = _holders(components)
    first = [i for i, h in enumerate(holders) if h.components[0].kind in _FIRST_FAMILY]
    second = [i for i in range(len(holders)) if i not in first]
    for family in (first, second):
        _demand_nested([holders[i].bays for i in family])
    of_bay = {
        bay: tuple(i for i, holder in enumerate(holders) if bay in holder.bays) for bay in every
    }
    grouped: dict[tuple[int, ...], list[int]] = {}
    for bay in every:
        grouped.setdefault(of_bay[bay], []).append(bay)
    edges: list[Edge] = []
    for index, holder in enumerate(holders):
        down = index in first
        above = _around(holder.bays, holders, first if down else second, index)
        node = 2 + index
        outer = (SOURCE if down else SINK) if above is None else 2 + above
        edges.append((outer, node) if down else (node, outer))
    for block in grouped.values():
        start = _around(frozenset(block), holders, first, None)
        end = _around(frozenset(block), holders, second, None)
        edges.append((SOURCE if start is None else 2 + start, SINK if end is None else 2 + end))
    return Structure(tuple(holders), tuple(map(tuple, grouped.values())), tuple(edges))


def _holders(components: Sequence[Component]) -> list[Holder]:
    same: dict[frozenset[int], list[Component]] = {}
    for component in sorted(components, key=_priority):
        if component.bays:
            same.setdefault(component.bays, []).append(component)
    return [Holder(tuple(found), bays) for bays, found in same.items()]


def _priority(component: Component) -> tuple[bool, int, int]:
    # Of equal sets the first family's component leads, so that the set stands in that family.
    return component.kind not in _FIRST_FAMILY, KINDS.index(component.kind), component.number


def _demand_nested(family: Sequence[frozenset[int]]) -> None:
    for position, one in enumerate(family):
        for other in family[position + 1 :]:
            if one & other and not one <= other and not other <= one:
                raise ValueError("components of one family overlap without one holding the other")


def _around(
    bays: frozenset[int], holders: Sequence[Holder], family: Sequence[int], own: int | None
) -> int | None:
    """Return the smallest holder of a family that has all `bays`, other than `own`."""
    found = [i for i in family if i != own and bays <= holders[i].bays]
    return min(found, key=lambda i: len(holders[i].bays), default=None)
