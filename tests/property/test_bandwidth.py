"""Laws of shared links, whatever the pod looks like."""

from datetime import date
from fractions import Fraction
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from podplanner.catalog.bill import BillOfMaterials
from podplanner.catalog.parts import PART
from podplanner.catalog.pod import assemble
from podplanner.planning.bandwidth import bandwidth_of
from podplanner.planning.chain import OUTWARD
from podplanner.planning.sharing import Flow, fair_shares

RATES = st.integers(1, 1_000)
HERE = {"title": "x", "source": "made up for this test"}


@st.composite
def trees(draw):
    """Return (parents of links, capacities, flows): each flow goes from a link to the root, 0."""
    links = draw(st.integers(1, 6))
    parents = [None] + [draw(st.integers(0, n - 1)) for n in range(1, links)]
    capacities = [draw(st.one_of(st.none(), RATES)) for _ in range(links)]
    starts = draw(st.lists(st.integers(0, links - 1), min_size=1, max_size=8))
    flows = [Flow(way(parents, start), draw(RATES)) for start in starts]
    return parents, capacities, flows


def way(parents, link):
    found = []
    while link is not None:
        found.append((link, Fraction(1)))
        link = parents[link]
    return tuple(found)


def smallest_cut(capacities, flows):
    """Return the least capacity of links and wishes that parts all flows from the root."""
    best = sum(flow.wish for flow in flows)
    known = [n for n, capacity in enumerate(capacities) if capacity is not None]
    for size in range(1, len(known) + 1):
        for cut in combinations(known, size):
            rest = [f for f in flows if not any(link in cut for link, _ in f.links)]
            best = min(best, sum(capacities[n] for n in cut) + sum(f.wish for f in rest))
    return best


def total(flows, capacities):
    return sum(share.rate for share in fair_shares(flows, capacities))


@given(trees())
def test_on_a_tree_the_total_is_the_smallest_cut(tree):
    _, capacities, flows = tree
    assert total(flows, capacities) == smallest_cut(capacities, flows)


@given(trees())
def test_no_link_carries_more_than_it_can_and_no_flow_more_than_it_wishes(tree):
    _, capacities, flows = tree
    shares = fair_shares(flows, capacities)
    for link, capacity in enumerate(capacities):
        carried = sum(
            share.rate
            for flow, share in zip(flows, shares, strict=True)
            if link in dict(flow.links)
        )
        assert capacity is None or carried <= capacity
    assert all(share.rate <= flow.wish for flow, share in zip(flows, shares, strict=True))


@given(trees())
def test_a_flow_that_is_held_back_is_held_back_by_a_full_link_where_none_gets_more(tree):
    _, capacities, flows = tree
    shares = fair_shares(flows, capacities)
    for flow, share in zip(flows, shares, strict=True):
        if share.limit is None:
            assert share.rate == flow.wish
            continue
        there = [
            other.rate
            for other_flow, other in zip(flows, shares, strict=True)
            if share.limit in dict(other_flow.links)
        ]
        assert share.limit in dict(flow.links)
        assert sum(there) == capacities[share.limit]
        assert share.rate == max(there)


@given(trees(), st.data())
def test_one_flow_more_raises_no_other_ones_share(tree, data):
    parents, capacities, flows = tree
    link = data.draw(st.integers(0, len(parents) - 1))
    more = [*flows, Flow(way(parents, link), data.draw(RATES))]
    before, after = fair_shares(flows, capacities), fair_shares(more, capacities)
    assert all(new.rate <= old.rate for old, new in zip(before, after, strict=False))


@given(trees(), st.data())
def test_a_wider_link_lowers_no_total_and_no_least_share(tree, data):
    _, capacities, flows = tree
    known = [n for n, capacity in enumerate(capacities) if capacity is not None]
    if not known:
        return
    wider = list(capacities)
    wider[data.draw(st.sampled_from(known))] += data.draw(RATES)
    assert total(flows, wider) >= total(flows, capacities)
    least = min(share.rate for share in fair_shares(flows, capacities))
    assert min(share.rate for share in fair_shares(flows, wider)) >= least


# --- Whole pods ---

