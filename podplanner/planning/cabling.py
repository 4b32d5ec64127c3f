"""The data cables of a pod: which ones its sockets ask for, and which ones its list has."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from podplanner.catalog import facts
from podplanner.catalog.naming import normal
from podplanner.catalog.parts import Accessory, Adapter, Backplane, Drive
from podplanner.catalog.pod import Item, Pod
from podplanner.catalog.vocabulary import fold
from podplanner.planning.topology import Bay, Topology

_SFF = re.compile(r"\bSFF[- ]?(\d{4})\b", re.IGNORECASE)
_SINGLE = ("SATA", "SFF8482")
# Plugs of one link. A cable with such a plug at one end and a wide one at the other leads one way
# only: a breakout for the host's wide socket does not serve a wide socket of a backplane.

_WIDE_LINKS = 4
# On one mini-SAS socket (SFF-8087, SFF-8643, SFF-8654 4i): a breakout cable has four plugs.

_DRIVE_PLUGS = {"SATA": "SATA", "SAS": "SFF-8482"}
# What a drive without a backplane takes (SATA 3.0 section 6; SFF-8482 for SAS).


@dataclass(frozen=True, slots=True)
class Ends:
    """The plugs of a cable: the host's end and the drives' end."""

    host: str
    far: str

    def __str__(self) -> str:
        """Write `SFF-8643 to SATA`."""
        return f"{self.host} to {self.far}"

    def serves(self, wanted: "Ends") -> bool:
        """Return whether a cable with these ends can take the place of a wanted one."""
        mine, theirs = self._plugs, wanted._plugs
        if mine == theirs:
            return True
        return mine == theirs[::-1] and not any(plug in _SINGLE for plug in mine)

    @property
    def is_plain_sata(self) -> bool:
        """Return whether both plugs are SATA's."""
        return self._plugs == ("SATA", "SATA")

    @property
    def plugs_at_drives(self) -> int:
        """Return how many plugs the drives' end has: a breakout cable has four."""
        host, far = self._plugs
        return _WIDE_LINKS if far in _SINGLE and host not in _SINGLE else 1

    @property
    def _plugs(self) -> tuple[str, str]:
        return normal(self.host), normal(self.far)


@dataclass(frozen=True, slots=True)
class Cabling:
    """What is wanted and what is there.

    Attributes:
        wanted: Cables for backplanes and drives by their ends.
        unclear: Cables for which a socket's sort is not stated.
        listed: Cables of the list by their ends; None where a quantity is not stated.
        unread: Lines of cables whose ends are not known.
    """

    wanted: Counter[Ends]
    unclear: int
    listed: dict[Ends, Decimal | None]
    unread: tuple[Item, ...]

    def short(self) -> Iterator[tuple[Ends, int, int]]:
        """Yield (ends, wanted, there) of every sort of which there are too few."""
        left = {ends: int(number or 0) for ends, number in self.listed.items()}
        for wanted, number in self.wanted.items():
            have = 0
            for ends in left:
                if ends.serves(wanted):
                    taken = min(left[ends], number - have)
                    left[ends] -= taken
                    have += taken
            if have < number:
                yield wanted, number, have


def cabling_of(pod: Pod, topology: Topology) -> Cabling:
    """Return the cables that the way of the data asks for, and those of the list."""
    needed = _needed(topology)
    listed, unread = _listed(pod.of_kind("cable"))
    return Cabling(
        Counter(ends for ends in needed if ends is not None),
        sum(1 for ends in needed if ends is None), listed, unread,
    )  # fmt: skip


def _needed(topology: Topology) -> list[Ends | None]:
    """Return the ends of every cable that a path uses; None where one end is not stated."""
    cables: dict[int, Ends | None] = {}
    for bay in topology.bays:
        if bay.backplane is None and bay.drive is None:
            continue
        for path in bay.paths:
            host, far = _host_plug(topology, path.adapter), _far_plug(topology, bay)
            cables[path.cable] = Ends(host, far) if host and far else None
    return [cables[number] for number in sorted(cables)]


