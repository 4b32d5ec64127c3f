"""Laws of capacity that hold for every layout."""

from hypothesis import given
from hypothesis import strategies as st

from podplanner.catalog.drive_layout import DriveLayout, read_layout
from podplanner.planning.capacity import Capacity, capacity_of, default_drives

SIZES = st.integers(2**30, 40 * 10**12)


@st.composite
def grouped(draw: st.DrawFn) -> DriveLayout:
    """Draw a layout of groups, of any scheme."""
    groups = draw(st.integers(1, 4))
    kind = draw(st.sampled_from(["raidz", "draid", "mirror", "mdraid"]))
    if kind == "raidz":
        parity = draw(st.integers(1, 3))
        return read_layout(f"raidz{parity}:{parity + draw(st.integers(1, 20))}x{groups}")
    if kind == "mirror":
        return read_layout(f"mirror:{draw(st.integers(2, 4))}x{groups}")
    if kind == "mdraid":
        level = draw(st.sampled_from([0, 1, 5, 6, 10]))
        return read_layout(f"mdraid{level}:{draw(st.integers(4, 24))}x{groups}")
    parity, data, spares = (
        draw(st.integers(1, 3)),
        draw(st.integers(1, 16)),
        draw(st.integers(0, 4)),
    )
    children = parity + data + spares + draw(st.integers(0, 20))
    return read_layout(f"draid{parity}:{data}d:{children}c:{spares}sx{groups}")


CLUSTERS = st.sampled_from(
    ["ceph-ec:8+3", "ceph-ec:4+2", "ceph-rep:3", "ceph-rep:1", "seaweed-rs:10+4", "seaweed-rs:3+2",
     "seaweed-rep:010", "seaweed-rep:000"]
).map(read_layout)  # fmt: skip


def of_groups(layout: DriveLayout, size: int, pods: int = 1, **more: int) -> Capacity:
    drives = default_drives(layout, pods)
    assert drives is not None
    return capacity_of(layout, drives=drives, drive_bytes=size, pods=pods, **more)


@given(grouped(), SIZES, st.sampled_from([9, 12, 13]), st.sampled_from([4096, 131072, 2**20]))
def test_every_step_leaves_at_most_what_was_there(layout, size, ashift, record):
    found = of_groups(layout, size, ashift=ashift, record_bytes=record)
    sizes = [step.bytes for step in found.steps]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == found.raw_bytes == layout.drives * size
    assert sizes[-1] == found.recommended_bytes
    assert found.usable_bytes in sizes
    assert found.recommended_bytes > 0


@given(grouped(), SIZES)
def test_no_more_is_usable_than_the_share_of_data(layout, size):
    found = of_groups(layout, size)
    stripe = layout.data + layout.parity
    if layout.scheme == "mdraid":
        stripe = 2 if layout.level == 10 else layout.width
    placed = (layout.width - layout.spares) * (layout.groups or 1) * size
    assert found.usable_bytes <= placed * layout.data // stripe


@given(grouped(), st.integers(100 * 10**9, 40 * 10**12))
def test_what_the_layer_takes_for_itself_is_small_on_large_drives(layout, size):
    found = of_groups(layout, size)
    placed = next(
        step.bytes for step in found.steps if step.name.startswith(("less lab", "less dat"))
    )
    # Labels, or the data offset of an array: under 0.2 % of 100 GB.
    assert placed >= found.raw_bytes * 998 // 1000


@given(grouped(), st.integers(2**31, 4 * 10**13), st.integers(0, 10**13))
def test_larger_drives_never_store_less_in_an_array(layout, size, more):
    if layout.scheme != "mdraid":
        return
    assert of_groups(layout, size + more).usable_bytes >= of_groups(layout, size).usable_bytes


@given(grouped(), st.integers(2**31, 2 * 10**13))
def test_twice_as_large_drives_store_more_in_a_pool(layout, size):
    # Not "any larger drive": where the size of metaslabs doubles, up to one of them is lost.
    assert of_groups(layout, 2 * size).usable_bytes > of_groups(layout, size).usable_bytes


@given(grouped(), SIZES, st.integers(1, 5))
def test_pods_alike_store_alike(layout, size, pods):
    one, many = of_groups(layout, size), of_groups(layout, size, pods)
    assert many.usable_bytes == pods * one.usable_bytes
    assert many.raw_bytes == pods * one.raw_bytes


@given(grouped(), SIZES)
def test_groups_add_up_exactly_in_arrays_and_to_within_the_slop_in_pools(layout, size):
    single = read_layout(layout.written.rpartition("x")[0] or layout.written)
    one, all_groups = of_groups(single, size), of_groups(layout, size)
    together = one.usable_bytes * (layout.groups or 1)
    if layout.scheme == "mdraid":
        assert all_groups.usable_bytes == together
        return
    # One pool has one slop, capped at 128 GiB, where several pools have one each; it is rounded
    # down by less than a byte a pool.
    gained = all_groups.usable_bytes - together
    assert -(layout.groups or 1) < gained <= 3 * 128 * 2**30


@given(grouped(), SIZES, st.integers(1, 30))
def test_spare_drives_add_to_raw_bytes_alone(layout, size, extra):
    exact = of_groups(layout, size)
    more = capacity_of(layout, drives=layout.drives + extra, drive_bytes=size)
    assert more.usable_bytes == exact.usable_bytes
    assert more.recommended_bytes == exact.recommended_bytes
    assert more.raw_bytes == exact.raw_bytes + extra * size


@given(CLUSTERS, st.integers(1, 20), st.integers(0, 300), SIZES)
def test_another_drive_or_a_larger_one_never_stores_less_in_a_cluster(layout, pods, extra, size):
    drives = max(layout.width, pods) + extra
    now = capacity_of(layout, drives=drives, drive_bytes=size, pods=pods)
    sizes = [step.bytes for step in now.steps]
    assert sizes == sorted(sizes, reverse=True)
    assert now.usable_bytes == drives * size * layout.data // layout.width
    for then in (
        capacity_of(layout, drives=drives + 1, drive_bytes=size, pods=pods),
        capacity_of(layout, drives=drives, drive_bytes=size + 10**9, pods=pods),
    ):
        assert then.usable_bytes >= now.usable_bytes
        # SeaweedFS keeps a volume free on each drive, which a drive below 30 GB cannot give.
        if layout.scheme.startswith("ceph") or size > 32 * 10**9:
            assert then.recommended_bytes >= now.recommended_bytes
