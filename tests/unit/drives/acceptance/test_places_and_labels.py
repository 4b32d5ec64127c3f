"""What a drive must bring for its place, what its model is, what the tables hold."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drives.newcomers import seen
from support.drives.self_tested import arrays_of, drive_with, group

from podplanner.catalog.bay_map import BayMap, MappedBay
from podplanner.catalog.library import read_parts
from podplanner.drives.acceptance.labels import label_of
from podplanner.drives.acceptance.place import group_with, serial_in_bay, wanted_for
from podplanner.drives.acceptance.recording_models import (
    family_of,
    model_numbers,
    recording_families,
)
from podplanner.drives.arrays.state import ArrayState, Group, Member, MemberState
from podplanner.errors import UnknownNameError
from podplanner.resources import data_dir

OLD = seen(key="EX-18T/WD-ZA1OLD01", capacity_bytes=18_000)


def _array(**member):
    return arrays_of(Group("raidz2-0", "raidz2", (Member("m", MemberState.GONE, **member),), 2, 1))


def test_what_the_array_uses_comes_before_what_the_old_drive_held():
    wanted = wanted_for("ZA1OLD01", [OLD], _array(serial="WD-ZA1OLD01", size_bytes=17_500))
    assert wanted.size_bytes == 17_500
    assert "raidz2-0" in wanted.whose


def test_a_drive_that_only_the_history_knows_is_enough():
    assert wanted_for(" za1old01", [OLD], ArrayState()).size_bytes == 18_000


def test_a_size_that_nobody_knows_is_unknown_and_not_nothing():
    wanted = wanted_for("ZA1OLD01", [], _array(serial="ZA1OLD01"))
    assert wanted.size_bytes is None
    assert "--size" in wanted.whose


def test_a_serial_number_that_nobody_knows_is_an_error():
    with pytest.raises(UnknownNameError, match="ZZZ"):
        wanted_for("ZZZ", [OLD], _array(serial="ZA1OLD01"))


def test_the_group_of_a_drive_in_use_is_named():
    arrays = arrays_of(group("raidz2-0", 1), group("raidz2-1", 2))
    assert group_with(drive_with(2), arrays) == "raidz2-1"
    assert group_with(drive_with(3), arrays) == ""


def test_a_bay_gives_the_serial_number_that_the_map_has():
    bays = (
        MappedBay(number=1, place=1, role=None, serial="ZA1"),
        MappedBay(number=2, place=2, role=None),
    )
    bay_map = BayMap(schema="podplanner/bay-map/1", bay=bays)
    assert serial_in_bay(1, bay_map) == "ZA1"
    for number in (2, 3):
        with pytest.raises(UnknownNameError, match=f"bay {number}"):
            serial_in_bay(number, bay_map)


def test_the_catalog_is_found_by_what_a_drive_says_of_itself():
    parts = read_parts([data_dir("bom") / "parts" / "drive"])
    assert label_of("ST16000NM001G-2KK103", parts).sku == "ST16000NM001G"
    assert label_of("WDC WD60EFAX-68SHWN0", parts).recording == "SMR"
    assert label_of("SEAGATE ST4000NM0023", parts).capacity_bytes == 4 * 10**12
    assert label_of("QEMU HARDDISK", parts) is None
    assert label_of(None, parts) is None


def test_table_and_catalog_never_contradict_each_other():
    for part in read_parts([data_dir("bom") / "parts" / "drive"]).values():
        family = family_of(part.sku)
        if family is not None and part.recording is not None:
            assert family.recording == part.recording, part.sku


def test_every_family_has_a_source_and_a_pattern_that_no_other_takes_first():
    for family in recording_families():
        assert re.compile(family.models)
        assert family.source


@given(st.text(max_size=200))
def test_no_name_of_a_model_makes_it_fall_over(model):
    assert all(len(number) <= 40 for number in model_numbers(model))
    family_of(model)
