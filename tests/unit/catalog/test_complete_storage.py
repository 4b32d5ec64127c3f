"""The storage side of the catalog has enough complete parts to build pods from, and they fit."""

from decimal import Decimal
from itertools import product

import pytest

from podplanner.catalog.completeness import missing_figures
from podplanner.catalog.library import read_parts
from podplanner.resources import data_dir

PARTS = read_parts([data_dir("bom") / "parts"])
OURS = ("chassis", "backplane", "adapter", "supply", "rail", "cable")
CURRENT = [part for part in PARTS.values() if part.current and part.kind in OURS]
CASES = [part for part in CURRENT if part.kind == "chassis"]
each_current = pytest.mark.parametrize("part", CURRENT, ids=lambda part: part.sku)
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.sku)


def current(kind):
    return [part for part in CURRENT if part.kind == kind]


@each_current
def test_a_current_part_lacks_no_figure(part):
    assert missing_figures(part) == ()


@pytest.mark.parametrize(
    ("kind", "least"),
    [("chassis", 9), ("adapter", 7), ("supply", 9), ("rail", 4), ("cable", 8), ("backplane", 8)],
)
def test_there_are_enough_to_choose_from(kind, least):
    assert len(current(kind)) >= least


@each_case
def test_a_case_without_its_weight_would_not_be_offered(case):
    kept = {name: getattr(case, name) for name in case.model_fields_set - {"weight"}}
    assert missing_figures(case.model_construct(**kept)) == ("weight",)


@each_case
def test_the_bays_of_a_case_are_those_of_its_backplanes(case):
    backplane = PARTS[case.backplane]
    assert backplane.kind == "backplane"
    assert case.data_bays == case.backplanes * backplane.ports
    assert case.included[case.backplane] == case.backplanes
    assert case.bay_form == backplane.bay_form


@each_case
def test_what_comes_with_a_case_is_in_the_catalog_and_has_a_place(case):
    places = {"fan": case.fan_places, "supply": case.supply_places, "rail": 1}
    places["backplane"] = case.backplanes
    found: dict[str, int] = {}
    for sku, pieces in case.included.items():
        kind = PARTS[sku].kind
        found[kind] = found.get(kind, 0) + pieces
    assert found.keys() <= places.keys()
    assert all(number <= places[kind] for kind, number in found.items())


@each_case
def test_supplies_that_fit_a_case_can_be_bought_and_share_a_bus_where_the_case_has_one(case):
    fitting = [part for part in current("supply") if part.form == case.supply_form]
    assert fitting
    assert {part.redundant for part in fitting} == {case.shared_supplies}
    plugs = case.backplanes * PARTS[case.backplane].power_connectors
    assert any(case.supply_places * part.drive_connectors >= plugs for part in fitting)


@each_case
def test_some_adapter_and_cable_reach_the_backplanes_of_a_case(case):
    backplane = PARTS[case.backplane]
    reached = [
        (adapter.sku, cable.sku)
        for adapter, cable in product(current("adapter"), current("cable"))
        if (cable.connector, cable.far_connector) == (adapter.connector, backplane.connector)
        and (adapter.interface == "SAS" or backplane.fanout != "expander")
    ]
    assert reached
    lanes = max(adapter.ports for adapter in current("adapter"))
    assert case.slots * lanes >= case.backplanes * backplane.host_ports


@each_case
def test_rails_carry_a_case_full_of_drives(case):
    # 0.75 kg a 3.5 in drive and 5 kg for board, cards and supplies: more than they weigh.
    full = case.weight + case.data_bays * Decimal("0.75") + 5
    own = [PARTS[sku] for sku in case.included if PARTS[sku].kind == "rail"]
    assert any(rail.load_max >= full for rail in own or current("rail"))


def test_a_rail_is_refused_by_its_load_not_by_its_name():
    light, heavy = PARTS["CLASS-RAIL-35KG"], PARTS["CLASS-RAIL-4U-HEAVY"]
    assert light.load_max < PARTS["CLASS-CASE-4U-60-TOP"].weight < heavy.load_max


@pytest.mark.parametrize("part", current("backplane"), ids=lambda part: part.sku)
def test_a_backplane_has_a_lane_a_drive_or_something_that_shares_lanes(part):
    assert part.host_ports % part.host_connectors == 0
    if part.fanout == "direct":
        assert part.ports <= part.host_ports < part.ports + 4
    else:
        assert part.host_ports < part.ports


@pytest.mark.parametrize("part", current("adapter"), ids=lambda part: part.sku)
def test_an_adapter_spreads_its_lanes_evenly_over_its_sockets(part):
    lanes, rest = divmod(part.ports, part.connectors)
    assert rest == 0
    assert lanes == (1 if part.connector == "SATA" else 4)
    assert part.drives_max >= part.ports


@pytest.mark.parametrize("part", current("supply"), ids=lambda part: part.sku)
def test_the_rails_of_a_supply_agree_with_its_power(part):
    # 12 V carries nearly all of it, at 12.0 to 12.2 V, and no rail carries more than there is.
    assert Decimal("0.9") * part.power <= part.rail_12v * 12 <= part.power * Decimal("1.02")
    assert part.rail_5v * 5 <= part.power
    assert 1 <= part.overload_from < part.overload_to <= 2
    assert Decimal("0.8") <= part.efficiency < 1


def test_the_multipliers_of_the_old_pods_keep_their_rates_and_the_cards_unknown_link():
    multiplier, card = PARTS["CFI-B53PM"], PARTS["SY-PEX40008"]
    assert (multiplier.fanout, multiplier.host_rate, multiplier.drive_rate) == ("multiplier", 3, 3)
    assert (card.port_rate, card.port_multiplier) == (3, True)
    assert (card.chip, card.pcie_lanes, card.pcie_generation, card.fis_switching) == (None,) * 4


def test_the_supplies_of_the_first_pods_are_two_budgets():
    case = PARTS["STORAGE-POD-3.0-CASE"]
    assert case.shared_supplies is False
    assert {w.supply: w.backplanes for w in case.default_wiring} == {
        1: (1, 2, 3, 4, 7), 2: (5, 6, 8, 9),
    }  # fmt: skip


def test_every_current_part_says_what_is_assumed_and_since_when():
    for part in CURRENT:
        assert bool(part.assumptions) == (part.assumed_on is not None)
        if part.class_part:
            stated = part.model_fields_set - _WORDS
            assert stated <= part.assumptions.keys() | {"price_currency", "price_date"}
            assert not part.phrases
            assert not part.aliases


_WORDS = {
    "kind", "sku", "title", "source", "assumptions", "assumed_on", "class_part", "current",
    "price_source", "note",
}  # fmt: skip
