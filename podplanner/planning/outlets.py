"""The ways from the host to the network: cards, or the board's own ports where there are none."""

from collections.abc import Sequence

from podplanner.catalog.parts import Board, Nic
from podplanner.planning.capacities import Capacity, ethernet_capacity, pcie_capacity
from podplanner.planning.chain import Draft, Link, Outlet, Step
from podplanner.planning.hookup import Unit
from podplanner.planning.seating import Seating

_NO_BOARD = "the board"


def outlets_of(
    nics: Sequence[Unit] | None, board: Board | None, seating: Seating, draft: Draft
) -> tuple[Outlet, ...]:
    """Return the ways to the network, and add their links to `draft`.

    Args:
        nics: The network cards; None: their number is unknown.
        board: The board; its own ports count where there are no cards.
        seating: Where the cards sit.
        draft: Takes the links.
    """
    if nics:
        return tuple(_of_card(unit, board, seating, draft) for unit in nics)
    return (Outlet(draft.add(("network", 0), lambda: _own(nics, board)), None, chipset=True),)


def _own(nics: Sequence[Unit] | None, board: Board | None) -> Link:
    if nics is None:
        capacity = Capacity(None, (), ("the quantity of the network cards",))
        return Link(Step.NETWORK, "network cards", "the network cards", capacity)
    name = board.sku if board else _NO_BOARD
    ports, rate = (board.lan_ports, board.lan_rate) if board else (None, None)
    capacity = ethernet_capacity(ports, rate, name=name)
    return Link(Step.NETWORK, "the board's network ports", name, capacity)


def _of_card(unit: Unit, board: Board | None, seating: Seating, draft: Draft) -> Outlet:
    part, name, slot = unit.item.part, unit.item.name, seating.slot_of(unit)
    card = part if isinstance(part, Nic) else None
    ports, gigabits = (card.ports, card.gigabits) if card else (None, None)
    generation, lanes = (card.pcie_generation, card.pcie_lanes) if card else (None, None)
    link = pcie_capacity(
        generation, lanes, slot, card=name, board=board.sku if board else _NO_BOARD
    )  # fmt: skip
    label = f"network card {unit.number}"
    network = draft.add(
        ("network", unit.number),
        lambda: Link(Step.NETWORK, label, name, ethernet_capacity(ports, gigabits, name=name)),
    )
    return Outlet(
        network,
        draft.add(("card", unit.number), lambda: Link(Step.CARD, label, name, link)),
        chipset=None if slot is None or slot.behind is None else slot.behind == "chipset",
    )
