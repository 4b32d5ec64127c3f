"""The search for a placement, beside trying out every placement there is."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.planning.placement.demand import Demand, survivable
from podplanner.planning.placement.search import fewest_given_up
from podplanner.planning.placement.seating import seats_of
from podplanner.planning.placement.structure import KINDS, structure_of
from podplanner.planning.topology import Component

some = settings(max_examples=120)
many = settings(max_examples=60)


def parts_of(draw, things, most):
    """Deal things out to at most `most` heaps, some of them empty."""
    heap = [draw(st.integers(0, most - 1)) for _ in things]
    return [[t for t, h in zip(things, heap, strict=True) if h == n] for n in range(most)]


@st.composite
def wirings(draw, bays):
    """Draw backplanes inside supplies, and across them cables inside adapters."""
    found = []
    for small, large in (("backplane", "supply"), ("cable", "adapter")):
        inner = parts_of(draw, range(1, bays + 1), draw(st.integers(1, 4)))
        for heaps, kind in (
            (inner, small),
            (parts_of(draw, inner, draw(st.integers(1, 3))), large),
        ):
            for number, heap in enumerate(heaps, 1):
                flat = heap if kind == small else [bay for part in heap for bay in part]
                found.append(Component(kind, number, frozenset(flat)))
    return found


@st.composite
def tasks(draw, most_bays):
    bays = draw(st.integers(2, most_bays))
    width = draw(st.integers(1, bays))
    sets = draw(st.integers(1, min(bays // width, 4)))
    parity = draw(st.integers(0, min(width - 1, 3)))
    return bays, draw(wirings(bays)), Demand(sets, width, parity)


def killed(components, counts_of, parity):
    """Count the components of each kind whose loss takes more than `parity` of one set."""
    kills = Counter(
        c.kind for c in components if max(counts_of(c.bays).values(), default=0) > parity
    )
    return tuple(kills[kind] for kind in KINDS)


def every_dealing(bays, sets, width):
    """Yield every way to give bays (0-based) to sets, the sets in the order of their first bay."""

    def deal(bay, room, given):
        if bays - bay < sum(room):
            return
        if bay == bays:
            yield tuple(given)
            return
        yield from deal(bay + 1, room, [*given, None])
        for number in range(sets):
            if room[number]:
                fewer = [*room[:number], room[number] - 1, *room[number + 1 :]]
                yield from deal(bay + 1, fewer, [*given, number])
            if room[number] == width:
                return  # the next sets are as untouched as this one

    yield from deal(0, [width] * sets, [])


@some
@given(task=tasks(7))
def test_no_placement_of_all_has_fewer_kills_backplanes_counted_first(task):
    bays, components, demand = task
    structure = structure_of(range(1, bays + 1), components)
    choice = fewest_given_up(structure, demand)
    seats = seats_of(structure, demand, choice.given_up, 0)
    assert choice.proven
    ours = killed(
        components,
        lambda gone: Counter(s.group for s in seats if s.bay in gone and s.role == "data"),
        demand.parity,
    )
    best = min(
        killed(
            components,
            lambda gone, d=dealing: Counter(d[b - 1] for b in gone if d[b - 1] is not None),
            demand.parity,
        )
        for dealing in every_dealing(bays, demand.sets, demand.width)
    )
    assert ours == best


@many
@given(task=tasks(60), spares=st.integers(0, 5))
def test_every_drive_has_one_bay_and_shares_are_even(task, spares):
    bays, components, demand = task
    spares = min(spares, bays - demand.drives)
    structure = structure_of(range(1, bays + 1), components)
    choice = fewest_given_up(structure, demand)
    seats = seats_of(structure, demand, choice.given_up, spares)
    assert [seat.bay for seat in seats] == list(range(1, bays + 1))
    members = sorted((s.group, s.member) for s in seats if s.role == "data")
    assert members == [
        (g, m) for g in range(1, demand.sets + 1) for m in range(1, demand.width + 1)
    ]
    assert sum(seat.role == "spare" for seat in seats) == spares
    for component in components:
        counts = Counter(s.group for s in seats if s.bay in component.bays and s.role == "data")
        per_set = [counts[group] for group in range(1, demand.sets + 1)]
        assert max(per_set) - min(per_set) <= 1


@some
@given(
    sizes=st.lists(st.integers(0, 3), min_size=1, max_size=3),
    sets=st.integers(1, 3), width=st.integers(1, 4), parity=st.integers(0, 2),
)  # fmt: skip
def test_the_bound_for_one_kind_of_component_is_exact(sizes, sets, width, parity):
    parity = min(parity, width - 1)
    layout = DriveLayout("raidz", width - parity, parity, width, sets, "made up")
    ends = [sum(sizes[: n + 1]) for n in range(len(sizes))]
    holders = [range(end - size, end) for end, size in zip(ends, sizes, strict=True)]
    possible = any(
        all(
            max(Counter(d[b] for b in held if d[b] is not None).values(), default=0) <= parity
            for held in holders
        )
        for d in every_dealing(sum(sizes), sets, width)
    )
    assert survivable(sizes, layout) is possible
