"""The best seats for cards are as good as trying every seating."""

from decimal import Decimal
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from podplanner.catalog.bill import Line
from podplanner.catalog.parts import Adapter, Slot
from podplanner.catalog.pod import Item
from podplanner.planning.hookup import Unit
from podplanner.planning.seats import Card, best_seats

SIZES = (1, 4, 8, 16)


def card(number, lanes, size, generation):
    part = Adapter(
        sku=f"CARD{number}", title="card", source="made up for this test", pcie_lanes=lanes,
        pcie_size=size, pcie_generation=generation,
    )  # fmt: skip
    line = Line(id=f"card{number}", title="card", quantity=Decimal(1))
    return Card.of(Unit(Item(number + 1, line, part, "adapter"), 1, number + 1))


cards = st.lists(
    st.tuples(st.sampled_from(SIZES), st.none() | st.sampled_from(SIZES), st.integers(1, 5)),
    max_size=5,
).map(lambda rows: [card(number, *row) for number, row in enumerate(rows)])
slots = st.lists(
    st.builds(
        Slot, count=st.integers(1, 2), lanes=st.sampled_from(SIZES), size=st.sampled_from(SIZES),
        generation=st.integers(1, 5), behind=st.sampled_from([None, "cpu", "chipset"]),
    ),
    max_size=3,
)  # fmt: skip


def fits(one, slot):
    return one.edge is None or one.edge <= slot.size


def worth(pairs):
    taken = [(one, slot) for one, slot in pairs if slot is not None]
    return len(taken), sum(one.rate(slot) or 0 for one, slot in taken)


@settings(max_examples=200, deadline=None)
@given(cards=cards, slots=slots)
def test_no_other_seating_seats_more_cards_or_gives_them_more(cards, slots):
    chosen = best_seats(cards, slots)
    for slot in slots:
        assert chosen.count(slot) <= slot.count * slots.count(slot)
    assert all(slot is None or fits(one, slot) for one, slot in zip(cards, chosen, strict=True))
    places = [slot for slot in slots for _ in range(slot.count)] + [None] * len(cards)
    best = (0, 0)
    for order in {tuple(map(id, p)): p for p in permutations(places, len(cards))}.values():
        pairs = list(zip(cards, order, strict=True))
        if all(slot is None or fits(one, slot) for one, slot in pairs):
            best = max(best, worth(pairs))
    assert worth(list(zip(cards, chosen, strict=True))) == best


def test_without_cards_or_slots_there_is_nothing_to_seat():
    assert best_seats([], []) == ()
    assert best_seats([card(0, 8, None, 3)], []) == (None,)
