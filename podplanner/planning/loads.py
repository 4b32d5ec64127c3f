"""What the drives behind each link want of it, link by link and step by step."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from podplanner.planning.chain import OUTWARD, Chain, Link, Outlet, Step

_HUNDREDTH = Decimal("0.01")
# Drives' own rates are known to two or three digits, so a ratio of them is not known better.


@dataclass(frozen=True, slots=True)
class LinkLoad:
    """A link and what the drives behind it want of it; rates in bytes per second.

    Attributes:
        bays: Numbers of the bays whose data takes it.
        drives: How many drives that is, counting those that take it in part by that part.
        demand: What these drives read together; None: unknown.
    """

    link: Link
    bays: tuple[int, ...]
    drives: Fraction
    demand: int | None

    @property
    def rate(self) -> int | None:
        """Return the most that it carries; None: unknown."""
        return self.link.capacity.rate

    @property
    def oversubscription(self) -> Decimal | None:
        """Return demand over capacity, to two decimals; None: unknown, or it carries nothing."""
        return _ratio(self.demand, self.rate)

    @property
    def per_drive(self) -> int | None:
        """Return what it gives each drive when all work, rounded down; None: unknown."""
        return None if self.rate is None or not self.drives else int(self.rate / self.drives)


@dataclass(frozen=True, slots=True)
class Stage:
    """All links of one step: a row of the chain.

    Attributes:
        loads: In their order; network cards side by side.
        capacity: What they carry together; None: one of them is unknown.
    """

    step: Step
    loads: tuple[LinkLoad, ...]
    capacity: int | None

    @property
    def is_known(self) -> bool:
        """Return whether no figure of any of them is missing."""
        return all(load.link.capacity.is_known for load in self.loads)

    @property
    def drives(self) -> Fraction:
        """Return the most drives that share one of the links."""
        return max(load.drives for load in self.loads)

    @property
    def demand(self) -> int | None:
        """Return what the drives on the most wanted link read together; None: unknown."""
        demands = [load.demand for load in self.loads if load.demand is not None]
        return max(demands) if len(demands) == len(self.loads) else None

    @property
    def rate(self) -> int | None:
        """Return the least that one of the links carries; None: one is unknown."""
        return _least([load.rate for load in self.loads])

    @property
    def oversubscription(self) -> Decimal | None:
        """Return the greatest demand over capacity of a link; side by side, that of all."""
        if self.step in OUTWARD:
            return _ratio(self.demand, self.capacity)
        ratios = [load.oversubscription for load in self.loads]
        known = [ratio for ratio in ratios if ratio is not None]
        return max(known) if known and len(known) == len(ratios) else None

    @property
    def per_drive(self) -> int | None:
        """Return the least that a link leaves each of its drives; None: unknown."""
        if self.step in OUTWARD:
            return None if self.capacity is None else int(self.capacity / self.drives)
        return _least([load.per_drive for load in self.loads])


def loads_of(chain: Chain) -> tuple[LinkLoad, ...]:
    """Return the load of every link of a chain, by the index of the link."""
    return tuple(_load(chain, index, link) for index, link in enumerate(chain.links))


def _load(chain: Chain, index: int, link: Link) -> LinkLoad:
    if link.step in OUTWARD:
        takers = [
            (bay, flow, Fraction(1)) for bay, flow in zip(chain.bays, chain.flows, strict=True)
        ]
    else:
        takers = [
            (bay, flow, share)
            for bay, flow in zip(chain.bays, chain.flows, strict=True)
            for taken, share in flow.links
            if taken == index
        ]
    wishes = [flow.wish * share for _, flow, share in takers if flow.wish is not None]
    return LinkLoad(
        link,
        tuple(bay.number for bay, _, _ in takers),
        sum((share for _, _, share in takers), Fraction(0)),
        int(sum(wishes)) if len(wishes) == len(takers) else None,
    )


def stages_of(chain: Chain, loads: Sequence[LinkLoad]) -> tuple[Stage, ...]:
    """Return the rows of a chain in the order of the way; doubts are no rows."""
    return tuple(_stages(chain, loads))


def _stages(chain: Chain, loads: Sequence[LinkLoad]) -> Iterator[Stage]:
    for step in Step:
        mine = tuple(load for load in loads if load.link.step is step and not load.link.question)
        if mine:
            rates = [load.rate for load in mine if load.rate is not None]
            yield Stage(step, mine, sum(rates) if len(rates) == len(mine) else None)


def network_rate(chain: Chain, rates: Sequence[int | None]) -> int | None:
    """Return the most that reaches the network, in bytes per second; None: nothing bounds it.

    Cards work side by side; what hangs behind the chipset shares its link.

    Args:
        chain: Its outlets are used.
        rates: Of its links, by index; None: not known to be limited.
    """
    certain = _sum(_outlet_rate(o, rates) for o in chain.outlets if o.chipset is True)
    certain = _lesser(certain, None if chain.outward is None else rates[chain.outward])
    behind = _sum([certain, *(_outlet_rate(o, rates) for o in chain.outlets if o.chipset is None)])
    behind = _lesser(behind, None if chain.doubt is None else rates[chain.doubt])
    return _sum([behind, *(_outlet_rate(o, rates) for o in chain.outlets if o.chipset is False)])


def narrowest_outlet(chain: Chain, rates: Sequence[int | None]) -> int:
    """Return the index of the link that makes the way to the network as narrow as it is."""
    whole = _sum(_outlet_rate(outlet, rates) for outlet in chain.outlets)
    now = network_rate(chain, rates)
    for shared in (chain.outward, chain.doubt):
        if shared is not None and now is not None and (whole is None or now < whole):
            return shared
    narrow = [o.card for o in chain.outlets if o.card is not None and _is_narrow(o, rates)]
    return narrow[0] if narrow else chain.outlets[0].ports


def _is_narrow(outlet: Outlet, rates: Sequence[int | None]) -> bool:
    """Return whether a card's own link carries less than its ports."""
    card = None if outlet.card is None else rates[outlet.card]
    ports = rates[outlet.ports]
    return card is not None and (ports is None or card < ports)


def _outlet_rate(outlet: Outlet, rates: Sequence[int | None]) -> int | None:
    return _lesser(rates[outlet.ports], None if outlet.card is None else rates[outlet.card])


def _lesser(one: int | None, other: int | None) -> int | None:
    """Return the lesser of two limits, where None is no limit."""
    return min((rate for rate in (one, other) if rate is not None), default=None)


def _sum(rates: Iterable[int | None]) -> int | None:
    """Return the sum of rates; None where one of them has no limit."""
    found = list(rates)
    known = [rate for rate in found if rate is not None]
    return sum(known) if len(known) == len(found) else None


def _least(rates: Sequence[int | None]) -> int | None:
    known = [rate for rate in rates if rate is not None]
    return min(known) if known and len(known) == len(rates) else None


def _ratio(demand: int | None, capacity: int | None) -> Decimal | None:
    if demand is None or not capacity:
        return None
    return (Decimal(demand) / Decimal(capacity)).quantize(_HUNDREDTH, rounding=ROUND_HALF_UP)
