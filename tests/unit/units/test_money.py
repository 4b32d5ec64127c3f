"""Amounts of money know their currency."""

from decimal import Decimal

import pytest

from podplanner.units.money import Money, add_up


def test_amounts_of_one_currency_add_up_exactly():
    assert Money(Decimal("0.10"), "USD") + Money(Decimal("0.20"), "USD") == Money(
        Decimal("0.30"), "USD"
    )


@pytest.mark.parametrize("other", ["EUR", None])
def test_amounts_of_two_currencies_do_not_add_up(other):
    with pytest.raises(ValueError, match="cannot add"):
        Money(Decimal(1), "USD") + Money(Decimal(1), other)


def test_money_is_written_with_thousands_marks_and_its_currency():
    assert str(Money(Decimal("1942.59"), "USD")) == "1,942.59 USD"
    assert str(Money(Decimal("-0.50"), None)) == "-0.50"


def test_sums_stand_in_the_order_in_which_currencies_first_occur():
    amounts = [
        Money(Decimal(n), code) for n, code in [(1, "USD"), (2, None), (3, "USD"), (4, "EUR")]
    ]
    assert list(add_up(amounts).items()) == [("USD", 4), (None, 2), ("EUR", 4)]
    assert add_up([]) == {}
