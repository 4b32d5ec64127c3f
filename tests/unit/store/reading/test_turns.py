"""Groups take turns, and nothing is lost or comes out of its order."""

from hypothesis import given
from hypothesis import strategies as st

from podplanner.store.reading.turns import in_turns


def test_two_groups_at_a_time_take_turns_and_the_next_comes_in_when_one_ends():
    assert list(in_turns([[1, 2, 3], [10], [20, 21], [30]])) == [1, 10, 2, 20, 3, 21, 30]


@given(st.lists(st.integers(0, 5)))
def test_everything_comes_once_and_each_group_in_its_order(sizes):
    groups = [[(group, one) for one in range(size)] for group, size in enumerate(sizes)]
    found = list(in_turns(iter(groups)))
    assert sorted(found) == [one for group in groups for one in group]
    assert all([one for one in found if one in group] == group for group in groups)


def test_groups_are_asked_for_when_they_are_needed():
    asked = []

    def groups():
        for number in range(4):
            asked.append(number)
            yield [number] * 3

    turns = in_turns(groups())
    next(turns)
    assert asked == [0, 1]
