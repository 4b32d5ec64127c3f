"""The report of a bill: everything a page, a text or a file says of it, in words and figures."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import PurePath

from podplanner.catalog.bill import BillOfMaterials, Charge, Place
from podplanner.catalog.pod import Item, Pod
from podplanner.catalog.vocabulary import kinds
from podplanner.planning.cost import Cost
from podplanner.planning.shares import difference_of
from podplanner.planning.totals import Sum, Totals, charges_of, sum_lines
from podplanner.report.drawing import draw
from podplanner.report.offered import quote_entries, reading_entries
from podplanner.report.priced import cost_entry
from podplanner.report.unsure import assumptions, unknowns
from podplanner.report.values import (
    BillReport,
    ChargeEntry,
    Fact,
    FindingEntry,
    LineEntry,
    Marker,
    SectionEntry,
    SeverityCount,
    Total,
)
from podplanner.report.wording import (
    UNKNOWN,
    amount_figure,
    count_figure,
    count_words,
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
    markers: dict[int | None, list[Marker]] = {}
    for f in findings:
        markers.setdefault(f.position, []).append(Marker(f.code, f.severity, f.anchor))
    drawing = draw(pod)
    return BillReport(
        title=bill.title or PurePath(bill.file).name or "Parts list",
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
        lines=tuple(_line(pod, item, markers.get(item.position, ())) for item in pod.items),
        sections=tuple(_sections(bill)),
        charges=tuple(_charge(bill, charge) for charge in bill.charges),
        cost=cost_entry(cost),
        quotes=tuple(quote_entries(pod, cost)),
        readings=tuple(reading_entries(pod)),
        drawing=drawing,
        assumed=tuple(assumptions(pod)),
        unknown=tuple(unknowns(pod, cost)),
    )


def _facts(pod: Pod, made_on: date) -> Iterator[Fact]:
    bill = pod.bill
    if bill.source:
        yield Fact("Source", bill.source)
    if bill.file:
        yield Fact("File", PurePath(bill.file).name)
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
        SeverityCount(s.value, many, counted[s], _counted_words(counted[s], one, many))
        for s, (one, many) in _SEVERITIES.items()
    )


def _counted_words(number: int, one: str, many: str) -> str:
    if one == many:
        return f"{number:,} {many.lower()}"
    return plural(number, one.lower(), many.lower())


def _findings(verdicts: Iterable[Verdict], bill: BillOfMaterials) -> Iterator[FindingEntry]:
    for number, verdict in enumerate(verdicts, 1):
        finding, item = verdict.finding, verdict.finding.item
        place = finding.located(bill.columns, bill.file)
        yield FindingEntry(
            anchor=f"finding-{number}",
            code=verdict.rule.code,
            title=verdict.rule.title.removesuffix("."),
            severity=verdict.severity.value,
            severity_label=_SEVERITIES[verdict.severity][0],
            position=item.position if item else None,
            line_id=item.line.id if item else "",
            where=f"line {item.position}, {item.line.id}" if item else _WHOLE_LIST,
            place=_place_words(place, bill),
            message=finding.message,
            fix=finding.fix,
            places=finding.count,
        )


def _place_words(place: Place, bill: BillOfMaterials) -> str:
    """Write row and column; the file too where it is another one, but never its folder."""
    if place.row is None:
        return ""
    column = "" if place.column is None else f", column {place.column}"
    file = "" if place.file == bill.file else f"{PurePath(place.file).name}, "
    return f"{file}row {place.row}{column}"


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
        return "covers the one line" if found.of == 1 else f"covers all {found.of:,} lines"
    known = " and ".join(money_words(money) for money in _by_currency(found))
    several = "; currencies are not converted" if len(found.by_currency) > 1 else ""
    return f"{found.covered:,} of {plural(found.of, 'line')} come to {known}{several}"


def _totals_note(bill: BillOfMaterials, totals: Totals) -> str:
    if not totals.charges:
        return ""
    words = money_words(Money(totals.charges, bill.currency))
    return f"Both sums contain charges of {words}."


# --- Lines ---


def _line(pod: Pod, item: Item, markers: Iterable[Marker]) -> LineEntry:
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
        markers=tuple(markers),
    )  # fmt: skip


def _details(item: Item) -> Iterator[str]:
    line = item.line
    if line.description and line.description != line.name:
        yield line.description
    made = " ".join(word for word in (line.maker, line.mpn) if word)
    if made and made != line.part:
        yield made
    if line.discount_percent:
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
