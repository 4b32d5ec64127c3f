"""The quick search of `plan find` against the plain definition, on small catalogs."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from podplanner.catalog.parts import Part
from podplanner.planning.find.body import Body, every_body
from podplanner.planning.find.design import (
    Design,
    Vector,
    Worth,
    allows,
    can_be_built,
    meets,
)
from podplanner.planning.find.dominance import undominated
from podplanner.planning.find.front import front
from podplanner.planning.find.layouts import Pace, cluster_layouts, layouts_of
from podplanner.planning.find.need import Need
from podplanner.planning.find.search import search
from podplanner.planning.find.stock import Stock, stock_of
from tests.support.tiny_catalog import catalogs

needs = st.builds(
    Need,
    usable=st.sampled_from([10**12, 6 * 10**12, 12 * 10**12]),
    read=st.sampled_from([0, 0, 10**8, 3 * 10**8]),
    read_alone=st.sampled_from([0, 0, 10**8]),
    write=st.sampled_from([0, 0, 10**8]),
    nines=st.sampled_from([0, 0, 2, 5]),
    budget=st.sampled_from([None, None, Decimal(1200), Decimal(2500)]),
    rack_units=st.sampled_from([None, None, 4]),
    pods_max=st.integers(2, 4),
    watts_max=st.sampled_from([None, None, Decimal(500)]),
    unprotected=st.booleans(),
    family=st.sampled_from([None, None, None, "raidz", "mirror", "ceph-ec"]),
)


def by_definition(need: Need, stock: Stock) -> set[Vector]:
    """Return the front by trying every design there is, one by one."""
    worth, found = Worth.of(need), []
    for _, bodies in groupby(every_body(stock), key=lambda body: body.frame.chassis.sku):
        alike = list(bodies)
        for drive in stock.drives:
            for drives in range(1, alike[0].frame.bays + 1):
                for design in _fewest_pods(need, alike, Pace.of(drive), drives):
                    found.append((worth.of_figures(design.figures), design))
    return {vector for vector, _ in front(found)}


def _fewest_pods(need: Need, bodies: list[Body], pace: Pace, drives: int) -> Iterator[Design]:
    for layout in (*layouts_of(drives), *cluster_layouts(need.pods_max)):
        if not allows(need, layout):
            continue
        for pods in range(1, need.pods_max + 1):
            designs = [Design(body, pace, drives, layout, pods, need.spares) for body in bodies]
            good = [d for d in designs if can_be_built(d) and meets(d.figures, need)]
            if good:
                yield from good
                break


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(catalogs(), needs)
def test_the_quick_search_finds_the_front_of_all_designs(parts: dict[str, Part], need: Need):
    stock = stock_of(parts)
    assert not stock.withheld
    found = search(need, stock)
    worth = Worth.of(need)
    assert {worth.of_figures(design.figures) for design in found.front} == by_definition(
        need, stock
    )
    for design in found.front:
        assert can_be_built(design)
        assert meets(design.figures, need)
    assert found.evaluated <= found.space


vectors = st.lists(st.tuples(*[st.integers(0, 3)] * 5), max_size=40)


def _dominated(one: Vector, others: list[Vector]) -> bool:
    return any(
        other != one and all(a <= b for a, b in zip(other, one, strict=True)) for other in others
    )


@given(vectors)
def test_the_front_is_what_no_other_dominates(found: list[Vector]):
    best = front([(vector, None) for vector in found])
    assert [vector for vector, _ in best] == sorted(
        {vector for vector in found if not _dominated(vector, found)}
    )


@given(vectors)
def test_what_is_left_out_is_covered_by_what_is_kept(found: list[Vector]):
    kept = undominated(found, lambda vector: tuple(-figure for figure in vector))
    assert set(kept) == {vector for vector in found if not _dominated(vector, found)}
