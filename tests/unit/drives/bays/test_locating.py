"""A drive is in the bay of its serial number, else of its path, else of its slot."""

from hypothesis import given
from hypothesis import strategies as st

from podplanner.catalog.bay_map import SCHEMA, BayMap, MappedBay
from podplanner.drives.bays.locating import bays_of, contradictions, locate
from podplanner.drives.bays.places import NOWHERE, Places, Slot
from podplanner.drives.reading import DriveReading, Identity, Trouble


def bay(number, serial=None, path=None, slot=None):
    return MappedBay(number=number, place=number, serial=serial, path=path, slot=slot)


def map_of(*bays):
    return BayMap(format=SCHEMA, bays=bays)


def drive(device, serial=None, **more):
    key = None if serial is None else f"M/{serial}"
    return DriveReading(source=device, device=device, **more,
                        identity=Identity("M", serial, key))  # fmt: skip


def numbers(*args):
    return {source: found.number for source, found in bays_of(*args).items()}


SEEN = Places(links={"p1": "/dev/sda", "p2": "/dev/sdb", "p3": "/dev/sdc"})


def test_a_serial_number_names_the_bay_wherever_the_drive_is_read():
    assert numbers([drive("/dev/sdx", "Z301")], map_of(bay(1), bay(7, "Z301")), NOWHERE) == {
        "/dev/sdx": 7
    }


def test_spelling_and_the_prefix_that_labels_leave_out_make_no_difference():
    found = map_of(bay(1, "wcc4e1234567"), bay(2, " Z30 1A "), bay(3, "ZL2ABCDE"))
    drives = [drive("/a", "WD-WCC4E1234567"), drive("/b", "Z301A"),
              drive("/c", "ZL2ABCDE0000C9050XYZ")]  # fmt: skip
    assert numbers(drives, found, NOWHERE) == {"/a": 1, "/b": 2, "/c": 3}


def test_a_label_that_fits_two_drives_names_neither():
    found = map_of(bay(3, "ZL2ABCDE"))
    drives = [drive("/c", "ZL2ABCDE0000C9050XYZ"), drive("/d", "ZL2ABCDE0000C9050XYW")]
    assert numbers(drives, found, NOWHERE) == {}


def test_a_masked_serial_number_names_none():
    masked = DriveReading(source="/a", identity=Identity("M", "XXXXXXXX", None))
    assert numbers([masked], map_of(bay(1, "XXXXXXXX")), NOWHERE) == {}


def test_a_serial_number_in_two_bays_names_neither_and_that_is_said():
    found = map_of(bay(1, "WD-WCC4E1234567"), bay(2, "WCC4E1234567"))
    located = locate([drive("/a", "WD-WCC4E1234567")], found, NOWHERE)
    assert dict(located.bays) == {}
    assert "bays 1 and 2" in located.notes[0]


def test_a_drive_without_a_serial_number_is_found_by_its_path():
    found = map_of(bay(1, path="p1"), bay(2, path="/dev/disk/by-path/p2"))
    assert numbers([drive("/dev/sdb"), drive("/dev/sda")], found, SEEN) == {
        "/dev/sda": 1, "/dev/sdb": 2,
    }  # fmt: skip


def test_a_drive_that_hangs_is_found_by_its_path():
    hung = drive("/dev/sdb", trouble=Trouble.TIMED_OUT)
    assert numbers([hung], map_of(bay(2, "Z302", "p2")), SEEN) == {"/dev/sdb": 2}


def test_the_device_of_a_drive_that_is_gone_tells_no_bay():
    gone = drive("/dev/sda", "Z301", trouble=Trouble.VANISHED)
    assert numbers([gone], map_of(bay(1, "Z309", "p1")), SEEN) == {}
    assert numbers([gone], map_of(bay(1, "Z301", "p1")), SEEN) == {"/dev/sda": 1}


