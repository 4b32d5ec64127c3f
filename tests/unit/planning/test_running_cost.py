"""What pods cost to own, followed by hand; and what a cloud would ask for the same."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from podplanner.catalog.prices import Band, Tariff, flat, tariffs, typical_site
from podplanner.planning.running_cost import (
    Ownership,
    banded,
    beyond_spares,
    cloud_cost,
    energy_kwh,
    running_cost,
)

OWN = Ownership(
    years=Decimal(5), purchase=Decimal("10000.00"), drives=45, afr=0.0157,
    drive_price=Decimal("300.00"), spares=0, watts=Decimal(400), kwh_price=Decimal("0.10"),
    pue=Decimal("1.5"), rack_units=4, rack_unit_month=Decimal(25), stored_bytes=500 * 10**12,
)  # fmt: skip


def amounts(own):
    return {item.name: item.amount for item in running_cost(own).items}


def test_each_share_can_be_followed_by_hand():
    assert amounts(OWN) == {
        "parts": Decimal("10000.00"),
        "replacement drives": Decimal("1059.75"),  # 45 x 0.0157 x 5 = 3.5325 drives at 300
        "power": Decimal("2628.00"),  # 0.4 kW x 8,760 h x 5 x 1.5 = 26,280 kWh at 0.10
        "rack space": Decimal("6000.00"),  # 4 U x 60 months at 25
    }
    found = running_cost(OWN)
    assert found.total == Decimal("19687.75")
    assert found.per_tb_month == Decimal("0.66")  # 19,687.75 / 500 TB / 60 months
    assert found.failures == pytest.approx(3.5325)


def test_407_watts_for_a_year_are_3565_kilowatt_hours():
    # 45Drives measured 407 W at the wall of a pod with 60 drives (2014).
    own = replace(OWN, years=Decimal(1), watts=Decimal(407), pue=Decimal(1))
    assert energy_kwh(own) == Decimal("3565.320")
    assert amounts(own)["power"] == Decimal("356.53")


def test_spares_pay_for_the_first_failures_only():
    none, two, many = (amounts(replace(OWN, spares=n))["replacement drives"] for n in (0, 2, 100))
    assert none > two > many == 0


@given(st.integers(0, 120), st.integers(0, 80))
def test_failures_beyond_the_spares_are_those_of_a_poisson_sum(halves, spares):
    mean, term, beyond = Fraction(halves, 2), Fraction(1), Fraction(0)
    for k in range(1, 200):
        term = term * mean / k
        beyond += max(k - spares, 0) * term
    assert beyond_spares(halves / 2, spares) == pytest.approx(float(beyond) * exp(-mean), abs=1e-9)


def test_failures_beyond_the_spares_hold_for_a_great_fleet():
    assert beyond_spares(5000.0, 100) == pytest.approx(4900.0)


@pytest.mark.parametrize(
    ("field", "share"),
    [("afr", "replacement drives"), ("drives", "replacement drives"),
     ("drive_price", "replacement drives"), ("watts", "power"),
     ("rack_units", "rack space"), ("purchase", "parts")],
)  # fmt: skip
def test_what_is_unknown_leaves_the_total_unknown_and_never_counts_as_nothing(field, share):
    found = running_cost(replace(OWN, **{field: None}))
    assert {item.name for item in found.items if item.amount is None} == {share}
    assert found.total is None
    assert found.per_tb_month is None
    assert found.swings == ()


def test_the_input_that_moves_the_answer_most_comes_first():
    swings = running_cost(OWN).swings
    assert swings[0].name == "price of the parts"
    assert swings[0].low == Decimal("17687.75")
    assert swings[0].high == Decimal("21687.75")
    reaches = [swing.reach for swing in swings]
    assert reaches == sorted(reaches, reverse=True)
    dear = running_cost(replace(OWN, rack_unit_month=Decimal(500))).swings
    assert {dear[0].name, dear[1].name} == {"price of a rack unit", "years"}


def test_a_site_without_overhead_has_nothing_to_swing():
    swings = {s.name: s.reach for s in running_cost(replace(OWN, pue=Decimal(1))).swings}
    assert swings["power beside the machines (PUE above 1)"] == 0


@pytest.mark.parametrize(
    "wrong",
    [{"years": Decimal(0)}, {"pue": Decimal("0.9")}, {"watts": Decimal(-1)}, {"spares": -1},
     {"drive_price": Decimal(-5)}, {"afr": -0.1}],
)  # fmt: skip
def test_nonsense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"0|above|or more"):
        running_cost(replace(OWN, **wrong))


def test_bands_of_a_tariff_each_have_their_own_price():
    s3 = tariffs()["s3-standard"]
    size = 600 * 2**40
    # 50 TiB at 0.023, 450 at 0.022, 100 at 0.021 per GiB: 1,177.60 + 10,137.60 + 2,150.40.
    assert banded(s3.storage, size, s3.unit) == Decimal("13465.600")
    assert banded(s3.egress, 0, s3.unit) == 0


def test_a_cloud_for_the_same_data_and_time():
    mine = flat("mine", "USD", date(2026, 11, 24), Decimal("0.006"), Decimal("0.01"))
    found = cloud_cost(mine, stored_bytes=100 * 10**12, egress_bytes_month=10**13, years=Decimal(5))
    assert found.storage == Decimal("36000.00")
    assert found.egress == Decimal("6000.00")
    assert found.per_tb_month == Decimal("7.00")
    assert found.total == Decimal("42000.00")


def test_a_cloud_that_keeps_nothing_is_refused():
    with pytest.raises(ValueError, match="more than nothing"):
        cloud_cost(tariffs()["s3-standard"], stored_bytes=0, egress_bytes_month=0, years=Decimal(5))


@given(st.integers(1, 10**16), st.integers(0, 10**16))
def test_more_bytes_never_cost_less(size, more):
    s3 = tariffs()["s3-standard"]
    assert banded(s3.storage, size + more, s3.unit) >= banded(s3.storage, size, s3.unit)


@pytest.mark.parametrize(
    "bands",
    [[{"price": "1", "up_to": 5}], [{"price": "1"}, {"price": "2"}],
     [{"price": "1", "up_to": 9}, {"price": "1", "up_to": 5}, {"price": "1"}],
     [{"price": "-1"}]],
)  # fmt: skip
def test_a_tariff_whose_bands_make_no_sense_is_refused(bands):
    with pytest.raises(ValidationError):
        Tariff(name="x", currency="USD", day=date(2026, 1, 1), source="x", unit=1, storage=bands)


def test_shipped_prices_say_where_each_comes_from():
    site = typical_site()
    priced = {"kwh", "pue", "rack_unit_month"}
    assert set(site.sources) | set(site.assumptions) == priced
    for tariff in tariffs().values():
        assert {"storage", "egress", "unit"} <= set(tariff.sources)
        assert isinstance(tariff.storage[-1], Band)
