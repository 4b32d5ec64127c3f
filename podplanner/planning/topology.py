"""How a pod is wired: each bay's way to the board, and the supply that feeds it.

The list's links come first, then the defaults of its case; what neither says is spread evenly and
marked as assumed. Power, bandwidth, placement and their drawings all read this one model.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from podplanner.catalog import facts
from podplanner.catalog.parts import Backplane, Chassis, Supply
from podplanner.catalog.pod import Item, Pod, pieces
from podplanner.planning.hookup import (
    Socket,
    Unit,
    default_feeds,
    default_hookups,
    even_feeds,
    even_hookups,
    stated_feeds,
    stated_hookups,
)

MOST_BAYS = 1_000
# A pod with more bays than this is a misread list: the largest 4U cases hold about a hundred.


class Basis(StrEnum):
    """What a wiring rests on."""

    STATED = "stated"
    DEFAULT = "default of the case"
    ASSUMED = "assumed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Path:
    """One way of a bay's data to the board.

    Attributes:
        cable: Number of the data cable, from 1.
        adapter: Number of the adapter, from 1; 0 is the board's own ports.
        connector: Socket of the adapter, from 1.
    """

    cable: int
    adapter: int
    connector: int


@dataclass(frozen=True, slots=True)
class Bay:
    """A place for a drive.

    Attributes:
        number: From 1, through the backplanes in their order.
        backplane: Number of its backplane, from 1; None where drives are cabled one by one.
        place: Place on that backplane, from 1.
        paths: Ways of its data to the board, of which any one suffices; empty: unknown.
        supplies: Supplies that feed it, of which any one suffices; empty: unknown.
        drive: The data drive of the list that it holds; None when it is empty.
    """

    number: int
    backplane: int | None
    place: int
    paths: tuple[Path, ...]
    supplies: tuple[int, ...]
    drive: Item | None


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the pod whose loss takes drives away.

    Attributes:
        kind: `backplane`, `cable`, `adapter` or `supply`.
        number: From 1 among its kind; adapter 0 is the board.
        bays: Numbers of the bays that are gone with it; None where the wiring is unknown.
    """

    kind: str
    number: int
    bays: frozenset[int] | None

    @property
    def name(self) -> str:
        """Return what to call it: `backplane 3`."""
        if self.kind == "adapter" and self.number == 0:
            return "the board's own ports"
        return f"{self.kind} {self.number}"


@dataclass(frozen=True, slots=True)
class Topology:
    """The wiring of one pod.

    Attributes:
        bays: In the order of their numbers.
        backplanes, adapters, supplies: Every piece of the list, in its order.
        data_basis: What the way of the data rests on.
        power_basis: What the feeding rests on.
        shared_supplies: Whether the supplies feed one common bus; None: unknown.
        notes: What was assumed, a sentence each.
    """

    bays: tuple[Bay, ...]
    backplanes: tuple[Unit, ...]
    adapters: tuple[Unit, ...]
    supplies: tuple[Unit, ...]
    data_basis: Basis
    power_basis: Basis
    shared_supplies: bool | None
    notes: tuple[str, ...]

    @property
    def filled(self) -> tuple[Bay, ...]:
        """Return the bays that hold a drive of the list."""
        return tuple(bay for bay in self.bays if bay.drive is not None)

    def components(self) -> tuple[Component, ...]:
        """Return all whose loss takes bays away, backplanes first, the board's ports last."""
        found = [*self._backplane_components(), *self._data_components()]
        return (*found, *self._supply_components())

    def _backplane_components(self) -> Iterator[Component]:
        for unit in self.backplanes:
            mine = frozenset(b.number for b in self.bays if b.backplane == unit.number)
            yield Component("backplane", unit.number, mine)

    def _data_components(self) -> Iterator[Component]:
        known = all(bay.paths for bay in self.bays)
        for cable in sorted({path.cable for bay in self.bays for path in bay.paths}):
            mine = frozenset(
                bay.number for bay in self.bays
                if bay.paths and all(path.cable == cable for path in bay.paths)
            )  # fmt: skip
            yield Component("cable", cable, mine)
        numbers = [unit.number for unit in self.adapters]
        if any(path.adapter == 0 for bay in self.bays for path in bay.paths):
            numbers.append(0)
        for number in numbers:
            mine = frozenset(
                bay.number for bay in self.bays
                if bay.paths and all(path.adapter == number for path in bay.paths)
            )  # fmt: skip
            yield Component("adapter", number, mine if known else None)

    def _supply_components(self) -> Iterator[Component]:
        known = all(bay.supplies for bay in self.bays)
        for unit in self.supplies:
            mine = frozenset(bay.number for bay in self.bays if bay.supplies == (unit.number,))
            yield Component("supply", unit.number, mine if known else None)


