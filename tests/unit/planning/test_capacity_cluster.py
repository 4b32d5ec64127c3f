"""Space of data spread over pods, and of plain drives."""

import itertools

import pytest

from podplanner.catalog.drive_layout import read_layout
from podplanner.planning.capacity import CapacityError, capacity_of
from podplanner.planning.capacity.cluster import Spread, shard_bytes

GIB, MIB = 2**30, 2**20


def reckoned(layout, **given):
    return capacity_of(read_layout(layout), **{"drive_bytes": 10**12, **given})


def test_ceph_offers_raw_over_overhead():
    assert reckoned("ceph-ec:8+3", drives=110, pods=11).usable_bytes == 80 * 10**12
    assert reckoned("ceph-rep:3", drives=9, pods=3).usable_bytes == 3 * 10**12


def test_ceph_keeps_one_pod_free_where_others_can_take_over():
    found = reckoned("ceph-ec:4+2", drives=80, pods=8)
    # Seven pods of 10 TB are left, 4 of 6 parts data, filled to 85 %.
    assert found.recommended_bytes == 70 * 10**12 * 4 // 6 * 85 // 100
    assert found.steps[-1].name == "room to rebuild one pod"


def test_ceph_on_as_many_pods_as_shards_rebuilds_drives_within_a_pod():
    found = reckoned("ceph-rep:3", drives=30, pods=3)
    assert found.recommended_bytes == 9 * 10**12 * 85 // 100
    assert any("nothing can be rebuilt" in sentence for sentence in found.assumptions)


def test_fewer_pods_than_shards_make_the_drive_the_failure_domain():
    found = reckoned("ceph-ec:8+3", drives=22, pods=2)
    assert found.usable_bytes == 16 * 10**12
    assert any("2 pods are fewer than the 11" in sentence for sentence in found.assumptions)
    assert found.steps[-1].name == "room to rebuild one drive"


def test_pods_that_differ_hold_only_what_every_stripe_finds_a_pod_for():
    found = reckoned("ceph-rep:3", drives=10, pods=3)
    # 4 + 3 + 3 drives, one copy in each pod: the fourth drive of the first is never used.
    assert found.usable_bytes == 10 * 10**12 // 3
    assert found.steps[2].bytes == 3 * 10**12
    assert any("1 pod has one drive more" in sentence for sentence in found.assumptions)


@pytest.mark.parametrize(
    ("pods", "drives", "shards"),
    [(p, d, s) for p, d in itertools.product(range(2, 8), range(2, 24)) if d >= p
     for s in range(2, p + 1)],
)  # fmt: skip
def test_what_can_be_stored_in_distinct_pods_is_the_most_there_is(pods, drives, shards):
    size = 840
    # Divisible by every count here, so that nothing is rounded.
    spread = Spread.of(drives, pods, size)
    room = [(spread.each + (i < spread.larger)) * size for i in range(pods)]
    best = max(
        x for x in range(sum(room) // shards + 1) if sum(min(r, x) for r in room) >= shards * x
    )
    assert spread.storable(shards) // shards == best


@pytest.mark.parametrize(
    ("volume", "shard"),
    [
        (1, MIB), (10 * MIB, MIB), (10 * MIB + 1, 2 * MIB), (10 * GIB, GIB),
        (10 * GIB + 1, GIB + MIB), (30_000 * MIB, 3_000 * MIB),
    ],
)  # fmt: skip
def test_shards_of_a_seaweedfs_volume_are_padded_to_whole_blocks(volume, shard):
    assert shard_bytes(volume, 10) == shard


def test_seaweedfs_offers_raw_over_overhead_and_keeps_room_to_compact():
    found = reckoned("seaweed-rs:10+4", drives=140, pods=14, drive_bytes=4 * 10**12)
    assert found.usable_bytes == 400 * 10**12
    one_volume = 140 * 30_000 * MIB * 10 // 14
    assert found.recommended_bytes == 400 * 10**12 * 99 // 100 - one_volume


def test_seaweedfs_copies_count_the_digits():
    assert reckoned("seaweed-rep:000", drives=3).usable_bytes == 3 * 10**12
    found = reckoned("seaweed-rep:010", drives=4, pods=2)
    assert found.usable_bytes == 2 * 10**12
    assert any("-rack" in sentence for sentence in found.assumptions)


def test_another_ratio_than_10_4_is_said():
    assert any("10+4" in s for s in reckoned("seaweed-rs:8+3", drives=11, pods=11).assumptions)
    assert not any("10+4;" in s for s in reckoned("seaweed-rs:10+4", drives=14).assumptions)


def test_small_drives_never_leave_less_than_nothing():
    found = reckoned("seaweed-rep:001", drives=4, drive_bytes=10**9)
    assert found.recommended_bytes == 0


def test_plain_drives_add_up():
    found = reckoned("single", drives=45)
    assert (found.raw_bytes, found.usable_bytes) == (45 * 10**12, 45 * 10**12)
    assert found.recommended_bytes == 45 * 10**12 * 95 // 100


@pytest.mark.parametrize(
    ("layout", "given", "words"),
    [
        ("ceph-ec:8+3", {"drives": 10}, "at least 11 drives; there are 10"),
        ("ceph-rep:3", {"drives": 3, "pods": 4}, "cannot be shared by 4 pods"),
        ("single", {"drives": 0}, "1 to"),
        ("single", {"drives": 10**6}, "1 to"),
        ("single", {"drives": 1, "drive_bytes": 4}, "64 MiB"),
    ],
)
def test_what_cannot_be_is_refused(layout, given, words):
    with pytest.raises(CapacityError, match=words):
        reckoned(layout, **given)
