"""Amounts and quantities in single cells, with what each of them must give."""

from decimal import Decimal

import pytest

from podplanner.catalog.readers.amounts import (
    NotANumberError,
    Number,
    amount_of,
    decimal_mark,
    find_currency,
    number_of,
    quantity_of,
    tidy,
)

UNKNOWN = None


@pytest.mark.parametrize(
    ("body", "mark", "value"),
    [
        ("269.00", None, "269.00"),
        ("1,942.59", None, "1942.59"),
        ("1.942,59", None, "1942.59"),
        ("1 942,59", None, "1942.59"),
        ("1'942.59", None, "1942.59"),
        ("12,34,567.89", None, "1234567.89"),
        ("1,234", None, "1234"),
        ("1,234", ",", "1.234"),
        ("1.234", None, "1.234"),
        ("1.234", ",", "1234"),
        ("1,234,567", None, "1234567"),
        ("0,125", None, "0.125"),
        (".5", None, "0.5"),
        (",5", None, "0.5"),
        ("0012", None, "12"),
    ],
)
def test_number_is_read_with_its_marks(body, mark, value):
    found = number_of(body, mark)
    assert str(found) == value


@pytest.mark.parametrize(
    "body", ["1.2.3", "12,34,5", "1,2345,678", "1.234,56.78", "12 34", "1'23", "1..2", "1,,2", "5,"]
)
def test_marks_that_make_no_number_are_refused(body):
    with pytest.raises(NotANumberError, match="is not one number"):
        number_of(body)


@pytest.mark.parametrize("body", ["1000 500", "2012 500", "1'000'0000"])
def test_two_numbers_side_by_side_are_not_one(body):
    with pytest.raises(NotANumberError):
        number_of(body)


@pytest.mark.parametrize(
    ("cell", "value", "currency"),
    [
        ("$1,942.59", "1942.59", "USD"),
        ("1.942,59 €", "1942.59", "EUR"),
        ("CHF 1'234.50", "1234.50", "CHF"),
        ("CHF 12.-", "12", "CHF"),
        ("12,– €", "12", "EUR"),
        ("US$ 5", "5", "USD"),
        ("CA$5.00", "5.00", "CAD"),
        ("-$5.00", "-5.00", "USD"),
        ("$-5.00", "-5.00", "USD"),
        ("($5.00)", "-5.00", "USD"),
        ("5.00-", "-5.00", None),
        ("\u22125.00", "-5.00", None),
        ("$12.00 each", "12.00", "USD"),
        ("12.00/pc", "12.00", None),
        ("free", "0", None),
        ("Gratis", "0", None),
    ],
)
def test_amount_is_read_with_its_currency(cell, value, currency):
    found = amount_of(cell)
    assert (str(found.value), found.currency) == (value, currency)


@pytest.mark.parametrize("cell", ["", " ", "-", "TBD", "n/a", "?", "call", "k.A.", "…"])
def test_cell_that_says_the_price_is_unknown_has_no_value(cell):
    assert amount_of(cell).value is UNKNOWN
    assert quantity_of(cell) == (UNKNOWN, UNKNOWN)


@pytest.mark.parametrize("cell", ["12 or 13", "#REF!", "NaN", "inf", "1/2/2012", "12 x 3", "1e5x"])
def test_cell_that_holds_something_else_is_no_amount(cell):
    with pytest.raises(NotANumberError):
        amount_of(cell)


@pytest.mark.parametrize("cell", ["~350", "ca. 350", "≈ 350", "about 350", "350?"])
def test_amount_that_the_list_calls_approximate_is_marked(cell):
    found = amount_of(cell)
    assert (found.value, found.approximate) == (Decimal(350), True)


def test_shop_behind_an_amount_is_its_vendor():
    found = amount_of("$120.00 @ Corner Shop")
    assert (found.value, found.currency, found.vendor) == (Decimal("120.00"), "USD", "Corner Shop")


@pytest.mark.parametrize(("cell", "assumed"), [("$5", True), ("¥5", True), ("US$5", False)])
def test_bare_sign_of_many_currencies_is_marked_as_assumed(cell, assumed):
    assert amount_of(cell).assumed is assumed


@pytest.mark.parametrize(
    ("cell", "value", "unit"),
    [
        ("4", "4", None),
        ("4 pcs", "4", None),
        ("4x", "4", None),
        ("x4", "4", None),
        ("1,000", "1000", None),
        ("2.5 m", "2.5", "m"),
        ("3 rolls", "3", "rolls"),
        ("1 (pair)", "1", "pair"),
        ("10 Stück", "10", None),
    ],
)
def test_quantity_is_read_with_its_unit(cell, value, unit):
    assert quantity_of(cell) == (Decimal(value), unit)


@pytest.mark.parametrize("cell", ["-4", Number(Decimal(-1))])
def test_negative_quantity_is_refused_in_words(cell):
    with pytest.raises(NotANumberError, match="negative"):
        quantity_of(cell)


@pytest.mark.parametrize("cell", ["²", "①", "1²3"])
def test_raised_digit_is_no_number(cell):
    with pytest.raises(NotANumberError):
        quantity_of(cell)


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1.234", "12,50"], ","),
        (["1,234", "12.50"], "."),
        (["1,234", "5,678"], None),
        (["0.125"], "."),
        (["1.234.567"], ","),
        ([], None),
        (["Fan", ""], None),
    ],
)
def test_column_shows_its_decimal_mark_or_nothing_does(texts, mark):
    assert decimal_mark(texts) == mark


def test_tidy_makes_every_space_plain_and_every_minus_a_hyphen():
    assert tidy("1\u202f234,56\u00a0€ \u2212\ufeff") == "1 234,56 € -"
    assert tidy("\uff11\uff12") == "12"


@pytest.mark.parametrize(
    ("heading", "currency"),
    [("Price (USD)", "USD"), ("Prix €", "EUR"), ("Preis in CHF", "CHF"), ("Euros", "EUR"),
     ("Price", None), ("Eurocard", None)],
)  # fmt: skip
def test_heading_names_its_currency(heading, currency):
    assert find_currency(heading)[0] == currency
