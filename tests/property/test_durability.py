"""Laws of durability, over parameters that nobody chose."""

from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.durability_reference import chain_loss, group_chain, window_loss

from podplanner.planning.durability import Stress, group_losses, nines
from podplanner.planning.durability.rate import poisson_interval, rate_of_counts, read_rate
from podplanner.planning.durability.rebuild import read_hours
from podplanner.planning.durability.scenario import (
    Scenario,
    consecutive_groups,
    groups_across_pods,
)
from podplanner.planning.durability.simulation import simulate

RATES = st.floats(-4, 2).map(lambda power: 10.0**power)
HOURS = st.floats(-1, 3.94).map(lambda power: 10.0**power)


@st.composite
def groups(draw):
    parity = draw(st.integers(0, 6))
    return draw(st.integers(parity + 1, 60)), parity


@settings(max_examples=60, deadline=None)
@given(groups(), RATES, HOURS, st.sampled_from([0.0, 1e-3, 0.5, 1.0]))
def test_losses_have_ten_right_digits(group, afr, rebuild_h, read_error):
    drives, parity = group
    found = group_losses(
        drives=drives, parity=parity, afr=afr, rebuild_h=rebuild_h,
        stress=Stress(read_error=read_error),
    )  # fmt: skip
    exact = {"window": window_loss(drives, parity, afr, rebuild_h, read_error)}
    for name in ("parallel", "serial"):
        exact[name] = chain_loss(
            *group_chain(
                drives, parity, afr, rebuild_h, serial=name == "serial", read_error=read_error
            )
        )
    for name, loss in exact.items():
        assert abs(Decimal(getattr(found, name)) / loss - 1) < Decimal("1e-10"), name


@given(groups(), RATES, HOURS)
def test_more_failures_and_slower_repairs_never_lose_less(group, afr, rebuild_h):
    drives, parity = group
    assume(rebuild_h < 4000)
    found = group_losses(drives=drives, parity=parity, afr=afr, rebuild_h=rebuild_h)
    worse = group_losses(drives=drives, parity=parity, afr=afr * 1.5, rebuild_h=rebuild_h)
    slower = group_losses(drives=drives, parity=parity, afr=afr, rebuild_h=rebuild_h * 2)
    for name in ("parallel", "serial"):
        loss = getattr(found, name) * (1 - 1e-11)
        assert getattr(worse, name) >= loss
        assert getattr(slower, name) >= loss
    assert worse.window >= found.window * (1 - 1e-11)


@given(groups(), RATES, HOURS)
def test_one_repair_at_a_time_never_loses_less_than_all_at_once(group, afr, rebuild_h):
    drives, parity = group
    found = group_losses(drives=drives, parity=parity, afr=afr, rebuild_h=rebuild_h)
    assert found.serial >= found.parallel * (1 - 1e-11)
    assert 0 < found.parallel <= found.serial <= 1 or found.parallel == 1


@given(groups(), RATES, HOURS)
def test_another_parity_drive_never_loses_more(group, afr, rebuild_h):
    drives, parity = group
    assume(parity + 1 < drives)
    less = group_losses(drives=drives, parity=parity, afr=afr, rebuild_h=rebuild_h)
    more = group_losses(drives=drives, parity=parity + 1, afr=afr, rebuild_h=rebuild_h)
    for name in ("parallel", "serial"):
        assert getattr(more, name) <= getattr(less, name) * (1 + 1e-11)


@given(st.floats(1e-300, 1.0))
def test_nines_are_the_most_that_a_loss_leaves(loss):
    count = nines(loss)
    assert loss <= float(f"1e-{count}")
    assert loss > float(f"1e-{count + 1}")


@given(st.integers(0, 10**6), st.integers(1, 10**9))
def test_an_interval_holds_its_estimate(failures, drive_days):
    found = rate_of_counts(failures, drive_days, "counts")
    assert found.low <= found.estimate < found.high
    assert (failures == 0) == (found.low == 0)


@given(st.integers(0, 3_000))
def test_intervals_grow_with_the_count(count):
    (low, high), (low2, high2) = poisson_interval(count), poisson_interval(count + 1)
    assert low < low2
    assert high < high2


@given(st.decimals(0, 100, places=4))
def test_a_rate_in_percent_is_the_same_rate(percent):
    assert read_rate(f"{percent}%") == read_rate(f"{percent / 100}")


@given(st.integers(1, 400), st.integers(0, 23), st.integers(0, 59))
def test_times_are_added_up(days, hours, minutes):
    assert read_hours(f"{days}d{hours}h{minutes}m") == float(
        (days * 1440 + hours * 60 + minutes) / Decimal(60)
    )


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_groups_over_pods_hold_every_drive_once(count, width, data):
    pods = data.draw(st.integers(1, width))
    found = groups_across_pods(count, width, pods)
    assert sorted(drive for group in found for drive in group) == list(range(count * width))
    if pods == 1:
        assert found == consecutive_groups(count, width)


@settings(max_examples=25, deadline=None)
@given(groups(), st.floats(0.01, 3.0), st.floats(1, 2000), st.integers(0, 9), st.booleans())
def test_simulated_counts_make_sense(group, rate, repair_h, seed, plain):
    drives, parity = group
    scenario = Scenario(consecutive_groups(2, drives), parity, rate, repair_h)
    seen = simulate(scenario, years=30, seed=seed, plain=plain)
    assert seen.lost <= seen.years
    assert seen.failures >= seen.lost * (parity + 1)
    assert seen.low <= seen.loss <= seen.high <= 1
