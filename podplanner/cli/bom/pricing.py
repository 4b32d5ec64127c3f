"""`bom price`: merge quotes into a list and take the cheapest valid one for each line."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.bill import BillOfMaterials, Quote
from podplanner.catalog.editing import Draft
from podplanner.catalog.library import library
from podplanner.catalog.matching import identify
from podplanner.catalog.pod import assemble
from podplanner.catalog.readers.quotes import read_quotes
from podplanner.cli.bom.drafts import EditedFile, open_draft
from podplanner.cli.bom.opening import AsOf, Json, day_of
from podplanner.cli.console import changed, emit, money, say, show, table
from podplanner.planning.offers import Offer, QuoteBook
from podplanner.planning.pricing import Priced, priced_lines
from podplanner.units.money import trimmed


def price(
    file: EditedFile,
    quotes: Annotated[
        Path | None,
        typer.Argument(metavar="[QUOTES]", help="CSV or XLSX with quotes; without it, the quotes "
                       "that the list keeps are weighed again."),
    ] = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Merge quotes and take the cheapest for each line.

    Quotes are found by part number. A list of quotes has headings such as part, vendor, date,
    currency, price, pack, break, lead, valid until, link. Older quotes are kept in the list, and
    so is the price a line had before.

    \b
    Examples:
      podplanner bom price pod.toml quotes.csv
      podplanner bom price pod.toml quotes.xlsx --as-of 2026-11-23
      podplanner bom price pod.toml --json
    """
    opened = open_draft(file)
    before = opened.draft
    read = read_quotes(quotes) if quotes is not None else ()
    fresh = _new_quotes(before.bill, read)
    draft = before.with_quotes(fresh)
    parts = library()
    pod = assemble(identify(draft.bill, parts), parts, as_of=day_of(as_of))
    priced = priced_lines(pod)
    draft, kept = _with_prices(draft, priced)
    costs = opened.save(file, draft)
    book = QuoteBook.of(fresh)
    used = {quote for item in pod.items for quote in book.for_item(item)}
    strangers = sorted({quote.part for quote in fresh if quote not in used})
    if as_json:
        emit("bom-price", {
            "file": str(file), "as_of": pod.as_of, "currency": draft.bill.currency,
            "quotes_read": len(read), "quotes_added": len(fresh), "prices_kept": kept,
            "unmatched": strangers, "lines": [_record(entry) for entry in priced],
            "cost_before": costs[0], "cost_after": costs[1],
        })  # fmt: skip
        return
    _say(priced, strangers, read, fresh, pod.bill)
    show(f"cost {changed(*costs, draft.bill.currency)}")


def _new_quotes(bill: BillOfMaterials, quotes: Sequence[Quote]) -> list[Quote]:
    """Return the quotes that the list does not keep yet."""
    have = {quote.model_copy(update={"place": None}) for quote in bill.quotes}
    fresh: list[Quote] = []
    for quote in quotes:
        plain = quote.model_copy(update={"place": None})
        if plain not in have:
            have.add(plain)
            fresh.append(plain)
    return fresh


def _with_prices(draft: Draft, priced: Sequence[Priced]) -> tuple[Draft, int]:
    """Return the draft with the chosen prices, and how many old prices were kept as quotes."""
    old: list[Quote] = []
    edits: dict[int, dict[str, object]] = {}
    for entry in priced:
        line = entry.item.line
        if entry.chosen is None or entry.unit_price is None:
            continue
        quote = entry.chosen.quote
        values: dict[str, object] = {"unit_price": entry.unit_price, "total": entry.total}
        values |= {"price_date": quote.day, "vendor": quote.vendor, "link": quote.link}
        values["discount_percent"] = None
        if quote.currency not in (None, draft.bill.currency):
            values["currency"] = quote.currency
        same = line.unit_price == entry.unit_price and line.vendor == quote.vendor
        if same and line.price_date == quote.day:
            continue
        before = line.unit_price
        if before is None and line.total is not None and line.quantity:
            before = line.total / line.quantity
        if before is not None and before >= 0 and not _is_quoted(entry, before):
            old.append(Quote(
                part=line.part or line.mpn or line.id, vendor=line.vendor,
                day=line.price_date or draft.bill.day, currency=draft.bill.currency_of(line),
                unit_price=trimmed(round(before, 6)), superseded=True,
            ))  # fmt: skip
        edits[entry.item.position - 1] = values
    return draft.with_edits(edits).with_quotes(old), len(old)


def _is_quoted(entry: Priced, unit_price: Decimal) -> bool:
    return any(offer.quote.unit_price == unit_price for offer in entry.offers)


def _record(entry: Priced) -> dict[str, object]:
    return {
        "line": entry.item.position, "id": entry.item.line.id, "part": entry.item.line.part,
        "quantity": entry.item.line.quantity, "unit_price": entry.unit_price,
        "total": entry.total, "before": entry.item.line.unit_price,
        "chosen": _offer(entry.chosen) if entry.chosen else None,
        "alternatives": [_offer(offer) for offer in entry.offers if offer is not entry.chosen],
    }  # fmt: skip


def _offer(offer: Offer) -> dict[str, object]:
    quote = offer.quote
    return {
        "vendor": quote.vendor, "date": quote.day, "currency": quote.currency,
        "unit_price": quote.unit_price, "minimum": quote.minimum, "pack": quote.pack,
        "bought": offer.bought, "cost": offer.cost, "lead_days": quote.lead_days,
        "link": quote.link, "refused": offer.refusal or None,
    }  # fmt: skip


def _say(
    priced: Sequence[Priced], strangers: Sequence[str], read: Sequence[Quote],
    fresh: Sequence[Quote], bill: BillOfMaterials,
) -> None:  # fmt: skip
    if read:
        say(f"{len(read)} quotes read, {len(fresh)} of them new")
    rows = []
    for entry in priced:
        line = entry.item.line
        for offer in entry.offers:
            taken = "take" if offer is entry.chosen else ""
            quote = offer.quote
            rows.append((
                line.id if offer is entry.offers[0] else "", taken, quote.vendor or "",
                f"{quote.day or ''}", money(quote.unit_price, quote.currency or bill.currency),
                f"{offer.bought:f}", money(offer.cost), offer.refusal,
            ))  # fmt: skip
    if rows:
        show(table(rows, ("line", "", "vendor", "date", "each", "buy", "cost", "not taken because"),
                   right=(4, 5, 6)))  # fmt: skip
    else:
        say("no line has a quote")
    if strangers:
        say(f"quotes for parts that the list does not have: {', '.join(strangers)}")
