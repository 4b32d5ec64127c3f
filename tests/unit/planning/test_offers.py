"""Which of several quotes is taken, and why the others are not."""

from datetime import date
from decimal import Decimal

import pytest

from podplanner.catalog.bill import Quote
from podplanner.planning.offers import weigh

TODAY = date(2026, 3, 1)


def quote(price, **fields):
    return Quote(part="fan", unit_price=price, **fields)


def offers(*quotes, wanted=10, currency="USD"):
    return weigh(quotes, wanted=Decimal(wanted), as_of=TODAY, currency=currency)


def refusal(*quotes, **more):
    """Return why the quote that stands last is refused."""
    return offers(*quotes, **more)[-1].refusal


def test_quote_is_valid_to_the_end_of_its_last_day():
    assert refusal(quote("1", valid_until=TODAY)) == ""
    assert refusal(quote("1", valid_until=date(2026, 2, 28))) == "expired on 2026-02-28"


def test_quote_of_tomorrow_is_refused():
    assert refusal(quote("1", day=date(2026, 3, 2))) == "dated 2026-03-02, after 2026-03-01"


def test_later_quote_of_the_same_vendor_replaces_a_cheaper_one():
    old = quote("1", vendor="North", day=date(2026, 1, 1))
    new = quote("2", vendor="North", day=date(2026, 2, 1))
    first, second = offers(old, new)
    assert (first.quote, first.refusal) == (new, "")
    assert (second.quote, second.refusal) == (old, "replaced by the quote of 2026-02-01")


def test_quote_of_tomorrow_does_not_replace_todays():
    today = quote("2", vendor="North", day=TODAY)
    later = quote("1", vendor="North", day=date(2026, 3, 2))
    assert offers(today, later)[0].quote == today


@pytest.mark.parametrize("other", [{"vendor": "South"}, {"minimum": 5}, {"pack": 2}])
def test_quote_of_another_vendor_minimum_or_pack_replaces_nothing(other):
    old = quote("1", **({"vendor": "North", "day": date(2026, 1, 1)}))
    new = quote("2", **({"vendor": "North", "day": date(2026, 2, 1)} | other))
    assert [offer.refusal for offer in offers(old, new)] == ["", ""]


def test_quote_in_another_currency_is_refused_and_one_without_is_not():
    assert refusal(quote("1", currency="EUR")) == "in EUR, the bill is in USD"
    assert refusal(quote("1")) == ""
    assert refusal(quote("1", currency="EUR"), currency=None) == ""


def test_more_pieces_are_bought_where_they_cost_less_than_the_exact_quantity():
    best, other = offers(quote("10.00"), quote("4.00", minimum=20))
    assert (best.bought, best.cost) == (Decimal(20), Decimal("80.00"))
    assert (other.bought, other.cost) == (Decimal(10), Decimal("100.00"))


@pytest.mark.parametrize(
    ("wanted", "minimum", "pack", "bought"),
    [(10, 1, 1, 10), (10, 1, 4, 12), (10, 25, 1, 25), (10, 25, 10, 30), (0, 1, 1, 1),
     ("2.5", 1, 1, 3), ("2.5", 1, "0.5", "2.5"), (8, 1, 4, 8)],
)  # fmt: skip
def test_whole_packs_are_bought_and_at_least_the_minimum(wanted, minimum, pack, bought):
    (offer,) = offers(quote("2.00", minimum=minimum, pack=pack), wanted=wanted)
    assert offer.bought == Decimal(bought)
    assert offer.cost == Decimal(bought) * 2


def test_equal_costs_are_decided_by_quantity_then_lead_time_then_vendor():
    more = quote("5.00", vendor="A", minimum=20, lead_days=1)
    slow = quote("10.00", vendor="B", lead_days=9)
    fast = quote("10.00", vendor="Z", lead_days=2)
    unknown = quote("10.00", vendor="A")
    twin = quote("10.00", vendor="C", lead_days=9)
    ranked = [offer.quote for offer in offers(more, unknown, twin, slow, fast)]
    assert ranked == [fast, slow, twin, unknown, more]


def test_refused_quotes_stand_behind_however_cheap_they_are():
    dear, expired = quote("99"), quote("1", valid_until=date(2020, 1, 1))
    assert [offer.quote for offer in offers(expired, dear)] == [dear, expired]


def test_no_quotes_make_no_offers():
    assert offers() == ()
