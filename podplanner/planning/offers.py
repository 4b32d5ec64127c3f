"""Quotes weighed for a wanted quantity: packs, minimum orders and price breaks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal

from podplanner.catalog.bill import Quote


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
        if quote.day is not None and quote.day <= as_of:
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


def _order(offer: Offer) -> tuple[object, ...]:
    lead = offer.quote.lead_days
    far = 10**6  # an unknown lead time counts as the longest
    return (
        bool(offer.refusal), offer.cost, offer.bought, far if lead is None else lead,
        offer.quote.vendor or "",
    )  # fmt: skip


def _refusal(quote: Quote, newest: date | None, *, as_of: date, currency: str | None) -> str:
    if quote.day is not None and quote.day > as_of:
        return f"dated {quote.day}, after {as_of}"
    if quote.valid_until is not None and quote.valid_until < as_of:
        return f"expired on {quote.valid_until}"
    if newest is not None and (quote.day is None or quote.day < newest):
        return f"replaced by the quote of {newest}"
    if currency is not None and quote.currency is not None and quote.currency != currency:
        return f"in {quote.currency}, the bill is in {currency}"
    return ""
