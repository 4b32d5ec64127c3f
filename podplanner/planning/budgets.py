"""Budgets of power: what one supply, or several on one bus, carry against what they are rated for.

Supplies without a common bus are budgets of their own, with the backplanes that are wired to
each. Supplies on one bus are one budget, and another without the largest of them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from podplanner.catalog.parts import Supply
from podplanner.planning.draw import VOLTS_5, VOLTS_12, Load, drive_draw
from podplanner.planning.estimate import Estimate, total
from podplanner.planning.hookup import Unit
from podplanner.planning.power_limits import (
    LASTING,
    SURGE,
    Limits,
    Standing,
    band,
    mildest,
    standing_of,
    worst,
)
from podplanner.planning.spin_up import SpinUp, Starting, peak_5v, peak_12v
from podplanner.planning.topology import Basis, Bay, Topology


class Quantity(StrEnum):
    """What a check is about."""

    START_12V = "12 V at start"
    START_5V = "5 V at start"
    START_WATTS = "watts at start"
    WORK_WATTS = "watts at work"


@dataclass(frozen=True, slots=True)
class Check:
    """One load against one rating.

    Attributes:
        drives: Of the data drives alone: amperes or watts.
        whole: With everything else that hangs, or may hang, on the same budget.
        rating: None: not stated.
        limits: Shares of the rating between which protection may act.
    """

    quantity: Quantity
    drives: Estimate
    whole: Estimate
    rating: Decimal | None
    limits: Limits
    standing: Standing

    @property
    def unit(self) -> str:
        """Return `A` or `W`."""
        return "W" if self.quantity in (Quantity.START_WATTS, Quantity.WORK_WATTS) else "A"

    @property
    def share(self) -> Decimal | None:
        """Return what is known of the whole load, as a share of the rating."""
        return self.whole.known / self.rating if self.rating else None

    @property
    def drives_share(self) -> Decimal | None:
        """Return what is known of the drives' load, as a share of the rating."""
        return self.drives.known / self.rating if self.rating else None


@dataclass(frozen=True, slots=True)
class Budget:
    """What one supply, or several on one bus, carry.

    Attributes:
        supplies: Their numbers, from 1.
        less_one: Whether this is what is left when the largest of them fails.
        bays: The bays with a drive that they feed.
        backplanes: The backplanes that they feed.
        rest: Watts of everything else that is known to hang on them.
        floating: Watts of what hangs on one of the budgets, nobody says on which.
        idle, active: Watts of the data drives, when they turn, and when they read at random.
        checks: In the order of `Quantity`.
    """

    supplies: tuple[int, ...]
    less_one: bool
    bays: tuple[int, ...]
    backplanes: tuple[int, ...]
    rest: Estimate
    floating: Estimate
    idle: Estimate
    active: Estimate
    checks: tuple[Check, ...]

    @property
    def name(self) -> str:
        """Return what to call it: `supply 1`, `2 supplies together`."""
        if self.less_one:
            return f"{len(self.supplies)} supplies less one"
        if len(self.supplies) == 1:
            return f"supply {self.supplies[0]}"
        return f"{len(self.supplies)} supplies together"

    @property
    def standing(self) -> Standing:
        """Return the worst of its checks."""
        return worst(*(check.standing for check in self.checks))

    def check(self, quantity: Quantity) -> Check:
        """Return the check of one quantity."""
        return next(check for check in self.checks if check.quantity is quantity)


def budgets_of(topology: Topology, loads: Sequence[Load], spin_up: SpinUp) -> Iterator[Budget]:
    """Yield what each supply carries; of supplies on one bus, all together and then less one."""
    supplies = topology.supplies
    if topology.shared_supplies and len(supplies) > 1:
        yield _budget(supplies, False, topology, topology.bays, loads, (), spin_up)
        yield _budget(_less_one(supplies), True, topology, topology.bays, loads, (), spin_up)
        return
    floating = [load for load in loads if len(load.supplies) != 1] if len(supplies) > 1 else []
    for unit in supplies:
        mine = (unit.number,)
        bays = tuple(bay for bay in topology.bays if bay.supplies == mine)
        certain = [load for load in loads if load.supplies == mine] if len(supplies) > 1 else loads
        yield _budget((unit,), False, topology, bays, certain, floating, spin_up)


