"""Which socket goes where and which supply feeds what: stated, by default, or spread evenly."""

from collections.abc import Sequence
from dataclasses import dataclass

from podplanner.catalog import facts
from podplanner.catalog.links import End, items_by_id, read_end
from podplanner.catalog.parts import Chassis
from podplanner.catalog.pod import Item, Pod


@dataclass(frozen=True, slots=True)
class Unit:
    """One physical piece of a line.

    Attributes:
        piece: Which piece of its line, from 1.
        number: Which of its kind in the whole list, from 1.
    """

    item: Item
    piece: int
    number: int


@dataclass(frozen=True, slots=True)
class Socket:
    """A host socket of a backplane (by its number), or of a drive that is cabled alone.

    Attributes:
        lanes: Links that come on it; one link can share a socket of an adapter with others, by a
            cable that fans out.
        expander: Whether a SAS expander is behind it, which SATA ports do not speak to.
    """

    owner: int
    index: int
    lanes: int = 1
    expander: bool = False


Hookups = dict[Socket, tuple[int, int]]
"""Socket -> (adapter, from 1, or 0 for the board; its socket, from 1)."""
Feeds = dict[int, tuple[int, ...]]
"""Backplane -> the supplies that feed it, of which any one suffices."""


def stated_hookups(
    pod: Pod, backplanes: Sequence[Unit], adapters: Sequence[Unit], sockets: Sequence[Socket]
) -> Hookups:
    """Return what the data links of the list say; empty when it has none.

    A link that names no socket takes the lowest free one at either end.
    """
    by_id = items_by_id(pod)
    free = {unit.number: _sockets_of(unit) for unit in adapters}
    waiting = {unit.number: [s for s in sockets if s.owner == unit.number] for unit in backplanes}
    found: Hookups = {}
    for link in pod.bill.links:
        start = read_end(link.start, by_id) if link.start else None
        end = read_end(link.end, by_id)
        if not isinstance(start, End) or not isinstance(end, End):
            continue
        adapter, backplane = _unit(adapters, start), _unit(backplanes, end)
        if backplane is None or (adapter is None and start.item.kind != "board"):
            continue
        places = waiting[backplane.number]
        chosen = [s for s in places if end.port in (None, s.index)][:1]
        number = adapter.number if adapter else 0
        if start.port is None and adapter is not None:
            port = next(iter(free[number]), None)
        else:
            port = start.port or 1
        if not chosen or port is None:
            continue
        places.remove(chosen[0])
        if adapter is not None and port in free[number]:
            free[number].remove(port)
        found[chosen[0]] = (number, port)
    return found


def _sockets_of(unit: Unit) -> list[int]:
    return list(range(1, (facts.sockets(unit.item) or 0) + 1))


def _unit(units: Sequence[Unit], end: End) -> Unit | None:
    return next((u for u in units if u.item is end.item and u.piece == end.piece), None)


def default_hookups(pod: Pod, sockets: Sequence[Socket], adapters: Sequence[Unit]) -> Hookups:
    """Return what the case's own default says, where the list has the adapters for it."""
    part = pod.chassis.part if pod.chassis else None
    if not isinstance(part, Chassis) or not part.default_hookup:
        return {}
    if max(h.adapter for h in part.default_hookup) > len(adapters):
        return {}
    found: Hookups = {}
    for hookup in part.default_hookup:
        free = [s for s in sockets if s.owner == hookup.backplane and s not in found]
        if free:
            used = sum(1 for adapter, _ in found.values() if adapter == hookup.adapter)
            found[free[0]] = (hookup.adapter, hookup.connector or used + 1)
    return found


def even_hookups(sockets: Sequence[Socket], adapters: Sequence[Unit], board_ports: int) -> Hookups:
    """Return sockets spread over the adapters in order, as evenly as their links allow.

    What finds no place there goes to the board's own ports. Sockets of one backplane stay
    together on one adapter where it has room.
    """
    owners = list(dict.fromkeys(socket.owner for socket in sockets))
    shares = _even_shares(len(owners), len(adapters))
    plan = [unit.number for unit, share in zip(adapters, shares, strict=True) for _ in range(share)]
    room = {unit.number: _Room.of(unit) for unit in adapters}
    board = _Room(board_ports, board_ports)
    found: Hookups = {}
    for position, owner in enumerate(owners):
        wished = plan[position] if position < len(plan) else 0
        order = [n for n in (wished, *(n for n in room if n != wished)) if n]
        for socket in (s for s in sockets if s.owner == owner):
            taken = next(((n, c) for n in order if (c := room[n].take(socket.lanes))), None)
            if taken is None and not socket.expander and (connector := board.take(socket.lanes)):
                taken = (0, connector)
            if taken is None:
                return found
            found[socket] = taken
    return found


@dataclass(slots=True)
class _Room:
    """Links of an adapter that are still free, on sockets of several links each."""

    ports: int
    connectors: int
    used: int = 0

    @classmethod
    def of(cls, unit: Unit) -> "_Room":
        return cls(facts.ports(unit.item) or 0, facts.sockets(unit.item) or 0)

    def take(self, lanes: int) -> int:
        """Take `lanes` links and return the socket on which they begin; 0 when there is no room."""
        width = max(self.ports // self.connectors, 1) if self.connectors else 1
        if lanes > 1:
            self.used = -(-self.used // width) * width
        if self.used + lanes > self.ports:
            return 0
        connector = self.used // width + 1
        self.used += lanes
        return connector


def _even_shares(things: int, holders: int) -> list[int]:
    """Return how many things each holder takes when they are spread evenly, the first ones more."""
    if holders == 0:
        return []
    share, over = divmod(things, holders)
    return [share + (1 if index < over else 0) for index in range(holders)]


def stated_feeds(pod: Pod, backplanes: Sequence[Unit], supplies: Sequence[Unit]) -> Feeds:
    """Return what the power links of the list say; empty when it has none."""
    by_id = items_by_id(pod)
    found: Feeds = {}
    for link in pod.bill.links:
        power = read_end(link.power, by_id) if link.power else None
        end = read_end(link.end, by_id)
        if not isinstance(power, End) or not isinstance(end, End):
            continue
        supply, backplane = _unit(supplies, power), _unit(backplanes, end)
        if supply is not None and backplane is not None:
            # A second feed of one backplane is a fault of the list, which LNK002 reports.
            found.setdefault(backplane.number, (supply.number,))
    return found


def default_feeds(pod: Pod, backplanes: Sequence[Unit], supplies: Sequence[Unit]) -> Feeds:
    """Return what the case's own default says, where it names these backplanes and supplies."""
    part = pod.chassis.part if pod.chassis else None
    if not isinstance(part, Chassis):
        return {}
    feeds: Feeds = {n: (w.supply,) for w in part.default_wiring for n in w.backplanes}
    known = {unit.number for unit in supplies}
    if (
        feeds.keys() != {u.number for u in backplanes}
        or not {s for f in feeds.values() for s in f} <= known
    ):
        return {}
    return feeds


def even_feeds(backplanes: Sequence[Unit], supplies: Sequence[Unit]) -> Feeds:
    """Return backplanes split over the supplies in order, the first supplies taking more."""
    shares = _even_shares(len(backplanes), len(supplies))
    order = [u.number for u, share in zip(supplies, shares, strict=True) for _ in range(share)]
    return {unit.number: (supply,) for unit, supply in zip(backplanes, order, strict=True)}
