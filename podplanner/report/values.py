"""What a report of a bill holds: words to print, each with the exact value behind it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from podplanner.report.drawing import Drawing
from podplanner.units.money import Money


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it is printed, and the number itself.

    Attributes:
        words: Never empty: `unknown` where there is no value.
        value: Exact; None is unknown.
    """

    words: str
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what stands beside it, both in words."""

    label: str
    words: str


@dataclass(frozen=True, slots=True)
class Total:
    """One of the three totals.

    Attributes:
        key: `stated`, `lines` or `computed`.
        figure: The whole sum; unknown when a line is missing or currencies differ.
        coverage: What the sum covers, or what is known of it, in a sentence.
        partial: Over the covered lines alone.
        covered: Lines that the sum covers.
        of: Lines of the bill.
        by_currency: The partial sums, never converted.
    """

    key: str
    label: str
    figure: Figure
    coverage: str
    partial: Figure
    covered: int
    of: int
    by_currency: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class SeverityCount:
    """How many findings one severity has."""

    severity: str
    label: str
    count: int
    words: str


@dataclass(frozen=True, slots=True)
class FindingEntry:
    """A finding in words.

    Attributes:
        anchor: Name of the finding in the page, unique.
        position: 1-based position of its line; None for the bill as a whole.
        line_id: Id of its line, or empty.
        where: Line and id, or `the whole list`.
        place: Row and column, and the file where it is not the bill's; empty when unknown.
    """

    anchor: str
    code: str
    title: str
    severity: str
    severity_label: str
    position: int | None
    line_id: str
    where: str
    place: str
    message: str
    fix: str
    places: int


@dataclass(frozen=True, slots=True)
class Marker:
    """A pointer from a line to a finding about it."""

    code: str
    severity: str
    anchor: str


@dataclass(frozen=True, slots=True)
class LineEntry:
    """A line of the bill.

    Attributes:
        details: Description, maker, note and the like, one sentence each; no empty ones.
        part: SKU of the catalog part, or empty.
        match: How sure it is that the line is that part, in words.
        link: An http(s) address, or empty.
        difference: Stated total less quantity x unit price.
        differs: Whether that difference is known and not zero.
    """

    position: int
    id: str
    name: str
    title: str
    description: str
    details: tuple[str, ...]
    maker: str
    mpn: str
    category: str
    section: str
    part: str
    match: str
    quantity: Figure
    unit: str
    unit_price: Figure
    discount: Figure | None
    total: Figure
    computed: Figure
    difference: Figure
    differs: bool
    currency: str
    vendor: str
    link: str
    markers: tuple[Marker, ...]


@dataclass(frozen=True, slots=True)
class SectionEntry:
    """A section with what the list states for it and what its lines come to."""

    name: str
    stated: Figure
    lines: Figure
    computed: Figure
    coverage: str


@dataclass(frozen=True, slots=True)
class ChargeEntry:
    """Shipping, tax, a fee or a discount, as the list prints it."""

    kind: str
    title: str
    amount: Figure
    note: str


@dataclass(frozen=True, slots=True)
class CategoryEntry:
    """What the lines of one kind come to."""

    category: str
    lines: int
    amount: Figure
    share: Figure
    cumulative: Figure


@dataclass(frozen=True, slots=True)
class CostLineEntry:
    """A line of the order, with its share of the cost."""

    position: int | None
    id: str
    name: str
    category: str
    quantity: Figure
    amount: Figure
    share: Figure
    cumulative: Figure
    vital: bool
    offer: str


@dataclass(frozen=True, slots=True)
class CostEntry:
    """What the order costs.

    Attributes:
        order_words: What `total` is for.
        total_note: What `total` contains.
        bays_note: The bays that `per_bay` counts.
        capacity_note: The raw capacity that `per_tb` counts.
        lacks: What the figures do not contain, one sentence each; empty when complete.
        chart: Cost by category as inline SVG; empty when nothing has a price.
    """

    currency: str
    pods: int
    order_words: str
    total: Figure
    total_note: str
    parts_total: Figure
    charges: tuple[ChargeEntry, ...]
    per_pod: Figure
    per_bay: Figure
    per_tb: Figure
    bays: Figure
    bays_note: str
    raw_capacity: str
    capacity_note: str
    raw_bytes: int | None
    others: tuple[Money, ...]
    unpriced: tuple[str, ...]
    lacks: tuple[str, ...]
    categories: tuple[CategoryEntry, ...]
    lines: tuple[CostLineEntry, ...]
    vital: tuple[CostLineEntry, ...]
    vital_words: str
    chart: str
    chart_note: str


@dataclass(frozen=True, slots=True)
class QuoteEntry:
    """A quote, weighed for the line that it is for.

    Attributes:
        line_id: Id of that line; empty when no line is of that part.
        verdict: Whether it was taken, or why not.
        taken: Whether the cost rests on it.
    """

    part: str
    line_id: str
    vendor: str
    link: str
    day: str
    unit_price: Figure
    bought: Figure
    cost: Figure
    lead: str
    verdict: str
    taken: bool


@dataclass(frozen=True, slots=True)
class ReadingEntry:
    """Another way to read a printed line."""

    position: int
    line_id: str
    title: str
    quantity: Figure
    unit_price: Figure
    total: Figure


@dataclass(frozen=True, slots=True)
class BillReport:
    """Everything that is said of a bill.

    Attributes:
        facts: Source, dates and currency.
        currency: ISO 4217 code, or empty when the list does not say.
        currency_words: The same in words, saying so where it is assumed.
        totals: Always three: stated, sum of the lines, quantity x unit price.
        assumed: What was taken for granted, one sentence each.
        unknown: What nobody says, one sentence each.
    """

    title: str
    source: str
    made_on: date
    day: date | None
    as_of: date
    facts: tuple[Fact, ...]
    note: str
    currency: str
    currency_words: str
    currency_assumed: bool
    totals: tuple[Total, Total, Total]
    totals_note: str
    counts: tuple[SeverityCount, ...]
    findings: tuple[FindingEntry, ...]
    lines: tuple[LineEntry, ...]
    sections: tuple[SectionEntry, ...]
    charges: tuple[ChargeEntry, ...]
    cost: CostEntry
    quotes: tuple[QuoteEntry, ...]
    readings: tuple[ReadingEntry, ...]
    drawing: Drawing
    assumed: tuple[str, ...]
    unknown: tuple[str, ...]
