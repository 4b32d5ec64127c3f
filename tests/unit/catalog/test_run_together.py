"""Rows without gaps, each with the split that is right."""

from decimal import Decimal

import pytest

from podplanner.catalog.readers.headings import Role
from podplanner.catalog.readers.run_together import Fit, splits_of

NUMBERS = (Role.QUANTITY, Role.UNIT_PRICE, Role.TOTAL)


def only(row, order=NUMBERS):
    """Return the one split of a row."""
    (split,) = splits_of(row, order)
    total = None if split.total is None else split.total.value
    unit = None if split.unit_price is None else split.unit_price.value
    return split.title, split.quantity, unit, total, split.fit


@pytest.mark.parametrize(
    ("row", "title", "quantity", "unit", "total", "fit"),
    [
        ("CPUIntel Core i3 processor i3-21001$114.00$114.00",
         "CPUIntel Core i3 processor i3-2100", "1", "114.00", "114.00", Fit.EXACT),
        ("Zippy PSM-5760V Power Supply2$269.00$538.00",
         "Zippy PSM-5760V Power Supply", "2", "269.00", "538.00", Fit.EXACT),
        ("Screws9$0.00$0.04", "Screws", "9", "0.00", "0.04", Fit.ROUNDED),
        ("Fan mounts12$0.18$2.10", "Fan mounts", "12", "0.18", "2.10", Fit.ROUNDED),
        ("Tape5$7.66$3.83", "Tape", "5", "7.66", "3.83", Fit.DIFFERENT),
        ("Fan 6 $12.62 $75.72", "Fan", "6", "12.62", "75.72", Fit.EXACT),
        ("Fan612,62€75,72€", "Fan", "6", "12.62", "75.72", Fit.EXACT),
    ],
)  # fmt: skip
def test_row_is_split_where_its_numbers_agree(row, title, quantity, unit, total, fit):
    assert only(row) == (title, Decimal(quantity), Decimal(unit), Decimal(total), fit)


def test_price_before_the_quantity_is_split_by_the_order_of_the_columns():
    order = (Role.UNIT_PRICE, Role.QUANTITY, Role.TOTAL)
    assert only("Fan$12.626$75.72", order)[:4] == (
        "Fan", Decimal(6), Decimal("12.62"), Decimal("75.72"),
    )  # fmt: skip


def test_free_part_reads_in_several_ways_and_all_are_kept():
    found = splits_of("Bracket A1234$0.00$0.00", NUMBERS)
    assert {(s.title, s.quantity) for s in found} == {
        ("Bracket A", Decimal(1234)), ("Bracket A1", Decimal(234)),
        ("Bracket A12", Decimal(34)), ("Bracket A123", Decimal(4)),
    }  # fmt: skip


def test_row_without_a_total_is_unchecked():
    assert only("Fan6$12.62", (Role.QUANTITY, Role.UNIT_PRICE))[-1] is Fit.UNCHECKED


def test_sign_behind_one_price_is_not_the_sign_before_the_next():
    found = {
        (split.title, split.quantity, split.unit_price.value, split.total.value)
        for split in splits_of("Fan ST1110.00€110.00€", NUMBERS)
    }
    assert found == {
        ("Fan ST", Decimal(1), Decimal("110.00"), Decimal("110.00")),
        ("Fan ST", Decimal(11), Decimal("10.00"), Decimal("110.00")),
    }


@pytest.mark.parametrize("row", ["", "Fan", "Fan 6", "$5.00", "6$12.62$75.72", "12345"])
def test_row_without_a_name_or_without_prices_has_no_split(row):
    assert splits_of(row, NUMBERS) == []
