"""smartctl itself, on the disks of the machine that runs the tests."""

import json
import shutil

import pytest

from podplanner.drives.reading import Trouble
from podplanner.drives.smartctl.asking import read_devices
from podplanner.drives.smartctl.device import Device
from podplanner.drives.smartctl.kernel_disks import kernel_disks
from podplanner.drives.smartctl.running import run_process
from podplanner.drives.smartctl.scanning import scan
from podplanner.drives.smartctl.version import OLDEST, ask_version

pytestmark = pytest.mark.skipif(
    shutil.which("smartctl", path="/usr/sbin:/sbin:/usr/bin:/usr/local/sbin") is None,
    reason="smartctl is not installed (apt install smartmontools)",
)

TIMEOUT_S = 30


def test_its_version_is_understood():
    version = ask_version(run_process)
    assert version is not None
    assert version >= OLDEST


def test_a_scan_finds_every_disk_of_this_machine_or_ends_with_none(stuck):
    found = scan()
    names = {device.name for device in found}
    assert len(found) == len(set(found))
    for disk in kernel_disks():
        if disk.virtual:
            continue
        assert any(disk.name.startswith(name) for name in names)


def test_a_device_that_is_not_there_has_vanished(stuck):
    missing = [Device("/dev/sdzz"), Device("/dev/sdzz", "sat"), Device("/dev/nvme99", "nvme")]
    readings = read_devices(missing, timeout_s=TIMEOUT_S, stuck=stuck)
    assert [reading.trouble for reading in readings] == [Trouble.VANISHED] * 3
    assert all(reading.trouble_words for reading in readings)


def test_a_disk_of_this_machine_is_read_or_unknown_with_a_line_that_says_why(stuck):
    disks = sorted(kernel_disks(), key=lambda disk: not disk.virtual)[:1]
    if not disks:
        pytest.skip("no disk on this machine to try with")
    kept: dict[str, bytes] = {}
    (reading,) = read_devices(
        [Device(disks[0].name)], timeout_s=TIMEOUT_S, keep=kept.__setitem__, stuck=stuck
    )
    (raw,) = kept.values()
    assert reading.exit_status.value == json.loads(raw)["smartctl"]["exit_status"]
    assert (reading.trouble is None) == (reading.trouble_words == "")
    assert "\n" not in reading.trouble_words
    if disks[0].virtual:
        assert reading.trouble in (Trouble.NO_SMART, Trouble.WRONG_TYPE, Trouble.NOT_PERMITTED)


def test_it_takes_every_option_that_it_is_given(stuck):
    kept: dict[str, bytes] = {}
    read_devices([Device("/dev/null")], timeout_s=TIMEOUT_S, keep=kept.__setitem__, stuck=stuck)
    (raw,) = kept.values()
    words = [message["string"] for message in json.loads(raw)["smartctl"].get("messages", ())]
    assert not [word for word in words if "OPTION" in word or "INVALID ARGUMENT" in word]


def test_a_type_that_it_does_not_know_is_told_as_such(stuck):
    (reading,) = read_devices([Device("/dev/null", "banana")], timeout_s=TIMEOUT_S, stuck=stuck)
    assert reading.trouble is not None
    assert reading.trouble_words
