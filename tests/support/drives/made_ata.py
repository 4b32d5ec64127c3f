"""Documents of invented ATA drives, hard drives and solid-state ones."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Literal

from support.drives.made_ata_rows import Row, table
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
from support.drives.made_hdd_rows import Health, hgst, seagate, toshiba, wd
from support.drives.made_ssd_rows import FlashHealth, crucial, intel, kingston, samsung
from support.drives.made_tests import LoggedTest, ata_log, counted_failures

Maker = Literal["wd", "hgst", "seagate", "toshiba"]
FlashMaker = Literal["intel", "samsung", "crucial", "kingston"]

_MAKERS: dict[str, tuple[Callable[[Health], list[Row]], str, str, str, int]] = {
    "wd": (wd, "Western Digital Red", "WDC WD40EFRX-68N32N0", "WD-WCC7K#######", 5_400),
    "hgst": (hgst, "HGST Ultrastar He10", "HGST HUH721010ALE600", "#######G", 7_200),
    "seagate": (seagate, "Seagate Exos X16", "ST16000NM001G-2KK103", "ZL2#####", 7_200),
    "toshiba": (toshiba, "Toshiba MG08ACA... Enterprise Capacity HDD", "TOSHIBA MG08ACA16TE",
                "Y0#0A0##FVGG", 7_200),
}  # fmt: skip
_FLASH: dict[str, tuple[Callable[[FlashHealth], list[Row]], str, str, str]] = {
    "intel": (intel, "Intel 730 and DC S35x0/3610/3700 Series SSDs", "INTEL SSDSC2BB480G6",
              "BTWA######40480FGN"),
    "samsung": (samsung, "Samsung based SSDs", "Samsung SSD 860 EVO 1TB", "S3Z8NB0K######X"),
    "crucial": (crucial, "Crucial/Micron MX500 SSDs", "CT1000MX500SSD1", "2014E####B#D"),
    "kingston": (kingston, "Phison Driven SSDs", "KINGSTON SA400S37480G", "50026B7682######"),
}  # fmt: skip


def ata_hdd(
    *,
    maker: Maker = "wd",
    model: str | None = None,
    family: str | None = None,
    serial: str | None = None,
    capacity: int = 4_000_787_030_016,
    rpm: int | None = None,
    reallocated: int = 0,
    events: int | None = None,
    pending: int = 0,
    uncorrectable: int = 0,
    reported: int = 0,
    timeouts: int | tuple[int, int, int] = 0,
    crc: int = 0,
    spin_retries: int = 0,
    end_to_end: int = 0,
    read_errors: int = 0,
    seek_errors: int = 0,
    helium_percent: int | None = None,
    hours: int = 20_000,
    cycles: int = 20,
    temperature: int = 31,
    in_database: bool = True,
    **common: Any,
) -> Document:
    """Return the document of a hard drive; healthy but for what is asked.

    Args:
        in_database: smartctl knows the model: it names the family and decodes packed values.
        common: `device`, `type`, `version`, `passed`, `exit_status`, `below`, `was_below`,
            `error_count`, `tests`, `test_left`, `extended`, `statistics`, `phy_events`, `zoned`,
            `op_limit`, `limit`, `highest`, `local_time`, `messages`, `power_mode`.
    """
    rows, own_family, own_model, pattern, own_rpm = _MAKERS[maker]
    device = common.setdefault("device", "/dev/sda")
    health = Health(
        reallocated=reallocated, events=events, pending=pending, uncorrectable=uncorrectable,
        reported=reported, timeouts=timeouts, crc=crc, spin_retries=spin_retries,
        end_to_end=end_to_end, read_errors=read_errors, seek_errors=seek_errors,
        helium_percent=helium_percent, hours=hours, cycles=cycles, temperature=temperature,
        known=in_database,
    )  # fmt: skip
    return _document(
        rows(health),
        family=(family or own_family) if in_database else None,
        model=model or own_model,
        serial=invented_serial(f"{maker}{device}", pattern) if serial is None else serial,
        capacity=capacity,
        rpm=own_rpm if rpm is None else rpm,
        hours=hours,
        cycles=cycles,
        temperature=temperature,
        in_database=in_database,
        **common,
    )


def ata_ssd(
    *,
    maker: FlashMaker = "samsung",
    model: str | None = None,
    family: str | None = None,
    serial: str | None = None,
    capacity: int = 1_000_204_886_016,
    wear_percent: int = 4,
    retired: int = 0,
    program_fails: int = 0,
    erase_fails: int = 0,
    reported: int = 0,
    pending: int = 0,
    crc: int = 0,
    end_to_end: int = 0,
    written_bytes: int = 40 * 10**12,
    hours: int = 12_000,
    cycles: int = 40,
    temperature: int = 33,
    in_database: bool = True,
    **common: Any,
) -> Document:
    """Return the document of a SATA solid-state drive; `common` is as of `ata_hdd`."""
    rows, own_family, own_model, pattern = _FLASH[maker]
    device = common.setdefault("device", "/dev/sda")
    health = FlashHealth(
        wear_percent=wear_percent, retired=retired, program_fails=program_fails,
        erase_fails=erase_fails, reported=reported, pending=pending, crc=crc,
        end_to_end=end_to_end, hours=hours, cycles=cycles, temperature=temperature,
        written_bytes=written_bytes,
    )  # fmt: skip
    return _document(
        rows(health),
        family=(family or own_family) if in_database else None,
        model=model or own_model,
        serial=invented_serial(f"{maker}{device}", pattern) if serial is None else serial,
        capacity=capacity,
        rpm=0,
        hours=hours,
        cycles=cycles,
        temperature=temperature,
        in_database=in_database,
        **common,
    )


def _document(
    rows: Sequence[Row],
    *,
    family: str | None,
    model: str,
    serial: str,
    capacity: int,
    rpm: int,
    hours: int,
    cycles: int,
    temperature: int,
    in_database: bool,
    device: str,
    type: str = "sat",
    version: Version | None = NEWEST,
    passed: bool | None = True,
    exit_status: int | None = None,
    below: Collection[int] = (),
    was_below: Collection[int] = (),
    error_count: int = 0,
    tests: Sequence[LoggedTest] = (),
    test_left: int | None = None,
    extended: bool = False,
    statistics: dict[str, int] | None = None,
    phy_events: dict[str, int] | None = None,
    zoned: str | None = None,
    op_limit: int | None = None,
    limit: int | None = None,
    highest: int | None = None,
    local_time: int | None = NOON,
    messages: Sequence[tuple[str, str]] = (),
    power_mode: str | None = None,
) -> Document:
    if exit_status is None:
        failing = any(row.number in below and row.prefailure for row in rows)
        exit_status = (
            8 * (passed is False) | 16 * failing | 32 * bool(was_below and not failing)
            | 64 * bool(error_count) | 128 * bool(counted_failures(tests))
        )  # fmt: skip
    found = frame(device, version=version, exit_status=exit_status, local_time=local_time,
                  messages=messages)  # fmt: skip
    found |= device_block(device, type, "ATA")
    if power_mode is not None:
        found["power_mode"] = {"ata_value": 255, "name": power_mode}
    if family is not None:
        found["model_family"] = family
    found |= {
        "model_name": model,
        "serial_number": serial,
        "wwn": {"naa": 5, "oui": 5_358, "id": 4_402_341_478 + sum(device.encode())},
        "firmware_version": "82.00A82" if rpm else "RVT04B6Q",
        **capacity_block(capacity),
        "physical_block_size": 4_096,
        "rotation_rate": rpm,
        "form_factor": {"ata_value": 2, "name": "3.5 inches"},
        "in_smartctl_database": in_database,
        "ata_version": {"string": "ACS-3 T13/2161-D revision 5", "major_value": 2_032},
        "sata_version": {"string": "SATA 3.1", "value": 127},
        **support_block(version),
    }
    if zoned is not None:
        found["zoned_device"] = {"capabilities": zoned}
    if passed is not None:
        found["smart_status"] = {"passed": passed}
    state: Document = {"value": 0, "string": "completed without error", "passed": True}
    if test_left is not None:
        state = {"value": 240 + test_left // 10, "string": "in progress",
                 "remaining_percent": test_left}  # fmt: skip
    found["ata_smart_data"] = {
        "self_test": {
            "status": state,
            "polling_minutes": {"short": 2, "extended": 460 if rpm else 30},
        }
    }
    found |= table(rows, below=below, was_below=was_below)
    found |= {"power_on_time": {"hours": hours}, "power_cycle_count": cycles}
    found["temperature"] = {"current": temperature}
    for key, limit_c in (("lifetime_max", highest), ("op_limit_max", op_limit),
                         ("limit_max", limit)):  # fmt: skip
        if limit_c is not None:
            found["temperature"][key] = limit_c
    log: Document = {"revision": 1, "count": error_count}
    found["ata_smart_error_log"] = {"extended" if extended else "summary": log}
    found |= ata_log(tests, extended=extended)
    if statistics is not None:
        found["ata_device_statistics"] = {"pages": [_page(statistics)]}
    if phy_events is not None:
        found["sata_phy_event_counters"] = {
            "table": [
                {"id": number, "name": name, "size": 4, "value": value, "overflow": False}
                for number, (name, value) in enumerate(phy_events.items(), 1)
            ],
            "reset": False,
        }
    return found


def _page(statistics: dict[str, int]) -> Document:
    """Return one page of device statistics; the names are smartctl's."""
    flags = {"value": 192, "string": "V---", "valid": True, "normalized": False,
             "supports_dsn": False, "monitored_condition_met": False}  # fmt: skip
    return {
        "number": 4,
        "name": "General Errors Statistics",
        "revision": 1,
        "table": [
            {"offset": 8 * place, "name": name, "size": 4, "value": value, "flags": flags}
            for place, (name, value) in enumerate(statistics.items(), 1)
        ],
    }
