"""The cards of a board, adapters and network, with the rates that their slots leave them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, cached_property

from podplanner.catalog.bill import BillOfMaterials, Line
from podplanner.catalog.parts import Adapter, Board, Nic, Slot
from podplanner.catalog.pod import Item, assemble
from podplanner.planning.find.exact import load, mills
from podplanner.planning.find.stock import Stock
from podplanner.planning.find.wiring import Frame, Wiring, room_of
from podplanner.planning.hookup import Unit
from podplanner.planning.rates import PCIE_GENERATIONS, ethernet_rate, pcie_rate, serial_rate
from podplanner.planning.seats import Card, best_seats

MOST_NICS = 2
# Cards of one model beside each other: two ports of each are more than a pod of disks fills.

Limit = tuple[int, int]
"""A link that drives share: what it carries in bytes per second, and the bays behind it."""


@dataclass(frozen=True)
class Cards:
    """Adapters and network cards in the slots of one board.

    Attributes:
        nic: None: the board's own network ports.
        nics: How many; 0 for the board's own.
        net: What reaches the network, in bytes per second.
        limits: Links that drives share on their way to the processor.
        link: What the link of one drive carries at most.
        cpu_lanes: Lanes of the processor that the cards take.
    """

    wiring: Wiring
    nic: Nic | None
    nics: int
    net: int
    limits: tuple[Limit, ...]
    link: int
    cpu_lanes: int

    @cached_property
    def cost(self) -> int:
        """Return the price of all cards and cables in mills."""
        return self.wiring.cost + self.nics * mills(self.nic.price if self.nic else None)

    @cached_property
    def milliwatts(self) -> int:
        """Return the draw of all cards at most."""
        return self.wiring.milliwatts + self.nics * load(self.nic.power if self.nic else None)

    def a_drive(self, drives: int) -> int:
        """Return what each of `drives` data drives gets, whichever bays they sit in."""
        return min(
            [self.link, *(rate // min(drives, bays) for rate, bays in self.limits if bays)],
        )


def nics_for(frame: Frame, stock: Stock) -> Iterator[tuple[Nic | None, int]]:
    """Yield every choice of network: the board's ports, or one or two cards of one model."""
    yield None, 0
    for nic in stock.nics:
        if frame.chassis.slot_height != "low" or nic.low_profile is not False:
            for count in range(1, MOST_NICS + 1):
                yield nic, count


def cards_of(
    board: Board, frame: Frame, wiring: Wiring, nic: Nic | None, nics: int
) -> Cards | None:
    """Return adapters and network cards in their slots; None where one finds no slot.

    The seats are the best that there are (`planning.seats`), as in `plan check`.
    """
    adapters = wiring.adapters
    edges = (*map(_edge, adapters), *((_edge(nic),) * nics if nic else ()))
    if len(edges) > (frame.chassis.slots if frame.chassis.slots is not None else len(edges)):
        return None
    if len(edges) > sum(slot.count for slot in board.slots):
        return None
    slots = _seats(board, edges)
    if None in slots:
        return None
    seated = tuple(slot for slot in slots if slot is not None)
    chipset = _chipset(board)
    limits = tuple(_limits(frame, wiring, seated[: len(adapters)], chipset))
    net = _network(board, nic, seated[len(adapters) :], chipset)
    lanes = sum(
        min(edge[1], slot.lanes)
        for edge, slot in zip(edges, seated, strict=True)
        if slot.behind != "chipset"
    )
    return Cards(wiring, nic, nics, net, limits, _drive_link(frame, wiring, board), lanes)


_Edge = tuple[int, int, int]
"""Length of a card's edge, its lanes, its generation."""


def _edge(card: Adapter | Nic) -> _Edge:
    lanes = card.pcie_lanes or 1
    size = card.pcie_size if isinstance(card, Adapter) else None
    return size or lanes, lanes, card.pcie_generation or 1


@cache
def _unit() -> Unit:
    """Return a stand-in for the line of a card: seats depend on its figures alone."""
    bill = BillOfMaterials().model_copy(update={"lines": (Line(id="card", quantity=Decimal(1)),)})
    item: Item = assemble(bill, {}, as_of=date.min).items[0]
    return Unit(item, 1, 1)


class _QuickCard(Card):
    """A card that looks its rate up: thousands of mixes of few cards are seated."""

    __slots__ = ()

    def rate(self, slot: Slot | None) -> int | None:
        """Return what its link carries in a slot, or by itself; None: not known."""
        if slot is None or self.lanes is None or self.generation is None:
            return super().rate(slot)
        return _link(min(self.generation, slot.generation), min(self.lanes, slot.lanes))


