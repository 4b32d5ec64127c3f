"""Give every drive of every set its bay, once it is settled which components are given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from podplanner.planning.placement.demand import Demand
from podplanner.planning.placement.flow import within
from podplanner.planning.placement.search import widths
from podplanner.planning.placement.structure import Structure

Role = Literal["data", "spare", "empty"]


@dataclass(frozen=True, slots=True)
class Seat:
    """What a bay holds.

    Attributes:
        bay: Number of the bay, from 1.
        role: A member of a group, a hot spare, or nothing.
        group: From 1; None for all but data.
        member: From 1 in its group; None for all but data.
    """

    bay: int
    role: Role
    group: int | None = None
    member: int | None = None

    @property
    def label(self) -> str:
        """Return what to write on the bay: `2.14`, `spare` or nothing."""
        if self.role == "data":
            return f"{self.group}.{self.member}"
        return "spare" if self.role == "spare" else ""


def seats_of(
    structure: Structure, demand: Demand, given_up: frozenset[int], spares: int
) -> tuple[Seat, ...]:
    """Return a seat for every bay, in the order of their numbers.

    Every set gets its share of every component, rounded down or up, so that what is given up is
    spread as evenly as what is kept.
    """
    flow = _even_flow(structure, demand, given_up)
    holders = len(structure.holders)
    free = {block: list(bays) for block, bays in enumerate(structure.blocks)}
    found: dict[int, Seat] = {}
    for number in range(demand.sets):
        one = _share(structure, flow, demand.sets - number, demand.width)
        flow = tuple(all_ - mine for all_, mine in zip(flow, one, strict=True))
        bays = sorted(
            free[block].pop(0) for block, count in enumerate(one[holders:]) for _ in range(count)
        )
        for rank, bay in enumerate(bays):
            found[bay] = Seat(bay, "data", *demand.member(number, rank))
    for bay in _spread(free, structure, spares):
        found[bay] = Seat(bay, "spare")
    every = sorted(bay for block in structure.blocks for bay in block)
    return tuple(found.get(bay, Seat(bay, "empty")) for bay in every)


def _even_flow(structure: Structure, demand: Demand, given_up: frozenset[int]) -> tuple[int, ...]:
    """Return how many drives each edge carries: as even as the bounds allow."""
    most = widths(structure, demand, given_up)
    holders, drives, bays = len(structure.holders), demand.drives, structure.bays
    even = list(zip(structure.sizes, most, strict=True))
    floors = [min(drives * size // bays, room) for size, room in even]
    ceilings = [min(-(-drives * size // bays), room) for size, room in even]
    nothing = [0] * len(most)
    low_blocks = nothing[:holders] + floors[holders:]
    high_blocks = most[:holders] + ceilings[holders:]
    for least, highest in (
        (floors, ceilings), (low_blocks, high_blocks), (low_blocks, most), (nothing, high_blocks),
        (nothing, most),
    ):  # fmt: skip
        flow = within(structure.nodes, structure.edges, least, highest, drives)
        if flow is not None:
            return flow
    raise AssertionError("the choice does not carry all drives")  # a bug of the search


def _share(structure: Structure, flow: Sequence[int], sets: int, width: int) -> tuple[int, ...]:
    """Return the share of one of `sets` equal sets in a flow: everywhere its part, rounded."""
    least = [amount // sets for amount in flow]
    most = [-(-amount // sets) for amount in flow]
    found = within(structure.nodes, structure.edges, least, most, width)
    if found is None:
        raise AssertionError("a flow through nested families has no even share")  # impossible
    return found


def _spread(free: dict[int, list[int]], structure: Structure, spares: int) -> list[int]:
    """Return bays for hot spares, from ever other blocks: no use if all go with one component."""
    taken: list[int] = []
    used = dict.fromkeys(free, 0)
    for _ in range(spares):
        open_blocks = [block for block, bays in free.items() if bays]
        block = min(open_blocks, key=lambda b: (used[b], -len(free[b]), b))
        used[block] += 1
        taken.append(free[block].pop(0))
    return taken
