"""The space of ZFS pools, against what OpenZFS itself reckoned and what was seen in the field."""

import csv
from pathlib import Path

import pytest

from podplanner.catalog.drive_layout import read_layout
from podplanner.planning.capacity import CapacityError, capacity_of
from podplanner.planning.capacity.zfs import (
    allocated_bytes,
    deflate_ratio,
    metaslab_shift,
    partition_bytes,
    pool_space,
    slop_bytes,
)

DATA = Path(__file__).parents[2] / "data" / "capacity" / "zfs_pools.csv"
MIB, GIB, TIB = 2**20, 2**30, 2**40


def _pools():
    lines = [line for line in DATA.read_text().splitlines() if not line.startswith("#")]
    return [
        (row["layout"], int(row["device_bytes"]), int(row["ashift"]), int(row["usable_bytes"]))
        for row in csv.DictReader(lines)
    ]


@pytest.mark.parametrize(("layout", "device", "ashift", "usable"), _pools())
def test_a_pool_has_the_space_that_openzfs_gives_it(layout, device, ashift, usable):
    assert pool_space(read_layout(layout), device, ashift).usable == usable


def test_there_are_pools_of_every_kind_to_compare_with():
    assert len(_pools()) >= 40
    kinds = {layout.partition(":")[0] for layout, *_ in _pools()}
    assert kinds == {"raidz1", "raidz2", "raidz3", "mirror", "draid1", "draid2", "draid3"}


def test_the_pool_of_openzfs_issue_15467_comes_out_to_the_byte():
    layout = read_layout("draid2:6d:24c:0s")
    space = pool_space(layout, 10**12, 12)
    assert (space.metaslabs, space.metaslab_bytes) == (1396, 16 * GIB)
    assert space.deflate == 341
    assert space.deflated == 15_973_117_591_552
    # `zfs list -p`: USED + AVAIL.
    assert space.usable == 2_095_104 + 15_835_676_542_976


ISSUE_13727 = 18_000_207_937_536
# lsblk -b of the 36 drives there, each given whole to OpenZFS 2.1.5.


def test_the_partitions_of_openzfs_issue_13727_come_out_to_the_byte():
    assert partition_bytes(ISSUE_13727) == 18_000_197_451_776


def test_draid_with_spares_of_openzfs_issue_13727_differs_by_what_a_new_pool_uses():
    found = capacity_of(
        read_layout("draid1:16d:36c:2s"), drives=36, drive_bytes=ISSUE_13727, whole_disk=True
    )
    available = 574_804_246_033_080
    # `zfs get -p available`; USED is not told, and is a few MiB on any new pool.
    assert 0 < found.usable_bytes - available < 8 * MIB


