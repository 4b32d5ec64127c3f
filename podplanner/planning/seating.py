"""Which slot of the board each card of a pod sits in, where a list does not say: the best one.

A list has no words for it, so this is an assumption in the pod's favour, and it is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from podplanner.catalog.parts import Slot
from podplanner.catalog.pod import Pod
from podplanner.planning.hookup import Unit
from podplanner.planning.seats import MOST_CARDS, Card, best_seats
from podplanner.planning.slotting import board_of


@dataclass(frozen=True, slots=True)
class Seat:
    """A card and where it sits.

    Attributes:
        slot: None: no slot is stated, or none that fits is free.
    """

    card: Unit
    slot: Slot | None


@dataclass(frozen=True, slots=True)
class Seating:
    """Where all cards of a pod sit.

    Attributes:
        seats: Adapters first, then network cards, in the order of the list.
        note: What was assumed; empty where nothing was.
    """

    seats: tuple[Seat, ...]
    note: str = ""

    def slot_of(self, card: Unit) -> Slot | None:
        """Return the slot of a card; None: unknown."""
        return next((seat.slot for seat in self.seats if _place(seat.card) == _place(card)), None)


def _place(card: Unit) -> tuple[int, int]:
    return card.item.position, card.piece


def seat(pod: Pod, adapters: Sequence[Unit], nics: Sequence[Unit]) -> Seating:
    """Return where the cards of a pod sit: where their links are widest together."""
    cards = (*adapters, *nics)
    board = board_of(pod)
    if board is None or not board.slots or not 0 < len(cards) <= MOST_CARDS:
        return Seating(tuple(Seat(card, None) for card in cards))
    slots = best_seats([Card.of(card) for card in cards], board.slots)
    sorts = {(slot.lanes, slot.generation, slot.behind) for slot in board.slots}
    note = ("Which card sits in which slot is not stated: they are taken to sit where their links "
            "are widest.") if len(sorts) > 1 else ""  # fmt: skip
    return Seating(tuple(map(Seat, cards, slots)), note)
