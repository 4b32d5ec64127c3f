import json
from pathlib import Path

import pytest
from support.drives.fake_smartctl import Replay, scan_listing
from support.unprivileged import as_a_user, open_folder

from podplanner.drives.reading import Protocol
from podplanner.drives.smartctl.device import Device
from podplanner.drives.smartctl.listing import listed_in
from podplanner.drives.smartctl.running import Command, Ran
from podplanner.drives.smartctl.scanning import scan
from podplanner.errors import DeviceError, SmartctlMissingError


def disk(
    root: Path, name: str, *, vendor: str = "", removable: str = "0", size: str = "100"
) -> None:
    block = root / "sys/block" / name
    (block / "device").mkdir(parents=True)
    (block / "removable").write_text(f"{removable}\n")
    (block / "size").write_text(f"{size}\n")
    (block / "device/vendor").write_text(f"{vendor:<8}\n")
    (root / "sys/class/block").mkdir(parents=True, exist_ok=True)
    (root / "sys/class/block" / name).symlink_to(block)


def listing(*devices: tuple[str, str]) -> dict[str, object]:
    return scan_listing({device: Replay() for device in devices})


def test_drives_are_found_by_names_and_none_is_opened(fake, tmp_path):
    found = fake({"/dev/sdxa": Replay(), "/dev/sdxb": Replay(listed_as="nvme")})
    assert scan(root=tmp_path) == (
        Device("/dev/sdxa", "sat", Protocol.ATA, "/dev/sdxa [sat]"),
        Device("/dev/sdxb", "nvme", Protocol.NVME, "/dev/sdxb [nvme]"),
    )
    assert found.calls("call") == ["--version", "--scan --json"]


def test_a_machine_without_drives_has_none(fake, tmp_path):
    fake({})
    assert scan(root=tmp_path) == ()


def test_the_kernel_says_which_scsi_devices_are_sata_drives(fake, tmp_path):
    disk(tmp_path, "sdxa", vendor="ATA")
    disk(tmp_path, "sdxb", vendor="SEAGATE")
    fake({f"/dev/sdx{letter}": Replay(listed_as="scsi") for letter in "abc"})
    # Not `scsi`: what is behind that name smartctl finds out only where it is left the choice.
    types = {device.name: device.type for device in scan(root=tmp_path)}
    assert types == {"/dev/sdxa": "sat", "/dev/sdxb": None, "/dev/sdxc": None}


def test_a_disk_that_smartctl_does_not_list_is_not_left_out(fake, tmp_path):
    for name in ("sda", "sdb", "sdaa"):
        disk(tmp_path, name)
    fake({"/dev/sda": Replay()})
    assert [device.name for device in scan(root=tmp_path)] == ["/dev/sda", "/dev/sdb", "/dev/sdaa"]


def test_what_is_no_drive_of_the_pod_is_left_out(fake, tmp_path):
    disk(tmp_path, "sda")
    disk(tmp_path, "sdb", removable="1")
    disk(tmp_path, "sdc", size="0")
    for name in ("loop0", "md0", "dm-0", "sr0", "zram0", "zd0", "nbd0", "ram0", "vda"):
        disk(tmp_path, name)
    fake({"/dev/sda": Replay()})
    assert [device.name for device in scan(root=tmp_path)] == ["/dev/sda"]


def test_a_virtual_disk_is_listed_where_there_is_nothing_else(fake, tmp_path):
    disk(tmp_path, "vda")
    fake({})
    assert scan(root=tmp_path) == (Device("/dev/vda"),)


def test_the_namespaces_of_a_listed_controller_are_no_further_drives(fake, tmp_path):
    disk(tmp_path, "nvme0n1")
    disk(tmp_path, "nvme0n2")
    disk(tmp_path, "nvme10n1")
    fake({"/dev/nvme0": Replay(listed_as="nvme")})
    names = [device.name for device in scan(root=tmp_path)]
    assert names == ["/dev/nvme0", "/dev/nvme10n1"]


def test_nothing_of_this_machine_is_added_to_the_list_of_another(fake, tmp_path):
    disk(tmp_path, "sda")
    disk(tmp_path, "nvme0n1")
    fake({"/dev/sda": Replay(), "/dev/sdb": Replay()})
    assert [device.name for device in scan(root=tmp_path)] == ["/dev/sda", "/dev/sdb"]


def test_drives_behind_one_device_are_as_many_and_a_double_is_one(fake, tmp_path):
    found = fake({})
    found.scan_finds(
        {"devices": [
            {"name": "/dev/bus/0", "type": "megaraid,0", "protocol": "SCSI"},
            {"name": "/dev/bus/0", "type": "megaraid,1", "protocol": "SCSI"},
            {"name": "/dev/bus/0", "type": "megaraid,0", "protocol": "SCSI"},
        ]}
    )  # fmt: skip
    assert [device.type for device in scan(root=tmp_path)] == ["megaraid,0", "megaraid,1"]


def test_a_device_that_did_not_open_is_listed_with_the_reason(fake, tmp_path):
    fake({}).scan_finds({"devices": [{"name": "/dev/sda", "open_error": "Permission denied"}]})
    assert [device.error for device in scan(root=tmp_path)] == ["Permission denied"]


def test_a_device_that_this_user_may_not_open_is_listed_with_the_reason():
    with open_folder() as folder:
        node = folder / "sda"
        node.touch(mode=0o000)
        found = json.dumps({"devices": [{"name": str(node)}]}).encode()

        def errors():
            devices = scan(lambda _: Ran(status=0, output=found), root=folder)
            return " ".join(device.error for device in devices)

        errors()  # loads what a user may not read of this Python
        assert as_a_user(errors) == "Permission denied"


def test_a_wrapper_that_knows_only_scan_open_is_asked_by_that():
    def run(command: Command) -> Ran:
        if "--scan-open" in command.arguments:
            return Ran(status=0, output=b'{"devices": [{"name": "/dev/sda"}]}')
        return Ran(status=1, output=b"not allowed")

    assert scan(run, root=Path("/nowhere")) == (Device("/dev/sda"),)


@pytest.mark.parametrize(
    ("ran", "words"),
    [
        (Ran(status=0, output=b""), "--scan --json`: smartctl wrote nothing"),
        (Ran(status=1, output=b"hello"), "smartctl wrote no JSON"),
        (Ran(status=0, output=b'{"devices": ['), "cut off"),
        (Ran(status=1, output=b'{"smartctl": {}}'), "exit status 1"),
        (Ran(timed_out=True), "did not end within 30 s"),
    ],
)
def test_a_scan_that_fails_is_an_error_and_no_empty_list(ran, words):
    with pytest.raises(DeviceError, match=words) as caught:
        scan(lambda command: ran, root=Path("/nowhere"))
    assert caught.value.hint


def test_a_smartctl_that_is_too_old_is_named_with_what_to_install(fake, tmp_path):
    fake({}).is_version("smartctl 6.6 2017-11-05 r4594 [x86_64-linux]\n")
    with pytest.raises(SmartctlMissingError, match=r"smartctl 6\.6 is too old") as caught:
        scan(root=tmp_path)
    assert "smartmontools 7.0" in caught.value.hint


@pytest.mark.parametrize(
    "document",
    [None, [], "x", {}, {"devices": None}, {"devices": {}}, {"devices": [None, 1, "x", []]},
     {"devices": [{"name": 1}, {"name": ""}, {"type": "sat"}, {"name": "a\x1b[2J"}]}],
)  # fmt: skip
def test_what_is_no_device_is_not_listed(document):
    assert listed_in(document) == ()
