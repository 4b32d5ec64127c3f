"""Whether a member of an array is a given drive, by its names."""

import pytest
from support.drives.array_states_drives import a_drive, bays

from podplanner.drives.arrays.state import Member, MemberState
from podplanner.drives.pulling.naming import Match, Names, disk_of, match, serial_in

SERIAL = "WD-WCC4E1234567"
DRIVE = Names(SERIAL, "50014ee2b1234567", "sdb", 7, "pci-0000:02:00.0-ata-1.0")


def member(name, path=None, state=MemberState.ONLINE, words="ONLINE", serial=None):
    return Member(name, state, path, serial, words=words)


@pytest.mark.parametrize("name", [
    f"ata-WDC_WD40EFRX-68WT0N0_{SERIAL}", f"/dev/disk/by-id/ata-WDC_WD40EFRX_{SERIAL}-part1",
    "ata-WDC_WD40EFRX-68WT0N0_WCC4E1234567", f"scsi-SATA_WDC_WD40EFRX-68W_{SERIAL}", SERIAL,
])  # fmt: skip
def test_a_name_that_ends_in_the_serial_number_is_the_drive(name):
    assert match(member(name), DRIVE) is Match.SERIAL


@pytest.mark.parametrize("name", [
    "ata-WDC_WD40EFRX-68WT0N0_WD-WCC4E1234568", f"ata-WDC_WD40EFRX_X{SERIAL}",
    f"ata-WDC_WD40EFRX_{SERIAL}9", "ata-WDC_WD40EFRX_WD-WCC4E123456", "nvme-FAST_S1234567",
])  # fmt: skip
def test_a_name_with_another_serial_number_is_another_drive_whatever_its_device(name):
    assert match(member(name, "/dev/sdb1"), DRIVE) is Match.OTHER


def test_what_the_array_says_of_the_serial_number_decides():
    assert match(member("osd.1", "/dev/sdz", serial=SERIAL), DRIVE) is Match.SERIAL
    assert match(member("osd.1", "/dev/sdb", serial="OTHER123"), DRIVE) is Match.OTHER


def test_nvme_names_with_and_without_a_namespace_are_the_drive():
    drive = Names("S466NX0K1", disk="nvme0")
    assert match(member("nvme-Samsung_SSD_970_S466NX0K1"), drive) is Match.SERIAL
    assert match(member("nvme-Samsung_SSD_970_S466NX0K1_1-part3"), drive) is Match.SERIAL
    assert match(member("nvme-Samsung_SSD_970_S466NX0K2_1"), drive) is Match.OTHER


def test_a_world_wide_name_is_a_hint():
    assert match(member("wwn-0x50014ee2b1234567-part1"), DRIVE) is Match.WORLD_WIDE
    assert match(member("wwn-0x50014ee2b7654321"), DRIVE) is Match.OTHER
    # The ports of a SAS drive differ in the last digit.
    assert match(member("wwn-0x50014ee2b1234566"), DRIVE) is Match.PERHAPS


def test_bays_and_paths_are_the_drive_in_them():
    assert match(member("bay07"), DRIVE) is Match.BAY
    assert match(member("/dev/disk/by-vdev/bay7-part1"), DRIVE) is Match.BAY
    assert match(member("bay08"), DRIVE) is Match.OTHER
    assert match(member("pci-0000:02:00.0-ata-1.0-part1"), DRIVE) is Match.BAY


@pytest.mark.parametrize(("name", "disk"), [
    ("sdb", "sdb"), ("/dev/sdb1", "sdb"), ("sdab2", "sdab"), ("/dev/nvme3n1p2", "nvme3"),
    ("/dev/nvme3", "nvme3"), ("nvme3n1", "nvme3"), ("ada4p2", "ada4"), ("vda1", "vda"),
    ("/dev/bus/0", None), ("/dev/disk/by-id/sdb", None), ("tank", None), ("sd", None),
])  # fmt: skip
def test_partitions_belong_to_their_disk(name, disk):
    assert disk_of(name) == disk


def test_devices_tell_present_members_apart():
    assert match(member("sdb1"), DRIVE) is Match.DEVICE
    assert match(member("sdc1"), DRIVE) is Match.OTHER
    assert match(member("sda", "/dev/sda"), Names(None, disk="sdab")) is Match.OTHER


def test_the_old_device_of_a_missing_member_tells_nothing():
    gone = member("sdb", state=MemberState.GONE, words="UNAVAIL cannot open")
    assert match(gone, DRIVE) is Match.PERHAPS
    was = member("123456", "/dev/sdb1", MemberState.GONE, "FAULTED was /dev/sdb1")
    assert match(was, DRIVE) is Match.PERHAPS


def test_md_knows_the_device_of_a_failed_member():
    failed = member("sdb1", "/dev/sdb1", MemberState.GONE, "failed")
    assert match(failed, DRIVE) is Match.DEVICE


def test_a_masked_serial_number_matches_nothing():
    names = Names.of(a_drive(1, known=False).reading, None)
    assert names.serial is None
    assert match(member("ata-MADE_UP_XXXXXXXX"), names) is Match.PERHAPS


def test_the_label_of_a_sas_drive_is_the_drive():
    drive = Names("ZA1ABCDE0000R8123456")
    assert match(member("scsi-SSEAGATE_ST8000NM0075_ZA1ABCDE0000R8123456"), drive) is Match.SERIAL
    assert match(member("x", serial="ZA1ABCDE"), drive) is Match.SERIAL


def test_names_tell_their_serial_number():
    assert serial_in(member(f"ata-WDC_WD40_{SERIAL}")) == SERIAL
    assert serial_in(member("sdb")) is None
    assert serial_in(member("1234567890")) is None


def test_a_drive_brings_the_names_of_its_bay():
    bay = bays(3).bays[1]
    names = Names.of(a_drive(2).reading, bay)
    assert (names.serial, names.disk, names.bay) == ("MADE0002", "sdb", 2)
