"""Prices taken from quotes: which one each line gets, and what that changes."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from podplanner.catalog.pod import Item, Pod
from podplanner.planning.offers import Offer, QuoteBook, weigh
from podplanner.units.money import exactly


@dataclass(frozen=True, slots=True)
class Priced:
    """What quotes mean for one line.

    Attributes:
        offers: Every quote for the line, the best first.
        chosen: The cheapest that can be taken; None when none can.
        unit_price: What the line's unit price becomes.
        total: What its total becomes.
    """

    item: Item
    offers: tuple[Offer, ...]
    chosen: Offer | None
    unit_price: Decimal | None
    total: Decimal | None

    @property
    def change(self) -> Decimal | None:
        """Return what the line's cost changes by; None when it had none, or keeps it."""
        if self.total is None or self.item.line.amount is None:
            return None
        return self.total - self.item.line.amount


@exactly
def priced_lines(pod: Pod) -> tuple[Priced, ...]:
    """Return, for every line with quotes, the cheapest valid one for its quantity.

    The wanted quantity is the line's, and its spares. A line without a quantity is weighed for
    one piece, and gets a unit price but no total.
    """
    book = QuoteBook.of(pod.bill.quotes)
    found = []
    for item in pod.items:
        quotes = book.for_item(item)
        if not quotes:
            continue
        line = item.line
        wanted = (line.quantity if line.quantity is not None else Decimal(1)) + (line.spares or 0)
        offers = weigh(quotes, wanted=wanted, as_of=pod.as_of, currency=pod.bill.currency_of(line))
        chosen = offers[0] if not offers[0].refusal else None
        unit = chosen.quote.unit_price if chosen else None
        total = None
        if unit is not None and line.quantity is not None:
            total = _to_the_cent(line.quantity * unit)
        found.append(Priced(item, offers, chosen, unit, total))
    return tuple(found)


def _to_the_cent(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