def _in_slot(card: Adapter | Nic, slot: Slot) -> int | None:
    """Return what a card's link carries in a slot; None: not known."""
    lanes, generation = card.pcie_lanes or slot.lanes, card.pcie_generation or slot.generation
    return _link(min(generation, slot.generation), min(lanes, slot.lanes))


@cache
def _link(generation: int, lanes: int) -> int | None:
    return pcie_rate(generation, lanes) if generation in PCIE_GENERATIONS else None


_SEATED: dict[tuple[tuple[Slot, ...], tuple[_Edge, ...]], tuple[Slot | None, ...]] = {}
# Of tens of thousands of mixes of cards only some hundreds differ in their edges.


def _seats(board: Board, edges: Sequence[_Edge]) -> tuple[Slot | None, ...]:
    """Return the slot of each card, in order."""
    order = sorted(range(len(edges)), key=lambda n: edges[n])
    key = (board.slots, tuple(edges[n] for n in order))
    if key not in _SEATED:
        cards = [_QuickCard(_unit(), *edge) for edge in key[1]]
        _SEATED[key] = best_seats(cards, board.slots)
    found: list[Slot | None] = [None] * len(edges)
    for n, slot in zip(order, _SEATED[key], strict=True):
        found[n] = slot
    return tuple(found)


@cache
def _ethernet(gigabits: Decimal) -> int:
    return ethernet_rate(gigabits)


@cache
def _serial(gigabits: Decimal) -> int:
    return serial_rate(gigabits)


def _chipset(board: Board) -> int | None:
    """Return what the link between chipset and processor carries; None: there is none."""
    if board.chipset_generation not in PCIE_GENERATIONS or not board.chipset_lanes:
        return None
    return _link(board.chipset_generation, board.chipset_lanes)


def _drive_link(frame: Frame, wiring: Wiring, board: Board) -> int:
    """Return the slowest of the links that one drive has for itself."""
    rates = [frame.backplane.drive_rate]
    if not frame.shares:
        rates += [g.adapter.port_rate if g.adapter else board.sata_rate for g in wiring.groups]
    return min(_serial(rate) for rate in rates if rate)


def _limits(
    frame: Frame, wiring: Wiring, slots: Sequence[Slot], chipset: int | None
) -> Iterator[Limit]:
    """Yield the shared links: of backplanes, of adapters, of the chipset."""
    plane = frame.backplane
    ports = plane.ports or 1
    if frame.shares:
        rates = [g.adapter.port_rate for g in wiring.groups if g.adapter and g.adapter.port_rate]
        line = min([*rates, *([plane.host_rate] if plane.host_rate else [])])
        yield _serial(line) * (plane.host_ports or 1), ports
    behind = 0
    for adapter, sockets, slot in _hung(frame, wiring, slots):
        bays = -(-sockets * ports // frame.sockets)
        if slot is None:
            behind += bays
            continue
        rate = _in_slot(adapter, slot) if adapter else None
        if rate is not None:
            yield rate, bays
        behind += bays if slot.behind == "chipset" else 0
    if behind and chipset is not None:
        yield chipset, min(behind, frame.bays)


def _hung(
    frame: Frame, wiring: Wiring, slots: Sequence[Slot]
) -> Iterator[tuple[Adapter | None, int, Slot | None]]:
    """Yield each adapter (None: the board) with its sockets of backplanes and its slot."""
    used = 0
    for group in wiring.groups:
        if group.adapter is None:
            yield None, group.sockets, None
            continue
        left, each = group.sockets, room_of(group.adapter, frame)
        for _ in range(group.count):
            yield group.adapter, min(left, each), slots[used]
            left, used = max(left - each, 0), used + 1


def _network(board: Board, nic: Nic | None, slots: Sequence[Slot], chipset: int | None) -> int:
    """Return what the network cards, or the board's own ports, carry together."""
    if nic is None:
        own = (board.lan_ports or 0) * (_ethernet(board.lan_rate) if board.lan_rate else 0)
        return own if chipset is None else min(own, chipset)
    ports = (nic.ports or 0) * (_ethernet(nic.gigabits) if nic.gigabits else 0)
    direct = shared = 0
    for slot in slots:
        link = _in_slot(nic, slot)
        rate = ports if link is None else min(ports, link)
        if slot.behind == "chipset":
            shared += rate
        else:
            direct += rate
    return direct + (shared if chipset is None else min(shared, chipset))


def every_card(
    board: Board, frame: Frame, stock: Stock, wirings: Sequence[Wiring]
) -> Iterator[Cards]:
    """Yield every choice of cards that a board has slots for."""
    for wiring in wirings:
        for nic, nics in nics_for(frame, stock):
            cards = cards_of(board, frame, wiring, nic, nics)
            if cards is not None:
                yield cards
