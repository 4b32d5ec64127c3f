"""The simulation against the closed forms, sharp enough to see ten percent."""

from math import sqrt

import pytest

from podplanner.planning.durability import Stress, group_losses
from podplanner.planning.durability.scenario import (
    Component,
    Scenario,
    consecutive_groups,
    groups_across_pods,
    pods_of,
)
from podplanner.planning.durability.simulation import loss_interval, simulate
from podplanner.planning.durability.splitting import rare_loss

# Deviations of a binomial count that one true comparison in 16,000 exceeds; a closed form that is
# 10 % off deviates by 0.1 sqrt(losses), and 4,000 losses make that 6.
LIMIT = 4.0
LEAST_LOSSES = 1_000
LAYOUTS = (
    # groups, drives, parity, failures a drive-year, hours of repair, years
    (3, 15, 2, 0.8, 156, 9_000),
    (22, 2, 1, 0.8, 150, 9_000),
    (1, 24, 2, 0.7, 200, 9_000),
    (15, 3, 2, 1.6, 400, 12_000),
    (1, 20, 3, 1.2, 250, 12_000),
    (1, 11, 3, 1.6, 400, 14_000),
    (4, 5, 1, 0.8, 72, 14_000),
    (1, 3, 0, 0.15, 24, 20_000),
)


def closed(groups, drives, parity, rate, repair_h, *, serial, stress=None):
    one = group_losses(
        drives=drives, parity=parity, afr=rate, rebuild_h=repair_h, stress=stress or Stress()
    )
    return 1 - (1 - (one.serial if serial else one.parallel)) ** groups


def deviation(lost, years, loss):
    return (lost - years * loss) / sqrt(years * loss * (1 - loss))


def agrees(lost, years, loss):
    return abs(deviation(lost, years, loss)) < LIMIT


@pytest.mark.parametrize("serial", [False, True], ids=["parallel", "serial"])
@pytest.mark.parametrize(("groups", "drives", "parity", "rate", "repair_h", "years"), LAYOUTS)
def test_simulated_loss_is_the_markov_chain_and_not_ten_percent_off(
    groups, drives, parity, rate, repair_h, years, serial
):
    loss = closed(groups, drives, parity, rate, repair_h, serial=serial)
    scenario = Scenario(
        consecutive_groups(groups, drives), parity, rate, repair_h,
        crews_per_group=1 if serial else None,
    )  # fmt: skip
    seen = simulate(scenario, years=years, seed=2026)
    assert seen.loop == "memoryless"
    assert seen.lost >= LEAST_LOSSES
    assert agrees(seen.lost, years, loss), deviation(seen.lost, years, loss)
    assert not agrees(seen.lost, years, loss * 1.1)
    assert not agrees(seen.lost, years, loss * 0.9)


@pytest.mark.parametrize("serial", [False, True], ids=["parallel", "serial"])
@pytest.mark.parametrize(
    ("groups", "drives", "parity", "rate", "repair_h", "years"),
    [(3, 15, 2, 0.8, 156, 5_000), (1, 6, 1, 0.6, 200, 6_000), (4, 4, 2, 1.5, 400, 6_000)],
)
def test_the_plain_event_loop_plays_the_same_law(
    groups, drives, parity, rate, repair_h, years, serial
):
    loss = closed(groups, drives, parity, rate, repair_h, serial=serial)
    scenario = Scenario(
        consecutive_groups(groups, drives), parity, rate, repair_h,
        crews_per_group=1 if serial else None,
    )  # fmt: skip
    plain = simulate(scenario, years=years, seed=7, plain=True)
    assert plain.loop == "clocks"
    assert plain.lost >= LEAST_LOSSES
    assert agrees(plain.lost, years, loss), deviation(plain.lost, years, loss)
    skipping = simulate(scenario, years=years, seed=8)
    both = (plain.lost + skipping.lost) / (2 * years)
    apart = (plain.lost - skipping.lost) / sqrt(2 * years * both * (1 - both))
    assert abs(apart) < LIMIT


@pytest.mark.parametrize("plain", [False, True])
def test_both_loops_agree_where_no_closed_form_does(plain):
    # Fixed repair times, and one crew for two groups: neither chain says what comes out.
    scenario = Scenario(consecutive_groups(2, 8), 2, 1.2, 200, fixed_repair=True, crews=1)
    seen = simulate(scenario, years=5_000, seed=3, plain=plain)
    other = simulate(scenario, years=5_000, seed=4, plain=not plain)
    share = (seen.lost + other.lost) / 10_000
    assert seen.lost > LEAST_LOSSES
    assert abs(seen.lost - other.lost) < LIMIT * sqrt(10_000 * share * (1 - share))
    assert abs(seen.failures / other.failures - 1) < 0.02


