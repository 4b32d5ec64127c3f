"""Draws up the way of a pod's data from its wiring and the figures of its parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from podplanner.catalog import facts
from podplanner.catalog.parts import Adapter, Backplane, Board, Drive
from podplanner.catalog.pod import Pod
from podplanner.planning.bandwidth_figures import assumed_figures
from podplanner.planning.capacities import (
    Alternative,
    Capacity,
    Port,
    chipset_capacity,
    pcie_capacity,
    serial_capacity,
)
from podplanner.planning.chain import Chain, Draft, Link, Step, rate_of
from podplanner.planning.hookup import Unit
from podplanner.planning.outlets import outlets_of
from podplanner.planning.seating import seat
from podplanner.planning.sharing import Flow
from podplanner.planning.topology import (
    Basis,
    Bay,
    Gap,
    Path,
    Topology,
    topology_of,
    units_of,
    without_bay,
)


def chain_of(pod: Pod) -> Chain | Gap:
    """Return the way of a pod's data, or what is missing for drawing it up."""
    topology = topology_of(pod)
    if isinstance(topology, Gap):
        return topology
    if topology.data_basis is Basis.UNKNOWN:
        reason = next((n for n in topology.notes if "way of data" in n), "the wiring is unknown")
        return Gap(reason.rstrip("."), "the ports and host links of backplanes and adapters, and "
                   "the links between them")  # fmt: skip
    if not topology.bays:
        return Gap("there is no bay for a data drive", "the bays of the case, or its backplanes")
    return _Builder(pod, topology).chain()


@dataclass(frozen=True, slots=True)
class _Host:
    """What drives or backplanes are cabled to: an adapter, or the board's own ports.

    Attributes:
        number: From 1; 0 is the board.
    """

    number: int
    name: str
    port_rate: Decimal | None
    fis_switching: bool | None
    sata: bool
    """Whether it speaks nothing but SATA, for certain."""
    pcie_generation: int | None = None
    pcie_lanes: int | None = None

    @property
    def port(self) -> Port:
        """Return one of its ports as an end of a link."""
        return Port(f"a port of {self.name}", self.port_rate)


