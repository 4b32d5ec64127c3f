"""Attribute tables of SATA solid-state drives, a function a maker: each counts wear elsewhere."""

from dataclasses import dataclass

from support.drives.made_ata_rows import Row, words


@dataclass(frozen=True)
class FlashHealth:
    """What a solid-state drive's table shows; `wear_percent` is of the rated endurance, used."""

    wear_percent: int = 4
    retired: int = 0
    program_fails: int = 0
    erase_fails: int = 0
    reported: int = 0
    pending: int = 0
    crc: int = 0
    end_to_end: int = 0
    hours: int = 12_000
    cycles: int = 40
    temperature: int = 33
    written_bytes: int = 40 * 10**12


def intel(health: FlashHealth) -> list[Row]:
    """Return the table of an Intel: wear is only in the normalised value of 233."""
    units = health.written_bytes // (32 * 2**20)
    return [
        Row(5, "Reallocated_Sector_Ct", health.retired),
        Row(9, "Power_On_Hours", health.hours),
        Row(12, "Power_Cycle_Count", health.cycles),
        Row(170, "Available_Reservd_Space", 0, 100, 10, prefailure=True),
        Row(171, "Program_Fail_Count", health.program_fails),
        Row(172, "Erase_Fail_Count", health.erase_fails),
        Row(174, "Unsafe_Shutdown_Count", 11),
        Row(175, "Power_Loss_Cap_Test", 1_408_800_001_022, 100, 10, "5118 (328 1024)",
            prefailure=True),
        Row(183, "SATA_Downshift_Count"),
        Row(184, "End-to-End_Error", health.end_to_end, 100, 90, prefailure=True),
        Row(187, "Reported_Uncorrect", health.reported),
        Row(190, "Temperature_Case", health.temperature | 20 << 16 | 41 << 24,
            100 - health.temperature, string=f"{health.temperature} (Min/Max 20/41)"),
        Row(192, "Unsafe_Shutdown_Count", 11),
        Row(194, "Temperature_Internal", health.temperature),
        Row(197, "Current_Pending_Sector", health.pending),
        Row(199, "CRC_Error_Count", health.crc),
        Row(225, "Host_Writes_32MiB", units),
        Row(226, "Workld_Media_Wear_Indic", 65_535),
        Row(227, "Workld_Host_Reads_Perc", 65_535),
        Row(228, "Workload_Minutes", 65_535),
        Row(232, "Available_Reservd_Space", 0, 100, 10, prefailure=True),
        Row(233, "Media_Wearout_Indicator", 0, max(100 - health.wear_percent, 1)),
        Row(234, "Thermal_Throttle", 0, string="0/0"),
        Row(241, "Host_Writes_32MiB", units),
        Row(242, "Host_Reads_32MiB", 190_222),
    ]  # fmt: skip


