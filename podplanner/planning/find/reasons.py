"""Why the designs next to one are not the answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import ceil

from podplanner.catalog.parts import Supply
from podplanner.planning.find.body import plugs_suffice, takes
from podplanner.planning.find.design import Design, Miss, Worth, can_be_built, misses
from podplanner.planning.find.exact import money
from podplanner.planning.find.feed import DriveLoad
from podplanner.planning.find.host import memory_wanted
from podplanner.planning.find.need import Demand, Need
from podplanner.planning.find.neighbours import Neighbour, neighbours
from podplanner.planning.find.stock import Stock
from podplanner.units.numbers import plain
from podplanner.units.quantity import say_bytes


class Outcome(StrEnum):
    """What becomes of a neighbour."""

    UNBUILDABLE = "cannot be built"
    FAILS = "misses a demand"
    WORSE = "no better, and not cheaper"
    TRADE = "another trade"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A design one step away, and why it is not this one.

    Attributes:
        demands: Those that it misses.
    """

    change: str
    outcome: Outcome
    reason: str
    demands: tuple[Demand, ...] = ()


def rejections(design: Design, need: Need, stock: Stock) -> tuple[Rejected, ...]:
    """Return what every step away from a design comes to."""
    return tuple(_judged(neighbour, design, need) for neighbour in neighbours(design, stock))


def _judged(neighbour: Neighbour, design: Design, need: Need) -> Rejected:
    other, change = neighbour.design, neighbour.change
    if other is None:
        return Rejected(change, Outcome.UNBUILDABLE, neighbour.obstacle)
    missed = tuple(misses(other.figures, need))
    if missed:
        words = "; ".join(said(miss, need) for miss in missed)
        return Rejected(change, Outcome.FAILS, words, tuple(miss.demand for miss in missed))
    if not can_be_built(other):
        return Rejected(change, Outcome.UNBUILDABLE, obstacle(other))
    return _traded(change, design, other, need)


def _traded(change: str, design: Design, other: Design, need: Need) -> Rejected:
    """Say what a neighbour that meets the need gains and loses."""
    worth = Worth.of(need)
    mine, its = worth.of_figures(design.figures), worth.of_figures(other.figures)
    names = ("cost", "capacity", "speed", "durability", "watts")
    better = [name for name, a, b in zip(names, its, mine, strict=True) if a < b]
    worse = [name for name, a, b in zip(names, its, mine, strict=True) if a > b]
    difference = money(other.figures.cost - design.figures.cost)
    cost = f"{plain(abs(difference))} {need.currency} {'more' if difference >= 0 else 'less'}"
    if not better:
        lost = [name for name in worse if name != "cost"]
        tail = f", and worse in {_listed(lost)}" if lost else ""
        return Rejected(change, Outcome.WORSE, f"{cost}, better in nothing{tail}")
    tail = f", worse in {_listed(worse)}" if worse else ""
    return Rejected(change, Outcome.TRADE, f"{cost}: better in {_listed(better)}{tail}")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


_MINIMA = (Demand.USABLE, Demand.READ, Demand.WRITE, Demand.NINES)


def said(miss: Miss, need: Need) -> str:
    """Return a miss in words: `5 nines, 9 asked`."""
    have, want = (said_amount(miss.demand, number, need) for number in (miss.have, miss.want))
    what = f"{miss.demand}s " if miss.demand in (Demand.READ, Demand.WRITE) else ""
    if miss.demand is Demand.NINES:
        return f"{have}, {miss.want:.0f} asked"
    return f"{what}{have}, {want} {'asked' if miss.demand in _MINIMA else 'allowed'}"


def said_amount(demand: Demand, number: float, need: Need) -> str:
    """Return an amount of what a demand is about, with its unit."""
    match demand:
        case Demand.NINES:
            return f"{number:.0f} nines"
        case Demand.USABLE:
            return say_bytes(int(number))
        case Demand.READ | Demand.WRITE:
            return f"{say_bytes(int(number))}/s"
        case Demand.BUDGET:
            return f"{plain(money(int(number)))} {need.currency}"
        case Demand.WATTS_MAX:
            return f"{plain(Decimal(ceil(number)), 0)} W"
        case Demand.RACK_UNITS:
            return f"{number:.0f} U"
        case _:
            return f"{number:.0f} pods"


def obstacle(design: Design) -> str:
    """Return the first reason why a design cannot be built."""
    return next(_obstacles(design), "its parts do not go together")


def _obstacles(design: Design) -> Iterator[str]:
    body, drive, drives = design.body, design.pace.drive, design.drives
    host, cards, feed = body.host, body.cards, body.feed
    if drives > body.frame.bays:
        yield f"{body.frame.bays} bays, {drives} drives a pod"
    if not takes(body.frame, drive):
        yield f"{drive.sku} does not go into the bays of {body.frame.chassis.sku}"
    if drive.recording == "SMR" and design.layout.has_parity:
        yield f"{drive.sku} is shingled (SMR), and {design.layout} has parity"
    if drive.interface == "SAS" and not cards.wiring.sas:
        yield f"{drive.sku} speaks SAS, the adapters do not"
    if cards.cpu_lanes > host.lanes:
        yield f"the cards use {cards.cpu_lanes} lanes, {host.cpu.sku} has {host.lanes}"
    if (ports := cards.wiring.board_ports) > (free := host.free_ports(cards.wiring)):
        yield f"{host.board.sku} has {free} free SATA ports, {ports} are wanted"
    wanted = memory_wanted(drives=drives, osds=design.layout.scheme.startswith("ceph"))
    if host.memory_bytes < wanted:
        yield f"{host.memory_bytes >> 30} GiB of memory, {wanted >> 30} GiB wanted"
    if not plugs_suffice(body.frame, host, feed):
        yield f"{feed.count} x {feed.supply.sku} lack plugs for board, backplanes or boot drives"
    one = DriveLoad.of(drive)
    if not feed.carries(body.rest, drives, one):
        start = (body.rest + drives * (one.start_12v + one.start_5v)) / 1000
        yield (
            f"{feed.count} x {feed.supply.sku} ({_watts(feed.supply)} W each) do not start "
            f"{drives} drives at once ({start:,.0f} W with the rest of the pod)"
        )
    if body.rail is not None and not body.rail.bears(body.frame, drive, drives):
        yield f"the rails do not bear {drives} drives"


def _watts(supply: Supply) -> str:
    return plain(supply.power or 0)
