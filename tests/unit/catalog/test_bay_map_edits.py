"""Filling a bay map in leaves alone what a person wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podplanner.catalog.bay_map import MappedBay, bay_map_of_toml
from podplanner.catalog.writers.bay_map_edits import rewritten
from podplanner.catalog.writers.toml_bay_map import write_bay_map

BY_HAND = """\
# Pod 3, rack 12. Ask Ada before you pull anything.
schema = "podplanner/bay-map/1"
title = 'Pod 3'

[[bay]]
number = 1          # leftmost, front row
place=1
serial = ""         # to be read off the label
path = ""

[[bay]]
number = 2
place = 2
role = "empty"      # its connector is broken

# the last one
[[bay]]
number = 3
place = 3
role = "data"
group = 1
member = 1
serial = "Z303"
"""


def changed(text, number, **changes):
    bay_map = bay_map_of_toml(text, "bays.toml")
    bays = tuple(
        MappedBay.model_validate({**bay.model_dump(), **changes}) if bay.number == number else bay
        for bay in bay_map.bays
    )
    return bay_map.model_copy(update={"bays": bays})


def test_only_the_value_changes():
    text = rewritten(BY_HAND, changed(BY_HAND, 1, serial="Z301"))
    assert text == BY_HAND.replace('serial = ""  ', 'serial = "Z301"  ')
    assert bay_map_of_toml(text, "") == changed(BY_HAND, 1, serial="Z301")


def test_a_key_that_was_not_there_is_added_and_comments_stay():
    wanted = changed(BY_HAND, 3, path="pci-0-ata-1.0", slot="0x5003/Slot 03")
    text = rewritten(BY_HAND, wanted)
    assert bay_map_of_toml(text, "") == wanted
    for comment in ("# Pod 3, rack 12", "# leftmost, front row", "# the last one"):
        assert comment in text


def test_a_bay_that_is_empty_no_more_loses_its_role():
    wanted = changed(BY_HAND, 2, role=None, serial="Z302")
    assert bay_map_of_toml(rewritten(BY_HAND, wanted), "") == wanted


def test_a_serial_number_is_taken_out_again():
    wanted = changed(BY_HAND, 3, serial=None)
    assert bay_map_of_toml(rewritten(BY_HAND, wanted), "") == wanted


def test_nothing_changed_is_not_a_byte():
    assert rewritten(BY_HAND, bay_map_of_toml(BY_HAND, "")) == BY_HAND


def test_line_ends_of_another_system_stay():
    text = BY_HAND.replace("\n", "\r\n")
    wanted = changed(text, 1, serial="Z301")
    assert rewritten(text, wanted) == text.replace('serial = ""  ', 'serial = "Z301"  ')


@pytest.mark.parametrize(
    "text",
    ['schema = "podplanner/bay-map/1"\nbay = [{number = 1, place = 1}]\n',
     'schema = "podplanner/bay-map/1"\n[[bay]]\nnumber = 0x1\nplace = 1\n'],
)  # fmt: skip
def test_a_layout_of_another_kind_is_filled_all_the_same(text):
    wanted = changed(text, 1, serial="Z301")
    assert bay_map_of_toml(rewritten(text, wanted), "") == wanted


def test_other_changes_are_written_anew():
    wanted = changed(BY_HAND, 1, backplane=7)
    assert rewritten(BY_HAND, wanted) == write_bay_map(wanted)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=20)


@given(serial=WORDS, path=WORDS, slot=WORDS)
def test_whatever_a_drive_says_reads_back(serial, path, slot):
    wanted = changed(BY_HAND, 1, serial=serial, path=path, slot=slot)
    assert bay_map_of_toml(rewritten(BY_HAND, wanted), "") == wanted