def samsung(health: FlashHealth) -> list[Row]:
    """Return the table of a Samsung: wear in the normalised 177, sectors written in 241."""
    return [
        Row(5, "Reallocated_Sector_Ct", health.retired, 100, 10, prefailure=True),
        Row(9, "Power_On_Hours", health.hours, 97),
        Row(12, "Power_Cycle_Count", health.cycles, 99),
        Row(177, "Wear_Leveling_Count", health.wear_percent * 6,
            max(100 - health.wear_percent, 1), prefailure=True),
        Row(179, "Used_Rsvd_Blk_Cnt_Tot", health.retired, 100, 10, prefailure=True),
        Row(181, "Program_Fail_Cnt_Total", health.program_fails, 100, 10),
        Row(182, "Erase_Fail_Count_Total", health.erase_fails, 100, 10),
        Row(183, "Runtime_Bad_Block", 0, 100, 10, prefailure=True),
        Row(187, "Uncorrectable_Error_Cnt", health.reported),
        Row(190, "Airflow_Temperature_Cel", health.temperature, 100 - health.temperature),
        Row(195, "ECC_Error_Rate", 0, 200),
        Row(199, "CRC_Error_Count", health.crc, 100 if health.crc == 0 else 99),
        Row(235, "POR_Recovery_Count", 21, 99),
        Row(241, "Total_LBAs_Written", health.written_bytes // 512, 99),
    ]  # fmt: skip


def crucial(health: FlashHealth) -> list[Row]:
    """Return the table of a Crucial or Micron: percent used is the raw value of 202."""
    left = max(100 - health.wear_percent, 0)
    return [
        Row(1, "Raw_Read_Error_Rate", 0),
        Row(5, "Reallocate_NAND_Blk_Cnt", health.retired, 100, 10),
        Row(9, "Power_On_Hours", health.hours),
        Row(12, "Power_Cycle_Count", health.cycles),
        Row(171, "Program_Fail_Count", health.program_fails),
        Row(172, "Erase_Fail_Count", health.erase_fails),
        Row(173, "Ave_Block-Erase_Count", health.wear_percent * 15, max(left, 1)),
        Row(174, "Unexpect_Power_Loss_Ct", 6),
        Row(180, "Unused_Reserve_NAND_Blk", 41, 0),
        Row(183, "SATA_Interfac_Downshift"),
        Row(184, "Error_Correction_Count", health.end_to_end),
        Row(187, "Reported_Uncorrect", health.reported),
        Row(194, "Temperature_Celsius", words(health.temperature, 0, 52),
            100 - health.temperature, string=f"{health.temperature} (Min/Max 0/52)"),
        Row(196, "Reallocated_Event_Count", health.retired),
        Row(197, "Bogus_Current_Pend_Sect", health.pending),
        Row(198, "Offline_Uncorrectable"),
        Row(199, "UDMA_CRC_Error_Count", health.crc),
        Row(202, "Percent_Lifetime_Remain", health.wear_percent, left, 1),
        Row(206, "Write_Error_Rate"),
        Row(210, "Success_RAIN_Recov_Cnt"),
        Row(246, "Total_LBAs_Written", health.written_bytes // 512),
        Row(247, "Host_Program_Page_Count", 911_284_002),
        Row(248, "FTL_Program_Page_Count", 622_110_938),
    ]  # fmt: skip


def kingston(health: FlashHealth) -> list[Row]:
    """Return the table of a Phison-driven Kingston: life left in 231, gigabytes in 233 and 241."""
    left = max(100 - health.wear_percent, 0)
    gigabytes = health.written_bytes // 2**30
    return [
        Row(1, "Raw_Read_Error_Rate"),
        Row(9, "Power_On_Hours", health.hours),
        Row(12, "Power_Cycle_Count", health.cycles),
        Row(148, "Unknown_Attribute"),
        Row(149, "Unknown_Attribute"),
        Row(167, "Write_Protect_Mode"),
        Row(168, "SATA_Phy_Error_Count", health.crc),
        Row(169, "Bad_Block_Rate", 3),
        Row(170, "Bad_Blk_Ct_Erl/Lat", words(5, 0, health.retired), 100, 10,
            f"{health.retired}/5"),
        Row(172, "Erase_Fail_Count", health.erase_fails),
        Row(173, "MaxAvgErase_Ct", words(19, 55), string="55 (Average 19)"),
        Row(181, "Program_Fail_Count", health.program_fails),
        Row(182, "Erase_Fail_Count", health.erase_fails),
        Row(187, "Reported_Uncorrect", health.reported),
        Row(192, "Unsafe_Shutdown_Count", 2),
        Row(194, "Temperature_Celsius", words(health.temperature, 24, 46),
            health.temperature, string=f"{health.temperature} (Min/Max 24/46)"),
        Row(196, "Reallocated_Event_Count", health.retired),
        Row(199, "SATA_CRC_Error_Count", health.crc),
        Row(218, "CRC_Error_Count", health.crc),
        Row(231, "SSD_Life_Left", left, max(left, 1)),
        Row(233, "Flash_Writes_GiB", gigabytes * 2),
        Row(241, "Lifetime_Writes_GiB", gigabytes),
        Row(242, "Lifetime_Reads_GiB", 801),
        Row(244, "Average_Erase_Count", 19),
        Row(245, "Max_Erase_Count", 55),
        Row(246, "Total_Erase_Count", 118_220),
    ]  # fmt: skip
