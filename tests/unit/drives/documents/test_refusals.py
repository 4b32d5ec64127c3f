"""What tells no health says which trouble it is, in one line, with what to do."""

import pytest
from support.drives.made import (
    VERSIONS,
    ata_hdd,
    health_only,
    info_only,
    not_permitted,
    nvme,
    open_failed,
    raid_volume,
    sas_hdd,
    scan,
    standby,
    usb_bridge_error,
    virtual_disk,
    virtual_disk_error,
)

from podplanner.drives.reading import Protocol, Trouble
from podplanner.drives.signals import Signal
from podplanner.drives.smartctl.document import reading_of


def read(document, **more):
    return reading_of(document, source="recording.json", **more)


@pytest.mark.parametrize(
    ("document", "trouble", "advice"),
    [
        (standby(), Trouble.ASLEEP, "--wake"),
        (standby(mode="SLEEP", version=(7, 0)), Trouble.ASLEEP, "--wake"),
        (standby(mode="STANDBY BY TIMER", exit_status=3), Trouble.ASLEEP, "--wake"),
        (standby(mode="STANDBY (OS)"), Trouble.ASLEEP, "--wake"),
        (not_permitted(), Trouble.NOT_PERMITTED, "root"),
        (open_failed(why="Operation not permitted"), Trouble.NOT_PERMITTED, "host"),
        (open_failed(why="Opération non permise"), Trouble.NOT_PERMITTED, "root"),
        (open_failed(why="Keine Berechtigung"), Trouble.NOT_PERMITTED, "root"),
        (open_failed(why=r"\\.\PhysicalDrive0: Open failed, Error=5"), Trouble.NOT_PERMITTED,
         "administrator"),
        (open_failed(why="No such device"), Trouble.VANISHED, "drive scan"),
        (open_failed(why="No such file or directory"), Trouble.VANISHED, "drive scan"),
        (open_failed(why="No such device or address"), Trouble.VANISHED, "cable"),
        (open_failed(why="INQUIRY failed"), Trouble.NO_HEALTH_DATA, "cable"),
        (open_failed(why="Device or resource busy"), Trouble.NO_HEALTH_DATA, "later"),
        (open_failed(why="something nobody has seen"), Trouble.UNREADABLE, "cable"),
        (usb_bridge_error(), Trouble.WRONG_TYPE, "--type sat"),
        (virtual_disk_error(), Trouble.NO_SMART, "host"),
        (virtual_disk_error(device="/dev/sdq"), Trouble.WRONG_TYPE, "--type"),
        (open_failed(device="/dev/vda", shown="/dev/vda [SAT]", why="Operation not permitted"),
         Trouble.NO_SMART, "host"),
        (raid_volume(), Trouble.NO_SMART, "--type"),
        (raid_volume(vendor="Intel", product="Raid 1 Volume", version=(7, 0)), Trouble.NO_SMART,
         "controller"),
        (raid_volume(vendor="ACME", product="BIGBOX"), Trouble.NO_SMART, "--type"),
        (virtual_disk(), Trouble.NO_SMART, "host"),
        (info_only(), Trouble.NO_HEALTH_DATA, "--all"),
        (info_only(version=(7, 0)), Trouble.NO_HEALTH_DATA, "--all"),
        (scan(), Trouble.UNREADABLE, "drive scan --from"),
        (scan(()), Trouble.UNREADABLE, "drive scan --from"),
        ({}, Trouble.UNREADABLE, "smartctl --json --all"),
        ([], Trouble.UNREADABLE, "smartctl --json --all"),
        (None, Trouble.UNREADABLE, "smartctl --json --all"),
        ({"pools": {"tank": {}}}, Trouble.UNREADABLE, "something else"),
    ],
)  # fmt: skip
def test_every_trouble_is_named_and_says_in_one_line_what_to_do(document, trouble, advice):
    reading = read(document)
    assert reading.trouble is trouble
    assert advice in reading.trouble_words
    assert "\n" not in reading.trouble_words
    assert 20 < len(reading.trouble_words) < 400


@pytest.mark.parametrize("version", VERSIONS)
def test_a_drive_that_failed_to_open_is_known_by_the_device_that_was_asked(version):
    reading = read(open_failed(device="/dev/sdz", version=version))
    assert reading.device == "/dev/sdz"
    assert "/dev/sdz" in reading.trouble_words


@pytest.mark.parametrize("passed", [True, False])
def test_a_drives_own_verdict_alone_is_a_reading(passed):
    reading = read(health_only(passed=passed))
    assert reading.trouble is None
    assert reading.passed is passed
    assert dict(reading.signals) == {}


def test_smart_that_is_switched_off_says_how_to_switch_it_on():
    document = info_only() | {"smart_support": {"available": True, "enabled": False}}
    reading = read(document)
    assert reading.trouble is Trouble.NO_HEALTH_DATA
    assert "--smart=on" in reading.trouble_words


def test_smart_that_is_missing_is_no_health_and_no_failure():
    document = info_only() | {"smart_support": {"available": False}}
    assert read(document).trouble is Trouble.NO_SMART


def test_a_wrappers_plain_word_for_smart_support_is_no_obstacle():
    assert read(ata_hdd() | {"smart_support": True}).trouble is None


def test_a_virtual_disk_that_passes_is_not_believed_and_one_that_fails_is():
    # A hypervisor's values are made up; a critical warning in one was put there by somebody.
    assert read(nvme(model="QEMU NVMe Ctrl")).trouble is Trouble.NO_SMART
    failing = read(nvme(model="QEMU NVMe Ctrl", passed=False, critical_warning=8))
    assert failing.trouble is None
    assert failing.passed is False
    assert read(ata_hdd(model="QEMU HARDDISK")).trouble is Trouble.NO_SMART


def test_values_beside_an_exit_status_that_denies_them_are_not_believed():
    # libblockdev keeps such a document: exit status 7, and a table of values.
    reading = read(ata_hdd(exit_status=7))
    assert reading.trouble is Trouble.UNREADABLE
    assert "7" in reading.trouble_words


def test_a_sas_drive_without_a_verdict_is_read_by_its_counters():
    reading = read(sas_hdd(passed=None, grown_defects=3, exit_status=4))
    assert reading.trouble is None
    assert reading.passed is None
    assert reading.signals[Signal.GROWN_DEFECTS] == 3


def test_an_awake_drive_that_tells_its_power_mode_is_read():
    assert read(ata_hdd(power_mode="ACTIVE or IDLE")).trouble is None


def test_the_exit_status_of_the_process_goes_before_the_documents():
    assert read(ata_hdd(exit_status=0), exit_status=64).exit_status.value == 64
    assert read(ata_hdd(exit_status=64)).exit_status.value == 64


def test_a_document_without_its_block_about_smartctl_is_read():
    reading = read(ata_hdd(version=None, pending=3))
    assert reading.trouble is None
    assert reading.exit_status is None
    assert reading.signals[Signal.PENDING] == 3


@pytest.mark.parametrize("protocol", ["ATA", "SCSI", "NVMe"])
def test_the_protocol_is_known_by_the_keys_where_the_device_is_missing(protocol):
    document = {"ATA": ata_hdd, "SCSI": sas_hdd, "NVMe": nvme}[protocol]()
    del document["device"]
    assert read(document).protocol is Protocol(protocol)
    assert read(document).trouble is None