def _less_one(supplies: Sequence[Unit]) -> tuple[Unit, ...]:
    """Return the supplies without the largest one."""
    largest = max(supplies, key=lambda unit: supply_part(unit).power or Decimal(0))
    return tuple(unit for unit in supplies if unit is not largest)


_NO_SUPPLY = Supply(sku="unknown", title="unknown", source="a line that is not in the catalog")


def supply_part(unit: Unit) -> Supply:
    """Return the part that a supply is; one without figures where it is not in the catalog."""
    return unit.item.part if isinstance(unit.item.part, Supply) else _NO_SUPPLY


def starting(bays: Iterable[Bay]) -> list[Starting]:
    """Return the drives in `bays`, as they start."""
    return [Starting(drive_draw(bay.drive), bay.backplane) for bay in bays if bay.drive is not None]


def _budget(
    units: Sequence[Unit], less_one: bool, topology: Topology, bays: Sequence[Bay],
    certain: Sequence[Load], floating: Sequence[Load], spin_up: SpinUp,
) -> Budget:  # fmt: skip
    filled = [bay for bay in bays if bay.drive is not None]
    drives = starting(bays)
    rest = total(load.watts for load in certain)
    may_hang = total(load.watts for load in floating)
    active = total(drive.draw.active for drive in drives)
    idle = total(drive.draw.idle for drive in drives)
    amps_12v, amps_5v = peak_12v(drives, spin_up), peak_5v(drives)
    if topology.power_basis is Basis.UNKNOWN:
        unfed = Estimate(missing=("which supply feeds which drives",))
        amps_12v, amps_5v, active, idle = (
            load + unfed for load in (amps_12v, amps_5v, active, idle)
        )
    start = amps_12v.times(VOLTS_12) + amps_5v.times(VOLTS_5)
    parts = [supply_part(unit) for unit in units]
    rail = _rail_limits(parts)
    checks = (
        _check(Quantity.START_12V, amps_12v, rest.over(VOLTS_12), may_hang.over(VOLTS_12),
               _sum(parts, lambda part: part.rail_12v), rail),
        _check(Quantity.START_5V, amps_5v, Estimate(), Estimate(),
               _sum(parts, lambda part: part.rail_5v), rail),
        _check(Quantity.START_WATTS, start, rest, may_hang,
               _sum(parts, lambda part: part.power), SURGE),
        _check(Quantity.WORK_WATTS, active, rest, may_hang,
               _sum(parts, lambda part: part.power), LASTING),
    )  # fmt: skip
    return Budget(
        tuple(unit.number for unit in units) if not less_one
        else tuple(unit.number for unit in topology.supplies),
        less_one, tuple(bay.number for bay in filled),
        tuple(dict.fromkeys(bay.backplane for bay in bays if bay.backplane is not None)),
        rest, may_hang, idle, active, checks,
    )  # fmt: skip


def _check(
    quantity: Quantity, drives: Estimate, rest: Estimate, floating: Estimate,
    rating: Decimal | None, limits: Limits,
) -> Check:  # fmt: skip
    """Judge a load; what may hang here or elsewhere makes at most a warning of it."""
    whole = drives + rest + floating
    standing = standing_of(drives + rest, rating, limits)
    if floating != Estimate():
        maybe = mildest(standing_of(whole, rating, limits), Standing.WARNING)
        standing = worst(standing, maybe)
    return Check(quantity, drives, whole, rating, limits, standing)


def _sum(parts: Iterable[Supply], figure: Callable[[Supply], Decimal | None]) -> Decimal | None:
    """Return a figure of all supplies together; None when one does not state it."""
    ratings = [figure(part) for part in parts]
    known = [rating for rating in ratings if rating is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(ratings) else None


def _rail_limits(parts: Sequence[Supply]) -> Limits:
    """Return the narrowest band of several supplies; not stated where one does not state it."""
    starts, ends = [p.overload_from for p in parts], [p.overload_to for p in parts]
    known_starts = [start for start in starts if start is not None]
    known_ends = [end for end in ends if end is not None]
    return band(
        min(known_starts) if known_starts and None not in starts else None,
        min(known_ends) if known_ends and None not in ends else None,
    )