@pytest.mark.parametrize("plain", [False, True])
def test_read_errors_are_played_as_the_chain_counts_them(plain):
    stress = Stress(read_error=0.3)
    for parity, rate in ((1, 0.2), (2, 0.6)):
        scenario = Scenario(consecutive_groups(2, 8), parity, rate, 120, read_error=0.3)
        seen = simulate(scenario, years=8_000, seed=5, plain=plain)
        loss = closed(2, 8, parity, rate, 120, serial=False, stress=stress)
        assert seen.lost >= LEAST_LOSSES
        assert agrees(seen.lost, seen.years, loss)
        assert not agrees(seen.lost, seen.years, closed(2, 8, parity, rate, 120, serial=False))


def test_seventeen_and_three_over_twenty_pods():
    groups = groups_across_pods(45, 20, 20)
    scenario = Scenario(groups, 3, 0.6, 200)
    seen = simulate(scenario, years=2_500, seed=11)
    loss = closed(45, 20, 3, 0.6, 200, serial=False)
    assert scenario.drives == 900
    assert seen.lost >= LEAST_LOSSES
    assert agrees(seen.lost, seen.years, loss)
    assert not agrees(seen.lost, seen.years, loss * 1.1)
    assert not agrees(seen.lost, seen.years, loss * 0.9)


def test_every_pod_holds_one_drive_of_every_group():
    groups, pods = groups_across_pods(45, 20, 20), pods_of(45, 20, 20)
    assert sorted(drive for group in groups for drive in group) == list(range(900))
    for pod in pods:
        assert len(pod) == 45
        assert all(len(set(pod) & set(group)) == 1 for group in groups)
    uneven = groups_across_pods(3, 5, 2)
    assert sorted(drive for group in uneven for drive in group) == list(range(15))
    assert [len(pod) for pod in pods_of(3, 5, 2)] == [9, 6]


def test_a_group_over_pods_outlives_a_pod_and_a_group_in_one_does_not():
    pods = pods_of(5, 4, 4)
    lost_pod = Component("pod 1", pods[0], rate=5.0, destroys=True)
    across = Scenario(groups_across_pods(5, 4, 4), 1, 0.0, 1e-3, components=(lost_pod,))
    assert simulate(across, years=300, seed=1).lost == 0
    inside = Scenario(
        consecutive_groups(5, 4), 1, 0.0, 1e-3,
        components=(Component("pod 1", (0, 1, 2, 3), rate=5.0, destroys=True),),
    )  # fmt: skip
    seen = simulate(inside, years=3_000, seed=1)
    assert agrees(seen.lost, seen.years, 1 - 2.718281828459045**-5.0)


def test_a_supply_that_fails_takes_data_away_and_brings_it_back():
    supply = Component("supply 1", tuple(range(3)), rate=10.0, hours=24)
    scenario = Scenario(consecutive_groups(1, 6), 2, 0.0, 24, components=(supply,))
    seen = simulate(scenario, years=2_000, seed=1)
    assert seen.lost == 0
    assert seen.outages == pytest.approx(20_000, rel=0.05)
    # Ten outages of a day each year, less what overlaps and what the end of the year cuts off.
    assert seen.outage_h == pytest.approx(20_000 * 24, rel=0.05)
    spread_out = Component("supply 1", (0, 1), rate=10.0, hours=24)
    safe = Scenario(consecutive_groups(1, 6), 2, 0.0, 24, components=(spread_out,))
    assert simulate(safe, years=200, seed=1).outages == 0


def test_drives_that_are_away_make_failures_hurt():
    supply = Component("supply 1", (0, 1), rate=10.0, hours=240)
    scenario = Scenario(consecutive_groups(1, 6), 2, 1.0, 240, components=(supply,))
    seen = simulate(scenario, years=2_000, seed=1)
    assert seen.outages > 1_000
    alone = Scenario(consecutive_groups(1, 6), 2, 1.0, 240)
    # A rebuild that cannot read waits until the supply is back: loss is likelier.
    assert seen.lost > simulate(alone, years=2_000, seed=1, plain=True).lost


def test_an_empty_shelf_and_few_crews_lose_more():
    def lost(**more):
        scenario = Scenario(consecutive_groups(3, 15), 2, 0.6, 100, **more)
        return simulate(scenario, years=2_500, seed=9, plain=True).lost

    plain = lost()
    assert lost(spares=1, restock_h=300) > plain * 1.5
    assert lost(crews=1) > plain * 1.3
    assert lost(spares=1000) == pytest.approx(plain, abs=4 * sqrt(2 * plain))


def test_no_spare_ever_is_the_binomial_of_a_year():
    scenario = Scenario(consecutive_groups(1, 5), 2, 0.5, 24, spares=0)
    seen = simulate(scenario, years=20_000, seed=2)
    loss = group_losses(drives=5, parity=2, afr=0.5, rebuild_h=8760).window
    assert agrees(seen.lost, seen.years, loss)
    assert not agrees(seen.lost, seen.years, loss * 1.1)


