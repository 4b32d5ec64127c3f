"""How layouts are cut into groups, and what makes failures come together."""

from math import exp, expm1

import pytest

from podplanner.catalog.drive_layout import read_layout
from podplanner.planning.durability import (
    Stress,
    group_losses,
    layout_losses,
    read_error_probability,
)
from podplanner.planning.durability.spread import groups_of


def losses(words, drives=45, afr=0.0157, rebuild_h=72.0, **more):
    return layout_losses(read_layout(words), drives=drives, afr=afr, rebuild_h=rebuild_h, **more)


def group(drives, parity, afr=0.0157, rebuild_h=72.0, stress=None):
    return group_losses(
        drives=drives, parity=parity, afr=afr, rebuild_h=rebuild_h, stress=stress or Stress()
    )


@pytest.mark.parametrize(
    ("words", "count", "drives", "parity"),
    [
        ("raidz2:15x3", 3, 15, 2), ("mdraid6:15x3", 3, 15, 2), ("mirror:2x22", 22, 2, 1),
        ("mirror:3x15", 15, 3, 2), ("draid2:6d:24c:0s", 1, 24, 2), ("draid2:8d:45c:2s", 1, 45, 2),
        ("mdraid10:8x5", 20, 2, 1), ("mdraid10:9x5", 45, 2, 1), ("single", 45, 1, 0),
        ("mdraid0:15x3", 45, 1, 0), ("mdraid1:3x15", 15, 3, 2),
    ],
)  # fmt: skip
def test_a_pod_loses_data_when_any_of_its_groups_does(words, count, drives, parity):
    one, all_ = group(drives, parity), losses(words)
    for name in ("window", "parallel", "serial"):
        alive = 1 - getattr(one, name)
        assert getattr(all_, name) == pytest.approx(1 - alive**count, rel=1e-7)


def test_several_pods_have_all_their_groups():
    assert groups_of(read_layout("raidz2:15x3"), drives=45, pods=20).count == 60
    one, many = losses("raidz2:15x3").parallel, losses("raidz2:15x3", pods=20).parallel
    assert many == pytest.approx(20 * one, rel=1e-4)


def test_a_cluster_loses_at_most_when_any_few_of_its_drives_are_down():
    spread = groups_of(read_layout("ceph-rep:3"), drives=45, pods=20)
    assert (spread.everyone, spread.count, spread.disjoint) == (900, 30_000, 300)
    found = losses("ceph-rep:3", pods=20, rebuild_h=3.0)
    every = group(900, 2, rebuild_h=3.0)
    groups = group(3, 2, rebuild_h=3.0)
    assert found.parallel <= every.parallel
    assert found.parallel == pytest.approx(min(every.parallel, 30_000 * groups.parallel), rel=1e-6)


def test_a_small_cluster_is_bounded_by_all_its_drives():
    found = losses("ceph-rep:3", drives=2, pods=2, rebuild_h=3.0)
    assert found == group(4, 2, rebuild_h=3.0)


@pytest.mark.parametrize(
    ("words", "drives", "pods", "said"),
    [
        ("raidz2:15x3", 44, 1, "takes 45 drives"), ("raidz2:15x3", 0, 1, "at least one"),
        ("raidz2:15x3", 45, 0, "at least one"), ("ceph-ec:8+3", 5, 2, "takes 11 drives"),
    ],
)  # fmt: skip
def test_layouts_that_do_not_fit(words, drives, pods, said):
    with pytest.raises(ValueError, match=said):
        losses(words, drives=drives, pods=pods)


def test_published_probabilities_of_read_errors():
    # 1 - exp(-bits x rate): 12 TB and 12.5 TB at 1e-14; 52 TB at 1e-15; 56 TB at 1e-14.
    for size, rate, chance in (
        (12, 1e-14, 0.617107), (12.5, 1e-14, 0.632121),
        (52, 1e-15, 0.340320), (56, 1e-14, 0.988667),
    ):  # fmt: skip
        assert read_error_probability(int(size * 10**12), rate) == pytest.approx(chance, abs=5e-7)
    assert read_error_probability(1, 1e-15) == pytest.approx(8e-15, rel=1e-12)
    with pytest.raises(ValueError):
        read_error_probability(-1, 1e-15)
    with pytest.raises(ValueError):
        read_error_probability(1, 1.0)


