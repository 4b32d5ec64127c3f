"""The search itself: which components are given up, in which order, and how quickly."""

import random

import pytest

from podplanner.planning.placement.demand import Demand
from podplanner.planning.placement.flow import SINK, SOURCE, largest, within
from podplanner.planning.placement.search import fewest_given_up
from podplanner.planning.placement.seating import seats_of
from podplanner.planning.placement.structure import structure_of
from podplanner.planning.topology import Component


def component(kind, number, *bays):
    return Component(kind, number, frozenset(bays))


def given_up(components, bays, demand):
    structure = structure_of(range(1, bays + 1), components)
    choice = fewest_given_up(structure, demand)
    return {c.name for i in choice.given_up for c in structure.holders[i].components}


def test_a_backplane_is_saved_at_the_cost_of_an_adapter_and_not_the_other_way_round():
    # Six drives that two may go from: all on backplane 1, or two on each, four behind adapter 1.
    components = [
        component("backplane", 1, 1, 2, 3, 4, 5, 6),
        component("backplane", 2, 7, 8),
        component("backplane", 3, 9, 10),
        component("adapter", 1, 1, 2, 7, 8, 9, 10),
        component("adapter", 2, 3, 4),
        component("adapter", 3, 5, 6),
    ]
    assert given_up(components, 10, Demand(1, 6, 2)) == {"adapter 1"}


def test_a_supply_is_given_up_before_an_adapter():
    components = [
        component("supply", 1, 1, 2, 3), component("supply", 2, 4, 5, 6),
        component("adapter", 1, 1, 4), component("adapter", 2, 2, 5), component("adapter", 3, 3, 6),
    ]  # fmt: skip
    # Three drives of parity one: one behind each adapter, so two of them on one supply.
    assert len(given_up(components, 6, Demand(1, 3, 1))) == 1
    assert given_up(components, 6, Demand(1, 3, 1)) < {"supply 1", "supply 2"}


def test_components_with_the_same_bays_are_given_up_together():
    components = [component("backplane", 1, 1, 2, 3), component("cable", 4, 1, 2, 3)]
    assert given_up(components, 3, Demand(1, 3, 1)) == {"backplane 1", "cable 4"}


def test_components_that_overlap_within_a_family_are_refused():
    with pytest.raises(ValueError, match="overlap"):
        structure_of(range(1, 4), [component("cable", 1, 1, 2), component("adapter", 1, 2, 3)])


def test_more_drives_than_bays_are_refused():
    with pytest.raises(ValueError, match="4 drives do not fit 3 bays"):
        fewest_given_up(structure_of(range(1, 4), []), Demand(1, 4, 1))


def test_a_flow_is_held_back_by_its_smallest_cut():
    edges = [(SOURCE, 2), (SOURCE, 3), (2, 3), (2, SINK), (3, SINK)]
    flow = largest(4, edges, [3, 2, 5, 2, 2])
    assert flow.value == 4
    assert sum([3, 2, 5, 2, 2][edge] for edge in flow.cut) == 4


def test_a_flow_keeps_its_lower_bounds_or_there_is_none():
    edges = [(SOURCE, 2), (2, SINK), (2, SINK)]
    assert within(3, edges, [0, 1, 2], [5, 4, 2], 5) == (5, 3, 2)
    assert within(3, edges, [0, 3, 3], [5, 4, 4], 5) is None
    assert within(3, edges, [0, 4, 0], [5, 3, 4], 5) is None


def large_wiring(chance):
    """Return up to 90 bays on backplanes that are wired at random, and a demand that fills them."""
    ports = chance.choice([3, 4, 5, 6, 8, 12, 15, 24])
    number = chance.randint(2, 90 // ports)
    backplanes = [range(i * ports + 1, (i + 1) * ports + 1) for i in range(number)]
    components = [component("backplane", n, *bays) for n, bays in enumerate(backplanes, 1)]
    for kind, most in (("supply", 4), ("adapter", 5)):
        owners = [chance.randrange(most) for _ in backplanes]
        for owner in range(most):
            mine = [b for bays, o in zip(backplanes, owners, strict=True) if o == owner
                    for b in bays]  # fmt: skip
            components.append(component(kind, owner + 1, *mine))
    parity = chance.randint(1, 3)
    width = chance.randint(parity + 1, min(20, ports * number))
    return ports * number, components, Demand(ports * number // width, width, parity)


def test_pods_of_up_to_90_bays_are_settled_for_certain():
    chance = random.Random(20261124)
    for _ in range(60):
        bays, components, demand = large_wiring(chance)
        structure = structure_of(range(1, bays + 1), components)
        choice = fewest_given_up(structure, demand)
        seats_of(structure, demand, choice.given_up, 0)
        assert choice.proven


def test_the_same_answer_comes_every_time():
    bays, components, demand = large_wiring(random.Random(7))
    structure = structure_of(range(1, bays + 1), components)
    first = seats_of(structure, demand, fewest_given_up(structure, demand).given_up, 0)
    again = structure_of(range(1, bays + 1), list(reversed(components)))
    assert seats_of(again, demand, fewest_given_up(again, demand).given_up, 0) == first
