"""What a card and a slot make of each other: the link that comes up between them."""

from collections.abc import Iterator

from podplanner.catalog.parts import Slot
from podplanner.planning.rates import PCIE_GENERATIONS, pcie_rate


def link_rate(generation: int | None, lanes: int | None, slot: Slot | None) -> int | None:
    """Return the most that a card's link carries: card and slot agree on the lesser of each.

    Args:
        generation: Of the card; None: not stated.
        lanes: Of the card; None: not stated.
        slot: Where it sits; None: unknown.

    Returns:
        Bytes per second; None where neither end, or no generation that is known here, is stated.
    """
    generations = list(_stated(generation, slot.generation if slot else None))
    widths = list(_stated(lanes, slot.lanes if slot else None))
    if not generations or not widths or min(generations) not in PCIE_GENERATIONS:
        return None
    return pcie_rate(min(generations), min(widths))


def _stated(*figures: int | None) -> Iterator[int]:
    """Yield the figures that are stated; one that is not above 0 can only be a slip."""
    return (figure for figure in figures if figure is not None and figure > 0)