@pytest.mark.parametrize(("layout", "shown"), [("raidz1:17x2", 523), ("raidz2:17x2", 457)])
def test_raidz_of_openzfs_issue_13727_is_what_df_shows(layout, shown):
    found = capacity_of(read_layout(layout), drives=34, drive_bytes=ISSUE_13727, whole_disk=True)
    # `df -h` rounds up to whole TiB.
    assert -(-found.usable_bytes // TIB) == shown


def test_draid_with_spares_of_openzfs_issue_16444_has_the_size_that_zpool_list_shows():
    space = pool_space(read_layout("draid2:4d:12c:4s"), 4 * GIB, 12)
    # SIZE 31.5G: all but the cut-off ends of metaslabs.
    assert round(space.mapped / GIB, 1) == 31.5


@pytest.mark.parametrize(
    ("layout", "ashift", "ratio"),
    [
        ("raidz1:3x1", 12, 341), ("raidz1:4x1", 12, 372), ("raidz1:9x1", 12, 455),
        ("raidz2:6x1", 12, 341), ("raidz2:8x1", 12, 364), ("raidz2:12x1", 12, 390),
        ("raidz2:15x1", 12, 420), ("raidz2:18x1", 12, 455), ("raidz3:4x1", 12, 128),
        ("raidz3:11x1", 12, 372), ("draid2:6d:24c:0s", 12, 341), ("mirror:2x1", 12, 512),
        ("mirror:3x5", 9, 512),
    ],
)  # fmt: skip
def test_deflation_is_reckoned_for_records_of_128_kib(layout, ashift, ratio):
    assert deflate_ratio(read_layout(layout), ashift) == ratio


def test_a_record_on_raidz_takes_parity_a_row_and_padding_to_parity_plus_one():
    wide = read_layout("raidz2:15x1")
    # 32 sectors, 2 of parity for each 13: 32 + 6 = 38, padded to 39.
    assert allocated_bytes(wide, 128 * 1024, 12) == 39 * 4096
    # 1 sector: 1 + 2 = 3.
    assert allocated_bytes(wide, 512, 12) == 3 * 4096


def test_a_record_on_draid_takes_whole_stripes():
    layout = read_layout("draid2:6d:24c:0s")
    assert allocated_bytes(layout, 4096, 12) == 8 * 4096
    assert allocated_bytes(layout, 128 * 1024, 12) == 6 * 8 * 4096


@pytest.mark.parametrize(
    ("size", "shift"),
    [
        (64 * MIB, 24), (GIB, 27), (10 * GIB, 29), (100 * GIB, 29), (101 * GIB, 30),
        (TIB, 33), (3 * TIB, 34), (100 * TIB, 34), (2 * 1024 * TIB, 34), (5 * 1024 * TIB, 36),
    ],
)  # fmt: skip
def test_metaslabs_are_some_200_from_512_mib_to_16_gib_and_more_beyond_2_pib(size, shift):
    assert metaslab_shift(size) == shift


def test_slop_is_a_32nd_up_to_128_gib_less_the_embedded_log():
    assert slop_bytes(TIB, 0) == 32 * GIB
    assert slop_bytes(TIB, 5 * GIB) == 27 * GIB
    assert slop_bytes(TIB, 30 * GIB) == 16 * GIB
    assert slop_bytes(100 * TIB, 16 * GIB) == 112 * GIB


def test_slop_is_at_least_128_mib_but_never_more_than_half():
    assert slop_bytes(GIB, 0) == 128 * MIB
    assert slop_bytes(100 * MIB, 0) == 50 * MIB


def test_only_a_vdev_of_more_than_64_metaslabs_gives_one_to_the_intent_log():
    layout = read_layout("mirror:2x1")
    small = pool_space(layout, 64 * 512 * MIB + 5 * MIB, 12)
    assert small.metaslabs == 64
    assert small.normal == small.deflated
    large = pool_space(layout, 65 * 512 * MIB + 5 * MIB, 12)
    assert large.metaslabs == 65
    assert large.deflated - large.normal == 512 * MIB


def test_a_pool_of_several_vdevs_has_one_slop():
    one, three = (pool_space(read_layout(f"raidz2:15x{n}"), 4 * 10**12, 12) for n in (1, 3))
    assert three.normal == 3 * one.normal
    # 128 GiB less a log of 16 GiB x 420/512 a vdev; once, not three times 128 GiB.
    log = 16 * GIB * 420 // 512
    assert one.normal - one.usable == 128 * GIB - log
    assert three.normal - three.usable == 128 * GIB - 3 * log


def test_pods_are_pools_of_their_own():
    layout = read_layout("raidz2:15x3")
    one = capacity_of(layout, drives=45, drive_bytes=4 * 10**12)
    four = capacity_of(layout, drives=180, drive_bytes=4 * 10**12, pods=4)
    assert four.usable_bytes == 4 * one.usable_bytes


def test_small_records_take_more_room_and_are_recommended_less():
    layout = read_layout("raidz2:15x3")
    usual = capacity_of(layout, drives=45, drive_bytes=4 * 10**12)
    small = capacity_of(layout, drives=45, drive_bytes=4 * 10**12, record_bytes=8192)
    assert small.usable_bytes == usual.usable_bytes
    # 2 sectors of data in 6 (2 + 2 of parity, padded), accounted at 420/512.
    assert small.recommended_bytes == small.usable_bytes * 8192 * 512 // (6 * 4096 * 420) * 8 // 10
    assert any(step.name == "in records of 8 KiB" for step in small.steps)


def test_large_records_are_not_counted_on_but_said():
    layout = read_layout("raidz2:15x3")
    usual = capacity_of(layout, drives=45, drive_bytes=4 * 10**12)
    large = capacity_of(layout, drives=45, drive_bytes=4 * 10**12, record_bytes=MIB)
    assert large.recommended_bytes == usual.recommended_bytes
    assert any("1 MiB take less room" in sentence for sentence in large.assumptions)


def test_drives_beyond_the_groups_are_hot_spares():
    layout = read_layout("raidz2:15x3")
    exact = capacity_of(layout, drives=45, drive_bytes=4 * 10**12)
    spare = capacity_of(layout, drives=46, drive_bytes=4 * 10**12)
    assert spare.usable_bytes == exact.usable_bytes
    assert spare.raw_bytes == exact.raw_bytes + 4 * 10**12
    assert spare.steps[1].name == "less 1 hot spare"
    assert spare.steps[1].bytes == exact.raw_bytes


def test_recommended_is_80_percent_of_usable():
    found = capacity_of(read_layout("mirror:2x2"), drives=4, drive_bytes=10**12)
    assert found.recommended_bytes == found.usable_bytes * 80 // 100


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"drives": 44}, "takes 45 drives"),
        ({"drives": 89, "pods": 2}, "90 together"),
        ({"drives": 0}, "1 to"),
        ({"pods": 0}, "pods"),
        ({"pods": -1}, "pods"),
        ({"drive_bytes": 63 * MIB}, "64 MiB"),
        ({"drive_bytes": -1}, "64 MiB"),
        ({"ashift": 8}, "ashift 8"),
        ({"ashift": 17}, "ashift 17"),
        ({"record_bytes": 100_000}, "powers of two"),
        ({"record_bytes": 32 * MIB}, "16 MiB"),
        ({"record_bytes": 0}, "powers of two"),
        ({"drive_bytes": 65 * MIB, "whole_disk": True}, "64 MiB"),
    ],
)
def test_what_cannot_be_is_refused(given, words):
    usual = {"drives": 45, "drive_bytes": 4 * 10**12}
    with pytest.raises(CapacityError, match=words):
        capacity_of(read_layout("raidz2:15x3"), **{**usual, **given})


def test_the_smallest_devices_of_the_widest_draid_leave_something():
    layout = read_layout("draid3:250d:255c:0s")
    assert pool_space(layout, 64 * MIB, 16).usable > 0


def test_only_zfs_partitions_a_disk():
    with pytest.raises(CapacityError, match="not ZFS"):
        capacity_of(read_layout("mdraid6:15"), drives=15, drive_bytes=4 * 10**12, whole_disk=True)


def test_steps_name_what_was_counted():
    found = capacity_of(read_layout("draid2:8d:45c:2s"), drives=90, drive_bytes=10**12, pods=2)
    names = [step.name for step in found.steps]
    assert "less reserve, part rows, 2 spares a group" in names
    per_pool = pool_space(read_layout("draid2:8d:45c:2s"), 10**12, 12).metaslabs
    assert f"in {2 * per_pool:,} metaslabs of 16 GiB" in names
