from dataclasses import replace

from support.drives.readings import hard_drive

from podplanner.drives.merging import merged
from podplanner.drives.reading import DriveReading, Identity, Trouble
from podplanner.drives.signals import Signal


def test_one_drive_behind_two_addresses_is_one_drive():
    one = hard_drive("A", source="/dev/sdb")
    other = hard_drive("A", source="/dev/bus/0 -d megaraid,0")
    assert merged([one, other]) == (one,)


def test_the_fuller_reading_stays():
    bare = replace(hard_drive("A", source="/dev/sdb"), signals={})
    full = hard_drive("A", source="/dev/bus/0 -d megaraid,0")
    assert merged([bare, full]) == (full,)


def test_drives_that_repeat_a_serial_are_never_merged_and_never_known_by_it():
    one = hard_drive("123", source="/dev/sda", signals={Signal.POWER_ON_H: 5})
    other = hard_drive("123", source="/dev/sdb", signals={Signal.POWER_ON_H: 9000})
    found = merged([one, other])
    assert [r.source for r in found] == ["/dev/sda", "/dev/sdb"]
    assert all(r.identity.key is None for r in found)


def test_another_world_wide_name_is_another_drive():
    one = hard_drive("A", identity=Identity("m", "A", "m/A", wwn="5000c500a"))
    other = hard_drive("A", identity=Identity("m", "A", "m/A", wwn="5000c500b"))
    assert len(merged([one, other])) == 2


def test_drives_without_a_serial_are_never_merged():
    one, other = hard_drive("", source="a"), hard_drive("", source="b")
    assert len(merged([one, other])) == 2


def test_what_could_not_be_read_is_never_dropped():
    lost = [DriveReading(f"/dev/sd{c}", trouble=Trouble.TIMED_OUT) for c in "ab"]
    assert len(merged(lost)) == 2
