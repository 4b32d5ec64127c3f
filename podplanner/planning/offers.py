"""Quotes weighed for a wanted quantity: packs, minimum orders and price breaks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from podplanner.catalog.bill import Quote
from podplanner.catalog.naming import normal
from podplanner.catalog.pod import Item
from podplanner.units.money import exactly

STALE = timedelta(days=365)
# Drive prices moved by a quarter within ten days in 2026; after a year no price means anything.


@dataclass(frozen=True, slots=True)
class Offer:
    """What one quote comes to for the wanted quantity.

    Attributes:
        bought: What must be bought: at least the minimum, in whole packs.
        cost: `bought` x unit price.
        refusal: Why the quote cannot be taken; empty when it can.
    """

    quote: Quote
    bought: Decimal
    cost: Decimal
    refusal: str


@dataclass(frozen=True, slots=True)
class QuoteBook:
    """Quotes by the number or id that they are for."""

    by_name: dict[str, tuple[Quote, ...]]

    @classmethod
    def of(cls, quotes: Iterable[Quote]) -> "QuoteBook":
        """Return the book of `quotes`, in their order."""
        found: dict[str, list[Quote]] = {}
        for quote in quotes:
            found.setdefault(normal(quote.part) or quote.part, []).append(quote)
        return cls({name: tuple(entries) for name, entries in found.items()})

    def for_item(self, item: Item) -> tuple[Quote, ...]:
        """Return the quotes for an item: by its id, its part, an alias or the printed number."""
        if not self.by_name:
            return ()
        names = [item.line.id, item.line.part, item.line.mpn]
        if item.part is not None:
            names += [item.part.sku, *item.part.aliases]
        keys = dict.fromkeys(normal(name) or name for name in names if name)
        return tuple(quote for key in keys for quote in self.by_name.get(key, ()))


@exactly
def weigh(
    quotes: Iterable[Quote], *, wanted: Decimal, as_of: date, currency: str | None
) -> tuple[Offer, ...]:
    """Return an offer for every quote: those that can be taken first, the cheapest first.

    A quote can be taken when it is valid on `as_of` and in the wanted currency; of one vendor's
    quotes with the same minimum and pack only the latest counts. Where two cost the same, the
    smaller quantity, the shorter lead time and then the vendor's name decide.
    """
    quotes = tuple(quotes)
    latest: dict[tuple[object, ...], date] = {}
    for quote in quotes:
        if quote.day is not None and not _gone(quote, as_of):
            key = (quote.vendor, quote.minimum, quote.pack, quote.currency)
            latest[key] = max(latest.get(key, quote.day), quote.day)
    offers = []
    for quote in quotes:
        need = max(wanted, quote.minimum)
        bought = (need / quote.pack).to_integral_value(ROUND_CEILING) * quote.pack
        newest = latest.get((quote.vendor, quote.minimum, quote.pack, quote.currency))
        refusal = _refusal(quote, newest, as_of=as_of, currency=currency)
        offers.append(Offer(quote, bought, bought * quote.unit_price, refusal))
    return tuple(sorted(offers, key=_order))


def _gone(quote: Quote, as_of: date) -> bool:
    """Return whether a quote is not offered on a day: not yet, no more, or never again."""
    return (
        quote.superseded
        or (quote.day is not None and quote.day > as_of)
        or (quote.valid_until is not None and quote.valid_until < as_of)
    )


def _order(offer: Offer) -> tuple[object, ...]:
    lead = offer.quote.lead_days
    far = 10**6  # an unknown lead time counts as the longest
    return (
        bool(offer.refusal), offer.cost, offer.bought, far if lead is None else lead,
        offer.quote.vendor or "",
    )  # fmt: skip


def _refusal(quote: Quote, newest: date | None, *, as_of: date, currency: str | None) -> str:
    if quote.superseded:
        return "the line's price before"
    if quote.day is not None and quote.day > as_of:
        return f"dated {quote.day}, after {as_of}"
    if quote.valid_until is not None and quote.valid_until < as_of:
        return f"expired on {quote.valid_until}"
    if quote.valid_until is None and quote.day is not None and as_of - quote.day > STALE:
        return f"more than a year old ({quote.day})"
    if newest is not None and (quote.day is None or quote.day < newest):
        return f"replaced by the quote of {newest}"
    if currency is not None and quote.currency is not None and quote.currency != currency:
        return f"in {quote.currency}, the bill is in {currency}"
    return ""
