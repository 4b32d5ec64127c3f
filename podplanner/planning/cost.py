"""What an order costs: by line and category, per bay and per terabyte, for one pod or many."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_HALF_UP, Context, Decimal

from podplanner.catalog import facts
from podplanner.catalog.bill import Line, Quote
from podplanner.catalog.pod import Item, Pod, count
from podplanner.catalog.vocabulary import kinds
from podplanner.planning.offers import QuoteBook, weigh
from podplanner.units.money import Money, add_up, exactly

VITAL = Decimal("0.8")
# Pareto's rule of thumb: the lines that make 80 % of the cost are the ones worth haggling over.

_CENT = Decimal("0.01")
_SHARES = Context(prec=28)
# A share is shown with a digit or two behind its percent; amounts alone are exact.


@dataclass(frozen=True, slots=True)
class DriveChoice:
    """Drives to price with a pod that is sold without: from `4TB@120`, or from a part.

    Attributes:
        count: How many; None for every data bay that the list leaves empty.
        price: Of one drive, in the bill's currency; None when it is unknown.
        capacity: Bytes of one drive; None when it is unknown.
    """

    name: str
    count: int | None
    price: Decimal | None
    capacity: int | None


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line of the order.

    Attributes:
        position: 1-based position in the bill; None for what the order adds (drives).
        quantity: Pieces bought for the whole order, spares and whole packs included.
        amount: For the whole order; None when the price or the quantity is unknown.
        share: Of the known cost of all lines, 0 to 1.
        cumulative: Share of this line and all dearer ones.
        vital: Whether it is among the few lines that make 80 % of the cost.
        offer: Which quote was taken, in words; empty when the list's own price was.
    """

    position: int | None
    id: str
    name: str
    category: str
    quantity: Decimal | None
    amount: Decimal | None
    share: Decimal | None = None
    cumulative: Decimal | None = None
    vital: bool = False
    offer: str = ""


@dataclass(frozen=True, slots=True)
class CategoryCost:
    """What all lines of one kind come to, with share and cumulative share, 0 to 1."""

    category: str
    lines: int
    amount: Decimal
    share: Decimal
    cumulative: Decimal


@dataclass(frozen=True, slots=True)
class ChargeCost:
    """A charge on top of the parts, for the whole order; negative for a discount."""

    title: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Cost:
    """What an order of `pods` pods costs.

    Attributes:
        currency: None when the list does not say, or says several.
        lines: The dearest first; those without a price last.
        categories: The dearest first.
        parts_total: Of the lines with a known price.
        total: Parts and charges; `unpriced` says what it lacks.
        other_currencies: Sums of lines in a currency other than `currency`, never converted.
        bays: Data bays of one pod.
        raw_bytes: What the data drives of one pod hold by their labels.
        drives_priced: Whether all of these drives have a price; a price per terabyte that left
            them out would mislead.
    """

    currency: str | None
    pods: int
    lines: tuple[CostLine, ...]
    categories: tuple[CategoryCost, ...]
    charges: tuple[ChargeCost, ...]
    parts_total: Decimal
    total: Decimal
    other_currencies: tuple[Money, ...]
    unpriced: tuple[str, ...]
    bays: int | None
    raw_bytes: int | None
    drives_priced: bool = True

    @property
    def known_total(self) -> Decimal | None:
        """Return the total; None when no line has a price: nothing adds up to nothing known."""
        return self.total if any(line.amount is not None for line in self.lines) else None

    @property
    @exactly
    def per_pod(self) -> Decimal | None:
        """Return the cost of one of the pods, to the cent."""
        if self.known_total is None:
            return None
        return (self.total / self.pods).quantize(_CENT, ROUND_HALF_UP)

    @property
    @exactly
    def per_bay(self) -> Decimal | None:
        """Return the cost of a pod per data bay, to the cent."""
        if not self.bays or self.known_total is None:
            return None
        return (self.total / self.pods / self.bays).quantize(_CENT, ROUND_HALF_UP)

    @property
    @exactly
    def per_tb(self) -> Decimal | None:
        """Return the cost per raw terabyte (10**12 bytes), to the cent."""
        if not self.raw_bytes or self.known_total is None or not self.drives_priced:
            return None
        return (self.total / self.pods * 10**12 / self.raw_bytes).quantize(_CENT, ROUND_HALF_UP)

    @property
    def vital_lines(self) -> tuple[CostLine, ...]:
        """Return the few lines that make 80 % of the cost."""
        return tuple(line for line in self.lines if line.vital)


