"""Which drives begin, which wait, and which are left alone."""

from hypothesis import given
from hypothesis import strategies as st
from support.drives.self_tested import REBUILD, arrays_of, drive_with, group, running

from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.assessment import Verdict
from podplanner.drives.reading import Temperature, Trouble
from podplanner.drives.testing.log import Kind, runs_now
from podplanner.drives.testing.plan import Candidate, Step, plan_tests, usual_at_once
from podplanner.drives.testing.seat import Seat, seats_of

NO_ARRAYS = ArrayState()


def _planned(readings, arrays=NO_ARRAYS, *, at_once=99, blind=False, wires=None, **candidate):
    seats = seats_of(readings, arrays, links=wires or {})
    found = [Candidate(r, seats[r.source], **candidate) for r in readings]
    return plan_tests(found, arrays, Kind.LONG, at_once=at_once, blind=blind)


def _steps(plan):
    return [decision.step for decision in plan.decisions]


def test_one_drive_of_a_group_begins_and_the_others_wait():
    plan = _planned(
        [drive_with(n) for n in (1, 2, 3, 4)], arrays_of(group("a", 1, 2), group("b", 3, 4))
    )
    assert _steps(plan) == [Step.START, Step.LATER, Step.START, Step.LATER]
    assert "same group (a)" in plan.decisions[1].words


def test_a_test_that_runs_takes_the_place_of_its_group():
    plan = _planned([drive_with(1), running(drive_with(2))], arrays_of(group("a", 1, 2)))
    assert _steps(plan) == [Step.LATER, Step.RUNNING]


def test_drives_behind_one_link_take_turns():
    wires = {"/dev/sd1": "/sys/ata5", "/dev/sd2": "/sys/ata5", "/dev/sd3": "/sys/ata6"}
    plan = _planned([drive_with(n) for n in (1, 2, 3)], wires=wires)
    assert _steps(plan) == [Step.START, Step.LATER, Step.START]


def test_no_more_than_so_many_test_at_once():
    plan = _planned([running(drive_with(1)), *(drive_with(n) for n in range(2, 8))], at_once=3)
    assert _steps(plan) == [Step.RUNNING, Step.START, Step.START, *[Step.LATER] * 4]


def test_a_tenth_of_a_pod_tests_at_once_and_at_least_one_drive():
    assert [usual_at_once(n) for n in (0, 1, 10, 11, 60)] == [1, 1, 1, 2, 6]
    plan = plan_tests([Candidate(drive_with(n)) for n in range(1, 61)], NO_ARRAYS, Kind.SHORT)
    assert len(plan.of(Step.START)) == 6


def test_nothing_begins_during_a_rebuild_anywhere_in_the_pod():
    arrays = arrays_of(group("a", 1, rebuild=REBUILD, gone=1), group("b", 2))
    plan = _planned([drive_with(1), drive_with(2), drive_with(3)], arrays, blind=True)
    assert not plan.of(Step.START)
    assert "a is being rebuilt" in plan.hold
    assert not plan.blind


def test_nothing_begins_during_a_scrub():
    plan = _planned([drive_with(1)], arrays_of(group("a", 1), scrub="scrub in progress, 5 % done"))
    assert _steps(plan) == [Step.LATER]
    assert "scrub" in plan.hold


def test_nothing_begins_while_the_arrays_are_unknown_unless_that_is_wished():
    arrays = arrays_of(group("a", 1), trouble=("zpool did not answer",))
    plan = _planned([drive_with(1)], arrays)
    assert not plan.of(Step.START)
    assert plan.blind
    assert "zpool did not answer" in plan.hold
    assert _steps(_planned([drive_with(1)], arrays, blind=True)) == [Step.START]


def test_drives_of_a_group_that_misses_a_member_are_left_alone():
    arrays = arrays_of(group("a", 1, 2, gone=1), group("b", 3))
    plan = _planned([drive_with(1), drive_with(3)], arrays)
    assert _steps(plan) == [Step.LEFT, Step.START]
    assert "misses 1 member" in plan.decisions[0].words


def test_drives_of_unknown_groups_take_turns_with_each_other():
    arrays = arrays_of(group("a", 8))
    assert _steps(_planned([drive_with(1), drive_with(2)], arrays)) == [Step.START, Step.LATER]


def test_sleeping_drives_are_left_asleep_and_unread_ones_are_unknown():
    plan = _planned(
        [drive_with(1, trouble=Trouble.ASLEEP), drive_with(2, trouble=Trouble.TIMED_OUT)]
    )
    assert _steps(plan) == [Step.LEFT, Step.UNKNOWN]


def test_a_drive_that_fails_is_tested_only_when_it_is_named():
    assert _steps(_planned([drive_with(1, passed=False)])) == [Step.LEFT]
    assert _steps(_planned([drive_with(1)], verdict=Verdict.REPLACE)) == [Step.LEFT]
    assert _steps(_planned([drive_with(1, passed=False)], named=True)) == [Step.START]


def test_a_drive_that_is_too_hot_is_left_alone():
    hot = drive_with(1, temperature=Temperature(current_c=60, limit_c=60))
    assert _steps(_planned([hot], named=True)) == [Step.LEFT]


def test_a_neighbour_that_was_not_asked_for_counts_and_is_not_told():
    arrays = arrays_of(group("a", 1, 2))
    seats = seats_of([drive_with(1), drive_with(2)], arrays)
    plan = plan_tests(
        [Candidate(drive_with(1), seats["/dev/sd1"]),
         Candidate(running(drive_with(2)), seats["/dev/sd2"], asked=False)],
        arrays, Kind.LONG, at_once=9,
    )  # fmt: skip
    assert [d.reading.source for d in plan.decisions] == ["/dev/sd1"]
    assert _steps(plan) == [Step.LATER]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.booleans()), max_size=40),
    st.integers(1, 12),
)
def test_no_plan_ever_puts_two_tests_into_one_group_or_onto_one_link(drives, at_once):
    readings = [
        running(drive_with(n)) if runs else drive_with(n) for n, (_, _, runs) in enumerate(drives)
    ]
    groups = [group(f"g{g}", *(n for n, drive in enumerate(drives) if drive[0] == g))
              for g in range(4)]  # fmt: skip
    links = {f"/dev/sd{n}": f"/sys/ata{link}" for n, (_, link, _) in enumerate(drives)}
    arrays = arrays_of(*groups)
    seats = seats_of(readings, arrays, links=links)
    plan = plan_tests([Candidate(r, seats[r.source]) for r in readings], arrays, Kind.LONG,
                      at_once=at_once)  # fmt: skip
    begun = [d.reading.source for d in plan.of(Step.START)]
    busy = [r.source for r in readings if runs_now(r)]
    for source in begun:
        others = [s for s in (*begun, *busy) if s != source]
        assert not any(seats[s].groups == seats[source].groups for s in others)
        assert not any(seats[s].wires == seats[source].wires for s in others)
    assert len(begun) <= max(0, at_once - len(busy))
    waiting = {d.step for d in plan.decisions}
    assert not (readings and not busy) or Step.START in waiting


def test_a_seat_is_known_to_share_nothing_unless_something_is():
    assert Seat() == seats_of([drive_with(1)], NO_ARRAYS)["/dev/sd1"]
