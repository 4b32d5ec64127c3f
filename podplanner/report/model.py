"""The report of a bill: everything a page, a text or a file says of it, in words and figures."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from podplanner.catalog.bill import BillOfMaterials, Charge
from podplanner.catalog.pod import Item, Pod
from podplanner.catalog.vocabulary import kinds
from podplanner.planning.cost import Cost, quotes_for
from podplanner.planning.shares import difference_of, offers_for
from podplanner.planning.totals import Sum, Totals, charges_of, sum_lines
from podplanner.report.drawing import draw
from podplanner.report.priced import cost_entry
from podplanner.report.values import (
    BillReport,
    ChargeEntry,
    Fact,
    FindingEntry,
    LineEntry,
    Marker,
    QuoteEntry,
    ReadingEntry,
    SectionEntry,
    SeverityCount,
    Total,
)
from podplanner.report.wording import (
    UNKNOWN,
    amount_figure,
    count_figure,
    count_words,
    listed,
    money_words,
    plural,
    web_address,
)
from podplanner.rules.base import Severity, Verdict, tally
from podplanner.units.money import Money

__all__ = ["BillReport", "report_of"]

_SEVERITIES = {
    Severity.ERROR: ("Error", "Errors"),
    Severity.WARNING: ("Warning", "Warnings"),
    Severity.NOTE: ("Note", "Notes"),
    Severity.UNKNOWN: ("Could not be checked", "Could not be checked"),
}
_WHOLE_LIST = "the whole list"


def report_of(
    pod: Pod, cost: Cost, verdicts: tuple[Verdict, ...], totals: Totals, *, made_on: date
) -> BillReport:
    """Return the report of a bill.

    Args:
        pod: The bill, joined to its parts.
        cost: What the order costs.
        verdicts: Everything that the rules found, in their order.
        totals: The three totals of the same bill.
        made_on: The day that the report carries.
    """
    bill = pod.bill
    findings = tuple(_findings(verdicts, bill))
    drawing = draw(pod)
    return BillReport(
        title=bill.title or bill.file or "Parts list",
        source=bill.source,
        made_on=made_on,
        day=bill.day,
        as_of=pod.as_of,
        facts=tuple(_facts(pod, made_on)),
        note=bill.note,
        currency=cost.currency or "",
        currency_words=_currency_words(bill, cost),
        currency_assumed=bill.currency_assumed,
        totals=_totals(bill, totals),
        totals_note=_totals_note(bill, totals),
        counts=_counts(verdicts),
        findings=findings,
        lines=tuple(_line(pod, item, findings) for item in pod.items),
        sections=tuple(_sections(bill)),
        charges=tuple(_charge(bill, charge) for charge in bill.charges),
        cost=cost_entry(cost),
        quotes=tuple(_quotes(pod, cost)),
        readings=tuple(_readings(pod)),
        drawing=drawing,
        assumed=tuple(_assumed(pod)),
        unknown=tuple(_unknown(pod, cost)),
    )


def _facts(pod: Pod, made_on: date) -> Iterator[Fact]:
    bill = pod.bill
    if bill.source:
        yield Fact("Source", bill.source)
    if bill.file:
        yield Fact("File", bill.file)
    yield Fact("Date of the list", str(bill.day) if bill.day else UNKNOWN)
    yield Fact("Report made", str(made_on))
    if pod.as_of != made_on:
        yield Fact("Prices judged as of", str(pod.as_of))
    yield Fact("Lines", f"{len(bill.lines):,}")


def _currency_words(bill: BillOfMaterials, cost: Cost) -> str:
    if cost.currency is None:
        return "unknown: the list names no currency"
    if bill.currency_assumed:
        return f"{cost.currency}, assumed: the list shows a bare sign"
    if bill.currency is None:
        return f"{cost.currency}, as most lines say"
    return cost.currency


def _counts(verdicts: tuple[Verdict, ...]) -> tuple[SeverityCount, ...]:
    counted = tally(verdicts)
    return tuple(
        SeverityCount(s.value, one if counted[s] == 1 else many, counted[s])
        for s, (one, many) in _SEVERITIES.items()
    )


def _findings(verdicts: Iterable[Verdict], bill: BillOfMaterials) -> Iterator[FindingEntry]:
    for number, verdict in enumerate(verdicts, 1):
        finding, item = verdict.finding, verdict.finding.item
        place = finding.located(bill.columns, bill.file)
        yield FindingEntry(
            anchor=f"finding-{number}",
            code=verdict.rule.code,
            title=verdict.rule.title,
            severity=verdict.severity.value,
            severity_label=_SEVERITIES[verdict.severity][0],
            position=item.position if item else None,
            line_id=item.line.id if item else "",
            where=f"line {item.position}, {item.line.id}" if item else _WHOLE_LIST,
            place=str(place) if place.file and place.row is not None else "",
            message=finding.message,
            fix=finding.fix,
            places=finding.count,
        )


# --- Totals ---


def _totals(bill: BillOfMaterials, totals: Totals) -> tuple[Total, Total, Total]:
    stated = amount_figure(totals.stated, bill.currency)
    return (
        Total(
            key="stated",
            label="Stated by the list",
            figure=stated,
            coverage="as printed" if totals.stated is not None else "the list states no total",
            partial=stated,
            covered=0,
            of=len(bill.lines),
            by_currency=(),
        ),
        _total("lines", "Sum of the lines", totals.lines, bill),
        _total("computed", "Quantity × unit price", totals.computed, bill),
    )


def _total(key: str, label: str, found: Sum, bill: BillOfMaterials) -> Total:
    return Total(
        key=key,
        label=label,
        figure=amount_figure(found.whole, bill.currency),
        coverage=_coverage(found),
        partial=amount_figure(found.partial, bill.currency),
        covered=found.covered,
        of=found.of,
        by_currency=_by_currency(found),
    )


def _by_currency(found: Sum) -> tuple[Money, ...]:
    return tuple(Money(amount, currency) for currency, amount in found.by_currency.items())


def _coverage(found: Sum) -> str:
    if found.of == 0:
        return "the list has no lines"
    if found.covered == 0:
        return f"known for none of {plural(found.of, 'line')}"
    if found.whole is not None:
        return f"covers the one line" if found.of == 1 else f"covers all {found.of:,} lines"
    known = " and ".join(money_words(money) for money in _by_currency(found))
    several = "; currencies are not converted" if len(found.by_currency) > 1 else ""
    return f"{found.covered:,} of {plural(found.of, 'line')} come to {known}{several}"


def _totals_note(bill: BillOfMaterials, totals: Totals) -> str:
    if not totals.charges:
        return ""
    words = money_words(Money(totals.charges, bill.currency))
    return f"Both sums contain charges of {words}."


# --- Lines ---


def _line(pod: Pod, item: Item, findings: tuple[FindingEntry, ...]) -> LineEntry:
    line, bill = item.line, pod.bill
    currency = bill.currency_of(line)
    code = line.currency if line.currency and line.currency != bill.currency else ""
    difference = difference_of(line)
    return LineEntry(
        position=item.position,
        id=line.id,
        name=line.name,
        title=line.title,
        description=line.description,
        details=tuple(_details(item)),
        maker=line.maker or "",
        mpn=line.mpn or "",
        category=kinds()[item.kind].label if item.kind in kinds() else line.category or "",
        section=line.section or "",
        part=line.part or "",
        match=_match(item),
        quantity=count_figure(line.quantity, line.unit),
        unit=line.unit or "",
        unit_price=amount_figure(line.unit_price, currency, code=code),
        discount=None if line.discount_percent is None
        else count_figure(line.discount_percent, "%"),
        total=amount_figure(line.total, currency, code=code),
        computed=amount_figure(line.computed, currency, code=code),
        difference=amount_figure(difference, currency, code=code),
        differs=bool(difference),
        currency=currency or "",
        vendor=line.vendor or "",
        link=web_address(line.link),
        markers=tuple(
            Marker(f.code, f.severity, f.anchor) for f in findings if f.position == item.position
        ),
    )  # fmt: skip


def _details(item: Item) -> Iterator[str]:
    line = item.line
    if line.description and line.description != line.name:
        yield line.description
    made = " ".join(word for word in (line.maker, line.mpn) if word)
    if made and made != line.part:
        yield made
    if line.discount_percent is not None:
        yield f"{count_words(line.discount_percent, '%')} discount on the unit price"
    if line.approximate:
        yield "the list calls the amount approximate"
    if line.spares:
        yield f"and {count_words(line.spares, line.unit)} spare for the order"
    if line.price_date:
        yield f"price of {line.price_date}"
    if line.bill:
        yield f"bought as the list {line.bill}"
    if line.note:
        yield line.note


def _match(item: Item) -> str:
    if not item.line.part:
        return "not matched"
    if item.part is None:
        return "not in the catalog"
    said = {"exact": "exact match", "likely": "likely match", None: "named by the list"}
    return said[item.line.matched]


def _sections(bill: BillOfMaterials) -> Iterator[SectionEntry]:
    stated = {section.name: section.stated_total for section in bill.sections}
    names = dict.fromkeys([*stated, *(line.section for line in bill.lines if line.section)])
    for name in names:
        lines = [line for line in bill.lines if line.section == name]
        charges = charges_of(bill, name)
        sums = sum_lines(bill, lines, charges, lambda line: line.amount)
        computed = sum_lines(bill, lines, charges, lambda line: line.computed)
        currency = next(iter(sums.by_currency), bill.currency)
        code = currency if currency and currency != bill.currency else ""
        yield SectionEntry(
            name=name,
            stated=amount_figure(stated.get(name), bill.currency),
            lines=amount_figure(sums.whole, currency, code=code),
            computed=amount_figure(computed.whole, currency, code=code),
            coverage=_coverage(sums),
        )


def _charge(bill: BillOfMaterials, charge: Charge) -> ChargeEntry:
    currency = bill.currency_of(charge)
    code = currency if currency and currency != bill.currency else ""
    notes = [
        "" if charge.percent is None else count_words(charge.percent, "%"),
        f"section {charge.section}" if charge.section else "",
        "already inside the other amounts, not added" if charge.included else "",
    ]
    return ChargeEntry(
        kind=charge.kind,
        title=charge.title,
        amount=amount_figure(charge.amount, currency, code=code),
        note="; ".join(note for note in notes if note),
    )


# --- Quotes, other readings ---


def _quotes(pod: Pod, cost: Cost) -> Iterator[QuoteEntry]:
    bill = pod.bill
    weighed: set[int] = set()
    for item in pod.items:
        weighed |= {id(quote) for quote in quotes_for(item, bill.quotes)}
        for rank, offer in enumerate(offers_for(pod, item, pods=cost.pods)):
            quote = offer.quote
            currency = quote.currency or bill.currency_of(item.line)
            taken = rank == 0 and not offer.refusal
            yield QuoteEntry(
                part=quote.part,
                line_id=item.line.id,
                vendor=quote.vendor or "unnamed vendor",
                link=web_address(quote.link),
                day=str(quote.day) if quote.day else UNKNOWN,
                unit_price=amount_figure(quote.unit_price, currency, code=currency or ""),
                bought=count_figure(offer.bought, item.line.unit),
                cost=amount_figure(offer.cost, currency, code=currency or ""),
                lead=UNKNOWN if quote.lead_days is None else plural(quote.lead_days, "day"),
                verdict="taken" if taken else offer.refusal or "valid, not the cheapest",
                taken=taken,
            )
    for quote in bill.quotes:
        if id(quote) not in weighed:
            currency = quote.currency or bill.currency
            yield QuoteEntry(
                part=quote.part, line_id="", vendor=quote.vendor or "unnamed vendor",
                link=web_address(quote.link), day=str(quote.day) if quote.day else UNKNOWN,
                unit_price=amount_figure(quote.unit_price, currency, code=currency or ""),
                bought=count_figure(None), cost=amount_figure(None),
                lead=UNKNOWN if quote.lead_days is None else plural(quote.lead_days, "day"),
                verdict="no line is of this part", taken=False,
            )  # fmt: skip


def _readings(pod: Pod) -> Iterator[ReadingEntry]:
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


# --- Assumed and unknown ---


def _assumed(pod: Pod) -> Iterator[str]:
    bill = pod.bill
    if bill.currency_assumed and bill.currency:
        yield f"The currency is {bill.currency}: the list shows only a bare sign."
    likely = tuple(i.line.id for i in pod.items if i.line.matched == "likely" and i.part)
    if likely:
        yield f"These lines are likely, not surely, the parts named: {listed(likely)}."
    rough = tuple(item.line.id for item in pod.items if item.line.approximate)
    if rough:
        yield f"The list calls these amounts approximate: {listed(rough)}."
    for part in dict.fromkeys(item.part.sku for item in pod.items if item.part):
        for item in pod.items:
            if item.part and item.part.sku == part:
                for figure, why in item.part.assumptions.items():
                    yield f"{part}, {figure.replace('_', ' ')}: {why}"
                break
    yield from bill.notices


def _unknown(pod: Pod, cost: Cost) -> Iterator[str]:
    items = pod.items
    if pod.bill.stated_total is None:
        yield "The total that the list itself states."
    if cost.currency is None:
        yield "The currency."
    if pod.bill.day is None:
        yield "The date of the list, and so the age of its prices."
    if cost.unpriced:
        yield f"The price of {plural(len(cost.unpriced), 'line')}: {listed(cost.unpriced)}."
    for label, names in (
        ("The quantity of", tuple(i.line.id for i in items if i.line.quantity is None)),
        ("The catalog part of", tuple(i.line.id for i in items if i.part is None)),
        ("The kind of", tuple(i.line.id for i in items if i.kind is None)),
    ):
        if names:
            yield f"{label} {plural(len(names), 'line')}: {listed(names)}."
    if cost.bays is None:
        yield "The number of data bays."
    if cost.raw_bytes is None:
        yield "The raw capacity: the list names no data drives of known size."
