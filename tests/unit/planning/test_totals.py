"""The three totals of a bill, and what each of them covers."""

from decimal import Decimal

import pytest

from podplanner.catalog.bill import BillOfMaterials, Charge, Line
from podplanner.catalog.readers import read_bill
from podplanner.planning.totals import charges_of, totals_of
from podplanner.resources import data_dir
from podplanner.units.money import Money


@pytest.mark.parametrize("name", ["storage-pod-3.0.toml", "storage-pod-3.0.txt"])
def test_pod_3_has_three_totals_that_disagree(name):
    totals = totals_of(read_bill(data_dir("bom") / "pods" / name))
    assert totals.stated == Decimal("1942.59")
    assert totals.lines.whole == Decimal("1942.60")
    assert totals.computed.whole == Decimal("1977.15")
    assert (totals.lines.covered, totals.lines.of) == (22, 22)
    assert totals.charges == 0


def bill(*lines, **fields):
    """Return a bill of (quantity, unit price, total, currency)."""
    return BillOfMaterials(
        currency="USD",
        lines=tuple(
            Line(id=f"line{n}", quantity=q, unit_price=u, total=t, currency=c)
            for n, (q, u, t, c) in enumerate(lines)
        ),
        **fields,
    )


def test_line_without_a_total_counts_with_quantity_times_unit_price_beside_one_that_has_it():
    totals = totals_of(bill((2, "5", "10.01", None), (3, "4", None, None)))
    assert totals.lines.whole == Decimal("22.01")
    assert totals.computed.whole == Decimal(22)


def test_list_without_any_line_total_has_no_sum_of_them():
    totals = totals_of(bill((2, "5", None, None)))
    assert (totals.lines.whole, totals.lines.covered) == (None, 0)
    assert totals.computed.whole == Decimal(10)


def test_line_without_a_price_leaves_only_a_partial_sum():
    totals = totals_of(bill((2, "5", "10", None), (1, None, None, None)))
    assert (totals.lines.whole, totals.lines.partial) == (None, Decimal(10))
    assert (totals.lines.covered, totals.lines.of) == (1, 2)


def test_currencies_are_never_added_up():
    totals = totals_of(bill((1, "5", "5", None), (1, "7", "7", "EUR")))
    assert (totals.lines.whole, totals.lines.partial) == (None, None)
    assert totals.lines.by_currency == {"USD": Decimal(5), "EUR": Decimal(7)}


def test_charges_are_in_both_sums_unless_they_are_included():
    charges = (
        Charge(kind="shipping", title="Shipping", amount="9.00"),
        Charge(kind="discount", title="Coupon", amount="-2.00"),
        Charge(kind="tax", title="incl. VAT", amount="100", included=True),
        Charge(kind="fee", title="Fee"),
    )
    priced = bill((2, "5", "10", None), charges=charges)
    totals = totals_of(priced)
    assert (totals.lines.whole, totals.computed.whole) == (Decimal(17), Decimal(17))
    assert totals.charges == Decimal(7)
    assert charges_of(priced) == [Money(Decimal("9.00"), "USD"), Money(Decimal("-2.00"), "USD")]


def test_empty_bill_has_no_sum_at_all():
    totals = totals_of(BillOfMaterials())
    assert (totals.stated, totals.lines.whole, totals.computed.whole) == (None, None, None)


def test_discount_of_a_line_is_taken_off_what_is_computed():
    line = Line(id="fan", quantity=2, unit_price="50.00", discount_percent=10)
    assert line.computed == Decimal(90)
    assert totals_of(BillOfMaterials(lines=(line,))).computed.whole == Decimal(90)