def _host_plug(topology: Topology, adapter: int) -> str | None:
    if adapter == 0:
        return "SATA"
    part = topology.adapters[adapter - 1].item.part
    return part.connector if isinstance(part, Adapter) else None


def _far_plug(topology: Topology, bay: Bay) -> str | None:
    if bay.backplane is not None:
        part = topology.backplanes[bay.backplane - 1].item.part
        return part.connector if isinstance(part, Backplane) else None
    drive = bay.drive.part if bay.drive else None
    return _DRIVE_PLUGS.get(drive.interface or "") if isinstance(drive, Drive) else None


def _listed(items: Iterable[Item]) -> tuple[dict[Ends, Decimal | None], tuple[Item, ...]]:
    found: dict[Ends, Decimal | None] = {}
    unread: list[Item] = []
    for item in items:
        if not is_data_cable(item):
            continue
        ends = cable_ends(item)
        if ends is None:
            unread.append(item)
        elif item.quantity is None or (ends in found and found[ends] is None):
            found[ends] = None
        else:
            found[ends] = (found.get(ends) or Decimal(0)) + item.quantity
    return found, tuple(unread)


def is_data_cable(item: Item) -> bool:
    """Return whether a cable carries data of drives, by its figures or its words."""
    if isinstance(item.part, Accessory) and item.part.connector is not None:
        return True
    text = fold(item.line.text)
    return any(word in text for word in ("sata", "sas", "sff")) and "power" not in text


def cable_ends(item: Item) -> Ends | None:
    """Return the plugs of a data cable: its part's, else those that the line names."""
    part = item.part if isinstance(item.part, Accessory) else None
    if part is not None and part.connector is not None:
        return Ends(part.connector, part.far_connector or part.connector)
    named = [f"SFF-{digits}" for digits in _SFF.findall(item.line.text)]
    if "sata" in fold(item.line.text):
        named.append("SATA")
    if not named:
        return None
    return Ends(named[0], named[-1])


@dataclass(frozen=True, slots=True)
class Ports:
    """The links that backplanes need, or drives without them, beside those that the host gives.

    Attributes:
        need: Links of all backplanes; without any, one a data drive.
        have: Links of all adapters.
        board: Free SATA ports of the board; None: not stated.
        sockets_need: Sockets of several links that the backplanes' own sockets take up.
        sockets_have: Sockets of the adapters.
        width: Links on one socket of the adapters, at most.
    """

    need: int
    have: int
    board: int | None
    sockets_need: int
    sockets_have: int
    width: int


def ports_of(pod: Pod) -> Ports | Item | None:
    """Return the links that a pod needs and its host gives.

    The item is one that lacks a figure or a quantity; None: nothing needs a link.
    """
    backplanes, adapters = pod.of_kind("backplane"), pod.of_kind("adapter")
    users = backplanes or pod.data_drives
    if not users:
        return None
    for item in (*users, *adapters):
        if item.quantity is None or not _links(item) or not _sockets(item):
            return item
    width = max((_width(item) for item in adapters), default=1)
    wide = [item for item in users if _width(item) > 1]
    single = sum(_pieces(item) * _links(item) for item in users if _width(item) == 1)
    sockets = sum(_pieces(i) * _sockets(i) * -(-_width(i) // width) for i in wide)
    return Ports(
        sum(_pieces(item) * _links(item) for item in users),
        sum(_pieces(item) * _links(item) for item in adapters), facts.free_sata_ports(pod),
        sockets + -(-single // width), sum(_pieces(i) * _sockets(i) for i in adapters), width,
    )  # fmt: skip


def _pieces(item: Item) -> int:
    return int(item.quantity or 0)


def _links(item: Item) -> int:
    """Return the links of one piece; 0: not stated."""
    if item.kind == "drive":
        return 1
    found = facts.host_ports(item) if item.kind == "backplane" else facts.ports(item)
    return max(found or 0, 0)


def _sockets(item: Item) -> int:
    """Return the sockets of one piece; 0: not stated."""
    return 1 if item.kind == "drive" else max(facts.sockets(item) or 0, 0)


def _width(item: Item) -> int:
    """Return the links on one socket."""
    return max(_links(item) // (_sockets(item) or 1), 1)
