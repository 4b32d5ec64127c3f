"""BUS: do drives, backplanes and adapters speak to each other?

Each drive is looked at in its bay, with the backplane and the adapters on its way. Where the way
is not known, any adapter of the list may be on it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from podplanner.catalog.parts import Adapter, Backplane, Board, Drive
from podplanner.catalog.pod import Item, Pod
from podplanner.planning.topology import Basis, Bay, Topology, topology_of
from podplanner.rules.base import Finding, Rule, Severity


@dataclass(frozen=True, slots=True)
class _Seat:
    """A drive, the backplane it sits on, and what its data may go through.

    Attributes:
        backplane: None: it is cabled alone.
        hosts: Adapters, or the board, that its data goes through.
        certain: Whether it goes through each of them, or through one of them nobody knows which.
    """

    drive: Item | None
    backplane: Item | None
    hosts: tuple[Item, ...]
    certain: bool


def _seats(pod: Pod, *, filled: bool = True) -> Iterator[_Seat]:
    """Yield every combination of lines once; with `filled`, those with a drive alone."""
    topology = topology_of(pod)
    if not isinstance(topology, Topology):
        return
    seen: set[tuple[int | None, ...]] = set()
    known = topology.data_basis is not Basis.UNKNOWN
    anyone = (*pod.of_kind("adapter"), *(() if pod.of_kind("adapter") else pod.of_kind("board")))
    for bay in topology.filled if filled else topology.bays:
        hosts = _hosts(pod, topology, bay) if known else anyone
        backplane = topology.backplanes[bay.backplane - 1].item if bay.backplane else None
        key = (
            bay.drive.position if bay.drive else None, backplane.position if backplane else None,
            *(host.position for host in hosts),
        )  # fmt: skip
        if key not in seen:
            seen.add(key)
            drive = bay.drive if filled else None
            yield _Seat(drive, backplane, hosts, known or len(hosts) == 1)


def _hosts(pod: Pod, topology: Topology, bay: Bay) -> tuple[Item, ...]:
    numbers = dict.fromkeys(path.adapter for path in bay.paths)
    board = pod.of_kind("board")
    items = [topology.adapters[n - 1].item if n else board[0] for n in numbers if n or board]
    return tuple({item.position: item for item in items}.values())


def _once(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Leave out what was said already: several bays may say the same."""
    seen: set[tuple[int | None, str]] = set()
    for finding in findings:
        key = (finding.item.position if finding.item else None, finding.message)
        if key not in seen:
            seen.add(key)
            yield finding


def _host_interface(item: Item) -> str | None:
    """Return `SAS` or `SATA`: what a host speaks; a board's own ports are SATA."""
    if item.kind == "board":
        return "SATA"
    return item.part.interface if isinstance(item.part, Adapter) else None


def expanders_hang_on_sas(pod: Pod) -> Iterator[Finding]:
    """A backplane with a SAS expander hangs on a SAS adapter.

    Why it matters: SATA ports do not speak to expanders: not one drive behind it appears.

    Fails when: the adapter of an expander is SATA, or it hangs on the board's own ports. Unknown
    when the interface of the adapter, what the backplane is, or the way of the data is not stated.
    """
    yield from _once(_expanders(pod))


def _expanders(pod: Pod) -> Iterator[Finding]:
    for seat in _seats(pod, filled=False):
        plane = seat.backplane.part if seat.backplane else None
        if not isinstance(plane, Backplane) or plane.fanout in ("direct", "multiplier"):
            continue
        spoken = [_host_interface(host) for host in seat.hosts]
        if spoken and all(interface == "SAS" for interface in spoken):
            continue
        if plane.fanout == "expander" and _fails(spoken, "SATA", seat.certain):
            yield Finding(
                seat.backplane, f"the expander {plane.sku} hangs on SATA ports",
                fix="Hang it on a SAS adapter.",
            )  # fmt: skip
        else:
            yield Finding.unknown(
                seat.backplane, f"whether {plane.sku} reaches a SAS adapter is not known",
                wants="whether it is an expander, the interface of the adapter, and the way of "
                "the data",
            )  # fmt: skip


def _fails(found: Sequence[object], bad: object, certain: bool) -> bool:
    """Return whether one of those that are surely used is bad, or each of those that may be."""
    return bad in found if certain else bool(found) and all(value == bad for value in found)


def multipliers_are_understood(pod: Pod) -> Iterator[Finding]:
    """A port multiplier hangs on a port that speaks to multipliers and switches by FIS.

    Why it matters: on a port that knows no multipliers the first drive alone appears. Without
    FIS-based switching one drive works at a time, and the others wait.

    Fails when: the host port does one of the two not. Unknown when that, what the backplane is, or
    the way of the data is not stated.
    """
    yield from _once(_multipliers(pod))


