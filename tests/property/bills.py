"""Bills of every shape that the model allows."""

from datetime import date
from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from podplanner.catalog.bill import (
    BillOfMaterials,
    Charge,
    Line,
    Link,
    Quote,
    Reading,
    Section,
)
from podplanner.catalog.library import library

CURRENCIES = st.sampled_from([None, "USD", "EUR", "CHF"])
DAYS = st.one_of(st.none(), st.dates(date(2009, 1, 1), date(2030, 12, 31)))
TEXT = st.one_of(
    st.text(max_size=12),
    st.text("\x00\x01\t\n\r\x1b\x7f\x85\u2028\ufeff\ufffd\\\"'#[]=€\U0001f4be", max_size=8),
    st.sampled_from(
        ["", '12" tape', "Größe", "[[line]]", 'schema = "podplanner/bill/1"', "\ufffd" * 9,
         "# no comment", '"""', "\r\n", "a\\", "Fan", "Backplane 5 port", "8GB RAM", "CPU",
         "Hard drive 4TB", "SATA cable", "Boot drive", "Power supply", "Motherboard", "Case",
         "Fan mount", "Crimp terminal", "Connector housing 1x3", "Screws for backplane",
         "PSU dampener", "SATA card 4 ports", "G1238M(OR E)12B1-FSR", "XB-PM5P-BPO-O1"]
    ),
)  # fmt: skip
OPTIONAL_TEXT = st.none() | TEXT
_LARGEST = 10**18 - 1
COUNTS = st.one_of(
    st.integers(0, 100).map(Decimal),
    st.decimals(0, 100, places=3),
    st.sampled_from([Decimal(0), Decimal("0.000000000000000001"), Decimal(_LARGEST),
                     Decimal(f"{_LARGEST}.{_LARGEST}"), Decimal(10**17), Decimal("1E+3")]),
)  # fmt: skip
PRICES = st.one_of(
    st.integers(0, 10**6).map(lambda cents: Decimal(cents).scaleb(-2)),
    COUNTS,
)
AMOUNTS = st.one_of(PRICES, PRICES.map(Decimal.copy_negate))
OPTIONAL_AMOUNTS = st.none() | AMOUNTS
PARTS = sorted(library())

readings = st.builds(
    Reading, title=TEXT, quantity=COUNTS, unit_price=st.none() | AMOUNTS, total=st.none() | AMOUNTS
)


@cache
def lines_with(identity: str, amounts: st.SearchStrategy[Decimal]) -> st.SearchStrategy[Line]:
    """Return lines with that id, and prices of any kind.

    Kept: to put two dozen strategies together anew for each line takes longer than to draw it.
    """
    return st.builds(
        Line,
        id=st.just(identity),
        part=st.one_of(st.none(), st.sampled_from(PARTS), st.just("NO-SUCH-PART")),
        matched=st.sampled_from([None, "exact", "likely"]),
        title=TEXT,
        description=TEXT,
        maker=OPTIONAL_TEXT,
        mpn=OPTIONAL_TEXT,
        category=OPTIONAL_TEXT,
        section=st.sampled_from([None, "one", "two"]),
        quantity=st.none() | COUNTS,
        unit=OPTIONAL_TEXT,
        unit_price=st.none() | amounts,
        discount_percent=st.none() | st.integers(0, 100).map(Decimal),
        total=st.none() | amounts,
        currency=CURRENCIES,
        approximate=st.booleans(),
        price_date=DAYS,
        vendor=OPTIONAL_TEXT,
        link=OPTIONAL_TEXT,
        note=TEXT,
        spares=st.none() | COUNTS,
        readings=st.lists(readings, max_size=2).map(tuple),
    )


charges = st.builds(
    Charge,
    kind=st.sampled_from(["shipping", "tax", "fee", "discount", "rounding"]),
    title=TEXT,
    amount=st.none() | AMOUNTS,
    percent=st.none() | AMOUNTS,
    currency=CURRENCIES,
    section=st.sampled_from([None, "one"]),
    included=st.booleans(),
)
ENDS = st.sampled_from(
    ["line0", "line0.1", "line1.2:1", "line1:0", "nowhere", "", "a b", ".", "line0." + "9" * 30]
)
links = st.tuples(st.none() | ENDS, ENDS, ENDS).map(
    lambda ends: Link(start=ends[0], end=ends[1], power=ends[2])
)
quotes = st.builds(
    Quote,
    part=st.sampled_from(["line0", "line1", "other", *PARTS[:3]]),
    vendor=OPTIONAL_TEXT,
    day=DAYS,
    valid_until=DAYS,
    currency=CURRENCIES,
    unit_price=PRICES,
    minimum=COUNTS,
    pack=COUNTS.filter(bool),
    lead_days=st.none() | st.integers(0, 10**6),
    link=OPTIONAL_TEXT,
)
_CHARGES = st.lists(charges, max_size=2)
_LINKS = st.lists(links, max_size=2)
_QUOTES = st.lists(quotes, max_size=3)


@st.composite
def bills(draw: st.DrawFn, *, amounts: st.SearchStrategy[Decimal] = AMOUNTS) -> BillOfMaterials:
    """Draw a bill with up to five lines, each with an id of its own."""
    number = draw(st.integers(0, 5))
    return BillOfMaterials(
        title=draw(TEXT),
        currency=draw(CURRENCIES),
        currency_assumed=draw(st.booleans()),
        day=draw(DAYS),
        source=draw(TEXT),
        note=draw(TEXT),
        stated_total=draw(OPTIONAL_AMOUNTS),
        stated_lines=draw(OPTIONAL_AMOUNTS),
        lines=tuple(draw(lines_with(f"line{index}", amounts)) for index in range(number)),
        sections=tuple(
            Section(name=name, stated_total=draw(OPTIONAL_AMOUNTS)) for name in ("one", "two")
        )[: draw(st.integers(0, 2))],
        charges=tuple(draw(_CHARGES)),
        links=tuple(draw(_LINKS)),
        quotes=tuple(draw(_QUOTES)),
    )