def test_a_rebuild_that_always_meets_a_read_error_is_one_parity_less():
    # In leading order: every repair from the last state is a loss.
    spoiled = group(15, 2, stress=Stress(read_error=1.0))
    less = group(15, 1)
    assert spoiled.window == pytest.approx(less.window, rel=1e-12)
    assert spoiled.parallel == pytest.approx(less.parallel, rel=0.01)
    assert spoiled.serial == pytest.approx(less.serial, rel=0.01)


def test_read_errors_do_not_matter_without_parity():
    assert group(15, 0, stress=Stress(read_error=0.5)) == group(15, 0)


def test_common_causes_are_a_floor_that_parity_does_not_lower():
    stress = Stress(common_cause=0.02)
    for parity in (3, 6):
        found = group(20, parity, afr=0.01, stress=stress)
        assert found.parallel == pytest.approx(-expm1(-0.02 * 0.01), rel=1e-3)
    assert losses("raidz2:15x3", stress=Stress(common_cause=1.0)).window == pytest.approx(
        -expm1(-3 * 0.0157), rel=1e-12
    )


def test_a_batch_factor_multiplies_every_failure_but_the_first():
    plain, batch = group(15, 2, rebuild_h=1.0), group(15, 2, rebuild_h=1.0, stress=Stress(batch=10))
    for name in ("window", "parallel", "serial"):
        assert getattr(batch, name) / getattr(plain, name) == pytest.approx(100, rel=0.01)


def test_windows_with_a_batch_factor_near_one_are_the_binomial():
    plain = group(15, 2)
    almost = group(15, 2, stress=Stress(batch=1 + 1e-12))
    assert almost.window == pytest.approx(plain.window, rel=1e-11)
    spoiled = group(15, 2, stress=Stress(read_error=0.25))
    almost = group(15, 2, stress=Stress(read_error=0.25, batch=1 + 1e-12))
    assert almost.window == pytest.approx(spoiled.window, rel=1e-11)


def test_a_pod_that_is_lost_takes_its_groups_along():
    found = losses("raidz2:15x3", pods=20, stress=Stress(pod_loss=0.001))
    assert found.parallel == pytest.approx(1 - exp(-20 * 0.001), rel=2e-3)


def test_a_shard_a_pod_survives_lost_pods():
    stress = Stress(pod_loss=0.001)
    spread_out = losses("ceph-ec:8+3", pods=11, rebuild_h=3.0, stress=stress).parallel
    stacked = losses("ceph-ec:8+3", pods=4, drives=124, rebuild_h=3.0, stress=stress).parallel
    heaped = losses("ceph-ec:8+3", pods=3, drives=165, rebuild_h=3.0, stress=stress).parallel
    assert spread_out < stacked < heaped
    assert heaped == pytest.approx(1 - exp(-3 * 0.001), rel=1e-3)
    # Three shards in each of four pods: one lost pod leaves no parity until it is restored.
    count = groups_of(read_layout("ceph-ec:8+3"), drives=124, pods=4).count
    in_window = count * 8 * 0.0157 * 3 / 8760 + 3 * 0.001 * 3 / 8760
    alone = losses("ceph-ec:8+3", pods=4, drives=124, rebuild_h=3.0).parallel
    assert stacked == pytest.approx(1 - exp(-4 * 0.001 * (1 - exp(-in_window))) + alone, rel=1e-3)


def test_a_shard_a_pod_fails_as_often_as_drive_and_pod_together():
    count = groups_of(read_layout("ceph-ec:8+3"), drives=45, pods=11).count
    found = losses("ceph-ec:8+3", pods=11, stress=Stress(pod_loss=0.0143)).parallel
    assert found == pytest.approx(1 - (1 - group(11, 3, afr=0.03).parallel) ** count, rel=1e-9)


@pytest.mark.parametrize(
    "wrong",
    [{"read_error": 1.1}, {"read_error": -0.1}, {"batch": 0.5}, {"batch": float("nan")},
     {"common_cause": 2.0}, {"common_cause": float("nan")}, {"pod_loss": -1.0},
     {"pod_loss": float("inf")}],
)  # fmt: skip
def test_stress_that_cannot_be(wrong):
    with pytest.raises(ValueError):
        Stress(**wrong)


def test_nothing_that_fails_loses_nothing():
    found = losses("raidz2:15x3", afr=0.0)
    assert (found.window, found.parallel, found.serial) == (0.0, 0.0, 0.0)


def test_what_is_too_small_for_a_double_is_no_zero():
    found = group(200, 150, afr=1e-5)
    assert found.window == found.parallel == found.serial == 1e-300
