"""Report models as Markdown: text that reads well as it is, and as GitHub renders it."""

import re
from collections.abc import Iterable, Iterator, Sequence

from podplanner.report.values import BillReport, CostEntry, LineEntry, QuoteEntry

_MARKS = re.compile(r"([\\`*_\[\]|#~])")
# What Markdown gives a meaning inside a line; headings and lists are ours alone.
_BLANKS = re.compile(r"[\x00-\x20\x7f\x85\u2028\u2029]+")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Marks that turn the direction of everything after them; a page isolates them, a text cannot.
_QUOTES = ("Part", "Line", "Vendor", "Date", "Unit price:", "Buys:", "Comes to:", "Verdict")


def render_markdown(report: BillReport) -> str:
    """Return the report of a bill as Markdown; texts of the list carry no markup of their own."""
    return "\n".join(_document(report)).rstrip("\n") + "\n"


def plain(words: str) -> str:
    r"""Return words of others for one line of Markdown, without any meaning as markup.

    >>> plain("a | b\n<c>")
    'a \\| b &lt;c&gt;'
    """
    words = _BLANKS.sub(" ", _TURNS.sub("", words)).strip()
    words = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKS.sub(r"\\\1", words)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table; a heading that ends in `:` is of a column aligned to the right."""
    yield f"| {' | '.join(cell.removesuffix(':') for cell in head)} |"
    yield f"|{'|'.join(' ---: ' if cell.endswith(':') else ' --- ' for cell in head)}|"
    for row in rows:
        yield f"| {' | '.join(plain(cell) for cell in row)} |"
    yield ""


def _sentences(heading: str, sentences: Sequence[str]) -> Iterator[str]:
    yield from (heading, "")
    yield from (f"- {plain(words)}" for words in sentences)
    if not sentences:
        yield "Nothing."
    yield ""


def _document(report: BillReport) -> Iterator[str]:
    yield from (f"# {plain(report.title)}", "")
    yield from (f"- {plain(fact.label)}: {plain(fact.words)}" for fact in report.facts)
    yield from (f"- Currency: {plain(report.currency_words)}", "")
    if report.note:
        yield from (plain(report.note), "")
    yield from ("## Totals", "")
    totals = ((t.label, t.figure.words, t.coverage) for t in report.totals)
    yield from _table(("Total", "Amount:", "Covers"), totals)
    if report.totals_note:
        yield from (plain(report.totals_note), "")
    yield from _findings(report)
    yield from _cost(report.cost)
    yield from _lines(report.lines)
    yield from _rest(report)
    yield from _sentences("## Assumed", report.assumed)
    yield from _sentences("## Unknown", report.unknown)


def _findings(report: BillReport) -> Iterator[str]:
    yield from ("## Findings", "", ", ".join(entry.words for entry in report.counts) + ".", "")
    for finding in report.findings:
        yield (
            f"- **{plain(finding.code)}** ({finding.severity_label.lower()}, "
            f"{plain(finding.where)}): {plain(finding.title)}. {plain(finding.message)} "
            f"{plain(finding.fix)}"
        ).rstrip()
    if report.findings:
        yield ""


def _cost(cost: CostEntry) -> Iterator[str]:
    yield from ("## Cost", "")
    order = (
        ("Parts", cost.parts_total.words, ""),
        *((charge.title, charge.amount.words, "") for charge in cost.charges),
        (cost.order_words, cost.total.words, cost.total_note),
        ("Per data bay", cost.per_bay.words, cost.bays_note),
        ("Per raw TB", cost.per_tb.words, cost.capacity_note),
    )
    yield from _table(("What", "Amount:", "Covers"), order)
    yield from (plain(sentence) for sentence in cost.lacks)
    if cost.lacks:
        yield ""
    if cost.categories:
        yield from ("### Cost by category", "")
        rows = (
            (e.category, str(e.lines), e.amount.words, e.share.words, e.cumulative.words)
            for e in cost.categories
        )
        yield from _table(("Category", "Lines:", "Amount:", "Share:", "Running share:"), rows)
    yield from ("### The vital few", "", plain(cost.vital_words), "")
    if cost.vital:
        vital = (
            (entry.name, entry.amount.words, entry.share.words, entry.cumulative.words)
            for entry in cost.vital
        )
        yield from _table(("Line", "Amount:", "Share:", "Running share:"), vital)


def _lines(lines: Sequence[LineEntry]) -> Iterator[str]:
    yield from ("## Lines", "")
    if not lines:
        yield from ("The list has no lines.", "")
        return
    head = (
        "#:", "Id", "Line", "Description", "Part", "Match", "Quantity:", "Unit price:",
        "Stated total:", "Computed:", "Off by:", "Findings",
    )  # fmt: skip
    yield from _table(head, (_line(line) for line in lines))


def _line(line: LineEntry) -> tuple[str, ...]:
    return (
        str(line.position), line.id, line.name, "; ".join(line.details), line.part, line.match,
        line.quantity.words, line.unit_price.words, line.total.words, line.computed.words,
        line.difference.words if line.differs else "",
        ", ".join(marker.code for marker in line.markers),
    )  # fmt: skip


def _rest(report: BillReport) -> Iterator[str]:
    if report.sections:
        yield from ("## Sections", "")
        subtotals = (
            (s.name, s.stated.words, s.lines.words, s.computed.words, s.coverage)
            for s in report.sections
        )
        head = ("Section", "Stated:", "Sum of the lines:", "Quantity × unit price:", "Covers")
        yield from _table(head, subtotals)
    if report.charges:
        yield from ("## Charges of the list", "")
        charges = ((c.title, c.kind, c.amount.words, c.note) for c in report.charges)
        yield from _table(("Charge", "Kind", "Amount:", "Note"), charges)
    if report.quotes:
        yield from ("## Quotes", "")
        yield from _table(_QUOTES, (_quote(quote) for quote in report.quotes))
    if report.readings:
        yield from ("## Other readings", "")
        readings = (
            (r.line_id, r.title, r.quantity.words, r.unit_price.words, r.total.words)
            for r in report.readings
        )
        yield from _table(("Line", "Read as", "Quantity:", "Unit price:", "Total:"), readings)


def _quote(quote: QuoteEntry) -> tuple[str, ...]:
    return (
        quote.part, quote.line_id, quote.vendor, quote.day, quote.unit_price.words,
        quote.bought.words, quote.cost.words, quote.verdict,
    )  # fmt: skip
