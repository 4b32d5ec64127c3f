"""What an order costs, in exact amounts."""

from datetime import date
from decimal import Decimal

import pytest

from podplanner.catalog.bill import BillOfMaterials, Charge, Line, Quote
from podplanner.catalog.library import library
from podplanner.catalog.matching import identify
from podplanner.catalog.pod import assemble
from podplanner.catalog.readers import read_bill
from podplanner.planning.cost import ChargeCost, DriveChoice, cost_of
from podplanner.resources import data_dir
from podplanner.units.money import Money

TODAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def pod_3():
    bill = read_bill(data_dir("bom") / "pods" / "storage-pod-3.0.toml")
    return assemble(identify(bill, library()), library(), as_of=TODAY)


def cost(*lines, pods=1, quotes=(), charges=(), **more):
    """Return the cost of lines, in dollars."""
    bill = BillOfMaterials(currency="USD", lines=lines, quotes=quotes, charges=charges)
    return cost_of(assemble(bill, {}, as_of=TODAY), pods=pods, **more)


def fan(**fields):
    return Line(**{"id": "fan", "title": "Fan", "quantity": 6, "unit_price": "12.62"} | fields)


def test_five_lines_of_pod_3_make_four_fifths_of_its_cost(pod_3):
    found = cost_of(pod_3)
    assert found.total == found.parts_total == found.per_pod == Decimal("1942.60")
    vital = [(line.id, line.amount) for line in found.vital_lines]
    assert vital == [
        ("psu", Decimal("538.00")), ("case", Decimal("382.35")), ("backplane", Decimal("360.00")),
        ("motherboard", Decimal("146.00")), ("sata_card", Decimal("144.00")),
    ]  # fmt: skip
    shares = [f"{line.cumulative:.4f}" for line in found.vital_lines]
    assert shares == ["0.2769", "0.4738", "0.6591", "0.7342", "0.8084"]


def test_pod_3_costs_43_17_a_bay_and_its_drives_are_not_in_it(pod_3):
    found = cost_of(pod_3)
    assert (found.bays, found.per_bay) == (45, Decimal("43.17"))
    assert (found.raw_bytes, found.per_tb) == (None, None)


def test_three_pods_with_drives_spares_tax_and_shipping(pod_3):
    drives = DriveChoice("4 TB drive", None, Decimal("120.00"), 4 * 10**12)
    found = cost_of(pod_3, pods=3, drives=drives, spares_percent=Decimal(5),
                    tax_percent=Decimal(19), shipping=Decimal(100))  # fmt: skip
    (added,) = [line for line in found.lines if line.position is None]
    assert (added.quantity, added.amount) == (Decimal(142), Decimal("17040.00"))
    assert found.parts_total == Decimal("22867.80")
    assert found.charges == (
        ChargeCost("Shipping", Decimal(100)), ChargeCost("Tax 19 %", Decimal("4363.88")),
    )  # fmt: skip
    assert found.total == Decimal("27331.68")
    assert (found.per_pod, found.per_bay, found.per_tb) == (
        Decimal("9110.56"), Decimal("202.46"), Decimal("50.61"),
    )  # fmt: skip
    assert found.raw_bytes == 45 * 4 * 10**12


def test_categories_of_pod_3_add_up_lines_of_one_kind(pod_3):
    found = {entry.category: entry for entry in cost_of(pod_3).categories}
    assert (found["Screw"].lines, found["Screw"].amount) == (4, Decimal("1.58"))
    assert (found["Fan mount"].lines, found["Fan mount"].amount) == (2, Decimal("4.20"))
    assert sum(entry.amount for entry in found.values()) == Decimal("1942.60")


def test_shares_are_of_the_known_cost():
    found = cost(fan(id="a", unit_price=None, total="75"), fan(id="b", unit_price=None, total="25"))
    assert [line.share for line in found.lines] == [Decimal("0.75"), Decimal("0.25")]
    assert [line.cumulative for line in found.lines] == [Decimal("0.75"), Decimal(1)]


def test_stated_total_counts_before_quantity_times_unit_price():
    assert cost(fan(total="75.00")).total == Decimal("75.00")
    assert cost(fan()).total == Decimal("75.72")
    assert cost(fan(total="75.00"), pods=4).total == Decimal("300.00")


