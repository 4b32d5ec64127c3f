"""Which slot of the board each card of a pod sits in, where a list does not say: the best one.

A list has no words for it, so this is an assumption in the pod's favour, and it is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from podplanner.catalog import facts
from podplanner.catalog.parts import Slot
from podplanner.catalog.pod import Pod
from podplanner.planning.hookup import Unit
from podplanner.planning.seats import MOST_CARDS, Card, best_seats


@dataclass(frozen=True, slots=True)
class Seat:
    """A card and where it sits.

    Attributes:
        slot: None: no slot is stated, or none that fits is free.
    """

    card: Card
    slot: Slot | None


@dataclass(frozen=True, slots=True)
class Seating:
    """Where all cards of a pod sit.

    Attributes:
        seats: Adapters first, then network cards, in the order of the list.
        is_known: Whether the board states its slots, so that a card without one has none for sure.
        note: What was assumed; empty where nothing was.
    """

    seats: tuple[Seat, ...]
    is_known: bool = False
    note: str = ""

    def slot_of(self, unit: Unit) -> Slot | None:
        """Return the slot of a card; None: unknown."""
        place = _place(unit)
        return next((seat.slot for seat in self.seats if _place(seat.card.unit) == place), None)


def _place(unit: Unit) -> tuple[int, int]:
    return unit.item.position, unit.piece


def seat(pod: Pod, adapters: Sequence[Unit], nics: Sequence[Unit]) -> Seating:
    """Return where the cards of a pod sit: where their links are widest together."""
    cards = [Card.of(unit) for unit in (*adapters, *nics)]
    board = facts.board(pod)
    if board is None or not board.slots or not 0 < len(cards) <= MOST_CARDS:
        return Seating(tuple(Seat(card, None) for card in cards))
    seats = tuple(map(Seat, cards, best_seats(cards, board.slots)))
    sorts = {(slot.lanes, slot.generation, slot.behind) for slot in board.slots}
    note = ("Which card sits in which slot is not stated: they are taken to sit where their links "
            "are widest.") if len(sorts) > 1 else ""  # fmt: skip
    return Seating(seats, is_known=True, note=note)
