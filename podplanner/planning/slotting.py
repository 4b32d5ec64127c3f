"""Which slot of the board each card sits in, where a list does not say: the one that suits it best.

A list has no words for it, so this is an assumption in the pod's favour, and it is said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from podplanner.catalog.parts import Adapter, Board, Nic, Slot
from podplanner.catalog.pod import Pod
from podplanner.planning.hookup import Unit
from podplanner.planning.rates import PCIE_GENERATIONS, pcie_rate


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


def board_of(pod: Pod) -> Board | None:
    """Return the part that the one board of a pod is; None: there is none, or several."""
    boards = pod.of_kind("board")
    part = boards[0].part if len(boards) == 1 else None
    return part if isinstance(part, Board) else None


def seat(pod: Pod, adapters: Sequence[Unit], nics: Sequence[Unit]) -> Seating:
    """Return where the cards of a pod sit: the most demanding first, each where its link is widest.

    Of slots that are alike for a card it takes one at the CPU before one behind the chipset, and
    the shortest; a card without figures takes what is left.
    """
    cards = (*adapters, *nics)
    board = board_of(pod)
    if board is None or not board.slots or not cards:
        return Seating(tuple(Seat(card, None) for card in cards))
    free = [slot for slot in board.slots for _ in range(slot.count)]
    taken: dict[tuple[int, int], Slot] = {}
    for card in sorted(cards, key=_demand, reverse=True):
        fitting = [slot for slot in free if (edge := _edge(card)) is None or edge <= slot.size]
        if fitting:
            best = max(fitting, key=partial(_suits, card))
            free.remove(best)
            taken[_place(card)] = best
    sorts = {(slot.lanes, slot.generation, slot.behind) for slot in board.slots}
    note = "Which card sits in which slot is not stated: each is taken to sit where its link is "
    note += "widest."
    return Seating(
        tuple(Seat(card, taken.get(_place(card))) for card in cards), note if len(sorts) > 1 else ""
    )


def _figures(card: Unit) -> tuple[int | None, int | None]:
    part = card.item.part
    if isinstance(part, Adapter | Nic):
        return part.pcie_generation, part.pcie_lanes
    return None, None


def _edge(card: Unit) -> int | None:
    part = card.item.part
    size = part.pcie_size if isinstance(part, Adapter) else None
    return size or _figures(card)[1]


def _demand(card: Unit) -> tuple[int, int]:
    """Return how wide a link the card can use, then how long it is; unknown is least."""
    generation, lanes = _figures(card)
    if generation not in PCIE_GENERATIONS or not lanes:
        return 0, _edge(card) or 0
    return pcie_rate(generation, lanes), _edge(card) or 0


def _suits(card: Unit, slot: Slot) -> tuple[int, bool, int]:
    widest = link_rate(*_figures(card), slot)
    return widest or 0, slot.behind == "cpu", -slot.size


def link_rate(generation: int | None, lanes: int | None, slot: Slot | None) -> int | None:
    """Return the most that a card's link carries: card and slot agree on the lesser of each.

    None where neither end, or no generation that is known here, is stated.
    """
    generations = list(_stated(generation, slot.generation if slot else None))
    widths = list(_stated(lanes, slot.lanes if slot else None))
    if not generations or not widths or min(generations) not in PCIE_GENERATIONS:
        return None
    return pcie_rate(min(generations), min(widths))


def _stated(*figures: int | None) -> Iterator[int]:
    return (figure for figure in figures if figure is not None)
