"""What a pod costs to own: its parts, the drives that will fail, power and rack space.

All amounts are for all pods and for the whole time, in one currency, not discounted.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from decimal import ROUND_HALF_UP, Decimal
from math import exp

from podplanner.catalog.prices import Band, Tariff

HOURS_PER_YEAR = 8760
# 365 days, as in the formula for annualized failure rates.
MONTHS_PER_YEAR = 12
_CENT = Decimal("0.01")
SWING = Decimal("0.2")
# Each input is moved by a fifth either way: which one moves the answer most does not depend on it.


@dataclass(frozen=True, slots=True)
class Ownership:
    """What owning pods depends on; None is unknown.

    Attributes:
        years: How long they are kept.
        purchase: Price of all parts, spares included.
        drives: Data drives in service.
        afr: Failures per drive-year.
        drive_price: Of one replacement.
        spares: Drives that were bought as spares: the first failures cost nothing more.
        watts: Mean draw at the wall of all pods.
        kwh_price: Of one kilowatt-hour.
        pue: Power usage effectiveness of the site.
        rack_units: Of all pods.
        rack_unit_month: Price of one rack unit a month.
        stored_bytes: What can be kept on them.
    """

    years: Decimal
    purchase: Decimal | None
    drives: int | None
    afr: float | None
    drive_price: Decimal | None
    spares: int
    watts: Decimal | None
    kwh_price: Decimal | None
    pue: Decimal
    rack_units: int | None
    rack_unit_month: Decimal | None
    stored_bytes: int | None


@dataclass(frozen=True, slots=True)
class CostItem:
    """One share of the cost: its amount (None: unknown) and how it was reckoned."""

    name: str
    amount: Decimal | None
    reckoned: str


@dataclass(frozen=True, slots=True)
class Swing:
    """How far the total moves when one input is a fifth lower or higher."""

    name: str
    low: Decimal
    high: Decimal

    @property
    def reach(self) -> Decimal:
        """Return the distance between the two."""
        return abs(self.high - self.low)


@dataclass(frozen=True, slots=True)
class RunningCost:
    """What pods cost over their years.

    Attributes:
        items: Purchase, replacements, power, space.
        total: None when one of them is unknown.
        per_tb_month: Per terabyte (10**12 bytes) that can be kept, and month.
        failures: Drives expected to fail; None when the rate is unknown.
        swings: The input that moves the total most first; empty when the total is unknown.
    """

    ownership: Ownership
    items: tuple[CostItem, ...]
    total: Decimal | None
    per_tb_month: Decimal | None
    failures: float | None
    swings: tuple[Swing, ...]


@dataclass(frozen=True, slots=True)
class CloudCost:
    """What a cloud would ask for the same data over the same time."""

    tariff: Tariff
    storage: Decimal
    egress: Decimal
    egress_bytes_month: int
    per_tb_month: Decimal

    @property
    def total(self) -> Decimal:
        """Return storage and egress together."""
        return self.storage + self.egress


def running_cost(ownership: Ownership) -> RunningCost:
    """Return what pods cost over their years, and which input moves that most.

    Raises:
        ValueError: A figure is negative, or `years` is not above 0.
    """
    _refuse_nonsense(ownership)
    items = tuple(_items(ownership))
    total = _sum([item.amount for item in items])
    per_tb = None
    if total is not None and ownership.stored_bytes:
        months = ownership.years * MONTHS_PER_YEAR
        per_tb = cents(total * 10**12 / ownership.stored_bytes / months)
    known = ownership.afr is not None and ownership.drives is not None
    failures = expected_failures(ownership) if known else None
    swings = () if total is None else tuple(_swings(ownership))
    return RunningCost(ownership, items, total, per_tb, failures, swings)


def _refuse_nonsense(ownership: Ownership) -> None:
    if ownership.years <= 0:
        raise ValueError("the years of ownership are above 0")
    if ownership.pue < 1:
        raise ValueError("a power usage effectiveness is 1 or more")
    for field in fields(ownership):
        value = getattr(ownership, field.name)
        if value is not None and value < 0:
            raise ValueError(f"{field.name} is 0 or more")


def cents(amount: Decimal) -> Decimal:
    """Round to the cent, halves up."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def _items(own: Ownership) -> Iterator[CostItem]:
    yield CostItem("parts", own.purchase, "the bill, spares included")
    yield CostItem("replacement drives", _replacements(own), _replacement_words(own))
    yield CostItem("power", *_power(own))
    yield CostItem("rack space", *_space(own))


def _power(own: Ownership) -> tuple[Decimal | None, str]:
    energy = energy_kwh(own)
    if own.watts is None or energy is None:
        return None, "the draw is unknown"
    words = f"{own.watts:.0f} W x PUE {own.pue:f} x {own.years:f} years = {energy:,.0f} kWh"
    if own.kwh_price is None:
        return None, f"{words}; their price is unknown"
    return cents(energy * own.kwh_price), f"{words} at {own.kwh_price:f}"


def _space(own: Ownership) -> tuple[Decimal | None, str]:
    months = own.years * MONTHS_PER_YEAR
    if own.rack_units is None:
        return None, "the rack units are unknown"
    words = f"{own.rack_units} U x {months:f} months"
    if own.rack_unit_month is None:
        return None, f"{words}; their price is unknown"
    return cents(
        own.rack_units * months * own.rack_unit_month
    ), f"{words} at {own.rack_unit_month:f}"


