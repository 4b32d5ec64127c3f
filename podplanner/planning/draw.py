"""What the parts of a pod draw: each drive at its start and at work, and everything else.

Volts are nominal. What no maker splits by rail is counted on 12 V: boards, cards and fans take
most of their power there, and the 12 V rail is the one that a start overloads.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from podplanner.catalog.links import End, items_by_id, read_end
from podplanner.catalog.parts import (
    Adapter,
    Backplane,
    Board,
    Drive,
    Fan,
    Memory,
    Nic,
    Part,
    Processor,
)
from podplanner.catalog.pod import Item, Pod
from podplanner.planning.estimate import Estimate
from podplanner.planning.topology import Topology, units_of

VOLTS_12 = Decimal(12)
VOLTS_5 = Decimal(5)
# The rails of a power supply (Intel, ATX12V Power Supply Design Guide 2.2, section 3.2.1).

_HOST_KINDS = ("board", "cpu", "memory", "adapter", "nic", "fan")


@dataclass(frozen=True, slots=True)
class DriveDraw:
    """What one drive draws.

    Attributes:
        start_12v: Amperes of the 12 V rail while the motor starts, at their peak.
        start_5v: Amperes of the 5 V rail at that time.
        idle, active: Watts of both rails together, when it turns, and when it reads at random.
    """

    start_12v: Estimate
    start_5v: Estimate
    idle: Estimate
    active: Estimate

    @property
    def idle_12v(self) -> Estimate:
        """Return the most that a turning drive can take from 12 V: all of its idle watts.

        Data sheets state them for both rails together. The same drive takes less: 0.51 A of a
        possible 0.68 A (Seagate Constellation ES.3 SAS, 4 TB, product manual).
        """
        return self.idle.over(VOLTS_12)

    @property
    def extra_12v(self) -> Estimate:
        """Return how much more a start takes than turning."""
        more = max(self.start_12v.known - self.idle_12v.known, Decimal(0))
        return Estimate(more, (self.start_12v + self.idle_12v).missing)


def drive_draw(item: Item) -> DriveDraw:
    """Return what one drive of a line draws, as far as its part says."""
    part, name = item.part, item.name
    drive = part if isinstance(part, Drive) else None
    return DriveDraw(
        Estimate.of(drive.start_12v if drive else None, f"12 V start current of {name}"),
        Estimate.of(drive.start_5v if drive else None, f"5 V start current of {name}"),
        Estimate.of(drive.idle_power if drive else None, f"idle power of {name}"),
        Estimate.of(drive.active_power if drive else None, f"active power of {name}"),
    )


@dataclass(frozen=True, slots=True)
class Load:
    """What a part beside the data drives draws.

    Attributes:
        watts: At most, all pieces together.
        supplies: The supplies that feed it, of which any one suffices; empty: not stated.
    """

    name: str
    watts: Estimate
    supplies: tuple[int, ...]


def host_loads(pod: Pod, topology: Topology) -> tuple[Load, ...]:
    """Return every load beside the data drives, with the supply that the list's links name.

    What the board feeds hangs where the board hangs; a fan too, unless it has a link of its own.
    """
    stated = _stated(pod, topology)
    boards = units_of(pod, "board") or ()
    board = stated.get((boards[0].item.position, 1), ()) if len(boards) == 1 else ()
    loads: list[Load] = []
    for kind in _HOST_KINDS:
        for item in pod.of_kind(kind):
            loads += _pieces(item, _watts(item), stated, board)
    for item in pod.boot_drives:
        loads += _pieces(item, drive_draw(item).active, stated, board)
    for unit in topology.backplanes:
        feeds = next((b.supplies for b in topology.bays if b.backplane == unit.number), ())
        loads.append(Load(unit.item.name, _watts(unit.item), feeds))
    return tuple(loads)


def _stated(pod: Pod, topology: Topology) -> dict[tuple[int, int], tuple[int, ...]]:
    """Return (position, piece) -> supplies, from the power links of the list."""
    by_id = items_by_id(pod)
    numbers = {(u.item.position, u.piece): u.number for u in topology.supplies}
    found: dict[tuple[int, int], tuple[int, ...]] = {}
    for link in pod.bill.links:
        power = read_end(link.power, by_id) if link.power else None
        end = read_end(link.end, by_id)
        if isinstance(power, End) and isinstance(end, End):
            number = numbers.get((power.item.position, power.piece))
            if number is not None:
                found.setdefault((end.item.position, end.piece), (number,))
    return found


def _pieces(
    item: Item, watts: Estimate, stated: dict[tuple[int, int], tuple[int, ...]],
    board: tuple[int, ...],
) -> Iterator[Load]:  # fmt: skip
    """Yield the pieces of a line that have a link of their own, and the rest together."""
    name = item.name
    if item.quantity is None:
        yield Load(name, Estimate(missing=(f"quantity of {name}",)), board)
        return
    own = [piece for position, piece in stated if position == item.position]
    for piece in own:
        yield Load(name, watts, stated[item.position, piece])
    if (rest := item.quantity - len(own)) > 0:
        yield Load(name, watts.times(rest), board)


def _watts(item: Item) -> Estimate:
    """Return what one piece of a line draws at most."""
    return Estimate.of(_power(item.part), f"power of {item.name}")


def _power(part: Part | None) -> Decimal | None:
    if isinstance(part, Processor):
        return part.tdp
    if isinstance(part, Board | Memory | Adapter | Nic | Fan | Backplane):
        return part.power
    return None
