"""Report models as records for other tools: CSV and JSON. An unknown value is empty or null."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from pydantic import JsonValue

from podplanner.report.spreadsheet import write_xlsx
from podplanner.report.values import (
    BillReport,
    CategoryEntry,
    CostEntry,
    CostLineEntry,
    Figure,
    FindingEntry,
    LineEntry,
    QuoteEntry,
    Total,
)
from podplanner.units.money import Money

__all__ = ["SCHEMA", "render_csv", "render_json", "write_xlsx"]

SCHEMA = "podplanner/bill-report/1"

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# A spreadsheet takes a cell that starts with one of these for a formula (OWASP, CSV injection).
_BLANKS = re.compile(r"[\x00-\x20\x7f\x85\u2028\u2029]+")

_SUMMARY = {
    "stated": "stated total",
    "lines": "sum of lines",
    "computed": "quantity x unit price",
}
_HEADINGS = (
    "id", "part", "title", "description", "maker", "mpn", "category", "section", "quantity",
    "unit", "unit_price", "discount_percent", "total", "currency", "computed", "difference",
    "findings",
)  # fmt: skip


def exact(value: Decimal | None) -> str:
    """Return a number with the digits that it has, without marks; empty when it is unknown."""
    return "" if value is None else f"{value:f}"


# --- CSV (RFC 4180) ---

_INNER_FORMULA = re.compile(r"([,;\t]\s*\"*)([=+@-])")
# What a program that cuts the summary at its commas would take for a formula.


def render_csv(report: BillReport) -> str:
    """Return the lines as CSV, below a summary in lines that begin with `#`.

    An empty cell is unknown. Texts that a spreadsheet would take for a formula get a leading
    apostrophe; numbers are plain.
    """
    buffer = io.StringIO()
    for words in _summary(report):
        plain = _INNER_FORMULA.sub(r"\1'\2", _BLANKS.sub(" ", words).strip())
        buffer.write(f"# {plain}\r\n")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(_HEADINGS)
    for line in report.lines:
        writer.writerow(_row(line))
    return buffer.getvalue()


def _summary(report: BillReport) -> Iterator[str]:
    yield f"title: {report.title}"
    if report.source:
        yield f"source: {report.source}"
    if report.day:
        yield f"date: {report.day}"
    yield f"report made: {report.made_on}"
    yield f"currency: {report.currency_words}"
    for total in report.totals:
        known = exact(total.figure.value) or f"unknown ({total.coverage})"
        yield f"{_SUMMARY[total.key]}: {known}"
    cost = report.cost
    yield f"cost of the order: {_known(cost.total)} ({cost.total_note})"
    yield f"cost per data bay: {_known(cost.per_bay)}"
    yield f"cost per raw TB: {_known(cost.per_tb)}"
    yield from cost.lacks
    for charge in report.charges:
        yield f"charge: {charge.title}: {_known(charge.amount)}"
    for entry in cost.categories:
        amount, share = exact(entry.amount.value), entry.share.words
        yield f"cost by category: {entry.category}: {amount} ({share})"
    yield f"findings: {', '.join(entry.words for entry in report.counts)}"
    yield "an empty cell is unknown"


def _known(figure: Figure) -> str:
    return figure.words if figure.value is None else exact(figure.value)


def _row(line: LineEntry) -> list[str]:
    return [
        _harmless(line.id), _harmless(line.part), _harmless(line.title),
        _harmless(line.description), _harmless(line.maker), _harmless(line.mpn),
        _harmless(line.category), _harmless(line.section), exact(line.quantity.value),
        _harmless(line.unit), exact(line.unit_price.value),
        exact(line.discount.value) if line.discount else "", exact(line.total.value),
        line.currency, exact(line.computed.value), exact(line.difference.value),
        " ".join(marker.code for marker in line.markers),
    ]  # fmt: skip


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


# --- JSON ---


def render_json(report: BillReport) -> Mapping[str, JsonValue]:
    """Return the report for a JSON encoder: exact decimals as strings, unknown as null."""
    return {
        "schema": SCHEMA,
        "title": report.title,
        "source": report.source,
        "date": str(report.day) if report.day else None,
        "as_of": str(report.as_of),
        "made_on": str(report.made_on),
        "currency": report.currency or None,
        "currency_assumed": report.currency_assumed,
        "totals": {total.key: _total(total) for total in report.totals},
        "counts": {entry.severity: entry.count for entry in report.counts},
        "findings": [_finding(finding) for finding in report.findings],
        "lines": [_line(line) for line in report.lines],
        "sections": [
            {
                "name": section.name,
                "stated": _exact(section.stated),
                "lines": _exact(section.lines),
                "computed": _exact(section.computed),
            }
            for section in report.sections
        ],
        "charges": [
            {"kind": charge.kind, "title": charge.title, "amount": _exact(charge.amount),
             "note": charge.note}
            for charge in report.charges
        ],
        "cost": _cost(report.cost),
        "quotes": [_quote(quote) for quote in report.quotes],
        "readings": [
            {"line": reading.position, "id": reading.line_id, "title": reading.title,
             "quantity": _exact(reading.quantity), "unit_price": _exact(reading.unit_price),
             "total": _exact(reading.total)}
            for reading in report.readings
        ],
        "assumed": list(report.assumed),
        "unknown": list(report.unknown),
    }  # fmt: skip


def _exact(figure: Figure | None) -> str | None:
    return None if figure is None or figure.value is None else f"{figure.value:f}"


def _money(money: Money) -> JsonValue:
    return {"amount": f"{money.amount:f}", "currency": money.currency}


def _total(total: Total) -> JsonValue:
    if total.key == "stated":
        return {"amount": _exact(total.figure)}
    return {
        "amount": _exact(total.figure),
        "partial": _exact(total.partial),
        "covered": total.covered,
        "of": total.of,
        "by_currency": [_money(money) for money in total.by_currency],
    }


def _finding(finding: FindingEntry) -> JsonValue:
    return {
        "code": finding.code,
        "title": finding.title,
        "severity": finding.severity,
        "line": finding.position,
        "id": finding.line_id or None,
        "place": finding.place or None,
        "message": finding.message,
        "fix": finding.fix,
        "places": finding.places,
    }


def _line(line: LineEntry) -> JsonValue:
    return {
        "line": line.position,
        "id": line.id,
        "part": line.part or None,
        "match": line.match,
        "title": line.title,
        "description": line.description,
        "maker": line.maker or None,
        "mpn": line.mpn or None,
        "category": line.category or None,
        "section": line.section or None,
        "quantity": _exact(line.quantity),
        "unit": line.unit or None,
        "unit_price": _exact(line.unit_price),
        "discount_percent": _exact(line.discount),
        "total": _exact(line.total),
        "currency": line.currency or None,
        "computed": _exact(line.computed),
        "difference": _exact(line.difference),
        "findings": [marker.code for marker in line.markers],
    }


def _cost(cost: CostEntry) -> JsonValue:
    return {
        "pods": cost.pods,
        "currency": cost.currency or None,
        "parts_total": _exact(cost.parts_total),
        "charges": [{"title": c.title, "amount": _exact(c.amount)} for c in cost.charges],
        "total": _exact(cost.total),
        "per_pod": _exact(cost.per_pod),
        "bays": None if cost.bays.value is None else int(cost.bays.value),
        "per_bay": _exact(cost.per_bay),
        "raw_bytes": cost.raw_bytes,
        "per_raw_tb": _exact(cost.per_tb),
        "other_currencies": [_money(money) for money in cost.others],
        "unpriced": list(cost.unpriced),
        "categories": [_category(entry) for entry in cost.categories],
        "lines": [_cost_line(line) for line in cost.lines],
    }


def _category(entry: CategoryEntry) -> JsonValue:
    return {
        "category": entry.category,
        "lines": entry.lines,
        "amount": _exact(entry.amount),
        "share": _exact(entry.share),
        "cumulative": _exact(entry.cumulative),
    }


def _cost_line(line: CostLineEntry) -> JsonValue:
    return {
        "line": line.position,
        "id": line.id,
        "name": line.name,
        "category": line.category,
        "quantity": _exact(line.quantity),
        "amount": _exact(line.amount),
        "share": _exact(line.share),
        "cumulative": _exact(line.cumulative),
        "vital": line.vital,
        "offer": line.offer or None,
    }


def _quote(quote: QuoteEntry) -> JsonValue:
    return {
        "part": quote.part,
        "id": quote.line_id or None,
        "vendor": quote.vendor,
        "link": quote.link or None,
        "unit_price": _exact(quote.unit_price),
        "buys": _exact(quote.bought),
        "cost": _exact(quote.cost),
        "taken": quote.taken,
        "verdict": quote.verdict,
    }
