"""The size of md arrays, against arrays that mdadm made."""

import csv
from pathlib import Path

import pytest

from podplanner.catalog.drive_layout import read_layout
from podplanner.planning.capacity import CapacityError, capacity_of
from podplanner.planning.capacity.mdraid import array_bytes, bitmap_sectors, data_offset

DATA = Path(__file__).parents[2] / "data" / "capacity" / "md_arrays.csv"
CHUNK_SECTORS = 1024


def _arrays():
    lines = [line for line in DATA.read_text().splitlines() if not line.startswith("#")]
    return [
        (
            row["layout"],
            int(row["device_bytes"]),
            int(row["array_bytes"]),
            int(row["data_offset_sectors"]),
        )
        for row in csv.DictReader(lines)
    ]


@pytest.mark.parametrize(("layout", "device", "array", "offset"), _arrays())
def test_an_array_is_as_large_as_mdadm_makes_it(layout, device, array, offset):
    words = read_layout(layout)
    assert data_offset(device // 512, 0 if words.level == 1 else CHUNK_SECTORS) == offset
    assert array_bytes(words, device) == array


def test_there_are_arrays_of_every_level_to_compare_with():
    assert {read_layout(layout).level for layout, *_ in _arrays()} == {0, 1, 5, 6, 10}


@pytest.mark.parametrize(
    ("sectors", "kept"),
    [(127, 0), (128, 8), (8 * 2**21 + 8, 8), (8 * 2**21 + 9, 128), (200 * 2**21 + 127, 128),
     (200 * 2**21 + 128, 256)],
)  # fmt: skip
def test_the_bitmap_gets_more_room_above_8_and_200_gib(sectors, kept):
    assert bitmap_sectors(sectors) == kept


def test_three_raid6_of_a_45_drive_pod_by_hand():
    found = capacity_of(read_layout("mdraid6:15x3"), drives=45, drive_bytes=4_000_787_030_016)
    # 7,814,037,168 sectors less 264,192, in chunks of 1,024: 7,813,772,288; 13 of 15, three times.
    assert found.usable_bytes == 7_813_772_288 * 512 * 13 * 3
    assert found.recommended_bytes == found.usable_bytes * 95 // 100


def test_the_last_chunk_of_an_odd_raid10_has_no_twin():
    # Each of three members holds an odd number of chunks, so half a chunk is left over.
    layout = read_layout("mdraid10:3")
    member = array_bytes(read_layout("mdraid0:1"), 339_677_696)
    assert member // 524_288 % 2 == 1
    assert array_bytes(layout, 339_677_696) == (member // 524_288 * 3 // 2) * 524_288


def test_members_smaller_than_the_data_offset_are_refused():
    with pytest.raises(CapacityError, match="too small"):
        array_bytes(read_layout("mdraid6:4"), 2**20)
