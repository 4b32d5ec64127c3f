"""What a person writes as an amount is read back exactly, or refused."""

from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from podplanner.catalog.readers.amounts import (
    NotANumberError,
    amount_of,
    decimal_mark,
    number_of,
    quantity_of,
    tidy,
)

CONVENTIONS = {
    "United States": (",", "."),
    "Germany": (".", ","),
    "France": ("\u202f", ","),
    "France, wide": ("\u00a0", ","),
    "Switzerland": ("'", "."),
    "Switzerland, printed": ("’", "."),
    "plain point": ("", "."),
    "plain comma": ("", ","),
}
CURRENCIES = ("$", "€", "£", "USD", "EUR", "CHF", "US$", "CA$", "zł", "Kč", "₹", "¥")
CODES = {"$": "USD", "€": "EUR", "£": "GBP", "US$": "USD", "CA$": "CAD", "zł": "PLN",
         "Kč": "CZK", "₹": "INR", "¥": "JPY"}  # fmt: skip
NEGATIVES = ("hyphen", "minus sign", "brackets", "hyphen behind")

amounts = st.builds(
    lambda units, decimals: Decimal(units).scaleb(-decimals),
    st.integers(0, 10**15),
    st.integers(0, 4),
)
fixed = settings(max_examples=150, deadline=None)


def grouped(digits: str, mark: str) -> str:
    """Return digits in groups of three from the right."""
    head = len(digits) % 3
    groups = ([digits[:head]] if head else []) + [
        digits[i : i + 3] for i in range(head, len(digits), 3)
    ]
    return mark.join(groups)


def in_lakhs(digits: str) -> str:
    """Return digits as India groups them: the last three, then pairs."""
    if len(digits) <= 3:
        return digits
    head, tail = digits[:-3], digits[-3:]
    pairs = ([head[0]] if len(head) % 2 else []) + [
        head[i : i + 2] for i in range(len(head) % 2, len(head), 2)
    ]
    return ",".join([*pairs, tail])


def printed(value: Decimal, thousands: str, mark: str) -> str:
    """Return an amount of 0 or more as a convention writes it."""
    whole, _, fraction = f"{value:f}".partition(".")
    return grouped(whole, thousands) + (f"{mark}{fraction}" if fraction else "")


def with_sign(text: str, style: str) -> str:
    """Return a written amount as a negative one."""
    return {
        "hyphen": f"-{text}",
        "minus sign": f"\u2212{text}",
        "brackets": f"({text})",
        "hyphen behind": f"{text}-",
    }[style]


@fixed
@given(value=amounts, convention=st.sampled_from(sorted(CONVENTIONS)))
def test_an_amount_of_every_convention_is_read_back_with_its_digits(value, convention):
    thousands, mark = CONVENTIONS[convention]
    found = amount_of(printed(value, thousands, mark), mark).value
    assert found == value
    assert found.as_tuple().exponent == value.as_tuple().exponent


@fixed
@given(value=amounts)
def test_an_amount_in_lakhs_is_read_back(value):
    whole, _, fraction = f"{value:f}".partition(".")
    text = in_lakhs(whole) + (f".{fraction}" if fraction else "")
    assert amount_of(f"₹{text}", ".").value == value


@fixed
@given(
    value=amounts,
    convention=st.sampled_from(sorted(CONVENTIONS)),
    currency=st.sampled_from(CURRENCIES),
    gap=st.sampled_from(["", " ", "\u00a0", "\u202f"]),
    before=st.booleans(),
)
def test_a_currency_before_or_after_the_amount_changes_no_digit(
    value, convention, currency, gap, before
):
    thousands, mark = CONVENTIONS[convention]
    text = printed(value, thousands, mark)
    found = amount_of(f"{currency}{gap}{text}" if before else f"{text}{gap}{currency}", mark)
    assert found.value == value
    assert found.currency == CODES.get(currency, currency)
    assert found.assumed is (currency in "$¥")


