from decimal import Decimal

import pytest
from support.reports import report_on
from support.sample_pods import (
    storage_pod,
    two_currency_pod,
    unpriced_pod,
)

from podplanner.catalog.bill import BillOfMaterials, Line, Place, Quote
from podplanner.catalog.pod import assemble
from podplanner.planning.shares import difference_of, gathered
from podplanner.report.render import render_html
from podplanner.report.wording import (
    amount_words,
    count_words,
    listed,
    share_figure,
    web_address,
)


def test_the_three_totals_stand_side_by_side_and_none_is_chosen():
    report = report_on(storage_pod())
    assert [(t.key, t.figure.value) for t in report.totals] == [
        ("stated", Decimal("1942.59")),
        ("lines", Decimal("1942.60")),
        ("computed", Decimal("1977.15")),
    ]
    assert report.totals[1].coverage == "covers all 22 lines"


def test_a_partial_sum_says_how_many_lines_it_covers():
    totals = report_on(two_currency_pod()).totals
    assert totals[1].figure.words == "unknown"
    assert totals[1].coverage.startswith("3 of 4 lines come to 1,248.90 EUR and 37.86 USD")


def test_what_is_unknown_is_printed_as_unknown_never_as_zero():
    report = report_on(unpriced_pod())
    assert [t.figure.words for t in report.totals] == ["unknown"] * 3
    assert report.totals[1].coverage == "known for none of 3 lines"
    assert report.cost.total.words == "unknown"
    assert report.cost.per_bay.words == "unknown"
    assert report.cost.per_tb.words == "unknown"
    assert report.lines[1].quantity.words == "unknown"
    assert report.lines[0].unit_price.words == "unknown"
    assert report.currency_words.startswith("unknown")
    assert any("price of 3 lines" in sentence for sentence in report.unknown)


def test_an_assumed_currency_is_said_to_be_assumed():
    report = report_on(storage_pod())
    assert report.currency_words == "USD, assumed: the list shows a bare sign"
    assert any("currency" in sentence for sentence in report.assumed)


def test_findings_know_their_line_and_lines_their_findings():
    report = report_on(storage_pod())
    assert [c.count for c in report.counts] == [1, 1, 1, 1]
    assert report.counts[-1].words == "1 could not be checked"
    first = report.findings[0]
    assert (first.code, first.where, first.severity) == ("COST001", "line 22, tape", "error")
    assert report.findings[1].severity == "warning"
    assert [marker.anchor for marker in report.lines[21].markers] == [first.anchor]
    assert report.lines[0].markers == ()


def test_a_place_is_named_without_the_folders_of_this_machine():
    bill = BillOfMaterials(
        file="/home/someone/lists/nas.csv",
        columns={"total": 4},
        lines=(
            Line(id="a", title="A", place=Place("/home/someone/lists/nas.csv", 2)),
            Line(id="b", title="B", place=Place("/home/someone/lists/other.csv", 7)),
        ),
    )
    report = report_on(assemble(bill, {}, as_of=storage_pod().as_of))
    assert report.title == "nas.csv"
    assert report.findings[0].place == "other.csv, row 7, column 4"
    assert "someone" not in render_html(report)


def test_quotes_for_a_line_of_unknown_quantity_are_kept():
    bill = BillOfMaterials(
        lines=(Line(id="a", title="A"),), quotes=(Quote(part="a", unit_price="3"),)
    )
    report = report_on(assemble(bill, {}, as_of=storage_pod().as_of))
    assert [(q.line_id, q.verdict) for q in report.quotes] == [
        ("a", "not weighed: how many the line buys is unknown")
    ]


def test_a_line_shows_by_how_much_its_total_differs():
    tape = report_on(storage_pod()).lines[21]
    assert (tape.computed.words, tape.total.words, tape.difference.words) == (
        "38.30",
        "3.83",
        "−34.47",
    )
    assert tape.differs
    assert not report_on(storage_pod()).lines[0].differs