def test_a_slot_names_the_bay_where_no_path_does():
    places = Places(slots=(Slot("0:0:24:0", "0x5003", "Slot 04", "/dev/sda"),))
    for written in ("0x5003/Slot 04", "0:0:24:0/Slot 04"):
        assert numbers([drive("/dev/sda")], map_of(bay(4, slot=written)), places) == {"/dev/sda": 4}


def test_a_serial_number_holds_against_a_path_and_that_is_said():
    found = map_of(bay(1, "Z301", "p1"), bay(2, "Z302", "p2"))
    swapped = [drive("/dev/sda", "Z302"), drive("/dev/sdb", "Z301")]
    assert numbers(swapped, found, SEEN) == {"/dev/sda": 2, "/dev/sdb": 1}
    notes = contradictions(swapped, found, SEEN)
    assert len(notes) == 2
    assert "Z302" in notes[0]
    assert "bay 2 by the map" in notes[0]
    assert "place of bay 1" in notes[0]


def test_cables_that_moved_are_said_once():
    found = map_of(*(bay(n, f"Z30{n}", f"p{n}") for n in (1, 2, 3)))
    moved = [drive("/dev/sda", "Z302"), drive("/dev/sdb", "Z303"), drive("/dev/sdc", "Z301")]
    (note,) = contradictions(moved, found, SEEN)
    assert note.startswith("3 drives")


def test_a_new_drive_at_a_place_is_in_that_bay_and_that_is_said():
    found = map_of(bay(1, "Z301", "p1"))
    located = locate([drive("/dev/sda", "Z399")], found, SEEN)
    assert located.bays["/dev/sda"].number == 1
    (note,) = located.notes
    assert "holds Z399, the map has Z301" in note
    assert "bays set 1 Z399" in note


def test_two_drives_are_never_given_one_bay():
    found = map_of(bay(1, "Z301", "p1"), bay(2, "Z302", "p2"))
    drives = [drive("/dev/sda", "Z399"), drive("/dev/sdb", "Z301")]
    located = locate(drives, found, SEEN)
    assert {s: b.number for s, b in located.bays.items()} == {"/dev/sdb": 1}
    assert any("its bay is unknown" in note for note in located.notes)


def test_one_drive_that_is_seen_over_two_ways_is_in_one_bay():
    twice = [drive("/dev/sda", "Z301"), drive("/dev/sdb", "Z301")]
    assert numbers(twice, map_of(bay(5, "Z301")), SEEN) == {"/dev/sda": 5, "/dev/sdb": 5}


def test_a_path_that_means_several_drives_is_said():
    places = Places(links={"x-ata-1": "/dev/sdb", "x-ata-1.0.0": "/dev/sda",
                           "x-ata-1.1.0": "/dev/sdb"})  # fmt: skip
    located = locate([drive("/dev/sdb")], map_of(bay(1, path="x-ata-1")), places)
    assert dict(located.bays) == {}
    assert "several drives" in located.notes[0]


SERIALS = st.sampled_from(["Z301", "Z302", "Z303", "Z304", None])
PATHS = st.sampled_from(["p1", "p2", "p3", None])


@given(
    st.lists(st.tuples(SERIALS, PATHS), max_size=4, unique_by=(lambda b: b[0] or id(b),
                                                              lambda b: b[1] or id(b))),
    st.lists(st.tuples(st.sampled_from(["/dev/sda", "/dev/sdb", "/dev/sdc"]), SERIALS),
             max_size=3, unique_by=lambda d: d[0]),
)  # fmt: skip
def test_different_drives_never_share_a_bay(bays, drives):
    found = map_of(*(bay(n, s, p) for n, (s, p) in enumerate(bays, 1)))
    readings = [drive(device, serial) for device, serial in drives]
    located = locate(readings, found, SEEN)
    held: dict[int, set[str]] = {}
    for reading in readings:
        if reading.source in located.bays:
            who = reading.identity.serial or reading.source
            held.setdefault(located.bays[reading.source].number, set()).add(who)
    assert all(len(who) == 1 for who in held.values())
    assert all(note.endswith((".", "it.")) for note in located.notes)
