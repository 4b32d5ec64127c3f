import pytest

from podplanner.drives.smartctl.device import Device, devices_of, sources_of
from podplanner.errors import WrongUsageError


def test_each_name_is_a_device_once():
    assert devices_of(["/dev/sda", "/dev/sdb", "/dev/sda"]) == (
        Device("/dev/sda"),
        Device("/dev/sdb"),
    )


def test_one_type_goes_to_every_name():
    assert devices_of(["/dev/sda", "/dev/sdb"], ["sat"]) == (
        Device("/dev/sda", "sat"),
        Device("/dev/sdb", "sat"),
    )


def test_several_types_are_as_many_drives_behind_one_device():
    found = devices_of(["/dev/bus/0"], ["megaraid,0", "megaraid,1", "megaraid,0"])
    assert [device.type for device in found] == ["megaraid,0", "megaraid,1"]


def test_several_types_for_several_names_are_refused():
    with pytest.raises(WrongUsageError, match="which belongs to which"):
        devices_of(["/dev/sda", "/dev/sdb"], ["sat", "scsi"])


@pytest.mark.parametrize(
    "name", ["-a", "--help", "", "  ", "/dev/sd\x00a", "/dev/sda\n", "/dev/\x1b[2J", "/" * 5000]
)
def test_a_name_that_cannot_be_a_device_is_refused(name):
    with pytest.raises(WrongUsageError) as caught:
        devices_of([name])
    assert caught.value.hint
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("name", ["/dev/disk/by-id/wwn-0x5", "ada0", "nvme0", "/dev/pd0", "C:"])
def test_names_of_every_system_are_taken(name):
    assert devices_of([name]) == (Device(name),)


@pytest.mark.parametrize("type_", ["-x", "", "sat scsi", "sat\n", "a" * 65, "$(id)", "megaraid;3"])
def test_a_type_that_cannot_be_one_is_refused(type_):
    with pytest.raises(WrongUsageError, match="--type"):
        devices_of(["/dev/sda"], [type_])


@pytest.mark.parametrize(
    "type_",
    ["sat", "sat,12", "sat+megaraid,3", "areca,2/1", "aacraid,0,0,1", "usbjmicron,p,x,1",
     "jmb39x-q,0", "cciss,0", "3ware,11", "sssraid,1,2", "sntasmedia", "test"],
)  # fmt: skip
def test_types_of_the_manual_are_taken(type_):
    assert devices_of(["/dev/sda"], [type_]) == (Device("/dev/sda", type_),)


def test_readings_of_drives_behind_one_name_are_called_differently():
    devices = (
        Device("/dev/sda", "sat"),
        Device("/dev/bus/0", "megaraid,0"),
        Device("/dev/bus/0", "megaraid,1"),
        Device("/dev/sdb", "sat"),
        Device("/dev/sdb", "scsi"),
        Device("/dev/sdc"),
    )
    sources = sources_of(devices)
    assert len(set(sources)) == len(devices)
    assert sources[0] == "/dev/sda"
    assert sources[1] == "/dev/bus/0 -d megaraid,0"