@dataclass(frozen=True, slots=True)
class Gap:
    """Why a pod's wiring cannot be drawn up, and the fact that is wanted for it."""

    reason: str
    wants: str


def topology_of(pod: Pod) -> Topology | Gap:
    """Return how a pod is wired, as far as its list and its parts say, or what is missing."""
    backplanes = units_of(pod, "backplane")
    adapters, supplies = units_of(pod, "adapter"), units_of(pod, "supply")
    if backplanes is None:
        return Gap("the number of backplanes is not known", "the quantity of the backplanes")
    if backplanes and any(facts.ports(unit.item) is None for unit in backplanes):
        return Gap("how many drives a backplane takes is not known", "the ports of each backplane")
    if pieces(pod.data_drives) is None:
        return Gap("how many data drives the list has is not known", "the quantity of each drive")
    places = _places(pod, backplanes)
    if places is None:
        return Gap("the number of bays is not known", "the bays of the case, or its backplanes")
    if len(places) > MOST_BAYS:
        return Gap(
            f"more than {MOST_BAYS:,} bays are no single pod", "the quantities as they are meant"
        )
    notes: list[str] = []
    data_basis, ways = _ways(pod, backplanes, adapters, len(places), notes)
    power_basis, feeds, shared = _feeds(pod, backplanes, supplies, notes)
    drives = _drives(pod)
    bays = tuple(
        Bay(
            number, backplane, place, ways.get((backplane or number, place), ()),
            feeds.get(backplane or 0, ()), next(drives, None),
        )
        for number, (backplane, place) in enumerate(places, 1)
    )  # fmt: skip
    return Topology(
        bays, backplanes, adapters or (), supplies or (), data_basis, power_basis, shared,
        tuple(notes),
    )  # fmt: skip


def units_of(pod: Pod, kind: str) -> tuple[Unit, ...] | None:
    """Return every piece of a kind, numbered through the list; None when a quantity is unknown."""
    units: list[Unit] = []
    for item in pod.of_kind(kind):
        number = pieces((item,))
        if number is None or number > MOST_BAYS:
            return None
        units += [Unit(item, piece, len(units) + piece) for piece in range(1, number + 1)]
    return tuple(units)


def _places(pod: Pod, backplanes: tuple[Unit, ...]) -> list[tuple[int | None, int]] | None:
    """Return (backplane, place) of every bay; without backplanes, one for every bay or drive."""
    if backplanes:
        return [
            (unit.number, place)
            for unit in backplanes
            for place in range(1, (facts.ports(unit.item) or 0) + 1)
        ]
    part = pod.chassis.part if pod.chassis else None
    bays = part.data_bays if isinstance(part, Chassis) else None
    if bays is None:
        bays = pieces(pod.data_drives) if pod.data_drives else None
        if bays is None:
            return None
    return [(None, 1)] * min(bays, MOST_BAYS + 1)


def without_bay(pod: Pod, topology: Topology) -> str | None:
    """Return the sentence that counts the data drives for which there is no bay, if there are."""
    beyond = (pieces(pod.data_drives) or 0) - len(topology.bays)
    if beyond <= 0:
        return None
    if beyond == 1:
        return "1 data drive of the list has no bay and is not counted."
    return f"{beyond:,} data drives of the list have no bay and are not counted."


def _drives(pod: Pod) -> Iterator[Item]:
    """Yield the data drives of the list one by one, in its order."""
    for item in pod.data_drives:
        for _ in range(min(int(item.quantity or 0), MOST_BAYS)):
            yield item


# --- The way of the data ---


def _ways(
    pod: Pod, backplanes: tuple[Unit, ...], adapters: tuple[Unit, ...] | None, bays: int,
    notes: list[str],
) -> tuple[Basis, dict[tuple[int, int], tuple[Path, ...]]]:  # fmt: skip
    """Return (backplane or bay, place) -> paths, and what they rest on."""
    sockets = _host_sockets(backplanes, bays)
    if sockets is None:
        notes.append("How many links a backplane needs is not stated: the way of data is unknown.")
        return Basis.UNKNOWN, {}
    if adapters is None or any(facts.sockets(unit.item) is None for unit in adapters):
        notes.append("The ports of an adapter, or their number, are not stated: the way of data is "
                     "unknown.")  # fmt: skip
        return Basis.UNKNOWN, {}
    board_ports = facts.free_sata_ports(pod) or 0
    basis, hookups = Basis.STATED, stated_hookups(pod, backplanes, adapters, sockets)
    if not hookups:
        basis, hookups = Basis.DEFAULT, default_hookups(pod, sockets, adapters)
    if not hookups:
        basis, hookups = Basis.ASSUMED, even_hookups(sockets, adapters, board_ports)
        if adapters and hookups and len(adapters) + bool(board_ports) > 1:
            notes.append("Which backplane hangs on which adapter is not stated: they are taken as "
                         "spread evenly, in their order.")  # fmt: skip
        elif hookups:
            basis = Basis.STATED  # there is one adapter: nothing is left to assume
    if any(socket not in hookups for socket in sockets):
        notes.append("There are fewer ports than links, or some links are not stated: the way of "
                     "data is unknown.")  # fmt: skip
        return Basis.UNKNOWN, {}
    return basis, _paths(backplanes, sockets, hookups, bays)