@dataclass(frozen=True, slots=True)
class _Plane:
    """A backplane and how its drives come to the host.

    Attributes:
        sockets: Host sockets; the drives of a multiplier belong to one each.
        lanes: Links that come on one socket.
        places: Drives that it takes.
        shares: Whether its drives share its host links.
    """

    number: int
    part: Backplane
    sockets: int
    lanes: int
    places: int
    shares: bool

    @classmethod
    def of(cls, unit: Unit, part: Backplane) -> "_Plane":
        sockets = max(facts.sockets(unit.item) or 1, 1)
        links, places = max(part.host_ports or 1, 1), max(facts.ports(unit.item) or 1, 1)
        shares = links < places if part.fanout is None else part.fanout != "direct"
        return cls(unit.number, part, sockets, max(links // sockets, 1), places, shares)

    @property
    def sata(self) -> bool:
        """Return whether it speaks nothing but SATA, for certain."""
        return self.part.interface == "SATA" or self.part.fanout == "multiplier"

    def socket_of(self, place: int) -> int:
        """Return the socket of a place, from 0: places are dealt out to sockets in runs."""
        return (place - 1) * self.sockets // self.places


@dataclass(frozen=True, slots=True)
class _Way:
    """One way of a bay's data over links that it shares.

    Attributes:
        sockets: Sockets of its backplane that lead there, from 0; empty: it has a link of its own.
        share: Of the drive's data that goes this way.
    """

    host: _Host
    sockets: tuple[int, ...]
    share: Fraction


class _Builder:
    """Draws up the chain of one pod."""

    def __init__(self, pod: Pod, topology: Topology) -> None:
        self._pod, self._topology = pod, topology
        self._bays = topology.filled or topology.bays
        self._board = facts.board(pod)
        self._board_name = self._board.sku if self._board else "the board"
        self._nics = units_of(pod, "nic")
        self._seating = seat(pod, topology.adapters, self._nics or ())
        self._hosts = [_board_host(self._board, self._board_name)]
        self._hosts += [_adapter_host(unit) for unit in topology.adapters]
        self._planes = {
            unit.number: _Plane.of(unit, unit.item.part)
            for unit in topology.backplanes
            if isinstance(unit.item.part, Backplane)
        }
        self._used = {path.adapter for bay in self._bays for path in bay.paths}
        self._draft = Draft()

    def chain(self) -> Chain:
        """Return the chain."""
        flows = tuple(self._flow(bay) for bay in self._bays)
        outlets = outlets_of(self._nics, self._board, self._seating, self._draft)
        outward, doubt = self._outward([outlet.chipset for outlet in outlets])
        return Chain(
            bays=self._bays, links=tuple(self._draft.links), flows=flows, outlets=outlets,
            outward=outward, doubt=doubt, basis=self._topology.data_basis,
            notes=tuple(self._notes()),
        )  # fmt: skip

    def _flow(self, bay: Bay) -> Flow:
        plane = self._planes.get(bay.backplane or 0)
        ways = self._ways(bay, plane)
        links = [(self._port(bay, plane, ways[0]), Fraction(1))]
        for way in ways:
            if plane is not None and way.sockets:
                links += [(link, way.share) for link in self._shared(plane, way)]
        for way in ways:
            links += [(link, way.share) for link in self._inward(way.host)]
        return Flow(tuple(_merged(links)), rate_of(bay))

    def _ways(self, bay: Bay, plane: _Plane | None) -> list[_Way]:
        """Return the ways of a bay; an expander spreads its data over all links that it has."""
        first = self._hosts[bay.paths[0].adapter]
        if plane is None or not plane.shares:
            return [_Way(first, (), Fraction(1))]
        if plane.part.fanout != "expander":
            return [_Way(first, (plane.socket_of(bay.place),), Fraction(1))]
        return [self._expanded(bay.paths, n) for n in dict.fromkeys(p.adapter for p in bay.paths)]

    def _expanded(self, paths: Sequence[Path], adapter: int) -> _Way:
        sockets = tuple(n for n, path in enumerate(paths) if path.adapter == adapter)
        return _Way(self._hosts[adapter], sockets, Fraction(len(sockets), len(paths)))

    def _port(self, bay: Bay, plane: _Plane | None, way: _Way) -> int:
        """Add the link of one drive: to its backplane, or through it to the host."""
        drive = bay.drive.part if bay.drive and isinstance(bay.drive.part, Drive) else None
        ends = []
        if drive and drive.interface_rate:
            # One that is not stated is fast enough for what the drive reads.
            ends.append(Port(drive.sku, drive.interface_rate))
        if plane is not None:
            ends.append(Port(f"a drive port of {plane.part.sku}", plane.part.drive_rate))
        if not way.sockets:
            ends.append(way.host.port)
        sata = way.host.sata or (drive is not None and drive.interface == "SATA")
        sata = sata or (plane is not None and plane.sata)
        capacity = serial_capacity(ends, sata=sata)
        if drive and drive.interface == "NVMe":
            capacity = Capacity(None)
        subject = " and ".join(end.name for end in ends)
        link = Link(Step.PORT, f"bay {bay.number}", subject, capacity)
        return self._draft.add(("port", bay.number), lambda: link)

    def _shared(self, plane: _Plane, way: _Way) -> Iterator[int]:
        """Add the link that all drives of a backplane, or of one socket of it, share."""
        part, host = plane.part, way.host
        capacity = serial_capacity(
            (Port(f"a host link of {part.sku}", part.host_rate), host.port),
            lanes=plane.lanes * len(way.sockets), sata=host.sata or plane.sata,
        )  # fmt: skip
        name, key = f"backplane {plane.number}", (plane.number, *way.sockets)
        if part.fanout != "expander" and plane.sockets > 1:
            name += f", link {way.sockets[0] + 1}"
        link = Link(Step.UPLINK, name, f"{part.sku} on {host.name}", capacity, host.number)
        yield self._draft.add(("uplink", *key), lambda: link)
        multiplier = part.fanout == "multiplier" or (part.fanout is None and plane.lanes == 1)
        if multiplier and not host.fis_switching:
            switching = self._switching(name, host, capacity.rate)
            yield self._draft.add(("switching", *key), lambda: switching)

    def _switching(self, name: str, host: _Host, rate: int | None) -> Link:
        """Return the limit of a port that lets one drive work at a time; a doubt if unstated."""
        rates = [rate_of(bay) for bay in self._bays]
        known = [rate for rate in rates if rate is not None]
        one = max(known) if len(known) == len(rates) else None
        if one is not None and rate is not None:
            one = min(one, rate)
        if host.fis_switching is False:
            return Link(Step.SWITCHING, name, host.name, Capacity(one), host.number)
        by_commands = (Alternative("by commands", "", one),) if one is not None else ()
        wants = f"whether the ports of {host.name} switch port multipliers by FIS or by commands"
        return Link(
            Step.SWITCHING, name, host.name, Capacity(None, by_commands, (wants,)), question=True
        )  # fmt: skip

    # --- From the adapter inward, and out again ---

    def _inward(self, host: _Host) -> Iterator[int]:
        """Add the links from an adapter, or the board's ports, to the CPU."""
        if host.number:
            slot = self._seating.slot_of(self._topology.adapters[host.number - 1])
            capacity = pcie_capacity(
                host.pcie_generation, host.pcie_lanes, slot, card=host.name, board=self._board_name
            )
            link = Link(Step.ADAPTER, f"adapter {host.number}", host.name, capacity, host.number)
            yield self._draft.add(("adapter", host.number), lambda: link)
        behind = self._behind(host.number)
        if behind:
            yield self._draft.add(("chipset",), self._chipset)
        if behind is not False and self._board and None in map(self._behind, self._used):
            yield self._draft.add(("chipset?",), self._chipset_doubt)

    def _behind(self, adapter: int) -> bool | None:
        """Return whether an adapter hangs behind the chipset; the board's SATA ports do."""
        if adapter == 0:
            return True
        slot = self._seating.slot_of(self._topology.adapters[adapter - 1])
        return None if slot is None or slot.behind is None else slot.behind == "chipset"

    def _chipset(self) -> Link:
        board, name = self._board, self._board_name
        figures = (board.chipset_generation, board.chipset_lanes) if board else (None, None)
        return Link(Step.CHIPSET, "chipset", name, chipset_capacity(*figures, board=name))

    def _chipset_doubt(self) -> Link:
        """Return the chipset link as far as it is open which cards hang behind it."""
        link = self._chipset()
        alternatives = link.capacity.alternatives
        if link.capacity.rate is not None:
            alternatives = (Alternative("all behind the chipset", "", link.capacity.rate),)
        doubt = f"which slots of {self._board_name} hang behind the chipset"
        capacity = Capacity(None, alternatives, (doubt, *link.capacity.wants))
        return replace(link, capacity=capacity, question=True)

    def _outward(self, behind: Sequence[bool | None]) -> tuple[int | None, int | None]:
        """Add the chipset link for what goes out, and for what may; None where nothing does."""
        if self._board is None:
            return None, None
        certain = replace(self._chipset(), step=Step.OUTWARD)
        doubt = replace(self._chipset_doubt(), step=Step.OUTWARD)
        return (
            self._draft.add(("outward",), lambda: certain) if True in behind else None,
            self._draft.add(("outward?",), lambda: doubt) if None in behind else None,
        )

    # --- Words ---

    def _notes(self) -> Iterator[str]:
        if not self._topology.filled:
            yield ("The list has no data drives: every bay is taken as filled, and what a drive "
                   "reads is unknown.")  # fmt: skip
        yield from filter(None, (without_bay(self._pod, self._topology),))
        if self._topology.data_basis is Basis.ASSUMED:
            yield ("Which backplane or drive hangs on which adapter is not stated: they are taken "
                   "as spread evenly, in their order.")  # fmt: skip
        if self._seating.note:
            yield self._seating.note
        if self._nics and self._board and self._board.lan_ports:
            yield "The board's own network ports are not counted beside a network card."
        commanding = [link for link in self._draft.links
                      if link.step is Step.SWITCHING and not link.question]  # fmt: skip
        for name in dict.fromkeys(link.subject for link in commanding):
            yield (f"{name} switches by commands: of the drives behind one of its ports one works "
                   "at a time, and each change costs time that no figure here counts.")  # fmt: skip
        drives = [bay.drive.part for bay in self._bays if bay.drive]
        if any(isinstance(drive, Drive) and drive.interface == "NVMe" for drive in drives):
            yield "The PCI Express links of NVMe drives are not counted as limits."
        yield from assumed_figures(self._pod)


def _board_host(board: Board | None, name: str) -> _Host:
    rate = board.sata_rate if board else None
    return _Host(0, name, rate, board.fis_switching if board else None, sata=True)


def _adapter_host(unit: Unit) -> _Host:
    part, name = unit.item.part, unit.item.name
    if not isinstance(part, Adapter):
        return _Host(unit.number, name, None, None, sata=False)
    return _Host(
        unit.number, name, part.port_rate, part.fis_switching, sata=part.interface == "SATA",
        pcie_generation=part.pcie_generation, pcie_lanes=part.pcie_lanes,
    )  # fmt: skip


def _merged(links: Sequence[tuple[int, Fraction]]) -> Iterator[tuple[int, Fraction]]:
    """Yield each link once, with all that takes it."""
    for link in dict.fromkeys(link for link, _ in links):
        yield link, sum((share for other, share in links if other == link), Fraction(0))
