"""CON: does every plug find its socket: data cables, host ports, power?"""

from collections.abc import Iterator

from podplanner.catalog import facts
from podplanner.catalog.parts import Adapter, Backplane, Board, Supply
from podplanner.catalog.pod import Item, Pod, pieces
from podplanner.planning.cabling import cabling_of, ports_of
from podplanner.planning.topology import Basis, Gap, Topology, topology_of, units_of
from podplanner.rules.base import Finding, Rule, Severity
from podplanner.units.numbers import plain


def _topology(pod: Pod) -> Topology | None:
    found = topology_of(pod)
    return None if isinstance(found, Gap) else found


def sockets_reach_the_host(pod: Pod) -> Iterator[Finding]:
    """Every link of a backplane, or every drive without one, has a port at the host.

    Why it matters: a backplane without a port is dead, and with it every drive on it.

    Fails when: adapters and board together have fewer links, or fewer sockets of the right width,
    than the backplanes need. Unknown when one of these figures is not stated, or when the links of
    the list leave out some of the backplanes.
    """
    counted, topology = ports_of(pod), topology_of(pod)
    if counted is None:
        return
    if isinstance(counted, Item):
        yield Finding.unknown(counted, "whether every link has a port at the host is not known",
                              wants="its quantity, its links and its sockets")  # fmt: skip
        return
    users = pod.of_kind("backplane") or pod.data_drives
    what = "backplanes" if pod.of_kind("backplane") else "drives"
    need = f"the {what} need {counted.need} links, the adapters give {counted.have}"
    if counted.need > counted.have and counted.board is None:
        yield Finding.unknown(users[0], f"{need}, and the board's ports are not known",
                              wants="the SATA ports of the board, or another adapter")  # fmt: skip
    elif counted.need > counted.have + (counted.board or 0):
        yield Finding(users[0], f"{need} and the board {counted.board}", fix="Add an adapter.")
    elif counted.sockets_need > counted.sockets_have and not counted.board and counted.width > 1:
        yield Finding(
            users[0], f"the {what} take up {counted.sockets_need} sockets of {counted.width} "
            f"links, the adapters have {counted.sockets_have}", fix="Add an adapter.",
        )  # fmt: skip
    elif what == "drives" or isinstance(topology, Gap):
        return
    elif topology.data_basis is Basis.UNKNOWN:
        yield Finding.unknown(users[0], "where some of the backplanes hang is not known",
                              wants="the links of all backplanes, or of none")  # fmt: skip


def cables_fit_their_sockets(pod: Pod) -> Iterator[Finding]:
    """There is a data cable with the right plugs for every socket that is used.

    Why it matters: a mini-SAS cable of another generation does not go in, and a breakout cable
    works one way only.

    Fails when: the list has fewer cables with the plugs of host and backplane than sockets want.
    Unknown when the plugs of a socket or of a cable, the way of the data, or a quantity are not
    stated, or when the list has no data cables at all.
    """
    topology = _topology(pod)
    if topology is None or not topology.bays or not (topology.backplanes or topology.filled):
        return
    items, cables = pod.of_kind("cable"), cabling_of(pod, topology)
    subject = next(iter((*pod.of_kind("backplane"), *pod.data_drives)))
    if topology.data_basis is Basis.UNKNOWN:
        yield Finding.unknown(subject, "which data cables are wanted is not known",
                              wants="the way of the data")  # fmt: skip
        return
    if cables.unclear:
        yield Finding.unknown(
            subject, f"{cables.unclear} data cables go into sockets whose sort is not known",
            wants="the connectors of adapters, backplanes and drives",
        )  # fmt: skip
    unknown = bool(cables.unread) or None in cables.listed.values()
    for ends, wanted, have in cables.short():
        words = f"{wanted} data cables {ends} are wanted, the list has {have}"
        if unknown or not cables.listed:
            yield Finding.unknown(
                cables.unread[0] if cables.unread else subject, words,
                wants="the plugs and the number of the data cables, or what they come with",
            )  # fmt: skip
        else:
            yield Finding(items[0], words, fix=f"Add {wanted - have} cables {ends}.")


def plugs_feed_everything(pod: Pod) -> Iterator[Finding]:
    """The supplies have a plug for every backplane, and every drive without one.

    Why it matters: a splitter on a plug that was made for one load is where cables melt.

    Fails when: the backplanes that hang on a supply, the drives without a backplane and the boot
    drives take more plugs than it has. Unknown when the plugs of a supply or of a backplane, or
    which supply feeds what, are not stated.
    """
    topology = _topology(pod)
    if topology is None or not topology.supplies or not topology.bays:
        return
    lacking = _lacking_plugs(topology)
    if lacking is not None:
        yield Finding.unknown(lacking, "whether the plugs for power suffice is not known",
                              wants="how many it has" if lacking.kind == "supply"
                              else "how many one wants")  # fmt: skip
        return
    booting = tuple(item for item in pod.boot_drives if facts.needs_data_cable(item))
    boots = pieces(booting) or 0
    groups: list[tuple[str, tuple[int, ...]]] = []
    everyone = tuple(unit.number for unit in topology.supplies)
    if len(everyone) > 1 and not topology.shared_supplies:
        groups = [(f"on supply {number}", (number,)) for number in everyone]
    for name, supplies in groups:
        need, have = _plugs_needed(topology, supplies), _plugs(topology, supplies)
        if need > have:
            yield _too_few_plugs(topology, need, have, name)
            return
    need, have = _plugs_needed(topology, everyone) + boots, _plugs(topology, everyone)
    if need > have:
        yield _too_few_plugs(topology, need, have, "with the boot drives" if boots else "together")
    elif pieces(booting) is None:
        yield Finding.unknown(booting[0], "whether the plugs for power suffice is not known",
                              wants="the number of boot drives")  # fmt: skip
    elif groups and topology.power_basis is Basis.UNKNOWN:
        yield Finding.unknown(
            topology.supplies[0].item, "which plugs of which supply are used is not known",
            wants="by links which supply feeds which backplane",
        )  # fmt: skip


