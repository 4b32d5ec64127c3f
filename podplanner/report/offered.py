"""What else a list offers: quotes weighed for its lines, and other readings of a line."""

from collections.abc import Iterator

from podplanner.catalog.bill import Quote
from podplanner.catalog.pod import Item, Pod
from podplanner.planning.cost import Cost
from podplanner.planning.offers import Offer, QuoteBook
from podplanner.planning.shares import offers_for
from podplanner.report.values import QuoteEntry, ReadingEntry
from podplanner.report.wording import UNKNOWN, amount_figure, count_figure, plural, web_address


def quote_entries(pod: Pod, cost: Cost) -> Iterator[QuoteEntry]:
    """Yield every quote of the bill: those of each line, the best first, then the strays."""
    book = QuoteBook.of(pod.bill.quotes)
    named: set[int] = set()
    for item in pod.items:
        quotes = book.for_item(item)
        named |= {id(quote) for quote in quotes}
        offers = offers_for(pod, item, book, pods=cost.pods)
        for rank, offer in enumerate(offers):
            yield _entry(pod, offer.quote, item, offer, best=rank == 0)
        if not offers:
            yield from (_entry(pod, quote, item, None, best=False) for quote in quotes)
    for quote in pod.bill.quotes:
        if id(quote) not in named:
            yield _entry(pod, quote, None, None, best=False)


def _entry(
    pod: Pod, quote: Quote, item: Item | None, offer: Offer | None, *, best: bool
) -> QuoteEntry:
    currency = quote.currency or (pod.bill.currency_of(item.line) if item else pod.bill.currency)
    code = currency or ""
    taken = best and offer is not None and not offer.refusal
    return QuoteEntry(
        part=quote.part,
        line_id=item.line.id if item else "",
        vendor=quote.vendor or "unnamed vendor",
        link=web_address(quote.link),
        day=str(quote.day) if quote.day else UNKNOWN,
        unit_price=amount_figure(quote.unit_price, currency, code=code),
        bought=count_figure(offer.bought if offer else None, item.line.unit if item else None),
        cost=amount_figure(offer.cost if offer else None, currency, code=code),
        lead=UNKNOWN if quote.lead_days is None else plural(quote.lead_days, "day"),
        verdict=_verdict(item, offer, taken=taken),
        taken=taken,
    )


def _verdict(item: Item | None, offer: Offer | None, *, taken: bool) -> str:
    if item is None:
        return "no line is of this part"
    if offer is None:
        return "not weighed: how many the line buys is unknown"
    return "taken" if taken else offer.refusal or "valid, not the cheapest"


def reading_entries(pod: Pod) -> Iterator[ReadingEntry]:
    """Yield the other ways in which lines of the bill can be read."""
    for item in pod.items:
        currency = pod.bill.currency_of(item.line)
        for reading in item.line.readings:
            yield ReadingEntry(
                position=item.position,
                line_id=item.line.id,
                title=reading.title,
                quantity=count_figure(reading.quantity),
                unit_price=amount_figure(reading.unit_price, currency),
                total=amount_figure(reading.total, currency),
            )
