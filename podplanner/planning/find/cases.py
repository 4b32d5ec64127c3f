"""What a case can be made into, with what no answer needs left out.

docs/adr/0008-pruning-by-dominance.md has the rule and its proof.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from podplanner.catalog.parts import Adapter, Board, Drive, Nic
from podplanner.planning.find.body import (
    Body,
    Rail,
    case_milliwatts,
    go_together,
    manages,
    plugs_suffice,
    rails_for,
    takes,
    wall_watts,
)
from podplanner.planning.find.cards import Cards, Limit, cards_of, nics_for
from podplanner.planning.find.dominance import Merits, undominated
from podplanner.planning.find.exact import load, mills
from podplanner.planning.find.feed import DriveLoad, Feed, feeds_of
from podplanner.planning.find.host import (
    BOOT_DRIVES,
    LEAST_MEMORY,
    Host,
    best_hosts,
    boards_for,
)
from podplanner.planning.find.stock import Stock
from podplanner.planning.find.wiring import Frame, Wiring, room_of, wirings_of


@dataclass(frozen=True)
class Core:
    """A host with its cards in a case: a body that still wants supplies and rails.

    Attributes:
        merits: Figures that decide for any number of any drives, more of each being better.
        path: Bytes per second that each drive gets, by the number of drives less one.
        feeds: Supplies with the plugs that it wants; the cheapest first.
    """

    host: Host
    cards: Cards
    cost: int
    rest: int
    merits: Merits
    path: tuple[int, ...]
    feeds: tuple[Feed, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """A body for a number of drives of one load, without its rails.

    Attributes:
        a_drive: Bytes per second that each drive gets.
    """

    core: Core
    feed: Feed
    cost: int
    watts: float
    net: int
    a_drive: int


@dataclass(frozen=True, slots=True)
class Offer:
    """The bodies worth trying for a number of drives.

    Attributes:
        options: The cheapest first.
        watts: The least draw of one pod.
        speeds: Options that are equally fast, group by group.
    """

    options: tuple[Option, ...]
    watts: float
    speeds: tuple[tuple[Option, ...], ...]

    @classmethod
    def of(cls, options: tuple[Option, ...]) -> "Offer":
        """Return an offer of at least one option."""
        speeds: dict[tuple[int, int], list[Option]] = defaultdict(list)
        for option in options:
            speeds[option.net, option.a_drive].append(option)
        return cls(
            options, min(option.watts for option in options),
            tuple(map(tuple, speeds.values())),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Least:
    """What no body of a case costs or draws less than, and the best efficiency of its supplies.

    Attributes:
        cost: In mills, without rails.
        rest: Milliwatts of everything but data drives.
    """

    cost: int
    rest: int
    efficiency: float


@dataclass(frozen=True, slots=True)
class _BoardChoice:
    """What one board can be made into: hosts, cards, and how many pairs of them there are."""

    hosts: tuple[Host, ...]
    cards: tuple[Cards, ...]
    pairs: int


class Case:
    """A case and everything that can be built into it.

    Attributes:
        frame: The case with its backplanes.
        number: Bodies that can be put together for it, whether or not they fit.
    """

    def __init__(self, frame: Frame, stock: Stock, fastest: int) -> None:
        """Take stock of what goes into a case.

        Args:
            frame: The case.
            stock: The parts on offer.
            fastest: Bytes per second of the fastest drive: no link is better for carrying more.
        """
        self.frame = frame
        self._stock, self._fastest = stock, fastest
        self._unlimited = (fastest,) * frame.bays
        self._rest = case_milliwatts(frame, stock)
        self._feeds = sorted(feeds_of(frame, stock), key=lambda f: (f.cost, -f.efficiency))
        self._rails = sorted(rails_for(frame, stock), key=lambda rail: rail.cost if rail else 0)
        self._paths: dict[tuple[int, tuple[Limit, ...]], tuple[int, ...]] = {}
        self._by_plugs: dict[tuple[int, int], tuple[Feed, ...]] = {}
        self._cores: dict[tuple[int, bool], tuple[Core, ...]] = {}
        self._offers: dict[tuple[int, bool, DriveLoad, int], Offer | None] = {}

    @cached_property
    def number(self) -> int:
        """Return how many bodies there are, put together in every way."""
        return sum(one.pairs for one in self._boards) * len(self._feeds) * len(self._rails)

    @cached_property
    def _boards(self) -> tuple[_BoardChoice, ...]:
        wirings = _Wirings(self.frame, self._stock)
        return tuple(
            self._choice(board, wirings) for board in boards_for(self.frame.chassis, self._stock)
        )

    @cached_property
    def least(self) -> Least:
        """Return what no body of the case goes below."""
        cores = self.cores(LEAST_MEMORY, sas=False)
        return Least(
            min((core.cost for core in cores), default=0) + mills(self.frame.chassis.price)
            + min((feed.cost for feed in self._feeds), default=0),
            min((core.rest for core in cores), default=0),
            max((feed.efficiency for feed in self._feeds), default=1.0),
        )  # fmt: skip

    def _choice(self, board: Board, wirings: "_Wirings") -> _BoardChoice:
        hosts = best_hosts(board, self.frame.chassis, self._stock)
        if not hosts.best:
            return _BoardChoice((), (), 0)
        lanes = min(host.lanes for host in hosts.best)
        ports = min(host.free_ports() for host in hosts.best)
        slots = sum(slot.count for slot in board.slots)
        openings = self.frame.chassis.slots
        room = slots if openings is None else min(slots, openings)
        found: dict[Merits, list[Cards]] = defaultdict(list)
        number = 0
        for group in wirings.groups:
            for nics in wirings.nics:
                if len(group.best[0].adapters) + nics.best[0][1] > room:
                    continue
                alike = self._alike(board, group, nics)
                number += group.number * nics.number if alike else 0
                for cards in alike:
                    found[self._speed(cards, lanes, ports)].append(cards)
        few = [
            (speed, cards)
            for speed, alike in found.items()
            for cards in undominated(alike, lambda cards: (-cards.cost, -cards.milliwatts))
        ]
        best = undominated(few, lambda e: (-e[1].cost, -e[1].milliwatts, *e[0]))
        return _BoardChoice(hosts.best, tuple(cards for _, cards in best), hosts.number * number)

    def _alike(self, board: Board, group: "_Alike", nics: "_AlikeNics") -> list[Cards]:
        """Return cards that take the same slots; nothing where there are none for them."""
        found: list[Cards] = []
        for wiring in group.best:
            for nic, count in nics.best:
                cards = cards_of(board, self.frame, wiring, nic, count)
                if cards is None:
                    return found
                found.append(cards)
        return found

    def _speed(self, cards: Cards, lanes: int, ports: int) -> Merits:
        """Return the merits of cards beside cost and draw; what every host has is no burden."""
        wiring = cards.wiring
        # Ports for boot drives matter only to cards that take more of the board's than all leave.
        spare = BOOT_DRIVES if wiring.board_ports <= ports else min(wiring.spare_ports, BOOT_DRIVES)
        return (
            cards.net, -max(cards.cpu_lanes, lanes), -max(wiring.board_ports, ports), spare,
            wiring.sas, self._managed(cards), *self._path(cards),
        )  # fmt: skip

    def _managed(self, cards: Cards) -> int:
        """Return the most drives that the adapters manage."""
        bays = self.frame.bays
        if manages(self.frame, cards, bays):
            return bays
        return max(n for n in range(bays) if n == 0 or manages(self.frame, cards, n))

    def _path(self, cards: Cards) -> tuple[int, ...]:
        """Return what a drive gets, for every number of drives; more than it reads is no better."""
        key = (cards.link, cards.limits)
        if key not in self._paths:
            self._paths[key] = self._reckoned(cards)
        return self._paths[key]

    def _reckoned(self, cards: Cards) -> tuple[int, ...]:
        bays = self.frame.bays
        if cards.link >= self._fastest and all(
            rate >= self._fastest * min(behind, bays) for rate, behind in cards.limits
        ):
            return self._unlimited
        return tuple(min(cards.a_drive(n), self._fastest) for n in range(1, bays + 1))

    def cores(self, memory: int, *, sas: bool) -> tuple[Core, ...]:
        """Return the cores worth trying that have so much memory, and speak SAS if wanted."""
        key = (self._rounded_up(memory), sas)
        if key not in self._cores:
            every = [core for choice in self._boards for core in self._built(choice, memory, sas)]
            self._cores[key] = tuple(undominated(every, lambda core: core.merits))
        return self._cores[key]

    def _rounded_up(self, memory: int) -> int:
        """Return the least memory of a host that has as much: hosts in between are the same."""
        enough = [size for size in self._sizes if size >= memory]
        return min(enough, default=memory)

    @cached_property
    def _sizes(self) -> frozenset[int]:
        return frozenset(h.memory_bytes for choice in self._boards for h in choice.hosts)

    def _built(self, choice: _BoardChoice, memory: int, sas: bool) -> Iterator[Core]:
        enough = [host for host in choice.hosts if host.memory_bytes >= memory]
        hosts = undominated(enough, lambda host: (
            -host.cost, -host.milliwatts, host.lanes, host.free_ports(), -host.sata_boots
        ))  # fmt: skip
        for host in hosts:
            for cards in choice.cards:
                if (sas and not cards.wiring.sas) or not go_together(self.frame, host, cards):
                    continue
                cost, rest = host.cost + cards.cost, host.milliwatts + cards.milliwatts
                plugs = (-(host.board.cpu_connectors or 0), -host.sata_boots)
                path = self._path(cards)
                merits = (-cost, -rest, cards.net, *plugs, self._managed(cards), *path)
                feeds = self._plugged(host)
                yield Core(host, cards, cost, self._rest + rest, merits, path, feeds)

    def _plugged(self, host: Host) -> tuple[Feed, ...]:
        """Return the supplies with plugs for a host and the case."""
        key = (host.board.cpu_connectors or 0, host.sata_boots)
        if key not in self._by_plugs:
            self._by_plugs[key] = tuple(
                feed for feed in self._feeds if plugs_suffice(self.frame, host, feed)
            )
        return self._by_plugs[key]

    def offer(self, memory: int, drives: int, one: DriveLoad, *, sas: bool) -> Offer | None:
        """Return the bodies worth trying for so many drives; None: there is none."""
        key = (self._rounded_up(memory), sas, one, drives)
        if key not in self._offers:
            every = [
                option
                for core in self.cores(memory, sas=sas)
                if manages(self.frame, core.cards, drives)
                for option in self._fed(core, drives, one)
            ]
            best = undominated(every, lambda o: (-o.cost, -o.watts, o.net, o.a_drive))
            self._offers[key] = Offer.of(tuple(best)) if best else None
        return self._offers[key]

    def _fed(self, core: Core, drives: int, one: DriveLoad) -> Iterator[Option]:
        """Yield a core with the cheapest supplies that carry it, and with thriftier ones."""
        best = 0.0
        for feed in core.feeds:
            if feed.efficiency > best and feed.carries(core.rest, drives, one):
                best = feed.efficiency
                cost = core.cost + feed.cost + mills(self.frame.chassis.price)
                watts = wall_watts(core.rest, drives, one, feed)
                yield Option(core, feed, cost, watts, core.cards.net, core.path[drives - 1])

    def rails(self, drive: Drive, drives: int) -> tuple[Rail | None, ...]:
        """Return the cheapest rails that bear so many drives (None: a shelf), or nothing."""
        for rail in self._rails:
            if rail is None or rail.bears(self.frame, drive, drives):
                return (rail,)
        return ()

    def takes(self, drive: Drive) -> bool:
        """Return whether a drive goes into the bays."""
        return takes(self.frame, drive)

    def body(self, option: Option, rail: Rail | None) -> Body:
        """Return the body that an option is."""
        return Body(self.frame, option.core.host, option.core.cards, option.feed, rail, self._rest)


@dataclass(frozen=True, slots=True)
class _Alike:
    """Wirings whose cards take the same slots and carry the same, the best of them first."""

    best: tuple[Wiring, ...]
    number: int


NicChoice = tuple[Nic | None, int]
"""A model of network card, None for the board's own ports, and how many."""