def _multipliers(pod: Pod) -> Iterator[Finding]:
    for seat in _seats(pod, filled=False):
        plane = seat.backplane.part if seat.backplane else None
        if not isinstance(plane, Backplane) or plane.fanout in ("direct", "expander"):
            continue
        parts = [host.part for host in seat.hosts]
        for figure, lack in (
            ("port_multiplier", "does not speak to port multipliers"),
            ("fis_switching", "does not switch by FIS: its drives work one at a time"),
        ):
            found = [
                getattr(part, figure) if isinstance(part, Adapter | Board) else None
                for part in parts
            ]
            if found and all(found):
                continue
            name = seat.hosts[found.index(False)].line.name if False in found else ""
            if plane.fanout == "multiplier" and _fails(found, False, seat.certain):
                yield Finding(seat.backplane, f"the host port of {plane.sku} ({name}) {lack}",
                              fix="Choose an adapter that does.")  # fmt: skip
            else:
                yield Finding.unknown(
                    seat.backplane, f"whether the host port of {plane.sku} "
                    f"{'speaks to port multipliers' if figure == 'port_multiplier' else _BY_FIS} "
                    "is not known",
                    wants="`port_multiplier` and `fis_switching` of the adapter"
                    if plane.fanout else "whether the backplane is a multiplier or an expander",
                )  # fmt: skip


_BY_FIS = "switches by FIS"


def drives_speak_to_their_backplane(pod: Pod) -> Iterator[Finding]:
    """No SAS or NVMe drive sits where only SATA is spoken.

    Why it matters: a SAS drive does not fit a SATA backplane, and a SATA port does not speak to
    one; an NVMe drive needs lanes of PCI Express, which neither gives.

    Fails when: a SAS drive sits on a SATA backplane or hangs on a SATA port; an NVMe drive, on
    either. Unknown when an interface on its way is not stated.
    """
    yield from _once(_speaking(pod))


def _speaking(pod: Pod) -> Iterator[Finding]:
    for seat in _seats(pod):
        item = seat.drive
        drive = item.part if item and isinstance(item.part, Drive) else None
        mine = drive.interface if drive else None
        if mine == "SATA":
            continue
        plane = seat.backplane.part if seat.backplane else None
        its = plane.interface if isinstance(plane, Backplane) else None
        spoken = [_host_interface(host) for host in seat.hosts]
        if mine == "NVMe" and (its is not None or (seat.hosts and None not in spoken)):
            yield Finding(item, f"an NVMe drive cannot work on {its or 'SATA and SAS'} ports",
                          fix="Choose SATA or SAS drives, or NVMe bays.")  # fmt: skip
        elif mine == "SAS" and its == "SATA":
            yield Finding(item, f"a SAS drive does not fit the SATA backplane {_name(plane)}",
                          fix="Choose SATA drives, or SAS backplanes.")  # fmt: skip
        elif mine == "SAS" and _fails(spoken, "SATA", seat.certain):
            yield Finding(item, "a SAS drive hangs on SATA ports",
                          fix="Choose SATA drives, or a SAS adapter.")  # fmt: skip
        elif (
            mine is None or (seat.backplane is not None and its is None)
            or not spoken or any(interface != "SAS" for interface in spoken)
        ):  # fmt: skip
            yield Finding.unknown(
                item, "whether the drive and its ports speak to each other is not known",
                wants="the interface of drive, backplane and adapter",
            )  # fmt: skip


def _name(part: object) -> str:
    return part.sku if isinstance(part, Backplane) else "of the list"


def power_disable_keeps_no_drive_off(pod: Pod) -> Iterator[Finding]:
    """No drive is kept off by 3.3 V on pin 3 of its power plug.

    Why it matters: SATA 3.3 and SAS-3 made pin 3 a switch (PWDIS). Older backplanes feed it with
    3.3 V, and a drive that obeys it never turns: it looks dead.

    Fails when: a drive obeys pin 3 and its backplane feeds it; a warning for a drive that hangs on
    a plug of the supply, which may feed it. Unknown when one of the two is not stated.
    """
    yield from _once(_disabled(pod))


def _disabled(pod: Pod) -> Iterator[Finding]:
    for seat in _seats(pod):
        item = seat.drive
        obeys = item.part.pwdis if item and isinstance(item.part, Drive) else None
        plane = seat.backplane.part if seat.backplane else None
        feeds = plane.feeds_pin3 if isinstance(plane, Backplane) else None
        if obeys is False or feeds is False:
            continue
        if obeys and feeds:
            yield Finding(item, f"pin 3 turns the drive off, and {_name(plane)} feeds it",
                          fix="Choose drives without PWDIS, or another backplane.")  # fmt: skip
        elif obeys and seat.backplane is None:
            yield Finding(
                item, "pin 3 turns the drive off; a SATA plug of the supply may feed it with 3.3 V",
                fix="Feed it from a four-pin plug, which has no 3.3 V.",
                severity=Severity.WARNING,
            )  # fmt: skip
        else:
            yield Finding.unknown(
                item, "whether pin 3 keeps the drive off is not known",
                wants="whether the drive has PWDIS" if obeys is None
                else "whether the backplane feeds pin 3",
            )  # fmt: skip


RULES = (
    Rule("BUS001", Severity.ERROR, drives_speak_to_their_backplane),
    Rule("BUS002", Severity.ERROR, expanders_hang_on_sas),
    Rule("BUS003", Severity.ERROR, multipliers_are_understood),
    Rule("BUS004", Severity.ERROR, power_disable_keeps_no_drive_off),
)