def energy_kwh(own: Ownership) -> Decimal | None:
    """Return the energy that the site draws for the pods, in kilowatt-hours.

    >>> worked = Ownership(Decimal(1), None, 0, None, None, 0, Decimal(407), Decimal("0.10"),
    ...                    Decimal(1), None, Decimal(0), None)
    >>> energy_kwh(worked)
    Decimal('3565.32')
    """
    if own.watts is None:
        return None
    return own.watts * HOURS_PER_YEAR * own.years * own.pue / Decimal(1000)


def expected_failures(own: Ownership) -> float:
    """Return the failures expected over the years; each failed drive is replaced by a like one."""
    return (own.drives or 0) * (own.afr or 0.0) * float(own.years)


def beyond_spares(mean: float, spares: int) -> float:
    """Return the expected number of failures beyond `spares`, failures being Poisson.

    E[max(X - s, 0)] = mean - s + sum over k < s of (s - k) P(X = k).

    Args:
        mean: Expected failures; 0 or more.
        spares: Spare drives in hand; 0 or more.

    >>> beyond_spares(3.0, 0)
    3.0
    >>> round(beyond_spares(1.0, 1), 6)  # 1 - 1 + P(0)
    0.367879
    """
    if mean > _SURE and spares < mean - 20 * mean**0.5:
        return mean - spares  # twenty deviations above: no sum would change a digit
    probability, short = exp(-mean), 0.0
    for k in range(spares):
        short += (spares - k) * probability
        probability *= mean / (k + 1)
    return max(mean - spares + short, 0.0)


_SURE = 700.0
# exp(-700) is near the smallest double: beyond it the sum would start from nothing.


def _replacements(own: Ownership) -> Decimal | None:
    if own.drives == 0:
        return Decimal(0)
    if own.drives is None or own.afr is None or own.drive_price is None:
        return None
    paid = beyond_spares(expected_failures(own), own.spares)
    return cents(Decimal(repr(paid)) * own.drive_price)


def _replacement_words(own: Ownership) -> str:
    if own.drives == 0:
        return "no data drives"
    if own.drives is None:
        return "the number of data drives is unknown"
    if own.afr is None:
        return "the failure rate is unknown"
    failures = expected_failures(own)
    if own.drive_price is None:
        return f"{failures:.1f} failures expected; the price of a drive is unknown"
    bought = f", the first {own.spares} from spares" if own.spares else ""
    return (
        f"{own.drives} drives x {own.afr:.2%} x {own.years:f} years = {failures:.1f} failures"
        f"{bought}, at {own.drive_price:f}"
    )


_Change = Callable[[Ownership, Decimal], Ownership]


def _scaled(field: str) -> _Change:
    def change(own: Ownership, factor: Decimal) -> Ownership:
        value = getattr(own, field)
        scaled = value * (float(factor) if isinstance(value, float) else factor)
        return replace(own, **{field: scaled})

    return change


def _pue(own: Ownership, factor: Decimal) -> Ownership:
    """Return the site with more or less power beside its machines: a PUE is never below 1."""
    return replace(own, pue=1 + (own.pue - 1) * factor)


_INPUTS: tuple[tuple[str, str, _Change], ...] = (
    ("price of the parts", "purchase", _scaled("purchase")),
    ("failure rate of the drives", "afr", _scaled("afr")),
    ("price of a replacement drive", "drive_price", _scaled("drive_price")),
    ("draw of the pods", "watts", _scaled("watts")),
    ("price of a kilowatt-hour", "kwh_price", _scaled("kwh_price")),
    ("power beside the machines (PUE above 1)", "pue", _pue),
    ("price of a rack unit", "rack_unit_month", _scaled("rack_unit_month")),
    ("years", "years", _scaled("years")),
)


def _swings(own: Ownership) -> list[Swing]:
    """Return how the total moves with each input, the strongest first."""
    found = []
    for name, field, change in _INPUTS:
        if getattr(own, field) is None:
            continue
        ends = [
            _sum([item.amount for item in _items(change(own, 1 + step))])
            for step in (-SWING, SWING)
        ]
        if ends[0] is not None and ends[1] is not None:
            found.append(Swing(name, cents(ends[0]), cents(ends[1])))
    return sorted(found, key=lambda swing: -swing.reach)


def cloud_cost(
    tariff: Tariff, *, stored_bytes: int, egress_bytes_month: int, years: Decimal
) -> CloudCost:
    """Return what a cloud asks for keeping `stored_bytes` all the time and reading some of it.

    Args:
        tariff: Its prices.
        stored_bytes: Kept from the first day to the last; above 0.
        egress_bytes_month: Read out in each month.
        years: How long.

    Raises:
        ValueError: A size is negative, or nothing is stored.
    """
    if stored_bytes <= 0 or egress_bytes_month < 0:
        raise ValueError("a cloud keeps more than nothing, and reads nothing or more")
    months = years * MONTHS_PER_YEAR
    storage = cents(banded(tariff.storage, stored_bytes, tariff.unit) * months)
    egress = cents(banded(tariff.egress, egress_bytes_month, tariff.unit) * months)
    per_tb = cents((storage + egress) * 10**12 / stored_bytes / months)
    return CloudCost(tariff, storage, egress, egress_bytes_month, per_tb)


def banded(bands: Sequence[Band], size: int, unit: int) -> Decimal:
    """Return the price of `size` bytes, each band's share at its own price.

    >>> banded([Band(price="2", up_to=10), Band(price="1")], 15, 1)
    Decimal('25')
    """
    amount, below = Decimal(0), 0
    for band in bands:
        end = size if band.up_to is None else min(size, band.up_to)
        if end > below:
            amount += Decimal(end - below) / unit * band.price
            below = end
    return amount
