"""What each supply of a pod carries at start and at work, and what the pod takes from the wall.

Supplies without a common bus are budgets of their own, with the backplanes that are wired to
each: losing one stops its backplanes. Supplies on one bus are one budget, and another without the
largest of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from podplanner.catalog.parts import Drive
from podplanner.catalog.pod import Item, Pod
from podplanner.planning.budgets import Budget, budgets_of, starting, supply_part
from podplanner.planning.draw import VOLTS_5, VOLTS_12, Load, host_loads
from podplanner.planning.estimate import Estimate, total
from podplanner.planning.power_limits import Standing, worst
from podplanner.planning.spin_up import AT_ONCE, SpinUp, peak_5v, peak_12v
from podplanner.planning.topology import Basis, Bay, Gap, Topology, topology_of, without_bay


@dataclass(frozen=True, slots=True)
class Wall:
    """What the pod takes from the wall in watts: what the supplies give, over their efficiency.

    Attributes:
        start: While the drives start.
        idle: While they turn; boards and processors are counted at their most.
        active: While they read at random.
        efficiency: The lowest of the supplies'; None: not stated.
    """

    start: Estimate
    idle: Estimate
    active: Estimate
    efficiency: Decimal | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a drive that the plan rests on, with its source."""

    part: str
    name: str
    value: Decimal | None
    unit: str
    source: str
    assumption: str


@dataclass(frozen=True, slots=True)
class PodPower:
    """The power of one pod.

    Attributes:
        budgets: One a supply; of supplies on one bus, all together and then less one.
        loads: Everything beside the data drives.
        shared: Whether the supplies feed one common bus; None: unknown, or there is one alone.
        basis: What the wiring rests on.
        notes: What was assumed, a sentence each.
    """

    topology: Topology
    spin_up: SpinUp
    budgets: tuple[Budget, ...]
    loads: tuple[Load, ...]
    shared: bool | None
    basis: Basis
    wall: Wall
    figures: tuple[Figure, ...]
    notes: tuple[str, ...]

    @property
    def standing(self) -> Standing:
        """Return the worst of what must hold while no supply has failed."""
        return worst(*(budget.standing for budget in self.budgets if not budget.less_one))

    @property
    def drives(self) -> int:
        """Return the data drives that are counted."""
        return len(self.topology.filled)


def power_of(pod: Pod, spin_up: SpinUp = AT_ONCE) -> PodPower | Gap:
    """Return what every supply of a pod carries, or which fact is missing for saying it."""
    topology = topology_of(pod)
    if isinstance(topology, Gap):
        return topology
    if not topology.supplies:
        return Gap("the supplies, or their number, are not known", "the power supplies")
    topology = _fed(topology)
    loads = host_loads(pod, topology)
    budgets = tuple(budgets_of(topology, loads, spin_up))
    notes = tuple(_notes(pod, topology, budgets, spin_up))
    return PodPower(
        topology, spin_up, budgets, loads, topology.shared_supplies, topology.power_basis,
        _wall(topology, loads, spin_up), tuple(_figures(topology.filled)), notes,
    )  # fmt: skip


def _fed(topology: Topology) -> Topology:
    """Return the topology with feeds for drives that are cabled one by one.

    They are split evenly over the supplies, the first taking more.
    """
    if topology.power_basis is not Basis.UNKNOWN or topology.backplanes:
        return topology
    filled = [bay.number for bay in topology.filled]
    share = max(-(-len(filled) // len(topology.supplies)), 1)
    feeds = {number: topology.supplies[n // share].number for n, number in enumerate(filled)}
    last = topology.supplies[-1].number
    bays = tuple(replace(bay, supplies=(feeds.get(bay.number, last),)) for bay in topology.bays)
    return replace(topology, bays=bays, power_basis=Basis.ASSUMED)


_SAID = {
    Basis.DEFAULT: "Which supply feeds which backplane is not stated: the default of the case is "
    "used.",
    Basis.ASSUMED: "Which supply feeds which drives is not stated: they are taken as split evenly, "
    "in whole backplanes where there are any, the first supply taking more.",
    Basis.UNKNOWN: "The list states what feeds some of the backplanes and not the others: what "
    "each supply carries is unknown.",
}


def _notes(
    pod: Pod, topology: Topology, budgets: Sequence[Budget], spin_up: SpinUp
) -> Iterator[str]:
    """Yield what was assumed, a sentence each."""
    open_bus = topology.power_basis in (Basis.ASSUMED, Basis.UNKNOWN)
    if len(topology.supplies) > 1 and topology.shared_supplies is None and open_bus:
        yield ("Whether the supplies share one bus is not stated: they are taken as separate "
               "budgets.")  # fmt: skip
    if len(topology.supplies) > 1 and not topology.shared_supplies:
        yield from filter(None, (_SAID.get(topology.power_basis),))
    if any(budget.floating != Estimate() for budget in budgets):
        yield ("On which supply the rest of the pod hangs (board, processor, cards, fans) is not "
               "stated: it is counted on each.")  # fmt: skip
    if spin_up.by_backplane and not topology.backplanes:
        yield "There are no backplanes: all drives are taken to start at once."
    yield from filter(None, (without_bay(pod, topology),))


def _wall(topology: Topology, loads: Sequence[Load], spin_up: SpinUp) -> Wall:
    draws = starting(topology.filled)
    rest = total(load.watts for load in loads)
    start = peak_12v(draws, spin_up).times(VOLTS_12) + peak_5v(draws).times(VOLTS_5)
    stated = {unit.item.name: supply_part(unit).efficiency for unit in topology.supplies}
    lacking = tuple(f"efficiency of {name}" for name, share in stated.items() if share is None)
    known = [share for share in stated.values() if share is not None]
    lowest = min(known) if known and not lacking else None

    def wall(watts: Estimate) -> Estimate:
        # Without an efficiency, what the supplies give is the least that they take.
        whole = watts + rest
        return whole.over(lowest) if lowest else whole + Estimate(missing=lacking)

    return Wall(
        wall(start), wall(total(drive.draw.idle for drive in draws)),
        wall(total(drive.draw.active for drive in draws)), lowest,
    )  # fmt: skip


_FIGURES = (
    ("start_12v", "A"), ("start_5v", "A"), ("idle_power", "W"), ("active_power", "W"),
)  # fmt: skip


def _figures(bays: Sequence[Bay]) -> Iterator[Figure]:
    items: dict[int, Item] = {bay.drive.position: bay.drive for bay in bays if bay.drive}
    for item in items.values():
        part = item.part
        if not isinstance(part, Drive):
            continue
        for name, unit in _FIGURES:
            value: Decimal | None = getattr(part, name)
            source = part.sources.get(name, part.source) if value is not None else ""
            yield Figure(part.sku, name, value, unit, source, part.assumptions.get(name, ""))
