"""Checks, sums and costs stand whatever a bill holds."""

from datetime import date
from decimal import Decimal, localcontext

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from property.bills import COUNTS, CURRENCIES, DAYS, PRICES, bills

from podplanner.catalog.bill import BillOfMaterials, Line, Quote
from podplanner.catalog.library import library
from podplanner.catalog.matching import identify
from podplanner.catalog.pod import assemble
from podplanner.planning.cost import DriveChoice, cost_of
from podplanner.planning.offers import weigh
from podplanner.planning.power import power_of
from podplanner.planning.rounding import inferred_step
from podplanner.planning.spin_up import AT_ONCE, BY_BACKPLANE, SpinUp
from podplanner.planning.topology import Gap
from podplanner.planning.totals import totals_of
from podplanner.rules import ALL_RULES, PLAN_RULES
from podplanner.rules.base import run

TODAY = date(2026, 3, 1)
some = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
modest = st.integers(1, 10**7).map(lambda cents: Decimal(cents).scaleb(-2))


@some
@given(bill=bills())
def test_every_rule_has_something_to_say_of_any_bill_or_nothing(bill):
    for verdict in run((*ALL_RULES, *PLAN_RULES), assemble(bill, library(), as_of=TODAY)):
        assert verdict.finding.message
        assert verdict.finding.located(bill.columns, "pod.toml").file == "pod.toml"


QUANTITIES = st.none() | st.integers(0, 12) | st.integers(1, 60) | st.just(10**17)
KINDS = sorted({part.kind for part in library().values()})
PODS = st.lists(
    st.tuples(
        st.sampled_from(KINDS).flatmap(
            lambda kind: st.sampled_from(
                sorted(sku for sku, part in library().items() if part.kind == kind)
            )
        ),
        QUANTITIES,
    ),
    min_size=4, max_size=14, unique_by=lambda line: line[0],
)  # fmt: skip
LAYOUTS = st.sampled_from(
    [None, "raidz2:15x3", "mirror:2x2", "single", "ceph-ec:8+3", "draid1:24c"]
)


@some
@given(chosen=PODS, layout=LAYOUTS)
def test_any_parts_together_are_checked_and_reckoned(chosen, layout):
    lines = tuple(
        Line(id=f"line{n}", part=sku, title=sku, quantity=quantity)
        for n, (sku, quantity) in enumerate(chosen)
    )
    pod = assemble(BillOfMaterials(lines=lines, layout=layout), library(), as_of=TODAY)
    for verdict in run(PLAN_RULES, pod):
        assert verdict.finding.message
        assert verdict.finding.fix
    for spin_up in (AT_ONCE, BY_BACKPLANE, SpinUp(drives=3)):
        found = power_of(pod, spin_up)
        assert isinstance(found, Gap) or found.budgets


@some
@given(bill=bills())
def test_the_sums_of_any_bill_cover_no_more_lines_than_there_are(bill):
    totals = totals_of(bill)
    for found in (totals.lines, totals.computed):
        assert 0 <= found.covered <= found.of == len(bill.lines)
        assert found.whole is None or found.whole == found.partial


@some
@given(bill=bills())
def test_a_step_of_rounding_divides_every_total(bill):
    step = inferred_step(bill.lines)
    if step is not None:
        assert all(
            line.total % step.step == 0
            for line in bill.lines
            if None not in (line.quantity, line.unit_price, line.total)
            and line.discount_percent is None
        )


@some
@given(
    bill=bills(),
    pods=st.integers(1, 1_000),
    drives=st.none() | st.builds(DriveChoice, st.just("4 TB"), st.none() | st.integers(0, 60),
                                 st.none() | PRICES, st.none() | st.just(4 * 10**12)),
    spares=st.integers(0, 100).map(Decimal),
    tax=st.none() | st.integers(0, 100).map(Decimal),
    shipping=st.none() | PRICES,
)  # fmt: skip
def test_any_bill_has_a_cost(bill, pods, drives, spares, tax, shipping):
    cost = cost_of(
        assemble(bill, library(), as_of=TODAY), pods=pods, drives=drives, spares_percent=spares,
        tax_percent=tax, shipping=shipping,
    )  # fmt: skip
    assert len(cost.unpriced) == sum(line.amount is None for line in cost.lines)
    priced = any(line.amount is not None for line in cost.lines)
    assert (cost.known_total is None) is not priced
    assert (cost.per_pod is None) is not priced
    figures = (cost.per_pod, cost.per_bay, cost.per_tb)
    assert all(figure is None or figure.is_finite() for figure in figures)


@some
@given(bill=bills())
def test_finding_the_parts_of_any_bill_changes_nothing_but_the_parts(bill):
    found = identify(bill, library())
    assert len(found.lines) == len(bill.lines)
    for before, after in zip(bill.lines, found.lines, strict=True):
        assert after.model_copy(update={"part": before.part, "matched": before.matched}) == before
        assert before.part is None or after.part == before.part
        assert after.part is None or before.part is not None or after.part in library()


