import json
import subprocess
import time
from datetime import UTC, datetime

import pytest

from podplanner.drives.smartctl.device import Device
from podplanner.drives.smartctl.stuck import StuckProcesses

SDA = Device("/dev/sda", "sat")


@pytest.fixture
def process():
    """Give a process that lives until the test ends."""
    with subprocess.Popen(["sleep", "3600"]) as started:
        yield started
        started.kill()


def test_a_process_hangs_on_its_device_as_long_as_it_lives(stuck, process):
    at = datetime(2024, 3, 1, 3, 0, tzinfo=UTC)
    stuck.note(SDA, process.pid, at)
    found = stuck.on(SDA)
    assert (found.pid, found.device, found.since) == (process.pid, "/dev/sda", at)
    assert stuck.on(Device("/dev/sdb")) is None
    process.kill()
    # Not reaped: a zombie hangs on nothing.
    ends = time.monotonic() + 5
    while stuck.on(SDA) is not None and time.monotonic() < ends:
        time.sleep(0.01)
    assert stuck.on(SDA) is None


def test_a_later_run_knows_of_it(stuck, process, tmp_path):
    stuck.note(SDA, process.pid)
    assert StuckProcesses(tmp_path / "stuck").on(SDA) is not None


def test_an_ended_process_is_forgotten_on_disk_too(stuck, process, tmp_path):
    stuck.note(SDA, process.pid)
    process.kill()
    process.wait()
    assert stuck.on(SDA) is None
    assert list((tmp_path / "stuck").iterdir()) == []


def test_the_number_of_a_process_given_to_another_one_means_nothing(stuck, process, tmp_path):
    stuck.note(SDA, process.pid)
    (file,) = (tmp_path / "stuck").iterdir()
    record = json.loads(file.read_text())
    file.write_text(json.dumps({**record, "born": "another-boot 1"}))
    assert stuck.on(SDA) is None


def test_drives_behind_one_device_hang_each_for_itself(stuck, process):
    stuck.note(Device("/dev/bus/0", "megaraid,3"), process.pid)
    assert stuck.on(Device("/dev/bus/0", "megaraid,4")) is None
    assert stuck.on(Device("/dev/bus/0", "megaraid,3")) is not None


def test_one_drive_under_two_names_and_types_is_one(stuck, process, tmp_path):
    device = tmp_path / "sda"
    device.touch()
    (tmp_path / "by-id").symlink_to(device)
    stuck.note(Device(str(device), "sat"), process.pid)
    assert stuck.on(Device(str(tmp_path / "by-id"))) is not None


@pytest.mark.parametrize(
    "written", [b"", b"{", b"[]", b"\xff\xfe", b'{"pid": "x"}', b'{"pid": -1, "born": "", '
                b'"device": "/dev/sda", "since": "2024-01-01T00:00:00Z"}']
)  # fmt: skip
def test_a_record_that_is_broken_hangs_nothing(stuck, process, tmp_path, written):
    stuck.note(SDA, process.pid)
    (file,) = (tmp_path / "stuck").iterdir()
    file.write_bytes(written)
    assert stuck.on(SDA) is None


def test_where_nothing_can_be_written_nothing_is_remembered(tmp_path, process):
    (tmp_path / "file").touch()
    stuck = StuckProcesses(tmp_path / "file/below")
    stuck.note(SDA, process.pid)
    assert stuck.on(SDA) is None


def test_a_folder_that_others_may_write_is_not_used(tmp_path, process):
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    StuckProcesses(folder).note(SDA, process.pid)
    assert list(folder.iterdir()) == []


def test_a_process_that_ended_already_is_not_written_down(stuck, process, tmp_path):
    process.kill()
    process.wait()
    stuck.note(SDA, process.pid)
    assert not (tmp_path / "stuck").exists()
