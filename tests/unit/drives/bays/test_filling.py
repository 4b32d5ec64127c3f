"""Drives are put into a map without a drive, a path or a slot being in two bays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drives.fake_system import System

from podplanner.catalog.bay_map import SCHEMA, BayMap, MappedBay
from podplanner.catalog.library import find_part, library
from podplanner.catalog.parts import Chassis
from podplanner.drives.bays.filling import Found, fill_by_place, filled, found_at
from podplanner.drives.bays.making import map_of_chassis, map_of_count, map_of_places
from podplanner.drives.bays.places import NOWHERE, Places
from podplanner.drives.bays.seeing import read_places


def bay(number, serial=None, path=None, slot=None, role=None):
    return MappedBay(number=number, place=number, serial=serial, path=path, slot=slot, role=role)


def map_of(*bays):
    return BayMap(format=SCHEMA, title="pod", bays=bays)


def test_a_drive_leaves_the_bay_that_it_was_in():
    before = map_of(bay(1, "Z301", "p1"), bay(2, "Z302", "p2"))
    made = filled(before, 2, Found("Z301", "p1"))
    assert made.bay_map == map_of(bay(1), bay(2, "Z301", "p1"))
    assert any("Bay 1 had Z301 before" in note for note in made.notes)
    assert any("Bay 2 had Z302" in note for note in made.notes)


def test_what_is_not_known_stays():
    before = map_of(bay(1, "Z301", "p1", "e/1"))
    assert filled(before, 1, Found(path="p9")).bay_map == map_of(bay(1, "Z301", "p9", "e/1"))


def test_the_user_s_spelling_of_the_same_drive_stays():
    before = map_of(bay(1, "wcc4e1234567"))
    made = filled(before, 1, Found("WD-WCC4E1234567", "p1"))
    assert made.bay_map == map_of(bay(1, "wcc4e1234567", "p1"))
    assert made.notes == ()


def test_a_bay_that_was_to_stay_empty_is_open_once_a_drive_is_in_it():
    made = filled(map_of(bay(1, role="empty")), 1, Found("Z301"))
    assert made.bay_map.bays[0].role is None
    assert "was to stay empty" in made.notes[0]


def test_a_bay_that_is_not_there_is_refused():
    with pytest.raises(KeyError):
        filled(map_of(bay(1)), 2, Found("Z301"))


FOUND = st.builds(
    Found, st.sampled_from([None, "Z301", "z301", "WD-Z30100", "Z30100"]),
    st.sampled_from([None, "p1", "p2"]), st.sampled_from([None, "e/1", "e/2"]),
)  # fmt: skip


@given(st.lists(st.tuples(st.integers(1, 4), FOUND), max_size=12))
def test_however_bays_are_filled_the_map_stays_a_map(steps):
    bay_map = map_of_count(4)
    for number, found in steps:
        bay_map = filled(bay_map, number, found).bay_map
        held = bay_map.numbered(number)
        assert found.path is None or held.path == found.path
        assert found.serial is None or held.serial is not None
    assert BayMap.model_validate(bay_map.model_dump(by_alias=True)) == bay_map


def test_places_of_the_map_tell_their_drives():
    places = Places(links={"p1": "/dev/sda", "p2": "/dev/sdb", "p3": "/dev/sdc"})
    before = map_of(bay(1, path="p1"), bay(2, "Z309", "p2"), bay(3), bay(4, path="p3"))
    serials = {"/dev/sda": "Z301", "/dev/sdb": "Z302", "/dev/sdc": "Z309"}
    made = fill_by_place(before, places, serials)
    assert [b.serial for b in made.bay_map.bays] == ["Z301", "Z309", None, None]
    assert made.notes == ("Bay 1 holds Z301: it is seen at the place of this bay.",)


def test_nothing_is_known_of_a_device_that_is_nowhere():
    assert found_at("/dev/sda", NOWHERE) == Found()


# --- maps for those who have none ---


@pytest.mark.parametrize(
    ("sku", "bays", "each"),
    [("STORAGE-POD-3.0-CASE", 45, 5), ("CLASS-CASE-4U-60-TOP", 60, 15), ("RM43-320-RS", 20, 4)],
)
def test_a_case_of_the_catalog_has_its_bays_on_its_backplanes(sku, bays, each):
    made = map_of_chassis(find_part(library(), sku))
    assert [b.number for b in made.bays] == list(range(1, bays + 1))
    assert (made.bays[each].backplane, made.bays[each].place) == (2, 1)
    assert made.chassis == sku


def test_a_case_of_unknown_bays_has_no_map():
    assert map_of_chassis(Chassis(sku="X", title="X", source="x")) is None


def test_backplanes_that_do_not_share_bays_evenly_are_left_out():
    made = map_of_chassis(Chassis(sku="X", title="X", source="x", data_bays=10, backplanes=3))
    assert {b.backplane for b in made.bays} == {None}


def test_what_the_system_tells_is_a_map(tmp_path):
    system = System(tmp_path)
    for number, name in enumerate("abcde"):
        system.drive(f"sd{name}", f"Z30100{number}", path=f"pci-0-ata-2.{number}.0")
    system.link("by-path", "pci-0-ata-2", "sde")
    system.drive("sdf", "Z302000", path="pci-0-ata-10.0")
    system.link("by-path", "pci-0-ata-10", "sdf")
    system.drive("sdg", "USB0001", path="pci-0-usb-0:1:1.0-scsi-0:0:0:0")
    system.drive("sdh", "S300001")
    system.slot("0:0:9:0", "Slot 01", "sdh")
    system.slot("0:0:9:0", "Slot 02")
    made = map_of_places(read_places(tmp_path))
    assert [(b.number, b.backplane, b.place, b.serial) for b in made.bays] == [
        (1, 1, 1, "S300001"), (2, 1, 2, None),
        *((3 + n, 2, n + 1, f"Z30100{n}") for n in range(5)), (8, None, 1, "Z302000"),
    ]  # fmt: skip
    assert made.bays[0].slot == "0x500304801f2a3b7f/Slot 01"
    assert made.bays[7].path == "pci-0-ata-10.0"


def test_drives_that_say_one_serial_number_do_not_break_the_map(tmp_path):
    system = System(tmp_path)
    system.drive("sda", "SAME", path="pci-0-ata-1.0")
    system.drive("sdb", "SAME", path="pci-0-ata-2.0")
    made = map_of_places(read_places(tmp_path))
    assert [b.serial for b in made.bays] == ["SAME", None]


def test_a_system_that_tells_nothing_gives_no_map():
    assert map_of_places(NOWHERE) is None