@dataclass(frozen=True, slots=True)
class _AlikeNics:
    """Network cards that take the same slots and carry the same, the best of them first."""

    best: tuple[NicChoice, ...]
    number: int


class _Wirings:
    """The wirings of a case and its network cards, gathered into those that are alike."""

    def __init__(self, frame: Frame, stock: Stock) -> None:
        self._frame = frame
        gathered: dict[object, list[Wiring]] = defaultdict(list)
        for wiring in wirings_of(frame, stock):
            gathered[self._key(wiring)].append(wiring)
        self.groups = tuple(
            _Alike(tuple(undominated(same, lambda w: (-w.cost, -w.milliwatts))), len(same))
            for same in gathered.values()
        )
        self.nics = _nics(frame, stock)

    def _key(self, wiring: Wiring) -> object:
        """Return all of a wiring but its cost and draw."""
        pieces: list[tuple[object, ...]] = []
        for group in wiring.groups:
            adapter, left = group.adapter, group.sockets
            if adapter is None:
                pieces.append((None, group.sockets, group.ports))
                continue
            each = room_of(adapter, self._frame)
            for _ in range(group.count):
                pieces.append((_figures(adapter), min(each, left)))
                left = max(left - each, 0)
        return tuple(sorted(pieces, key=repr))


def _figures(adapter: Adapter) -> tuple[object, ...]:
    return (
        adapter.pcie_size or adapter.pcie_lanes, adapter.pcie_lanes, adapter.pcie_generation,
        adapter.port_rate, adapter.interface, adapter.drives_max, adapter.ports, adapter.connector,
    )  # fmt: skip


def _nics(frame: Frame, stock: Stock) -> tuple[_AlikeNics, ...]:
    gathered: dict[object, list[NicChoice]] = defaultdict(list)
    for nic, count in nics_for(frame, stock):
        key = None if nic is None else (
            nic.pcie_lanes, nic.pcie_generation, nic.ports, nic.gigabits, count
        )  # fmt: skip
        gathered[key].append((nic, count))
    return tuple(
        _AlikeNics(tuple(undominated(same, _thrift)), len(same)) for same in gathered.values()
    )


def _thrift(choice: NicChoice) -> Merits:
    nic, count = choice
    return (0, 0) if nic is None else (-count * mills(nic.price), -count * load(nic.power))