def test_line_without_a_price_stands_last_and_is_named():
    found = cost(fan(id="a", title="Screw", unit_price=None), fan())
    assert [line.name for line in found.lines] == ["Fan", "Screw"]
    assert found.unpriced == ("Screw",)
    assert found.lines[-1].share is None


def test_spares_of_a_line_are_bought_once_for_the_whole_order():
    found = cost(fan(spares=2), pods=3)
    assert (found.lines[0].quantity, found.total) == (Decimal(20), Decimal("252.40"))


def test_spares_of_data_drives_are_rounded_up_and_boot_drives_have_none():
    found = cost(
        Line(id="data", title="Hard drive", quantity=45, unit_price="100"),
        Line(id="boot", title="Boot drive", quantity=1, unit_price="50"),
        spares_percent=Decimal(10),
    )
    assert {line.id: line.quantity for line in found.lines} == {"data": 50, "boot": 1}


def test_quote_for_whole_packs_replaces_the_price_of_the_list():
    quote = Quote(part="fan", vendor="North", unit_price="11.00", pack=5)
    (line,) = cost(fan(), quotes=(quote,)).lines
    assert (line.quantity, line.amount) == (Decimal(10), Decimal("110.00"))
    assert line.offer == "10 at 11.00, North"


def test_price_break_is_taken_where_the_larger_quantity_costs_less():
    quotes = (
        Quote(part="fan", vendor="North", unit_price="12.00"),
        Quote(part="fan", vendor="North", unit_price="5.00", minimum=10),
    )
    (line,) = cost(fan(), quotes=quotes).lines
    assert (line.quantity, line.amount) == (Decimal(10), Decimal("50.00"))
    (line,) = cost(fan(quantity=4), quotes=quotes).lines
    assert (line.quantity, line.amount) == (Decimal(4), Decimal("48.00"))


def test_price_break_counts_the_pieces_of_all_pods():
    quotes = (
        Quote(part="fan", unit_price="12.00"), Quote(part="fan", unit_price="9.00", minimum=18),
    )  # fmt: skip
    assert cost(fan(), quotes=quotes, pods=3).total == Decimal("162.00")
    assert cost(fan(), quotes=quotes, pods=1).total == Decimal("72.00")


def test_quote_that_cannot_be_taken_leaves_the_price_of_the_list():
    quote = Quote(part="fan", unit_price="1.00", valid_until=date(2026, 2, 28))
    assert cost(fan(), quotes=(quote,)).total == Decimal("75.72")


def test_charges_are_paid_for_every_pod_and_included_ones_never():
    charges = (
        Charge(kind="shipping", title="Shipping", amount="10"),
        Charge(kind="discount", title="Coupon", amount="-4"),
        Charge(kind="tax", title="VAT", amount="99", included=True),
    )
    found = cost(fan(), charges=charges, pods=2, tax_percent=Decimal(10))
    assert found.charges == (
        ChargeCost("Shipping", Decimal(20)), ChargeCost("Coupon", Decimal(-8)),
        ChargeCost("Tax 10 %", Decimal("16.34")),
    )  # fmt: skip
    assert found.total == Decimal("179.78")


def test_other_currencies_stand_beside_the_cost():
    found = cost(fan(), fan(id="b", currency="EUR"))
    assert found.total == Decimal("75.72")
    assert found.other_currencies == (Money(Decimal("75.72"), "EUR"),)


def test_currency_of_most_lines_is_the_bills_where_it_says_none():
    lines = tuple(fan(id=f"f{n}", currency=c) for n, c in enumerate(["EUR", "USD", "EUR"]))
    found = cost_of(assemble(BillOfMaterials(lines=lines), {}, as_of=TODAY))
    assert (found.currency, found.total) == ("EUR", Decimal("151.44"))


def test_bill_without_lines_costs_nothing():
    found = cost()
    assert (found.total, found.lines, found.per_bay, found.per_tb) == (0, (), None, None)


@pytest.mark.parametrize("pods", [0, -1])
def test_order_for_no_pod_is_refused(pods):
    with pytest.raises(ValueError, match="at least one pod"):
        cost(fan(), pods=pods)
