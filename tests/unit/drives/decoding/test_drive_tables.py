"""The tables about drives are whole, and each entry says where it is from."""

import pytest

from podplanner.drives.decoding import tables
from podplanner.drives.smartctl.refusals import volume_words


def test_every_table_is_read():
    assert tables.meanings()
    assert tables.makers()
    assert tables.wear_sources()
    assert tables.written_sources()
    assert tables.volumes()


@pytest.mark.parametrize(
    "entry", [*tables.makers(), *tables.wear_sources(), *tables.volumes()], ids=repr
)
def test_every_entry_has_a_source(entry):
    assert len(entry.source) > 10


@pytest.mark.parametrize(
    "name",
    ["QEMU QEMU HARDDISK", "QEMU HARDDISK", "VBOX HARDDISK", "VMware Virtual disk",
     "Msft Virtual Disk", "Amazon Elastic Block Store", "Intel Raid 1 Volume", "AVAGO MR9361-8i",
     "DELL PERC H730P Mini", "HP LOGICAL VOLUME", "LSI MR9271-8i", "Adaptec Array"],
)  # fmt: skip
def test_a_volume_is_told_from_a_drive(name):
    assert volume_words(name, None)


@pytest.mark.parametrize(
    "name",
    ["WDC WD40EFRX-68N32N0", "HGST HUH721010ALE600", "ST16000NM001G-2KK103", "SEAGATE ST8000NM0185",
     "TOSHIBA MG08ACA16TE", "INTEL SSDSC2BB480G6", "Samsung SSD 860 EVO 1TB", "CT1000MX500SSD1",
     "KINGSTON SA400S37480G", "HP MB2000GCWDA", "HPE MB004000GWUPK", "IBM-ESXS ST900MM0006",
     "LENOVO-X ST1200MM0007", "DELL MZ7KM480HMHJ0D3", "NETAPP X423_HCOBE900A10", ""],
)  # fmt: skip
def test_a_drive_is_not_taken_for_a_volume(name):
    assert volume_words(name, "/dev/sda") is None


@pytest.mark.parametrize("device", ["/dev/vda", "/dev/xvdb", "/dev/md0", "/dev/dm-3", "/dev/loop7"])
def test_a_virtual_device_is_told_by_its_name(device):
    assert volume_words("", device) == "a virtual disk"