@exactly
def cost_of(
    pod: Pod,
    *,
    pods: int = 1,
    drives: DriveChoice | None = None,
    spares_percent: Decimal = Decimal(0),
    tax_percent: Decimal | None = None,
    shipping: Decimal | None = None,
) -> Cost:
    """Return what `pods` pods cost.

    A line costs its stated total (a printed unit price is often rounded), else quantity x unit
    price. Where quotes are kept for its part, the cheapest valid one for the whole order's
    quantity is taken instead, in whole packs and at least its minimum.

    Args:
        pod: The bill, joined to its parts.
        pods: How many pods the order is for; 1 or more.
        drives: Data drives to add to each pod.
        spares_percent: Further data drives, in percent of all, rounded up.
        tax_percent: Put on parts, charges and shipping.
        shipping: One amount for the whole order.

    Raises:
        ValueError: `pods` is below 1.
    """
    if pods < 1:
        raise ValueError("an order is for at least one pod")
    currency = _main_currency(pod)
    book = QuoteBook.of(pod.bill.quotes)
    drawn = [_order_line(pod, item, pods, spares_percent, book) for item in pod.items]
    own = [line for line, money in drawn if money is None or money.currency == currency]
    foreign = add_up(m for _, m in drawn if m is not None and m.currency != currency)
    bays, raw = facts.data_bays(pod), facts.raw_bytes(pod)
    if drives is not None:
        number = drives.count if drives.count is not None else _empty_bays(pod, bays)
        own.append(_drive_line(drives, number, pods, spares_percent))
        if number and drives.capacity:
            raw = (raw or 0) + number * drives.capacity
    parts_total = sum((line.amount for line in own if line.amount is not None), Decimal(0))
    charges = tuple(_charges(pod, currency, parts_total, pods, tax_percent, shipping))
    ranked = _ranked(own, parts_total)
    return Cost(
        currency=currency,
        pods=pods,
        lines=ranked,
        categories=_by_category(ranked, parts_total),
        charges=charges,
        parts_total=parts_total,
        total=parts_total + sum((charge.amount for charge in charges), Decimal(0)),
        other_currencies=tuple(Money(amount, name) for name, amount in foreign.items()),
        unpriced=tuple(line.name for line in ranked if line.amount is None),
        bays=bays,
        raw_bytes=raw,
        drives_priced=_drives_priced(pod, drives),
    )


def _empty_bays(pod: Pod, bays: int | None) -> int | None:
    """Return the data bays that the list leaves empty; None when they are not known."""
    listed = count(pod.data_drives)
    return None if bays is None or listed is None else max(bays - int(listed), 0)


def _drives_priced(pod: Pod, drives: DriveChoice | None) -> bool:
    listed = all(item.line.amount is not None for item in pod.data_drives)
    return listed and (drives is None or drives.price is not None)


def _main_currency(pod: Pod) -> str | None:
    """Return the bill's currency, else the one in which most lines are priced."""
    if pod.bill.currency is not None:
        return pod.bill.currency
    found = [line.currency for line in pod.bill.lines if line.amount is not None]
    return max(dict.fromkeys(found), key=found.count) if found else None


def _order_line(
    pod: Pod, item: Item, pods: int, spares_percent: Decimal, book: QuoteBook
) -> tuple[CostLine, Money | None]:
    line = item.line
    currency = pod.bill.currency_of(line)
    quantity = None if line.quantity is None else line.quantity * pods
    if quantity is not None:
        quantity += line.spares or 0
        if item.kind == "drive" and not item.is_boot_drive:
            quantity += _spares(line.quantity or Decimal(0), pods, spares_percent)
    amount, bought, words = _price(pod, item, quantity, pods, book)
    cost = CostLine(item.position, line.id, line.name, _label(item.kind), bought, amount,
                    offer=words)  # fmt: skip
    return cost, None if amount is None else Money(amount, currency)


