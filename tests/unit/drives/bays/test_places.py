"""What the system tells of where its drives are is read as Linux writes it."""

import pytest
from support.drives.fake_system import System

from podplanner.drives.bays.places import NOWHERE, Places, Slot
from podplanner.drives.bays.seeing import read_places


@pytest.fixture
def system(tmp_path):
    return System(tmp_path)


def test_a_machine_without_anything_tells_of_nothing(tmp_path):
    assert read_places(tmp_path) == NOWHERE


def test_links_lead_to_whole_drives_and_not_to_partitions(system):
    system.drive("sda", "Z3010001", path="pci-0000:00:1f.2-ata-1.0")
    system.link("by-path", "pci-0000:00:1f.2-ata-1.0-part1", "sda1")
    system.link("by-path", "pci-0000:00:1f.2-ata-1.0-part1-odd", "sr0")
    places = read_places(system.root)
    assert dict(places.links) == {"pci-0000:00:1f.2-ata-1.0": "/dev/sda"}
    assert places.path_of("/dev/sda") == "pci-0000:00:1f.2-ata-1.0"


def test_the_full_name_is_noted_and_the_old_one_understood(system):
    system.drive("sda", "Z3010001", path="pci-0-ata-1")
    system.link("by-path", "pci-0-ata-1.0", "sda")
    places = read_places(system.root)
    assert places.path_of("/dev/sda") == "pci-0-ata-1.0"
    assert "pci-0-ata-1" in places.paths_of("/dev/sda")


def test_the_old_name_of_a_port_multiplier_means_none_of_its_drives(system):
    for place in range(5):
        system.drive(f"sd{'abcde'[place]}", f"Z301000{place}", path=f"pci-0-ata-1.{place}.0")
    system.link("by-path", "pci-0-ata-1", "sde")
    places = read_places(system.root)
    assert places.paths_of("/dev/sde") == ("pci-0-ata-1.4.0",)


def test_an_nvme_controller_is_its_disk(system):
    system.drive("nvme0n1", "S466NX0M7", path="pci-0000:41:00.0-nvme-1", model="Maker 1 TB")
    places = read_places(system.root)
    assert places.path_of("/dev/nvme0") == "pci-0000:41:00.0-nvme-1"
    assert places.drive("/dev/nvme0").serial == "S466NX0M7"
    assert places.drive("/dev/nvme1") is None


def test_a_name_by_id_is_its_device(system):
    system.drive("sdb", "Z3010001", path="pci-0-ata-2.0")
    places = read_places(system.root)
    assert places.path_of("/dev/disk/by-id/ata-ST4000DM000-1F2168_Z3010001") == "pci-0-ata-2.0"


def test_serial_and_full_model_are_read_without_asking_the_drive(system):
    system.drive("sda", "WD-WCC4E1234567", model="WDC WD40EFRX-68WT0N0", size=1 << 22)
    (seen,) = read_places(system.root).drives
    assert (seen.serial, seen.model) == ("WD-WCC4E1234567", "WDC WD40EFRX-68WT0N0")
    assert seen.size_bytes == 1 << 22


@pytest.mark.parametrize("page", [b"", b"\0\x80", b"\0\x83\0\x04ABCD", b"\0\x80\0\0", b"\0" * 9])
def test_a_broken_page_is_no_serial_number(system, page):
    system.drive("sda")
    (system.root / "sys/block/sda/device/vpd_pg80").write_bytes(page)
    assert read_places(system.root).drives[0].serial is None


def test_a_page_cannot_steer_a_terminal(system):
    system.drive("sda")
    (system.root / "sys/block/sda/device/vpd_pg80").write_bytes(b"\0\x80\0\x08AB\x1b[2J\x07Z")
    assert read_places(system.root).drives[0].serial == "AB[2JZ"


def test_loops_empty_card_readers_and_arrays_are_no_drives(system):
    system.drive("sda", "Z3010001")
    system.drive("sdb", size=0)
    for name in ("loop0", "md0", "dm-0", "sr0", "ram1", "zram0", "nbd0", "mmcblk0boot0"):
        (system.root / "sys" / "block" / name / "device").mkdir(parents=True)
    assert [drive.device for drive in read_places(system.root).drives] == ["/dev/sda"]


def test_slots_are_known_by_their_folder_and_not_by_the_number_in_it(system):
    """Enclosures were seen that give two slots one number."""
    system.drive("sda", "A0001")
    system.drive("sdb", "A0002")
    system.slot("0:0:24:0", "Slot 10", "sdb", number=4)
    system.slot("0:0:24:0", "Slot 02", "sda", number=4)
    system.slot("0:0:24:0", "Slot 11", number=5)
    places = read_places(system.root)
    assert [(slot.name, slot.device) for slot in places.slots] == [
        ("Slot 02", "/dev/sda"), ("Slot 10", "/dev/sdb"), ("Slot 11", None),
    ]  # fmt: skip
    assert places.slot_of("/dev/sdb").written == "0x500304801f2a3b7f/Slot 10"


def test_a_slot_answers_to_the_name_and_to_the_id_of_its_enclosure():
    slot = Slot("0:0:24:0", "0x5003", "4")
    assert slot.is_called("0x5003/4")
    assert slot.is_called("0:0:24:0/4")
    assert not slot.is_called("0x5003/04")
    assert Slot("0:0:24:0", None, "4").written == "0:0:24:0/4"
    assert not Slot("0:0:24:0", None, "4").is_called("None/4")


def test_nowhere_has_no_place():
    assert Places().path_of("/dev/sda") is None
    assert Places().slot_of("/dev/sda") is None
