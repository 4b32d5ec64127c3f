"""How the backplanes of a case are cabled: to which adapters, or to the board's own ports."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from podplanner.catalog.parts import Accessory, Adapter, Backplane, Chassis
from podplanner.planning.find.exact import load, mills
from podplanner.planning.find.stock import Stock

MOST_ADAPTERS = 7
# A full-size board has seven slots.
_SATA = "SATA"
# What the board's own ports are.


@dataclass(frozen=True, slots=True)
class Frame:
    """A case with the backplanes that it is made for.

    Attributes:
        planes: How many backplanes.
        sockets: Host sockets of one backplane.
        lanes: Links on one socket.
    """

    chassis: Chassis
    backplane: Backplane
    planes: int
    sockets: int
    lanes: int

    @classmethod
    def of(cls, chassis: Chassis, stock: Stock) -> "Frame | None":
        """Return the case with its backplanes; None where the two do not go together."""
        backplane, planes = stock.backplane_of(chassis), chassis.backplanes or 0
        if backplane is None or planes < 1 or not backplane.ports or not backplane.host_ports:
            return None
        if planes * backplane.ports != chassis.data_bays:
            return None
        sockets = backplane.host_connectors or backplane.host_ports
        return cls(chassis, backplane, planes, sockets, max(backplane.host_ports // sockets, 1))

    @property
    def bays(self) -> int:
        """Return the bays for data drives."""
        return self.planes * (self.backplane.ports or 0)

    @property
    def shares(self) -> bool:
        """Return whether drives share the links of their backplane."""
        return self.backplane.fanout != "direct"


@dataclass(frozen=True, slots=True)
class Cabled:
    """Adapters of one model, and what hangs on them.

    Attributes:
        adapter: None: the board's own SATA ports.
        count: How many adapters; 0 for the board.
        sockets: Sockets of backplanes that hang on them.
        cable: The cable for them.
        cables: How many.
        ports: Links of the host that are taken up.
    """

    adapter: Adapter | None
    count: int
    sockets: int
    cable: Accessory
    cables: int
    ports: int


@dataclass(frozen=True)
class Wiring:
    """One way of cabling all backplanes of a case."""

    groups: tuple[Cabled, ...]

    @cached_property
    def cost(self) -> int:
        """Return the price of adapters and cables in mills."""
        return sum(
            group.count * mills(group.adapter.price if group.adapter else None)
            + group.cables * mills(group.cable.price)
            for group in self.groups
        )

    @cached_property
    def milliwatts(self) -> int:
        """Return the draw of the adapters at most."""
        return sum(
            group.count * load(group.adapter.power) for group in self.groups if group.adapter
        )

    @cached_property
    def adapters(self) -> tuple[Adapter, ...]:
        """Return every adapter, one by one."""
        return tuple(g.adapter for g in self.groups if g.adapter for _ in range(g.count))

    @property
    def board_ports(self) -> int:
        """Return the board's SATA ports that are taken up."""
        return sum(group.ports for group in self.groups if group.adapter is None)

    @cached_property
    def spare_ports(self) -> int:
        """Return the single SATA ports of adapters that backplanes leave, for boot drives."""
        return sum(
            group.count * (group.adapter.ports or 0) - group.ports
            for group in self.groups
            if group.adapter and group.adapter.interface == group.adapter.connector == _SATA
        )

    @property
    def sas(self) -> bool:
        """Return whether every drive hangs on SAS, so that SAS drives can be used."""
        return all(g.adapter is not None and g.adapter.interface == "SAS" for g in self.groups)


def room_of(adapter: Adapter, frame: Frame) -> int:
    """Return how many sockets of the backplanes one adapter serves; 0: it is none for them.

    A wide socket takes a like one, or fans out to single links; single ports are gathered to a
    wide socket by a reverse breakout cable.
    """
    plane = frame.backplane
    if plane.fanout == "expander" and adapter.interface != "SAS":
        return 0
    if plane.fanout == "multiplier" and not (adapter.port_multiplier and adapter.fis_switching):
        return 0
    ports, connectors = adapter.ports or 0, adapter.connectors or adapter.ports or 1
    width = max(ports // connectors, 1)
    if width == frame.lanes:
        return connectors
    if frame.lanes == 1:
        return ports
    return ports // frame.lanes if width == 1 else 0


def cable_for(frame: Frame, connector: str, stock: Stock) -> Accessory | None:
    """Return the cheapest cable from a host's connector to the backplanes that is long enough.

    It goes from the cards at the back to the farthest backplane, at most the depth of the case.
    """
    far = frame.backplane.connector
    depth = frame.chassis.depth
    found = [
        cable for cable in stock.cables
        if cable.connector == connector and (cable.far_connector or cable.connector) == far
        and (cable.length is None or depth is None or cable.length >= depth)
    ]  # fmt: skip
    return min(found, key=lambda cable: (mills(cable.price), cable.sku), default=None)


def wirings_of(frame: Frame, stock: Stock) -> Iterator[Wiring]:
    """Yield every way of cabling a case: on adapters, on the board's own ports, or on both.

    A mix has no adapter more than its sockets need. Expanders and multipliers hang on cards.
    """
    usable = [
        (adapter, room, cable)
        for adapter in stock.adapters
        if (room := room_of(adapter, frame))
        and (cable := cable_for(frame, adapter.connector or "", stock)) is not None
        and _is_low_enough(adapter, frame)
    ]
    sockets = frame.planes * frame.sockets
    own = None if frame.shares else cable_for(frame, _SATA, stock)
    for on_board in range(_most_on_board(frame, stock) + 1 if own else 1):
        for counts in _mixes([room for _, room, _ in usable], sockets - on_board):
            left, groups = sockets - on_board, []
            for (adapter, room, cable), count in zip(usable, counts, strict=True):
                if count:
                    taken = min(left, room * count)
                    left -= taken
                    groups.append(_cabled(frame, adapter, count, taken, cable))
            if on_board and own is not None:
                groups.append(Cabled(None, 0, on_board, own, on_board, on_board * frame.lanes))
            yield Wiring(tuple(groups))


def _most_on_board(frame: Frame, stock: Stock) -> int:
    """Return the sockets that the board with the most SATA ports could take."""
    ports = max((board.sata_ports or 0 for board in stock.boards), default=0)
    return min(frame.planes * frame.sockets, ports // frame.lanes)


def _is_low_enough(adapter: Adapter, frame: Frame) -> bool:
    return frame.chassis.slot_height != "low" or adapter.low_profile is not False


def _cabled(
    frame: Frame, adapter: Adapter, count: int, taken: int, cable: Accessory
) -> Cabled:  # fmt: skip
    width = max((adapter.ports or 1) // (adapter.connectors or adapter.ports or 1), 1)
    fans_out = frame.lanes == 1 < width
    return Cabled(
        adapter, count, taken, cable, -(-taken // width) if fans_out else taken,
        taken * frame.lanes,
    )  # fmt: skip


def _mixes(rooms: Sequence[int], wanted: int) -> Iterator[tuple[int, ...]]:
    """Yield numbers of adapters of each sort that together have room, and none to spare."""

    def extend(counts: tuple[int, ...], left: int) -> Iterator[tuple[int, ...]]:
        index = len(counts)
        if index == len(rooms):
            if left <= 0 and all(left + rooms[n] > 0 for n, count in enumerate(counts) if count):
                yield counts
            return
        most = min(-(-max(left, 0) // rooms[index]), MOST_ADAPTERS - sum(counts))
        for count in range(most + 1):
            yield from extend((*counts, count), left - count * rooms[index])

    return extend((), wanted)
