"""What owning the pods of a list depends on, gathered from the list, its parts and a site."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.catalog.parts import Chassis, Drive
from podplanner.catalog.pod import Item, Pod, pieces
from podplanner.catalog.prices import Site
from podplanner.planning.capacity import CapacityError, capacity_of, holdings_of
from podplanner.planning.cost import Cost, cost_of
from podplanner.planning.durability.rate import AnnualFailureRate, rate_of_drive
from podplanner.planning.power import power_of
from podplanner.planning.running_cost import Ownership
from podplanner.planning.topology import Gap


class PriceError(ValueError):
    """Prices of a list of which no cost can be reckoned: they are negative."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person says of the time and the place; None takes what the list and its parts say.

    Attributes:
        years: How long the pods are kept, above 0.
        pods: How many, alike.
        layout: How their data drives are grouped.
        watts: Mean draw of one pod at the wall.
        afr: Failures per drive-year.
        drive_price: Of one replacement.
        kwh_price, pue, rack_unit_month: Instead of the site's.
    """

    years: Decimal
    pods: int = 1
    layout: DriveLayout | None = None
    watts: Decimal | None = None
    afr: float | None = None
    drive_price: Decimal | None = None
    kwh_price: Decimal | None = None
    pue: Decimal | None = None
    rack_unit_month: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was gathered, what it took for granted, and what nobody says.

    Attributes:
        rate: The failure rate, with its interval where it was counted.
        usable_bytes: What the layout offers, before any advice how far to fill it.
        assumptions: A sentence each, with its source where there is one.
        unknown: The facts that are wanted, a clause each.
    """

    ownership: Ownership
    currency: str | None
    rate: AnnualFailureRate | None
    usable_bytes: int | None
    assumptions: tuple[str, ...]
    unknown: tuple[str, ...]


def ownership_of(pod: Pod, site: Site, asked: Asked) -> Gathered:
    """Return what owning `asked.pods` pods of a list depends on.

    Raises:
        PriceError: The list comes to less than nothing, or a data drive costs less than nothing.
    """
    said: list[str] = []
    lacks: list[str] = []
    cost = cost_of(pod, pods=asked.pods)
    rate = _rate(pod, asked, lacks)
    kept = _kept(pod, asked, said, lacks)
    chassis = pod.chassis.part if pod.chassis else None
    units = chassis.rack_units if isinstance(chassis, Chassis) else None
    if units is None:
        lacks.append("the rack units of the case")
    ownership = Ownership(
        years=asked.years,
        purchase=_purchase(cost, lacks),
        drives=_drives(pod, asked, lacks),
        afr=None if rate is None else rate.cautious,
        drive_price=_drive_price(pod, asked, cost.currency, lacks),
        spares=sum(int(item.line.spares or 0) for item in pod.data_drives),
        watts=_watts(pod, asked, said, lacks),
        kwh_price=_price_of_site("kwh", asked.kwh_price, site, cost.currency, said, lacks),
        pue=_of_site("pue", asked.pue, site, said),
        rack_units=None if units is None else units * asked.pods,
        rack_unit_month=_price_of_site(
            "rack_unit_month", asked.rack_unit_month, site, cost.currency, said, lacks
        ),
        stored_bytes=None if kept is None else kept[1],
    )
    usable = None if kept is None else kept[0]
    return Gathered(ownership, cost.currency, rate, usable, tuple(said), tuple(lacks))


def _purchase(cost: Cost, lacks: list[str]) -> Decimal | None:
    """Return what all parts cost; None where one has no price, or another currency.

    Raises:
        PriceError: They come to less than nothing; a discount alone may be negative.
    """
    if cost.unpriced:
        lacks.append(f"the price of {', '.join(cost.unpriced[:3])}"
                     + (" and others" if len(cost.unpriced) > 3 else ""))  # fmt: skip
    if cost.other_currencies:
        lacks.append("the price of what the list has in another currency")
    known = not cost.unpriced and not cost.other_currencies
    total = cost.known_total if known else None
    if total is not None and total < 0:
        raise PriceError(f"the parts of the list come to {total:,f}, below 0")
    return total


_SITE_FIGURES = {"kwh": "kilowatt-hour", "pue": "PUE", "rack_unit_month": "rack unit and month"}


def _of_site(figure: str, given: Decimal | None, site: Site, said: list[str]) -> Decimal:
    if given is not None:
        return given
    value: Decimal = getattr(site, figure)
    why = site.sources.get(figure) or f"assumed: {site.assumptions.get(figure, site.name)}"
    unit = "" if figure == "pue" else f" {site.currency}"
    said.append(f"{_SITE_FIGURES[figure]} of {value:f}{unit} ({why})")
    return value