def _lacking_plugs(topology: Topology) -> Item | None:
    """Return an item that does not state its plugs."""
    for unit in topology.supplies:
        part = unit.item.part
        if not isinstance(part, Supply) or part.drive_connectors is None:
            return unit.item
    for unit in topology.backplanes:
        plane = unit.item.part
        if not isinstance(plane, Backplane) or plane.power_connectors is None:
            return unit.item
    return None


def _plugs(topology: Topology, supplies: tuple[int, ...]) -> int:
    parts = [unit.item.part for unit in topology.supplies if unit.number in supplies]
    return sum(p.drive_connectors or 0 for p in parts if isinstance(p, Supply))


def _plugs_needed(topology: Topology, supplies: tuple[int, ...]) -> int:
    """Return the plugs of the backplanes, and of the drives without one, on these supplies."""
    whole = len(supplies) == len(topology.supplies)
    mine = [bay for bay in topology.bays if whole or set(bay.supplies) & set(supplies)]
    numbers = {bay.backplane for bay in mine if bay.backplane is not None}
    parts = [unit.item.part for unit in topology.backplanes if unit.number in numbers]
    planes = sum(part.power_connectors or 0 for part in parts if isinstance(part, Backplane))
    return planes + sum(1 for bay in mine if bay.backplane is None and bay.drive is not None)


def _too_few_plugs(topology: Topology, need: int, have: int, where: str) -> Finding:
    return Finding(
        topology.supplies[0].item, f"backplanes and drives {where} take {plain(need)} plugs, the "
        f"supply has {plain(have)}", fix="Choose a supply with more plugs, or spread the load.",
    )  # fmt: skip


def boards_are_powered(pod: Pod) -> Iterator[Finding]:
    """The supplies have the processor plugs that the board wants.

    Why it matters: a board with an empty eight-pin socket may not start, or starve its processor
    under load.

    Fails when: the board wants more such plugs than all supplies have. Unknown when one of the two
    is not stated.
    """
    boards, supplies = pod.of_kind("board"), units_of(pod, "supply")
    if len(boards) != 1 or not supplies:
        return
    board = boards[0].part
    need = board.cpu_connectors if isinstance(board, Board) else None
    parts = [unit.item.part for unit in supplies]
    plugs = [part.cpu_connectors if isinstance(part, Supply) else None for part in parts]
    have = sum(number or 0 for number in plugs)
    if need is not None and need <= have:
        return
    if need is None or None in plugs:
        yield Finding.unknown(
            boards[0], "whether the board's processor plugs are there is not known",
            wants="the eight-pin plugs of board and supply",
        )  # fmt: skip
    else:
        yield Finding(
            boards[0], f"the board wants {need} eight-pin plugs, the supplies have {have}",
            fix="Choose a supply with as many.",
        )  # fmt: skip


def adapters_manage_their_drives(pod: Pod) -> Iterator[Finding]:
    """No adapter has more drives than it manages.

    Why it matters: an adapter's firmware has a table of drives; what is beyond does not appear.

    Fails when: more drives hang on one adapter, expanders included, than it states. Unknown when
    it does not state it and an expander or a multiplier gives it more drives than ports, or when
    the way of the data is not known.
    """
    topology = _topology(pod)
    if topology is None or not topology.filled or not topology.adapters:
        return
    said: set[int] = set()
    for unit in topology.adapters:
        part, item = unit.item.part, unit.item
        most = part.drives_max if isinstance(part, Adapter) else None
        ports = part.ports if isinstance(part, Adapter) else None
        mine = [b for b in topology.filled if any(p.adapter == unit.number for p in b.paths)]
        if item.position in said:
            continue
        if topology.data_basis is Basis.UNKNOWN:
            # Where the way is not known, all drives may hang here.
            mine = list(topology.filled)
        if most is not None and len(mine) > most and topology.data_basis is not Basis.UNKNOWN:
            said.add(item.position)
            yield Finding(item, f"{len(mine)} drives hang on the adapter, it manages {most}",
                          fix="Add an adapter.")  # fmt: skip
        elif len(mine) > (most if most is not None else ports or 0):
            said.add(item.position)
            yield Finding.unknown(
                item, f"whether the adapter manages {len(mine)} drives is not known",
                wants="the drives that it manages at most, and the way of the data",
            )  # fmt: skip


RULES = (
    Rule("CON001", Severity.ERROR, sockets_reach_the_host),
    Rule("CON002", Severity.WARNING, cables_fit_their_sockets),
    Rule("CON003", Severity.WARNING, plugs_feed_everything),
    Rule("CON004", Severity.WARNING, boards_are_powered),
    Rule("CON005", Severity.ERROR, adapters_manage_their_drives),
)
