"""Documents of invented NVMe drives."""

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
from support.drives.made_tests import LoggedTest, nvme_log


def nvme(
    *,
    model: str = "Samsung SSD 980 PRO 2TB",
    serial: str | None = None,
    device: str = "/dev/nvme0",
    version: Version | None = NEWEST,
    capacity: int = 2_000_398_934_016,
    passed: bool | None = True,
    critical_warning: int = 0,
    spare_percent: int = 100,
    spare_threshold_percent: int = 10,
    wear_percent: int = 3,
    media_errors: int = 0,
    error_log_entries: int = 14,
    data_units_written: int = 61_220_871,
    hours: int = 9_000,
    cycles: int = 210,
    temperature: int = 41,
    warning_c: int | None = None,
    critical_c: int | None = None,
    tests: Sequence[LoggedTest] = (),
    test_left: int | None = None,
    exit_status: int | None = None,
    local_time: int | None = NOON,
    messages: Sequence[tuple[str, str]] = (),
) -> Document:
    """Return the document of an NVMe drive; healthy but for what is asked.

    A `passed` of False comes with a critical warning in real drives, and is not forced to here.
    """
    if exit_status is None:
        exit_status = 8 * (passed is False)
    found = frame(device, version=version, exit_status=exit_status, local_time=local_time,
                  messages=messages)  # fmt: skip
    found |= device_block(device, "nvme", "NVMe")
    found |= {
        "model_name": model,
        "serial_number": invented_serial(f"{model}{device}", "S69ENF0R######N")
        if serial is None else serial,
        "firmware_version": "5B2QGXA7",
        "nvme_pci_vendor": {"id": 5_197, "subsystem_id": 5_197},
        "nvme_ieee_oui_identifier": 9_528,
        "nvme_total_capacity": capacity,
        "nvme_unallocated_capacity": 0,
        "nvme_controller_id": 6,
        "nvme_version": {"string": "1.3", "value": 66_304},
        "nvme_number_of_namespaces": 1,
        "nvme_namespaces": [{"id": 1, "size": {"blocks": capacity // 512, "bytes": capacity}}],
        **capacity_block(capacity),
        **support_block(version),
    }  # fmt: skip
    if passed is not None:
        found["smart_status"] = {"passed": passed, "nvme": {"value": critical_warning}}
    found["nvme_smart_health_information_log"] = {
        "critical_warning": critical_warning,
        "temperature": temperature,
        "available_spare": spare_percent,
        "available_spare_threshold": spare_threshold_percent,
        "percentage_used": wear_percent,
        "data_units_read": 48_119_022,
        "data_units_written": data_units_written,
        "host_reads": 611_920_114,
        "host_writes": 902_118_733,
        "controller_busy_time": 1_911,
        "power_cycles": cycles,
        "power_on_hours": hours,
        "unsafe_shutdowns": 19,
        "media_errors": media_errors,
        "num_err_log_entries": error_log_entries,
        "warning_temp_time": 0,
        "critical_comp_time": 0,
    }
    found["temperature"] = {"current": temperature}
    if warning_c is not None:
        found["nvme_composite_temperature_threshold"] = {"warning": warning_c}
        found["temperature"]["op_limit_max"] = warning_c
    if critical_c is not None:
        found.setdefault("nvme_composite_temperature_threshold", {})["critical"] = critical_c
        found["temperature"]["critical_limit_max"] = critical_c
    found |= {"power_cycle_count": cycles, "power_on_time": {"hours": hours}}
    if tests or test_left is not None or (version is not None and version >= (7, 4)):
        found |= nvme_log(tests, test_left)
    return found
