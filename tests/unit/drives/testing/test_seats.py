"""Which group and which wires a drive shares with others."""

import pytest
from support.drives.self_tested import arrays_of, drive_with, group

from podplanner.catalog.bay_map import MappedBay
from podplanner.drives.arrays.state import ArrayState, Group, Member, MemberState
from podplanner.drives.bays.places import Places
from podplanner.drives.testing.seat import is_member, seats_of

ONLINE = MemberState.ONLINE


@pytest.mark.parametrize(
    "member",
    [
        Member("wwn-1", ONLINE, serial="ser00001"),
        Member("sd1", ONLINE),
        Member("sd1", ONLINE, path="/dev/sd1"),
        Member("ata-EX_18T_SER00001-part1", ONLINE),
        Member("x", ONLINE, path="/dev/disk/by-id/ata-EX_18T_SER00001-part9"),
    ],
)
def test_a_member_is_found_by_serial_by_device_and_by_its_name(member):
    assert is_member(drive_with(1), member)
    assert not is_member(drive_with(2), member)


def test_a_serial_number_outweighs_a_device_name_that_moved():
    assert not is_member(drive_with(1), Member("sd1", ONLINE, path="/dev/sd1", serial="SER00099"))


def test_partitions_of_every_kind_are_of_their_drive():
    sda = drive_with(1, source="/dev/sda", device="/dev/sda")
    sdab = drive_with(2, source="/dev/sdab", device="/dev/sdab")
    nvme = drive_with(3, source="/dev/nvme0n1", device="/dev/nvme0n1")
    assert is_member(sda, Member("sda3", ONLINE))
    assert not is_member(sda, Member("sdab3", ONLINE))
    assert is_member(sdab, Member("sdab12", ONLINE))
    assert is_member(nvme, Member("nvme0n1p2", ONLINE))
    assert not is_member(nvme, Member("nvme0n2p2", ONLINE))


def test_names_by_id_lead_to_their_device():
    places = Places(names={"/dev/disk/by-id/wwn-0x5000": "/dev/sd1"})
    assert is_member(drive_with(1), Member("wwn-0x5000-part1", ONLINE), places)
    assert not is_member(drive_with(2), Member("wwn-0x5000-part1", ONLINE), places)


def test_a_drive_with_partitions_in_two_groups_is_in_both():
    one, two = group("md0", 1, 2), group("md1", 1, 3)
    seats = seats_of([drive_with(1), drive_with(2)], arrays_of(one, two))
    assert seats["/dev/sd1"].groups == (one, two)
    assert seats["/dev/sd2"].groups == (one,)


def test_a_drive_of_no_group_may_be_in_the_one_whose_members_nobody_knows():
    stranger = Group("g", "raidz2", (Member("1234567890", ONLINE),), 2, 0)
    gone = Group("g", "raidz2", (Member("1234567890", MemberState.GONE),), 2, 1)
    assert seats_of([drive_with(1)], arrays_of(stranger))["/dev/sd1"].unplaced
    assert not seats_of([drive_with(1)], arrays_of(gone))["/dev/sd1"].unplaced
    assert not seats_of([drive_with(1)], ArrayState())["/dev/sd1"].unplaced


def test_backplanes_and_links_are_shared():
    bay = MappedBay(number=7, place=2, backplane=2, role=None)
    seat = seats_of([drive_with(1)], ArrayState(), bays={"/dev/sd1": bay},
                    links={"/dev/sd1": "/sys/devices/pci0/ata5"})["/dev/sd1"]  # fmt: skip
    assert seat.wires == ("backplane 2", "link ata5")
