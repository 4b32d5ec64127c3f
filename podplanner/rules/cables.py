"""FIT: are there ports and data cables enough for backplanes and boot drives?

Counted by sockets: several links may come on one, and a breakout cable has several plugs.
"""

from collections.abc import Iterable, Iterator

from podplanner.catalog import facts
from podplanner.catalog.naming import normal
from podplanner.catalog.parts import Backplane, Chassis
from podplanner.catalog.pod import Item, Pod, count, pieces
from podplanner.planning.cabling import (
    Ports,
    cable_ends,
    is_data_cable,
    ports_of,
)
from podplanner.rules.base import Finding, Rule, Severity


def host_ports_suffice(pod: Pod) -> Iterator[Finding]:
    """There are as many host ports as backplanes need.

    Why it matters: a backplane without a port is dead, and with it every drive on it.

    Fails when: the ports of all adapters, and those of the board that are known, are fewer than the
    backplanes' links; or, where several links come on one socket, the sockets are fewer. Unknown
    when the ports of an adapter or the links of a backplane are not stated, or when the backplanes
    come with the case and are not in the list.
    """
    backplanes, adapters = pod.of_kind("backplane"), pod.of_kind("adapter")
    if not backplanes:
        yield from _backplanes_come_with_the_case(pod)
        return
    if not adapters and facts.free_sata_ports(pod) is None:
        yield Finding.unknown(
            backplanes[0], "no adapter is listed, and the ports of the board are not known",
            wants="an adapter, or the board's SATA ports",
        )  # fmt: skip
        return
    if any(facts.host_ports(item) is None for item in backplanes):
        yield Finding.unknown(
            backplanes[0], "the links that a backplane needs are not known",
            wants="the backplane's host ports",
        )  # fmt: skip
        return
    ports = ports_of(pod)
    if not isinstance(ports, Ports):
        yield Finding.unknown(
            ports or backplanes[0], "the ports or the number of a part are not known",
            wants="the quantity, and the ports of each adapter",
        )  # fmt: skip
        return
    subject = (adapters or backplanes)[0]
    if ports.have + (ports.board or 0) < ports.need:
        board = f" and the board {ports.board}" if ports.board else ""
        yield Finding(
            subject, f"the backplanes need {ports.need} host ports, the adapters give "
            f"{ports.have}{board}", fix="Add an adapter.", field="quantity",
        )  # fmt: skip
    elif ports.width > 1 and ports.sockets_need > ports.sockets_have and not ports.board:
        yield Finding(
            subject, f"the backplanes take up {ports.sockets_need} sockets of {ports.width} links, "
            f"the adapters have {ports.sockets_have}", fix="Add an adapter.", field="quantity",
        )  # fmt: skip


def _backplanes_come_with_the_case(pod: Pod) -> Iterator[Finding]:
    """Say so where the case brings backplanes that no rule sees, because the list has none."""
    case = pod.chassis.part if pod.chassis else None
    number = case.included.get(case.backplane or "") if isinstance(case, Chassis) else None
    if number and isinstance(case, Chassis):
        yield Finding.unknown(
            pod.chassis, f"{number} x {case.backplane} come with the case and are not in the list: "
            "whether the host ports suffice is not known",
            wants=f"them: `podplanner bom add FILE {case.backplane}x{number}`, at a price of 0",
        )  # fmt: skip


def _data_cables(pod: Pod) -> tuple[Item, ...]:
    return tuple(item for item in pod.of_kind("cable") if is_data_cable(item))


def _plugs(cables: tuple[Item, ...]) -> int | None:
    """Return the plugs that cables have for backplanes; None where a quantity is unknown."""
    if pieces(cables) is None:
        return None
    return sum(
        int(item.quantity or 0) * (ends.plugs_at_drives if (ends := cable_ends(item)) else 1)
        for item in cables
    )


def data_cables_suffice(pod: Pod) -> Iterator[Finding]:
    """Every backplane has its data cable.

    Why it matters: a missing cable stops the build on the bench.

    Fails when: SATA and mini-SAS cables have fewer plugs than the backplanes have sockets; a
    breakout cable has four. Unknown when a quantity or the sockets of a backplane are not stated.
    """
    backplanes, cables = pod.of_kind("backplane"), _data_cables(pod)
    if not backplanes:
        return
    if not cables:
        yield Finding.unknown(
            backplanes[0], "no data cable is listed for the backplanes",
            wants="the cables, or that they come with another part",
        )  # fmt: skip
        return
    sockets = [facts.sockets(item) for item in backplanes]
    have, backplane_count = _plugs(cables), pieces(backplanes)
    if None in sockets or have is None or backplane_count is None:
        yield Finding.unknown(
            cables[0], "whether the cables suffice is not known",
            wants="the quantities, and the backplane's host ports",
        )  # fmt: skip
        return
    need = _sockets(backplanes)
    if have < need:
        links = sum(int(i.quantity or 0) * (facts.host_ports(i) or 0) for i in backplanes)
        what = "links" if links == need else "sockets"
        yield Finding(
            cables[0], f"{need} backplane {what} need a cable each, the list has {have}",
            fix=f"Add {need - have} data cables.", field="quantity",
        )  # fmt: skip


def _sockets(backplanes: Iterable[Item]) -> int:
    return sum(int(i.quantity or 0) * (facts.sockets(i) or 0) for i in backplanes)


def boot_drive_has_its_cable(pod: Pod) -> Iterator[Finding]:
    """The boot drive has a data cable of its own.

    Why it matters: it hangs on the board's own port, not on a backplane, and its cable is the
    one that lists forget.

    Fails when: all SATA cables of the list are used up by the backplanes with SATA sockets. Unknown
    when a quantity is not stated.
    """
    boots = tuple(item for item in pod.boot_drives if facts.needs_data_cable(item))
    backplanes = pod.of_kind("backplane")
    if not boots or not backplanes:
        return
    ends = [(item, cable_ends(item)) for item in _data_cables(pod)]
    plain = tuple(item for item, plugs in ends if plugs and plugs.is_plain_sata)
    fans = tuple(item for item, plugs in ends if plugs and plugs.plugs_at_drives > 1)
    have, boot_count, fanned = pieces(plain), pieces(boots), _plugs(fans)
    narrow = tuple(item for item in backplanes if _takes_sata_cables(item))
    lacking = None in [facts.sockets(item) for item in narrow] or count(narrow) is None
    if lacking or have is None or boot_count is None or fanned is None:
        yield Finding.unknown(
            boots[0], "whether a cable is left for the boot drive is not known",
            wants="the quantities of cables and backplanes",
        )  # fmt: skip
        return
    used = max(_sockets(narrow) - fanned, 0)
    if have - used < boot_count:
        yield Finding(
            boots[0], f"{have} SATA cables for {used} backplane links leave the boot drive none",
            fix="Add a SATA cable for the boot drive.", field="quantity",
        )  # fmt: skip


def _takes_sata_cables(item: Item) -> bool:
    """Return whether a backplane has SATA sockets, as one without a stated connector may have."""
    connector = item.part.connector if isinstance(item.part, Backplane) else None
    return connector is None or normal(connector) == "SATA"


RULES = (
    Rule("FIT002", Severity.ERROR, host_ports_suffice),
    Rule("FIT003", Severity.WARNING, data_cables_suffice),
    Rule("FIT004", Severity.WARNING, boot_drive_has_its_cable),
)
