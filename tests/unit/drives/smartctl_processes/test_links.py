from pathlib import Path

from podplanner.drives.smartctl.device import Device
from podplanner.drives.smartctl.links import by_link, link_in, link_of

MULTIPLIER = "devices/pci0000:00/0000:00:1f.2/ata5/host4/target4:{n}:0/4:{n}:0:0/block/{name}"
PORT = "devices/pci0000:00/0000:00:1f.2/ata6/host5/target5:0:0/5:0:0:0/block/{name}"
SAS = (
    "devices/pci0000:00/0000:03:00.0/host0/port-0:0/expander-0:0/port-0:0:{n}/end_device-0:0:{n}"
    "/target0:0:{n}/0:0:{n}:0/block/{name}"
)
USB = (
    "devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1.4/2-1.4:1.0/host6/target6:0:0/6:0:0:{n}"
    "/block/{name}"
)
NVME = "devices/pci0000:00/0000:00:1d.0/0000:05:00.0/nvme/nvme0"


def system(root: Path, *layout: tuple[str, int, str]) -> Path:
    for path, n, name in layout:
        where = root / "sys" / path.format(n=n, name=name)
        where.mkdir(parents=True)
        links = root / "sys/class/block"
        links.mkdir(parents=True, exist_ok=True)
        (links / name).symlink_to(where)
    return root


def names(*short: str) -> tuple[Device, ...]:
    return tuple(Device(f"/dev/{name}") for name in short)


def test_drives_behind_one_port_multiplier_share_its_link(tmp_path):
    root = system(
        tmp_path,
        *((MULTIPLIER, n, f"sdx{c}") for n, c in enumerate("abcde")),
        (PORT, 0, "sdxf"),
    )
    drives = names("sdxf", "sdxc", "sdxa", "sdxb", "sdxe", "sdxd")
    assert by_link(drives, root) == ((0,), (1, 2, 3, 4, 5))


def test_drives_of_one_usb_bridge_share_its_link(tmp_path):
    root = system(tmp_path, (USB, 0, "sdxa"), (USB, 1, "sdxb"))
    assert by_link(names("sdxa", "sdxb"), root) == ((0, 1),)


def test_drives_on_an_expander_have_links_of_their_own(tmp_path):
    root = system(tmp_path, (SAS, 1, "sdxa"), (SAS, 2, "sdxb"))
    assert by_link(names("sdxa", "sdxb"), root) == ((0,), (1,))


def test_a_device_asked_twice_by_two_types_is_asked_once_at_a_time(tmp_path):
    root = system(tmp_path, (PORT, 0, "sdxa"))
    asked = (Device("/dev/sdxa", "sat"), Device("/dev/sdxa", "scsi"))
    assert by_link(asked, root) == ((0, 1),)


def test_a_name_that_leads_to_a_device_has_its_link(tmp_path):
    root = system(tmp_path, (PORT, 0, "sdxa"))
    link = tmp_path / "by-id"
    link.symlink_to("/dev/sdxa")
    assert str(link_of(Device(str(link)), root)).endswith("/ata6")


def test_what_the_kernel_does_not_know_has_a_link_of_its_own(tmp_path):
    devices = (Device("/dev/bus/0", "megaraid,0"), Device("/dev/bus/0", "megaraid,1"), Device("/"))
    assert by_link(devices, tmp_path) == ((0,), (1,), (2,))


def test_nvme_shares_nothing():
    assert link_in(f"/sys/{NVME}") is None


def test_a_name_with_ata_in_it_is_no_port():
    assert link_in("/sys/devices/data5/atari/ata/block/sda") is None
