"""The best seats for a pod's cards: as many as fit, then as fast as the slots allow.

Exact, not greedy: a long card must get the one long slot, though a shorter card would like it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from podplanner.catalog.parts import Adapter, Nic, Slot
from podplanner.planning.hookup import Unit
from podplanner.planning.slotting import link_rate

MOST_CARDS = 64
# Far more than any board has slots; a list with more has a misread quantity.


@dataclass(frozen=True, slots=True)
class Card:
    """A card with the figures that choose its slot.

    Attributes:
        edge: Its mechanical length in lanes; None: not stated.
        lanes: Its electrical lanes; None: not stated.
        generation: None: not stated.
    """

    unit: Unit
    edge: int | None
    lanes: int | None
    generation: int | None

    @classmethod
    def of(cls, unit: Unit) -> "Card":
        """Return the card that a piece of a line is."""
        part = unit.item.part
        if not isinstance(part, Adapter | Nic):
            return cls(unit, None, None, None)
        size = part.pcie_size if isinstance(part, Adapter) else None
        return cls(unit, size or part.pcie_lanes, part.pcie_lanes, part.pcie_generation)

    def rate(self, slot: Slot | None) -> int | None:
        """Return what its link carries in a slot, or by itself; None: not known."""
        return link_rate(self.generation, self.lanes, slot)


_Score = tuple[int, int, int, int]
"""Cards with a slot, their rates together, how many at the CPU, less the length they use."""


class _State(NamedTuple):
    """How well the cards so far sit, better ones comparing greater, and where they sit."""

    score: _Score
    slots: tuple[int | None, ...]


def best_seats(cards: Sequence[Card], slots: Sequence[Slot]) -> tuple[Slot | None, ...]:
    """Return the slot of each card; None where none that fits is left.

    A card whose length is not stated is taken to fit anywhere, so that a card without a slot has
    none for sure.

    Args:
        cards: At most `MOST_CARDS`.
        slots: Of one board; each entry stands for `count` slots.
    """
    states: Mapping[tuple[int, ...], _State] = {
        tuple(slot.count for slot in slots): _State((0, 0, 0, 0), ())
    }
    for card in cards:
        gains = _gains(card, slots)
        reached: dict[tuple[int, ...], _State] = {}
        for free, state in states.items():
            if free not in reached or state.score > reached[free].score:
                reached[free] = _State(state.score, (*state.slots, None))
            for index, gain in gains:
                if free[index] <= 0:
                    continue
                left = _less(free, index)
                score = _added(state.score, gain)
                if left not in reached or score > reached[left].score:
                    reached[left] = _State(score, (*state.slots, index))
        states = reached
    best = max(states.values(), key=lambda state: state.score)
    return tuple(None if index is None else slots[index] for index in best.slots)


def _gains(card: Card, slots: Sequence[Slot]) -> list[tuple[int, _Score]]:
    """Return the slots that a card fits into by their index, with what it adds to a score there."""
    return [
        (index, (1, card.rate(slot) or 0, int(slot.behind == "cpu"), -slot.size))
        for index, slot in enumerate(slots)
        if card.edge is None or card.edge <= slot.size
    ]


def _added(score: _Score, gain: _Score) -> _Score:
    return score[0] + gain[0], score[1] + gain[1], score[2] + gain[2], score[3] + gain[3]


def _less(free: tuple[int, ...], index: int) -> tuple[int, ...]:
    return (*free[:index], free[index] - 1, *free[index + 1 :])