@fixed
@given(
    value=amounts,
    convention=st.sampled_from(sorted(CONVENTIONS)),
    style=st.sampled_from(NEGATIVES),
    currency=st.sampled_from(["", "$", "€", "CHF "]),
)
def test_a_negative_amount_is_read_back_in_all_four_ways_of_writing_it(
    value, convention, style, currency
):
    thousands, mark = CONVENTIONS[convention]
    text = with_sign(f"{currency}{printed(value, thousands, mark)}", style)
    assert amount_of(text, mark).value == -value


@fixed
@given(
    whole=st.integers(1, 10**18 - 1),
    fraction=st.integers(0, 10**16),
    style=st.sampled_from(NEGATIVES),
)
@example(whole=10**17, fraction=1, style="hyphen")
def test_a_sign_costs_an_amount_no_digit_however_long_it_is(whole, fraction, style):
    text = f"{whole}.{fraction:017d}"
    assert amount_of(with_sign(text, style), ".").value == Decimal(f"-{text}")


@fixed
@given(value=amounts, convention=st.sampled_from(sorted(CONVENTIONS)))
def test_a_quantity_of_every_convention_is_read_back(value, convention):
    thousands, mark = CONVENTIONS[convention]
    assert quantity_of(printed(value, thousands, mark), mark) == (value, None)


@fixed
@given(
    values=st.lists(st.integers(0, 10**9).map(lambda n: Decimal(n).scaleb(-2)), min_size=1),
    convention=st.sampled_from(sorted(CONVENTIONS)),
)
def test_a_column_of_amounts_with_two_decimals_shows_its_mark(values, convention):
    thousands, mark = CONVENTIONS[convention]
    assert decimal_mark(printed(value, thousands, mark) for value in values) == mark


@settings(max_examples=300, deadline=None)
@given(
    groups=st.lists(st.integers(1, 5), min_size=2, max_size=5),
    mark=st.sampled_from(",.' ’"),
    column=st.sampled_from([None, ".", ","]),
)
@example(groups=[4, 3], mark=" ", column=None)
@example(groups=[1, 3, 2, 3], mark=",", column=None)
@example(groups=[3, 2, 3], mark=",", column=None)
def test_digits_in_groups_are_thousands_or_lakhs_or_refused(groups, mark, column):
    text = mark.join("123456"[:size] for size in groups)
    if len(groups) == 2 and mark in ".,":
        return  # one mark may be a decimal mark
    thousands = groups[0] <= 3 and set(groups[1:]) == {3}
    lakhs = groups[0] <= 2 and groups[-1] == 3 and set(groups[1:-1]) == {2}
    if thousands or (lakhs and mark in ".,"):
        assert number_of(text, column) == Decimal(text.replace(mark, ""))
    else:
        with pytest.raises(NotANumberError):
            number_of(text, column)


@fixed
@given(
    whole=st.integers(1, 999),
    group=st.integers(0, 999),
    fraction=st.integers(0, 99),
    marks=st.permutations(",."),
)
def test_a_thousands_mark_behind_the_decimal_mark_is_refused(whole, group, fraction, marks):
    one, two = marks
    for text in (
        f"{whole}{one}{group:03d}{two}{fraction:02d}{one}{group:03d}",
        f"{whole}{two}{fraction:02d}{one}{group:03d}{two}{fraction:02d}",
    ):
        with pytest.raises(NotANumberError):
            number_of(text)


@settings(max_examples=400, deadline=None)
@given(body=st.text("0123456789.,' ’²①٣", max_size=14), mark=st.sampled_from([None, ".", ","]))
@example(body="²", mark=None)
@example(body="", mark=None)
def test_a_number_has_the_digits_of_its_text_or_is_refused(body, mark):
    try:
        value = number_of(body, mark)
    except NotANumberError:
        return
    digits = "".join(c for c in body if c.isdigit())
    assert f"{value:f}".replace(".", "").lstrip("0") == digits.lstrip("0").replace("٣", "3")


@settings(max_examples=400, deadline=None)
@given(text=st.text(max_size=40))
def test_tidy_text_is_tidy_already(text):
    assert tidy(tidy(text)) == tidy(text)