@some
@given(bill=bills(amounts=modest))
def test_shares_of_lines_with_a_price_sum_to_one(bill):
    plain = bill.model_copy(
        update={
            "currency": "USD",
            "lines": tuple(
                line.model_copy(
                    update={"currency": None, "total": line.total or Decimal(7), "quantity": None}
                )
                for line in bill.lines
            ),
        }
    )
    cost = cost_of(assemble(plain, library(), as_of=TODAY))
    shares = [line.share for line in cost.lines]
    if shares:
        assert abs(sum(shares) - 1) < Decimal("1e-20")
        assert abs(cost.lines[-1].cumulative - 1) < Decimal("1e-20")
        assert abs(sum(entry.share for entry in cost.categories) - 1) < Decimal("1e-20")
        assert shares == sorted(shares, reverse=True)
        assert cost.lines[0].vital


@some
@given(
    amounts=st.lists(modest, min_size=1, max_size=9),
    quantity=st.integers(1, 99),
    pods=st.integers(1, 9),
)
def test_many_pods_cost_as_many_times_one(amounts, quantity, pods):
    bill = BillOfMaterials(
        currency="USD",
        lines=tuple(
            Line(id=f"line{n}", title="x", quantity=Decimal(quantity), unit_price=amount)
            for n, amount in enumerate(amounts)
        ),
    )
    pod = assemble(bill, {}, as_of=TODAY)
    assert cost_of(pod, pods=pods).total == pods * cost_of(pod).total
    assert cost_of(pod, pods=pods).per_pod == cost_of(pod).total


@some
@given(amounts=st.lists(modest, min_size=1, max_size=9))
def test_the_vital_lines_are_the_fewest_that_make_four_fifths_of_the_cost(amounts):
    bill = BillOfMaterials(
        lines=tuple(Line(id=f"line{n}", total=amount) for n, amount in enumerate(amounts))
    )
    cost = cost_of(assemble(bill, {}, as_of=TODAY))
    vital = [line.amount for line in cost.vital_lines]
    assert sum(vital) >= cost.total * Decimal("0.8")
    assert sum(vital[:-1]) < cost.total * Decimal("0.8")


quotes = st.builds(
    Quote,
    part=st.just("fan"),
    vendor=st.sampled_from([None, "North", "South"]),
    day=DAYS,
    valid_until=DAYS,
    currency=CURRENCIES,
    unit_price=PRICES,
    minimum=COUNTS,
    pack=COUNTS.filter(bool),
    lead_days=st.none() | st.integers(0, 90),
)


@settings(max_examples=300, deadline=None)
@given(offered=st.lists(quotes, max_size=6), wanted=COUNTS, currency=CURRENCIES)
def test_an_offer_buys_what_is_wanted_in_whole_packs_and_at_least_the_minimum(
    offered, wanted, currency
):
    offers = weigh(offered, wanted=wanted, as_of=TODAY, currency=currency)
    assert len(offers) == len(offered)
    with localcontext() as exact:
        exact.prec = 200
        for offer in offers:
            assert offer.bought >= wanted
            assert offer.bought >= offer.quote.minimum
            assert offer.bought % offer.quote.pack == 0
            assert offer.bought - offer.quote.pack < max(wanted, offer.quote.minimum)
            assert offer.cost == offer.bought * offer.quote.unit_price


@settings(max_examples=300, deadline=None)
@given(offered=st.lists(quotes, max_size=6), wanted=COUNTS, currency=CURRENCIES)
def test_offers_that_can_be_taken_stand_first_and_the_cheapest_of_them_foremost(
    offered, wanted, currency
):
    offers = weigh(offered, wanted=wanted, as_of=TODAY, currency=currency)
    refused = [bool(offer.refusal) for offer in offers]
    assert refused == sorted(refused)
    taken = [offer.cost for offer in offers if not offer.refusal]
    assert taken == sorted(taken)
    for offer in offers:
        if not offer.refusal:
            assert offer.quote.valid_until is None or offer.quote.valid_until >= TODAY
            assert offer.quote.day is None or offer.quote.day <= TODAY


RIVALS = [("A", "5", "1"), ("B", "4", "10"), ("C", "4", "10"), ("A", "3", "99")]


@settings(max_examples=150, deadline=None)
@given(rivals=st.permutations(RIVALS), wanted=st.integers(1, 120))
def test_the_order_of_quotes_in_a_file_decides_nothing(rivals, wanted):
    offered = [
        Quote(part="fan", vendor=vendor, unit_price=Decimal(price), minimum=Decimal(minimum))
        for vendor, price, minimum in rivals
    ]
    best = weigh(offered, wanted=Decimal(wanted), as_of=TODAY, currency=None)[0]
    again = weigh(offered[::-1], wanted=Decimal(wanted), as_of=TODAY, currency=None)[0]
    assert best == again