def test_how_sure_a_match_is_is_said():
    lines = report_on(storage_pod()).lines
    assert {line.id: line.match for line in lines[:8]} == {
        "case": "exact match",
        "psu": "exact match",
        "mount": "not matched",
        "motherboard": "exact match",
        "backplane": "exact match",
        "ram": "exact match",
        "cpu": "exact match",
        "fan": "likely match",
    }


def test_shares_add_up_and_the_vital_lines_reach_eighty_percent():
    cost = report_on(storage_pod()).cost
    assert sum(e.amount.value for e in cost.categories) == Decimal("1942.60")
    assert cost.categories[-1].cumulative.value == 1
    assert [line.id for line in cost.vital] == ["psu", "case", "backplane", "motherboard",
                                                "sata_card"]  # fmt: skip
    assert cost.per_bay.words == "43.17 USD"


def test_other_currencies_are_kept_apart():
    cost = report_on(two_currency_pod()).cost
    assert [str(money) for money in cost.others] == ["37.86 USD"]
    assert any("37.86 USD" in sentence for sentence in cost.lacks)


def test_sections_charges_quotes_and_readings_are_there():
    report = report_on(two_currency_pod())
    assert [(s.name, s.stated.words, s.lines.words) for s in report.sections] == [
        ("Server", "1,234.50", "unknown"),
        ("Drives", "unknown", "855.00"),
    ]
    assert [c.amount.words for c in report.charges] == ["14.90", "−20.00", "190.00"]
    assert [(q.vendor, q.taken) for q in report.quotes] == [
        ("Shop A", True),
        ("Shop B", False),
        ("unnamed vendor", False),
    ]
    assert report.quotes[1].link == ""
    assert report.readings[0].title == "Festplatte 4"


def test_the_same_bill_gives_the_same_report():
    assert report_on(storage_pod()) == report_on(storage_pod())


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("1942.5", "USD", "1,942.50"),
        ("0.00", "USD", "0.00"),
        ("0.175", "USD", "0.175"),
        ("36.0000", None, "36.00"),
        ("-2", "EUR", "−2.00"),
        ("1E+3", "EUR", "1,000.00"),
        ("1200", "JPY", "1,200"),
        ("1200.50", "JPY", "1,200.5"),
    ],
)
def test_amounts_are_written_with_the_digits_that_matter(amount, currency, words):
    assert amount_words(Decimal(amount), currency) == words


def test_counts_shares_and_names_in_words():
    assert count_words(Decimal("9.0")) == "9"
    assert count_words(Decimal("0.50"), "roll") == "0.5 roll"
    assert count_words(Decimal(100)) == "100"
    assert count_words(None, "m") == "unknown"
    assert share_figure(None).words == "unknown"
    assert share_figure(Decimal("-0.101")).words == "−10.1 %"
    assert listed(("a", "b", "c"), most=2) == "a, b and 1 more"


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)", " JavaScript:alert(1)", "java\nscript:x", "data:text/html,x",
        "//example.org", "http://", "https://a b", "", None, "http://[broken", "ftp://example.org",
    ],
)  # fmt: skip
def test_only_web_addresses_become_links(link):
    assert web_address(link) == ""


def test_the_tail_of_a_ranking_is_gathered_without_losing_money():
    from podplanner.planning.cost import cost_of

    categories = cost_of(storage_pod()).categories
    short = gathered(categories, most=5)
    assert len(short) == 5
    assert short[-1].category == f"{len(categories) - 4} others"
    assert sum(e.amount for e in short) == sum(e.amount for e in categories)
    assert sum(e.lines for e in short) == 22
    assert gathered(categories, most=99) == categories
    with pytest.raises(ValueError):
        gathered(categories, most=1)


def test_a_difference_needs_both_figures():
    assert difference_of(unpriced_pod().bill.lines[0]) is None