def _price(
    pod: Pod, item: Item, quantity: Decimal | None, pods: int, book: QuoteBook
) -> tuple[Decimal | None, Decimal | None, str]:
    line = item.line
    quotes = book.for_item(item)
    if quantity is not None and quotes and not _set_by_hand(line, quotes):
        offers = weigh(
            quotes, wanted=quantity, as_of=pod.as_of, currency=pod.bill.currency_of(line),
        )  # fmt: skip
        if offers and not offers[0].refusal:
            best = offers[0]
            vendor = best.quote.vendor or "unnamed vendor"
            return best.cost, best.bought, f"{best.bought:f} at {best.quote.unit_price:f}, {vendor}"
    if line.amount is None:
        return None, quantity, ""
    if quantity is None or not line.quantity:
        return line.amount * pods, quantity, ""
    if quantity == line.quantity:
        return line.amount, quantity, ""
    return _rounded(line.amount * quantity / line.quantity, line.amount), quantity, ""


def _set_by_hand(line: Line, quotes: Sequence[Quote]) -> bool:
    """Return whether a line's price is later than every quote, and none of theirs."""
    day = line.price_date
    return (
        line.unit_price is not None
        and day is not None
        and all(quote.unit_price != line.unit_price for quote in quotes)
        and all(quote.day is None or quote.day <= day for quote in quotes)
    )


def _rounded(amount: Decimal, like: Decimal) -> Decimal:
    """Round to the cent, or finer where the list prints finer amounts."""
    exponent = min(int(like.as_tuple().exponent), -2)
    return amount.quantize(Decimal(1).scaleb(exponent), ROUND_HALF_UP)


def _spares(per_pod: Decimal, pods: int, percent: Decimal) -> Decimal:
    return (per_pod * pods * percent / 100).to_integral_value(ROUND_CEILING)


def _drive_line(
    drives: DriveChoice, number: int | None, pods: int, spares_percent: Decimal
) -> CostLine:
    quantity = None if number is None else Decimal(number * pods)
    if quantity is not None:
        quantity += _spares(Decimal(number or 0), pods, spares_percent)
    amount = None if quantity is None or drives.price is None else quantity * drives.price
    return CostLine(None, "drives", drives.name, _label("drive"), quantity, amount)


def _label(kind: str | None) -> str:
    return kinds()[kind].label if kind in kinds() else "Other"


def _charges(
    pod: Pod, currency: str | None, parts: Decimal, pods: int,
    tax_percent: Decimal | None, shipping: Decimal | None,
) -> Iterable[ChargeCost]:  # fmt: skip
    running = parts
    for charge in pod.bill.charges:
        if charge.amount is None or charge.included or pod.bill.currency_of(charge) != currency:
            continue
        amount = charge.amount * pods
        running += amount
        yield ChargeCost(charge.title, amount)
    if shipping is not None:
        running += shipping
        yield ChargeCost("Shipping", shipping)
    if tax_percent is not None:
        tax = (running * tax_percent / 100).quantize(_CENT, ROUND_HALF_UP)
        yield ChargeCost(f"Tax {tax_percent:f} %", tax)


def _ranked(lines: list[CostLine], total: Decimal) -> tuple[CostLine, ...]:
    priced = sorted((li for li in lines if li.amount is not None), key=lambda li: -(li.amount or 0))
    ranked, running = [], Decimal(0)
    for line in priced:
        vital = total > 0 and running < total * VITAL
        running += line.amount or 0
        share = _SHARES.divide(line.amount or Decimal(0), total) if total else None
        cumulative = _SHARES.divide(running, total) if total else None
        ranked.append(replace(line, share=share, cumulative=cumulative, vital=vital))
    return (*ranked, *(line for line in lines if line.amount is None))


def _by_category(lines: tuple[CostLine, ...], total: Decimal) -> tuple[CategoryCost, ...]:
    sums: dict[str, list[Decimal]] = {}
    for line in lines:
        if line.amount is not None:
            sums.setdefault(line.category, []).append(line.amount)
    ordered = sorted(sums.items(), key=lambda entry: -sum(entry[1]))
    found, running = [], Decimal(0)
    for category, amounts in ordered:
        amount = sum(amounts, Decimal(0))
        running += amount
        share, cumulative = (amount / total, running / total) if total else (Decimal(0),) * 2
        found.append(CategoryCost(category, len(amounts), amount, share, cumulative))
    return tuple(found)
