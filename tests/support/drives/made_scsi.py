"""Documents of invented SCSI drives, and of what only looks like one."""

from collections.abc import Sequence

from support.drives.made_frame import (
    NEWEST,
    NOON,
    Document,
    Version,
    capacity_block,
    device_block,
    frame,
    invented_serial,
    support_block,
)
from support.drives.made_tests import LoggedTest, counted_failures, scsi_log


def sas_hdd(
    *,
    vendor: str = "SEAGATE",
    product: str = "ST8000NM0185",
    serial: str | None = None,
    device: str = "/dev/sdb",
    type: str = "scsi",
    version: Version | None = NEWEST,
    capacity: int = 8_001_563_222_016,
    rpm: int = 7_200,
    passed: bool | None = True,
    grown_defects: int | None = 0,
    uncorrected: tuple[int, int, int] = (0, 0, 0),
    corrected: tuple[int, int, int] = (183_204_551, 12, 0),
    pending_defects: int | None = None,
    wear_percent: int | None = None,
    tests: Sequence[LoggedTest] = (),
    test_left: int | None = None,
    hours: int | None = 31_000,
    cycles: int = 44,
    temperature: int = 33,
    trip: int = 65,
    gigabytes: tuple[float, float, float] = (211_844.718, 90_311.002, 1_204.55),
    exit_status: int | None = None,
    local_time: int | None = NOON,
    messages: Sequence[tuple[str, str]] = (),
) -> Document:
    """Return the document of a SAS hard drive as a version of smartctl writes it.

    7.0 to 7.2 name `vendor`, `product`, `model_name`, `revision`; 7.3 names `scsi_...`; 7.4 and
    newer `model_name` again, and tell the temperature as `scsi_environmental_reports` too. 7.0
    and 7.1 wrote eight times the grown defects (bytes for entries), and so does this.

    Args:
        uncorrected, corrected: Of read, write and verify.
        version: None: no block `smartctl`, with the keys of 7.0, as a wrapper leaves them.
        grown_defects: Entries; None: the drive has no such list.
    """
    if exit_status is None:
        exit_status = 8 * (passed is False) | 128 * bool(counted_failures(tests))
    dialect = (7, 0) if version is None else version
    found = frame(device, version=version, exit_status=exit_status, local_time=local_time,
                  messages=messages)  # fmt: skip
    found |= device_block(device, type, "SCSI")
    found |= _names(dialect, vendor, product, "GN03")
    found |= {
        "scsi_version": "SPC-4",
        **capacity_block(capacity),
        "rotation_rate": rpm,
        "form_factor": {"scsi_value": 2, "name": "3.5 inches"},
        "logical_unit_id": f"0x5000c5{sum(device.encode()):010x}",
        "serial_number": invented_serial(f"{product}{device}", "ZA1#####")
        if serial is None else serial,
        "device_type": {"scsi_value": 0, "name": "disk"},
        **support_block(version),
    }  # fmt: skip
    if passed is not None:
        found["smart_status"] = {"passed": passed}
    if wear_percent is not None:
        found["scsi_percentage_used_endurance_indicator"] = wear_percent
    found["temperature"] = {"current": temperature, "drive_trip": trip}
    if dialect >= (7, 4):
        found["scsi_environmental_reports"] = _environment(temperature)
    if hours is not None:
        found["power_on_time"] = {"hours": hours, "minutes": 17}
    if dialect >= (7, 2):
        found["scsi_start_stop_cycle_counter"] = {
            "year_of_manufacture": "2021",
            "week_of_manufacture": "14",
            "accumulated_start_stop_cycles": cycles,
        }
    if grown_defects is not None:
        found["scsi_grown_defect_list"] = grown_defects * (8 if dialect < (7, 2) else 1)
    if pending_defects is not None:
        found["scsi_pending_defects"] = {"count": pending_defects}
    found["scsi_error_counter_log"] = {
        kind: {
            "errors_corrected_by_eccfast": right,
            "errors_corrected_by_eccdelayed": 0,
            "errors_corrected_by_rereads_rewrites": 0,
            "total_errors_corrected": right,
            "correction_algorithm_invocations": right,
            "gigabytes_processed": f"{size:.3f}",
            "total_uncorrected_errors": wrong,
        }
        for kind, right, wrong, size in zip(
            ("read", "write", "verify"), corrected, uncorrected, gigabytes, strict=True
        )
    }
    running = () if test_left is None else (LoggedTest("running", "long", 0),)
    found |= scsi_log((*running, *tests))
    if test_left is not None:
        found["scsi_self_test_status"] = {
            "in_progress": True,
            "completion_percent": 100 - test_left,
        }
    found["scsi_extended_self_test_seconds"] = 48_000
    return found


def sas_ssd(*, wear_percent: int = 3, **others: object) -> Document:
    """Return the document of a SAS solid-state drive; the rest is as of `sas_hdd`."""
    return sas_hdd(
        wear_percent=wear_percent,
        **{"vendor": "HGST", "product": "SDLL1DLR960GCAA1", "rpm": 0, "grown_defects": None,
           "capacity": 960_197_124_096} | others,
    )  # type: ignore[arg-type]  # fmt: skip


def raid_volume(
    *,
    vendor: str = "AVAGO",
    product: str = "MR9361-8i",
    serial: str = "00a1b2c3d4e5f60718293a4b5c6d7e8f",
    device: str = "/dev/sdc",
    version: Version = NEWEST,
) -> Document:
    """Return what smartctl says of a volume that a RAID controller shows as a disk."""
    found = frame(device, version=version, exit_status=4)
    found |= device_block(device, "scsi", "SCSI")
    found |= _names(version, vendor, product, "4.68")
    return found | {
        "scsi_version": "SPC-3",
        **capacity_block(23_999_999_999_488),
        "rotation_rate": 0,
        "logical_unit_id": "0x600605b00b0c0d0e",
        "serial_number": serial,
        "device_type": {"scsi_value": 0, "name": "disk"},
        "temperature": {"current": 0, "drive_trip": 0},
    }


def virtual_disk(
    *, vendor: str = "QEMU", product: str = "QEMU HARDDISK", device: str = "/dev/sda",
    version: Version = NEWEST,
) -> Document:  # fmt: skip
    """Return what smartctl says of a virtual machine's SCSI disk."""
    return raid_volume(vendor=vendor, product=product, serial="drive-scsi0", device=device,
                       version=version)  # fmt: skip


def _names(version: Version, vendor: str, product: str, revision: str) -> Document:
    model = product if product.startswith(vendor) else f"{vendor} {product}"
    if version < (7, 3):
        return {"vendor": vendor, "product": product, "model_name": model, "revision": revision}
    found = {"scsi_vendor": vendor, "scsi_product": product, "scsi_model_name": model,
             "scsi_revision": revision}  # fmt: skip
    return found | ({"model_name": model} if version >= (7, 4) else {})


def _environment(temperature: int) -> Document:
    return {
        "temperature_1": {
            "parameter_code": 0,
            "current": temperature,
            "lifetime_maximum": temperature + 14,
            "lifetime_minimum": 14,
            "maximum_since_power_on": temperature + 6,
            "minimum_since_power_on": 19,
        }
    }
