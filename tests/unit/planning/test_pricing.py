"""Which quote a line takes, and what its price and total become."""

from datetime import date
from decimal import Decimal

from podplanner.catalog.bill import BillOfMaterials, Line, Quote
from podplanner.catalog.parts import Accessory
from podplanner.catalog.pod import assemble
from podplanner.planning.pricing import priced_lines

TODAY = date(2026, 11, 23)
PARTS = {"FAN-12": Accessory(sku="FAN-12", kind="other", title="Fan", aliases=("F12", "120-FAN"),
                             source="made up for a test")}  # fmt: skip


def fan(**more: object) -> Line:
    return Line(**{"id": "fan", "title": "Fan", "part": "FAN-12", "quantity": 10, **more})


def quote(price: object, part: str = "FAN-12", **more: object) -> Quote:
    return Quote(part=part, unit_price=price, **more)


def priced(*quotes: Quote, line: Line | None = None, **bill: object):
    bill = BillOfMaterials(lines=(line or fan(),), quotes=quotes, **bill)
    return priced_lines(assemble(bill, PARTS, as_of=TODAY))


def only(*quotes: Quote, **more: object):
    (found,) = priced(*quotes, **more)
    return found


def test_a_line_without_quotes_is_left_out():
    assert priced() == ()
    assert priced(quote("1", "OTHER")) == ()


def test_a_quote_is_found_by_part_alias_id_and_in_any_spelling():
    for name in ("FAN-12", "fan 12", "F12", "120fan", "fan"):
        assert only(quote("4.00", name)).unit_price == 4


def test_the_total_is_the_quantity_times_the_price_to_the_cent():
    found = only(quote("0.125"), line=fan(quantity=3, unit_price="1.00", total="3.00"))
    assert (found.unit_price, found.total) == (Decimal("0.125"), Decimal("0.38"))
    assert found.change == Decimal("-2.62")


def test_the_cheapest_for_the_whole_quantity_is_chosen_and_not_the_cheapest_piece():
    dear, pack = quote("3.30", vendor="single"), quote("3.00", vendor="pack", pack=100)
    found = only(dear, pack)
    assert found.chosen.quote == dear
    assert [offer.quote for offer in found.offers] == [dear, pack]
    assert only(dear, pack, line=fan(quantity=95)).chosen.quote == pack


def test_a_price_break_counts_from_its_quantity_on():
    one, ten = quote("5.00"), quote("4.00", minimum=10)
    assert only(one, ten, line=fan(quantity=9)).chosen.quote == ten  # 10 x 4.00 is less than 9 x 5
    assert only(one, ten, line=fan(quantity=7)).chosen.quote == one
    assert only(one, ten, line=fan(quantity=10)).chosen.quote == ten


def test_spares_are_bought_along():
    one, ten = quote("5.00"), quote("4.00", minimum=10)
    assert only(one, ten, line=fan(quantity=6, spares=4)).chosen.quote == ten


def test_what_cannot_be_taken_is_kept_beside_with_its_reason():
    found = only(
        quote("9.00", vendor="a"),
        quote("1.00", vendor="b", currency="EUR"),
        quote("1.00", vendor="c", valid_until=date(2026, 11, 22)),
        quote("1.00", vendor="d", day=date(2026, 11, 24)),
        quote("1.00", vendor="e", day=date(2025, 11, 22)),
        quote("1.00", vendor="f", superseded=True),
        currency="USD",
    )
    assert found.unit_price == 9
    assert [bool(offer.refusal) for offer in found.offers] == [False] + [True] * 5


def test_a_later_quote_of_the_same_vendor_replaces_an_earlier_one():
    old = quote("4.00", vendor="a", day=date(2026, 10, 1))
    new = quote("5.00", vendor="a", day=date(2026, 11, 1))
    assert only(old, new).unit_price == 5


def test_an_offer_that_has_run_out_replaces_no_quote_that_is_still_valid():
    list_price = quote("5.00", vendor="a", day=date(2026, 6, 1), valid_until=date(2026, 12, 31))
    special = quote("4.00", vendor="a", day=date(2026, 10, 1), valid_until=date(2026, 10, 31))
    assert only(list_price, special).unit_price == 5


def test_no_valid_quote_means_no_new_price():
    found = only(quote("1.00", currency="EUR"), currency="USD", line=fan(unit_price="2.00"))
    assert (found.chosen, found.unit_price, found.total, found.change) == (None, None, None, None)


def test_a_line_without_a_quantity_gets_a_price_and_no_total():
    found = only(quote("4.00"), line=fan(quantity=None))
    assert (found.unit_price, found.total, found.change) == (4, None, None)


def test_a_quote_without_currency_is_in_the_currency_of_the_list():
    assert only(quote("4.00"), currency="CHF").unit_price == 4


def test_a_line_in_a_currency_of_its_own_takes_quotes_in_that():
    line = fan(currency="EUR")
    assert only(quote("4.00", currency="EUR"), currency="USD", line=line).unit_price == 4
    assert only(quote("4.00", currency="USD"), currency="USD", line=line).unit_price is None