def test_ageing_keeps_the_year_s_failures_and_moves_them_together():
    def seen(**more):
        scenario = Scenario(consecutive_groups(3, 15), 2, 0.4, 200, **more)
        return simulate(scenario, years=4_000, seed=6, plain=True)

    young, plain = seen(ageing=4.0), seen()
    # First failures of a drive come as often; new drives in their places fail less within the year.
    assert 0.8 < young.failures / plain.failures < 1.0
    assert young.lost != plain.lost
    # New drives that age fail towards the end of the year, where they meet.
    assert young.lost > plain.lost * 1.15
    first = Scenario(consecutive_groups(1, 1), 0, 0.4, 24, ageing=3.0, age_years=2.0)
    found = simulate(first, years=20_000, seed=6)
    assert agrees(found.lost, found.years, 1 - 2.718281828459045**-0.4)


def test_the_same_seed_is_the_same_history():
    scenario = Scenario(consecutive_groups(3, 15), 2, 0.3, 156)
    for plain in (False, True):
        first = simulate(scenario, years=2_000, seed=42, plain=plain)
        assert first == simulate(scenario, years=2_000, seed=42, plain=plain)
        assert first != simulate(scenario, years=2_000, seed=43, plain=plain)


@pytest.mark.parametrize(
    ("drives", "parity", "rate", "repair_h", "serial"),
    [(20, 3, 0.01, 156, False), (15, 2, 0.0157, 72, True)],
)
def test_splitting_finds_losses_too_rare_to_wait_for(drives, parity, rate, repair_h, serial):
    loss = closed(1, drives, parity, rate, repair_h, serial=serial)
    scenario = Scenario(
        consecutive_groups(1, drives), parity, rate, repair_h, crews_per_group=1 if serial else None
    )
    found = rare_loss(scenario, effort=6_000, seed=1)
    assert loss < 2e-6
    assert found.low * 0.8 < loss < found.high * 1.2
    assert 0.6 < found.loss / loss < 1.6


def test_splitting_agrees_closely_where_loss_is_not_rare():
    scenario = Scenario(consecutive_groups(2, 12), 2, 0.3, 200, fixed_repair=False)
    found = rare_loss(scenario, effort=4_000, seed=1)
    loss = closed(2, 12, 2, 0.3, 200, serial=False)
    assert found.loss == pytest.approx(loss, rel=0.06)
    assert found.high - found.low < 0.1 * loss


def test_splitting_that_sees_nothing_says_at_most():
    scenario = Scenario(consecutive_groups(1, 8), 2, 0.001, 24)
    found = rare_loss(scenario, effort=50, seed=1)
    assert (found.loss, found.low, found.arrived) == (0.0, 0.0, 0)
    assert 0 < found.high < 0.1


def test_no_loss_seen_says_at_most():
    scenario = Scenario(consecutive_groups(3, 15), 2, 0.0157, 72)
    seen = simulate(scenario, years=10_000, seed=0)
    assert (seen.lost, seen.loss, seen.low) == (0, 0.0, 0.0)
    assert seen.high == pytest.approx(3.689 / 10_000, rel=1e-3)


def test_intervals_hold_what_they_should():
    assert loss_interval(10, 1_000) == pytest.approx((0.004795, 0.01839), rel=1e-3)
    low, high = loss_interval(5_000, 10_000)
    assert (low, high) == pytest.approx((0.49021, 0.50979), abs=1e-4)
    assert loss_interval(10, 10)[1] == 1.0


def test_drives_that_never_fail_lose_nothing():
    scenario = Scenario(consecutive_groups(2, 3), 1, 0.0, 24)
    assert simulate(scenario, years=100).failures == 0
    assert simulate(scenario, years=100, plain=True).failures == 0
    assert rare_loss(scenario, effort=10).loss == 0.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"groups": ()}, {"groups": ((0, 1), (1, 2))}, {"groups": ((0, 2),)}, {"parity": 3},
        {"parity": -1}, {"rate": -1.0}, {"rate": float("nan")}, {"repair_h": 0.0},
        {"crews": 0}, {"crews_per_group": 0}, {"spares": -1}, {"ageing": 0.0},
        {"age_years": -1.0}, {"restock_h": float("inf")}, {"read_error": 1.5},
        {"components": (Component("x", (9,), 1.0, 1.0),)},
    ],
)  # fmt: skip
def test_scenarios_that_cannot_be(wrong):
    good = {"groups": ((0, 1, 2),), "parity": 1, "rate": 0.1, "repair_h": 24.0}
    with pytest.raises(ValueError):
        Scenario(**(good | wrong))


def test_what_cannot_be_played():
    with pytest.raises(ValueError, match="rate and hours"):
        Component("supply", (0,), -1.0, 1.0)
    with pytest.raises(ValueError, match="longer than nothing"):
        Component("supply", (0,), 1.0)
    scenario = Scenario(consecutive_groups(1, 3), 1, 0.1, 24, spares=2)
    with pytest.raises(ValueError, match="splitting"):
        rare_loss(scenario)
    with pytest.raises(ValueError, match="years"):
        simulate(scenario, years=0)