def _host_sockets(backplanes: tuple[Unit, ...], bays: int) -> list[Socket] | None:
    """Return every socket that wants a cable; None when a backplane does not say how many."""
    if not backplanes:
        return [Socket(number, 1) for number in range(1, bays + 1)]
    found: list[Socket] = []
    for unit in backplanes:
        number = facts.sockets(unit.item)
        if number is None or number < 1:
            return None
        lanes = max((facts.host_ports(unit.item) or number) // number, 1)
        part = unit.item.part
        expander = isinstance(part, Backplane) and part.fanout == "expander"
        found += [Socket(unit.number, index, lanes, expander) for index in range(1, number + 1)]
    return found


def _paths(
    backplanes: tuple[Unit, ...], sockets: list[Socket],
    hookups: dict[Socket, tuple[int, int]], bays: int,
) -> dict[tuple[int, int], tuple[Path, ...]]:  # fmt: skip
    # One socket of an adapter takes one cable, also where that fans out to several single links.
    cables = {end: number for number, end in enumerate(dict.fromkeys(hookups.values()), 1)}
    by_socket = {s: Path(cables[hookups[s]], *hookups[s]) for s in sockets}
    if not backplanes:
        return {(number, 1): (by_socket[Socket(number, 1)],) for number in range(1, bays + 1)}
    ways: dict[tuple[int, int], tuple[Path, ...]] = {}
    for unit in backplanes:
        mine = [by_socket[socket] for socket in sockets if socket.owner == unit.number]
        places = facts.ports(unit.item) or 0
        for place in range(1, places + 1):
            ways[unit.number, place] = _paths_of_place(unit, place, places, mine)
    return ways


def _paths_of_place(
    unit: Unit, place: int, places: int, mine: list[Path]
) -> tuple[Path, ...]:  # fmt: skip
    """Return the paths of one place: an expander reaches all sockets, a direct link one of them."""
    part = unit.item.part
    if isinstance(part, Backplane) and part.fanout == "expander":
        return tuple(mine)
    if len(mine) == 1:
        return (mine[0],)
    return (mine[(place - 1) * len(mine) // places],)


# --- Power ---


def _feeds(
    pod: Pod, backplanes: tuple[Unit, ...], supplies: tuple[Unit, ...] | None, notes: list[str]
) -> tuple[Basis, dict[int, tuple[int, ...]], bool | None]:
    """Return backplane (0: drives without one) -> supplies, its basis, and whether they share."""
    keys = [unit.number for unit in backplanes] or [0]
    if not supplies:
        notes.append("The supplies, or their number, are not stated: what feeds a bay is unknown.")
        return Basis.UNKNOWN, {}, None
    everyone = tuple(unit.number for unit in supplies)
    if len(supplies) == 1:
        return Basis.STATED, dict.fromkeys(keys, everyone), None
    shared = _shared(pod, supplies)
    if shared:
        return Basis.STATED, dict.fromkeys(keys, everyone), True
    if shared is None:
        notes.append("Whether the supplies share one bus is not stated: they are taken as separate "
                     "budgets.")  # fmt: skip
    basis, feeds = Basis.STATED, stated_feeds(pod, backplanes, supplies)
    if not feeds:
        basis, feeds = Basis.DEFAULT, default_feeds(pod, backplanes, supplies)
        if feeds:
            notes.append("Which supply feeds which backplane is not stated: the default of the "
                         "case is used.")  # fmt: skip
    if not feeds and backplanes:
        basis, feeds = Basis.ASSUMED, even_feeds(backplanes, supplies)
        notes.append("Which supply feeds which backplane is not stated: they are taken as split "
                     "evenly, in their order.")  # fmt: skip
    if any(key not in feeds for key in keys):
        notes.append("What feeds some of the drives is not stated.")
        return Basis.UNKNOWN, {}, shared
    return basis, feeds, shared


def _shared(pod: Pod, supplies: tuple[Unit, ...]) -> bool | None:
    part = pod.chassis.part if pod.chassis else None
    if isinstance(part, Chassis) and part.shared_supplies is not None:
        return part.shared_supplies
    said = {
        unit.item.part.redundant if isinstance(unit.item.part, Supply) else None
        for unit in supplies
    }
    # A module made for sharing shares; one that is not, in a case that does not say, is unknown.
    return True if said == {True} else None