LANES = st.sampled_from((None, 1, 2, 4, 8, 16))
GENERATIONS = st.sampled_from((None, 1, 2, 3, 4, 5))
LINES = st.sampled_from((None, "1.5 Gb/s", "3 Gb/s", "6 Gb/s", "12 Gb/s"))
MAYBE = st.sampled_from((None, True, False))


@st.composite
def pods(draw):
    """Return the parts and quantities of a pod, with figures missing here and there."""
    host_ports = draw(st.sampled_from((1, 2, 4)))
    planes = draw(st.integers(1, 4))
    return {
        "plane": {
            "ports": 4, "host_ports": host_ports,
            "fanout": draw(st.sampled_from((None, "multiplier", "expander"))),
            "drive_rate": draw(LINES), "host_rate": draw(LINES),
        },
        "card": {
            "ports": 8, "port_rate": draw(LINES), "fis_switching": draw(MAYBE),
            "pcie_lanes": draw(LANES), "pcie_generation": draw(GENERATIONS),
        },
        "board": {
            "slots": draw(st.sampled_from(((), (
                {"count": 2, "lanes": 8, "size": 16, "generation": 3},
                {"count": 2, "lanes": 4, "size": 16, "generation": 2, "behind": "chipset"},
            )))),
            "chipset_lanes": draw(st.sampled_from((None, 4))),
            "chipset_generation": draw(GENERATIONS),
            "lan_ports": draw(st.sampled_from((None, 0, 2))), "lan_rate": "1 Gb/s",
        },
        "drive": {"sustained_rate": draw(st.sampled_from((None, "150 MB/s", "260 MB/s")))},
        "planes": planes, "cards": -(-planes * host_ports // 8) + draw(st.integers(0, 1)),
        "drives": draw(st.integers(1, planes * 4)),
    }  # fmt: skip


def bandwidth(figures, **changed):
    figures = {**figures, **changed}
    kinds = {"plane": "backplane", "card": "adapter", "board": "board", "drive": "drive"}
    parts = {
        sku: PART.validate_python({
            "kind": kind, "sku": sku, **HERE,
            **{name: value for name, value in figures[sku].items() if value is not None},
        })
        for sku, kind in kinds.items()
    }  # fmt: skip
    counts = {"plane": figures["planes"], "card": figures["cards"], "board": 1,
              "drive": figures["drives"]}  # fmt: skip
    lines = [{"id": s, "part": s, "title": s, "quantity": n} for s, n in counts.items()]
    bill = BillOfMaterials.model_validate({"line": lines})
    return bandwidth_of(assemble(bill, parts, as_of=date(2026, 11, 24)))


@given(pods())
def test_no_step_carries_less_than_what_comes_out(figures):
    found = bandwidth(figures)
    if found.host.total is None:
        return
    assert found.demand is None or found.host.total <= found.demand
    for stage in found.stages:
        whole = sum(load.drives for load in stage.loads) >= len(found.drives)
        if stage.capacity is not None and whole:
            out = found.network.total if stage.step in OUTWARD else found.host.total
            assert out <= stage.capacity
    assert found.network.total is None or found.network.total <= found.host.total


@given(pods())
def test_every_scenario_lies_between_the_least_and_the_most(figures):
    found = bandwidth(figures)
    for question in (*found.questions, *found.settled):
        for scenario in question.scenarios:
            if found.host.total is not None:
                assert scenario.host.total <= found.host.total
            if found.least_host and found.least_host.total is not None:
                assert scenario.host.total is None or found.least_host.total <= scenario.host.total
    assert all(not s.limits for question in found.settled for s in question.scenarios)


@given(pods())
def test_more_drives_never_get_more_each(figures):
    found = bandwidth(figures)
    fewer = bandwidth(figures, drives=max(figures["drives"] - 1, 1))
    if found.host.per_drive is not None and fewer.host.per_drive is not None:
        assert found.host.per_drive <= fewer.host.per_drive


@given(pods(), st.sampled_from(("6 Gb/s", "12 Gb/s")))
def test_a_figure_that_is_stated_settles_or_lowers_but_never_raises(figures, rate):
    if figures["card"]["port_rate"] is not None:
        return
    stated = bandwidth(figures, card={**figures["card"], "port_rate": rate})
    found = bandwidth(figures)
    if found.host.total is not None and stated.host.total is not None:
        assert stated.host.total <= found.host.total