def _price_of_site(
    figure: str, given: Decimal | None, site: Site, currency: str | None, said: list[str],
    lacks: list[str],
) -> Decimal | None:  # fmt: skip
    """Return a price of the site; None where the shipped one is in another currency."""
    if given is None and currency not in (None, site.currency):
        lacks.append(f"the price of a {_SITE_FIGURES[figure]} in {currency} "
                     f"(the shipped one is in {site.currency})")  # fmt: skip
        return None
    return _of_site(figure, given, site, said)


def _drives(pod: Pod, asked: Asked, lacks: list[str]) -> int | None:
    if any(item.line.bill for item in pod.items):
        # Its price holds whole pods, whose drives are not those of this list.
        lacks.append("the drives of the lists in this one: plan each by itself")
        return None
    number = pieces(pod.data_drives)
    if number is None:
        lacks.append("the quantity of the data drives")
        return None
    return number * asked.pods


def _rate(pod: Pod, asked: Asked, lacks: list[str]) -> AnnualFailureRate | None:
    """Return the rate of the list's drives: of several models, the mean by their numbers."""
    if asked.afr is not None:
        return AnnualFailureRate(asked.afr, None, None, "given")
    rates = [(int(item.quantity or 0), _rate_of(item)) for item in pod.data_drives]
    known = [(number, rate) for number, rate in rates if rate is not None]
    total = sum(number for number, _ in known)
    if len(known) < len(rates) or not total:
        if rates:
            lacks.append("the failure rate of the drives")
        return None
    if len(known) == 1:
        return known[0][1]
    # Of several models there is no count together, so no interval either.
    mean = sum(number * rate.cautious for number, rate in known) / total
    sources = "; ".join(rate.source for _, rate in known)
    return AnnualFailureRate(mean, None, None, f"mean of {sources}")


def _rate_of(item: Item) -> AnnualFailureRate | None:
    return rate_of_drive(item.part) if isinstance(item.part, Drive) else None


def _drive_price(
    pod: Pod, asked: Asked, currency: str | None, lacks: list[str]
) -> Decimal | None:  # fmt: skip
    """Return the price of the dearest data drive: a replacement is at least as good.

    Raises:
        PriceError: A data drive costs less than nothing.
    """
    if asked.drive_price is not None:
        return asked.drive_price
    prices = [
        _price_of(item) if pod.bill.currency_of(item.line) == currency else None
        for item in pod.data_drives
    ]
    known = [price for price in prices if price is not None]
    if known and min(known) < 0:
        raise PriceError(f"a data drive of the list costs {min(known):,f}, below 0")
    if not prices or len(known) < len(prices):
        if prices:
            lacks.append("the price of a replacement drive")
        return None
    return max(known)


def _price_of(item: Item) -> Decimal | None:
    line = item.line
    if line.unit_price is not None:
        return line.unit_price
    return line.total / line.quantity if line.total is not None and line.quantity else None


def _watts(pod: Pod, asked: Asked, said: list[str], lacks: list[str]) -> Decimal | None:
    """Return the mean draw of all pods: halfway between drives that idle and drives that work."""
    if asked.watts is not None:
        return asked.watts * asked.pods
    power = power_of(pod)
    if isinstance(power, Gap):
        lacks.append(power.wants)
        return None
    idle, active = power.wall.idle.value, power.wall.active.value
    if idle is None or active is None:
        missing = dict.fromkeys((*power.wall.idle.missing, *power.wall.active.missing))
        lacks.extend(_shortened(list(missing)))
        return None
    said.append(
        f"a mean draw of {(idle + active) / 2:.0f} W a pod, halfway between drives that idle "
        f"({idle:.0f} W) and drives that work ({active:.0f} W)"
    )
    return (idle + active) / 2 * asked.pods


def _shortened(facts: Sequence[str]) -> list[str]:
    more = len(facts) - 4
    return [*facts[:4], *([f"{more} further figures of power"] if more > 0 else [])]


def _kept(
    pod: Pod, asked: Asked, said: list[str], lacks: list[str]
) -> tuple[int, int] | None:  # fmt: skip
    """Return the bytes that the layout offers, and those that are advised to be kept."""
    if any(item.line.bill for item in pod.items):
        return None
    if asked.layout is None:
        lacks.append("a drive layout (--layout, or `layout` in the list)")
        return None
    try:
        held = holdings_of(pod)
        found = capacity_of(
            asked.layout, drives=held.in_pods(asked.pods), drive_bytes=held.drive_bytes,
            pods=asked.pods,
        )  # fmt: skip
    except CapacityError as error:
        lacks.append(f"data drives that carry the layout ({error})")
        return None
    said.append("what can be kept is what the fill advice of the layout leaves (`plan capacity`)")
    said.extend(held.assumptions)
    return found.usable_bytes, found.recommended_bytes
