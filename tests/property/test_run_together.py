"""Rows whose columns run together are split as they were written."""

from decimal import Decimal

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from podplanner.catalog.readers import read_source
from podplanner.catalog.readers.headings import Role
from podplanner.catalog.readers.run_together import Fit, splits_of
from podplanner.catalog.readers.source import Source

QUANTITY_FIRST = (Role.QUANTITY, Role.UNIT_PRICE, Role.TOTAL)
PRICE_FIRST = (Role.UNIT_PRICE, Role.QUANTITY, Role.TOTAL)

titles = st.builds(
    "{} {}".format,
    st.sampled_from(["Fan", "Backplane", "Intel Core i3", "Power supply 760W", "Drive"]),
    st.one_of(
        st.sampled_from(["ST", "X9SCL-F", "(Bracket)", "4U", 'Tape 12"']),
        st.integers(0, 99_999).map(lambda number: f"i3-{number}"),
        st.integers(0, 99_999).map(lambda number: f"WD{number}"),
    ),
)
quantities = st.integers(1, 999).map(Decimal)
prices = st.integers(1, 9_999_99).map(lambda cents: Decimal(cents).scaleb(-2))
many = settings(max_examples=200, deadline=None)


def key(split):
    return split.title, split.quantity, split.unit_price.value, split.total.value


@many
@given(title=titles, quantity=quantities, price=prices)
@example(title="Intel Core i3 i3-2100", quantity=Decimal(1), price=Decimal("114.00"))
@example(title="Drive WD1600", quantity=Decimal(10), price=Decimal("1.00"))
def test_the_true_split_is_found_among_prices_behind_dollar_signs(title, quantity, price):
    total = quantity * price
    found = splits_of(f"{title}{quantity}${price}${total}", QUANTITY_FIRST)
    assert (title, quantity, price, total) in [key(split) for split in found]
    assert found[0].fit is Fit.EXACT


@many
@given(title=titles, quantity=quantities, price=prices)
def test_the_true_split_is_found_where_the_price_stands_first(title, quantity, price):
    total = quantity * price
    found = splits_of(f"{title}${price}{quantity}${total}", PRICE_FIRST)
    assert (title, quantity, price, total) in [key(split) for split in found]


@many
@given(title=titles, quantity=quantities, price=prices)
def test_the_true_split_is_found_among_prices_before_euro_signs(title, quantity, price):
    total = quantity * price
    row = f"{title}{quantity}{price}€{total}€".replace(".", ",")
    found = splits_of(row, QUANTITY_FIRST)
    assert (title, quantity, price, total) in [key(split) for split in found]


@many
@given(title=titles, quantity=quantities, price=prices)
def test_the_true_split_is_found_where_the_price_with_its_euro_sign_stands_first(
    title, quantity, price
):
    total = quantity * price
    row = f"{title} {price}€{quantity}{total}€".replace(".", ",")
    found = splits_of(row, PRICE_FIRST)
    assert (title, quantity, price, total) in [key(split) for split in found]


@many
@given(title=titles, quantity=quantities, price=prices)
def test_the_only_split_that_adds_up_is_the_one_result(title, quantity, price):
    row = f"{title}{quantity}${price}${quantity * price}"
    digits = len(title) - len(title.rstrip("0123456789")) + len(str(quantity))
    end = len(title) + len(str(quantity))
    exact = [
        start for start in range(end - digits, end)
        if row[start] != "0" and Decimal(row[start:end]) * price == quantity * price
    ]  # fmt: skip
    assume(len(exact) == 1)
    assert [key(split) for split in splits_of(row, QUANTITY_FIRST)] == [
        (title, quantity, price, quantity * price)
    ]


@many
@given(title=titles, quantity=quantities, price=prices)
def test_every_result_is_as_good_as_the_first_and_spells_the_same_row(title, quantity, price):
    row = f"{title}{quantity}{price}€{quantity * price}€"
    found = splits_of(row, QUANTITY_FIRST)
    assert len({split.fit for split in found}) == 1
    assert len({key(split) for split in found}) == len(found)
    for split in found:
        rest = f"{split.quantity}{split.unit_price.value}€{split.total.value}€"
        assert f"{split.title}{rest}" == row


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(titles, quantities, prices), min_size=2, max_size=6),
    heading=st.sampled_from(["ItemQtyPriceTotal", "PartQuantityUnit PriceTotal", ""]),
)
def test_a_pasted_list_has_every_row_in_order(rows, heading):
    text = "\n".join([heading, *(f"{title}{q}${price}${q * price}" for title, q, price in rows)])
    bill = read_source(Source("list.txt", text.encode()))
    assert len(bill.lines) == len(rows)
    for line, (title, quantity, price) in zip(bill.lines, rows, strict=True):
        ways = {(line.quantity, line.unit_price, line.total)}
        ways |= {(other.quantity, other.unit_price, other.total) for other in line.readings}
        assert (quantity, price, quantity * price) in ways, title
    assert bill.currency == "USD"
    assert bill.currency_assumed


@pytest.mark.parametrize("order", [QUANTITY_FIRST, PRICE_FIRST])
def test_a_row_without_numbers_has_no_split(order):
    assert splits_of("a fan and its screws", order) == []
