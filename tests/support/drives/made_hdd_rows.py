"""Attribute tables of hard drives, a function a maker."""

from dataclasses import dataclass

from support.drives.made_ata_rows import (
    Row,
    errors_and_operations,
    head_hours,
    temperature_range,
    words,
)


@dataclass(frozen=True)
class Health:
    """What a hard drive's table shows; counts unless a name says otherwise.

    `timeouts` of three numbers is packed as Seagate packs it: all, over 5 s, over 7.5 s.
    """

    reallocated: int = 0
    events: int | None = None
    pending: int = 0
    uncorrectable: int = 0
    reported: int = 0
    timeouts: int | tuple[int, int, int] = 0
    crc: int = 0
    spin_retries: int = 0
    end_to_end: int = 0
    read_errors: int = 0
    seek_errors: int = 0
    helium_percent: int | None = None
    hours: int = 20_000
    cycles: int = 20
    temperature: int = 31
    coldest: int = 19
    hottest: int = 44
    known: bool = True
    """The model is in smartctl's database, so that it decodes what its maker packs."""


def wd(health: Health) -> list[Row]:
    """Return the table of a drive of Western Digital's own line: nothing is packed."""
    worn = max(100 - health.hours // 730, 1)
    return [
        Row(1, "Raw_Read_Error_Rate", health.read_errors, 200, 51, prefailure=True),
        Row(3, "Spin_Up_Time", 4_275, 174, 21, prefailure=True),
        Row(4, "Start_Stop_Count", health.cycles + 3),
        Row(5, "Reallocated_Sector_Ct", health.reallocated,
            max(200 - health.reallocated // 20, 141), 140, prefailure=True),
        Row(7, "Seek_Error_Rate", health.seek_errors, 200),
        Row(9, "Power_On_Hours", health.hours, worn),
        Row(10, "Spin_Retry_Count", health.spin_retries),
        Row(11, "Calibration_Retry_Count"),
        Row(12, "Power_Cycle_Count", health.cycles),
        Row(192, "Power-Off_Retract_Count", health.cycles - health.cycles // 4, 200),
        Row(193, "Load_Cycle_Count", 1_893, 200),
        Row(194, "Temperature_Celsius", health.temperature, 150 - health.temperature),
        Row(196, "Reallocated_Event_Count",
            health.reallocated if health.events is None else health.events, 200),
        Row(197, "Current_Pending_Sector", health.pending, 200),
        Row(198, "Offline_Uncorrectable", health.uncorrectable),
        Row(199, "UDMA_CRC_Error_Count", health.crc, 200),
        Row(200, "Multi_Zone_Error_Rate", 0, 200),
    ]  # fmt: skip


def hgst(health: Health) -> list[Row]:
    """Return the table of the line that came from Hitachi: packed 3 and 194, helium in 22."""
    rows = [
        Row(1, "Raw_Read_Error_Rate", health.read_errors, 100, 16, prefailure=True),
        Row(2, "Throughput_Performance", 97, 131, 54, prefailure=True),
        Row(3, "Spin_Up_Time", words(391, 391, 4), 156, 24, "391 (Average 391)", prefailure=True),
        Row(4, "Start_Stop_Count", health.cycles + 2),
        Row(5, "Reallocated_Sector_Ct", health.reallocated, 100, 5, prefailure=True),
        Row(7, "Seek_Error_Rate", health.seek_errors, 100, 67, prefailure=True),
        Row(8, "Seek_Time_Performance", 18, 128, 20, prefailure=True),
        Row(9, "Power_On_Hours", health.hours, 96),
        Row(10, "Spin_Retry_Count", health.spin_retries, 100, 60, prefailure=True),
        Row(12, "Power_Cycle_Count", health.cycles),
    ]
    if health.helium_percent is not None:
        rows.append(
            Row(22, "Helium_Level" if health.known else "Unknown_Attribute",
                health.helium_percent, health.helium_percent, 25, prefailure=True)
        )  # fmt: skip
    return [
        *rows,
        Row(192, "Power-Off_Retract_Count", 1_011),
        Row(193, "Load_Cycle_Count", 1_011),
        Row(194, "Temperature_Celsius", _range(health), 206, string=_range_words(health)),
        Row(196, "Reallocated_Event_Count",
            health.reallocated if health.events is None else health.events),
        Row(197, "Current_Pending_Sector", health.pending),
        Row(198, "Offline_Uncorrectable", health.uncorrectable),
        Row(199, "UDMA_CRC_Error_Count", health.crc, 200),
    ]  # fmt: skip


def seagate(health: Health) -> list[Row]:
    """Return the table of a Seagate: 1, 7, 188, 190, 194, 195 and 240 are packed."""
    many = health.timeouts if isinstance(health.timeouts, tuple) else (health.timeouts, 0, 0)
    rate = errors_and_operations(health.read_errors, 143_226_904)
    seeks = errors_and_operations(health.seek_errors, 412_806_331)
    heads = head_hours(max(health.hours - 590, 0))
    return [
        Row(1, "Raw_Read_Error_Rate", rate, 82, 44, prefailure=True),
        Row(3, "Spin_Up_Time", 0, 91, prefailure=True),
        Row(4, "Start_Stop_Count", health.cycles + 9, 100, 20),
        Row(5, "Reallocated_Sector_Ct", health.reallocated,
            max(100 - health.reallocated // 500, 11), 10, prefailure=True),
        Row(7, "Seek_Error_Rate", seeks, 87, 45, prefailure=True),
        Row(9, "Power_On_Hours", health.hours, max(100 - health.hours // 880, 1)),
        Row(10, "Spin_Retry_Count", health.spin_retries, 100, 97, prefailure=True),
        Row(12, "Power_Cycle_Count", health.cycles, 100, 20),
        Row(184, "End-to-End_Error", health.end_to_end, max(100 - health.end_to_end, 1), 99),
        Row(187, "Reported_Uncorrect", health.reported, max(100 - health.reported, 1)),
        Row(188, "Command_Timeout", words(*many),
            string=" ".join(map(str, many)) if health.known else None),
        Row(190, "Airflow_Temperature_Cel",
            health.temperature | health.coldest << 16 | health.hottest << 24,
            100 - health.temperature, 40, _range_words(health)),
        Row(191, "G-Sense_Error_Rate", 214),
        Row(192, "Power-Off_Retract_Count", health.cycles // 2),
        Row(193, "Load_Cycle_Count", 3_310, 99),
        Row(194, "Temperature_Celsius", words(health.temperature, 0, health.coldest),
            health.temperature, string=f"{health.temperature} (0 {health.coldest} 0 0 0)"),
        Row(195, "Hardware_ECC_Recovered", rate, 82),
        Row(197, "Current_Pending_Sector", health.pending),
        Row(198, "Offline_Uncorrectable", health.uncorrectable),
        Row(199, "UDMA_CRC_Error_Count", health.crc, 200),
        Row(240, "Head_Flying_Hours", heads,
            string=f"{max(health.hours - 590, 0)}h+08m+08.635s" if health.known else None),
        Row(241, "Total_LBAs_Written", 91_338_221_007),
        Row(242, "Total_LBAs_Read", 288_190_442_118),
    ]  # fmt: skip


def toshiba(health: Health) -> list[Row]:
    """Return the table of a Toshiba: 194 is packed, load and friction are counted."""
    return [
        Row(1, "Raw_Read_Error_Rate", health.read_errors, 100, 50, prefailure=True),
        Row(2, "Throughput_Performance", 0, 100, 50, prefailure=True),
        Row(3, "Spin_Up_Time", 5_211, 100, 1, prefailure=True),
        Row(4, "Start_Stop_Count", health.cycles + 1),
        Row(5, "Reallocated_Sector_Ct", health.reallocated, 100, 10, prefailure=True),
        Row(7, "Seek_Error_Rate", health.seek_errors, 100, 50, prefailure=True),
        Row(8, "Seek_Time_Performance", 0, 100, 50, prefailure=True),
        Row(9, "Power_On_Hours", health.hours, max(100 - health.hours // 410, 1)),
        Row(10, "Spin_Retry_Count", health.spin_retries, 100, 30, prefailure=True),
        Row(12, "Power_Cycle_Count", health.cycles),
        Row(23, "Helium_Condition_Lower", 0, 100, 75, prefailure=True),
        Row(24, "Helium_Condition_Upper", 0, 100, 75, prefailure=True),
        Row(191, "G-Sense_Error_Rate"),
        Row(192, "Power-Off_Retract_Count", health.cycles),
        Row(193, "Load_Cycle_Count", 41),
        Row(194, "Temperature_Celsius", _range(health), string=_range_words(health)),
        Row(196, "Reallocated_Event_Count",
            health.reallocated if health.events is None else health.events),
        Row(197, "Current_Pending_Sector", health.pending),
        Row(198, "Offline_Uncorrectable", health.uncorrectable),
        Row(199, "UDMA_CRC_Error_Count", health.crc, 200),
        Row(220, "Disk_Shift", 656_384),
        Row(222, "Loaded_Hours", health.hours, 63),
        Row(224, "Load_Friction"),
        Row(226, "Load-in_Time", 588),
        Row(240, "Head_Flying_Hours", 0, 100, 1, prefailure=True),
    ]  # fmt: skip


def _range(health: Health) -> int:
    return temperature_range(health.temperature, health.coldest, health.hottest)


def _range_words(health: Health) -> str:
    return f"{health.temperature} (Min/Max {health.coldest}/{health.hottest})"
