"""ATA drives: every maker's own way of counting becomes the same figures."""

import pytest
from support.drives.made import VERSIONS, ata_hdd, ata_ssd

from podplanner.drives.reading import Protocol
from podplanner.drives.signals import Signal
from podplanner.drives.smartctl.document import reading_of

MAKERS = ("wd", "hgst", "seagate", "toshiba")
FLASH_MAKERS = ("intel", "samsung", "crucial", "kingston")


def read(document):
    return reading_of(document, source="sda.json")


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_hard_drive_of_every_maker_and_version_is_read(maker, version):
    reading = read(ata_hdd(maker=maker, version=version, reallocated=304, pending=8,
                           uncorrectable=5, crc=12, spin_retries=2, temperature=37))  # fmt: skip
    assert reading.trouble is None
    assert reading.protocol is Protocol.ATA
    assert reading.passed is True
    assert reading.identity.key is not None
    assert reading.rotation_rpm > 0
    found = reading.signals
    assert found[Signal.REALLOCATED] == 304
    assert found[Signal.PENDING] == 8
    assert found[Signal.OFFLINE_UNCORRECTABLE] == 5
    assert found[Signal.CRC_ERRORS] == 12
    assert found[Signal.SPIN_RETRIES] == 2
    assert found[Signal.TEMPERATURE_C] == 37
    assert found[Signal.POWER_ON_H] == 20_000
    assert found[Signal.POWER_CYCLES] == 20
    assert Signal.RETIRED_BLOCKS not in found
    assert Signal.WEAR_PERCENT not in found


@pytest.mark.parametrize("known", [True, False], ids=["in the database", "not in the database"])
def test_what_seagate_packs_is_decoded_by_ourselves(known):
    reading = read(ata_hdd(maker="seagate", in_database=known, read_errors=3, seek_errors=2_988,
                           timeouts=(22, 7, 1), end_to_end=1, reported=6))  # fmt: skip
    found = reading.signals
    assert found[Signal.READ_ERRORS] == 3
    assert found[Signal.SEEK_ERRORS] == 2_988
    assert found[Signal.COMMAND_TIMEOUTS] == 22
    assert found[Signal.END_TO_END_ERRORS] == 1
    assert found[Signal.REPORTED_UNCORRECTABLE] == 6
    counts = {row.number: row.count for row in reading.attributes}
    assert counts[188] == 22
    assert counts[190] == counts[194] == 31


@pytest.mark.parametrize("model", ["ATA ST4000NM0033-9ZM", "ST10000NE0008", "MAXTOR STM3500320AS",
                                   "SEAGATE ST8000VN004"])  # fmt: skip
def test_a_seagate_is_known_by_its_model_alone(model):
    reading = read(ata_hdd(maker="seagate", model=model, in_database=False, seek_errors=5))
    assert reading.signals[Signal.SEEK_ERRORS] == 5


def test_rates_that_a_maker_does_not_explain_are_no_figures():
    found = read(ata_hdd(maker="wd", read_errors=27, seek_errors=4)).signals
    assert Signal.READ_ERRORS not in found
    assert Signal.SEEK_ERRORS not in found


def test_a_packed_rate_is_seen_by_its_size_under_any_name():
    found = read(ata_hdd(maker="toshiba", model="OEM DISK", seek_errors=7 << 32 | 90)).signals
    assert found[Signal.SEEK_ERRORS] == 7


@pytest.mark.parametrize("raw", [100, 100 | 100 << 16], ids=["plain", "repeated above"])
def test_helium_is_a_percentage(raw):
    found = read(ata_hdd(maker="hgst", helium_percent=raw)).signals
    assert found[Signal.HELIUM_PERCENT] == 100


@pytest.mark.parametrize("maker", FLASH_MAKERS)
def test_a_solid_state_drive_of_every_maker_counts_wear_and_writes(maker):
    reading = read(ata_ssd(maker=maker, wear_percent=85, program_fails=1, erase_fails=2, crc=3,
                           reported=4, written_bytes=10**15))  # fmt: skip
    found = reading.signals
    assert found[Signal.WEAR_PERCENT] == 85
    assert found[Signal.WRITTEN_BYTES] == pytest.approx(10**15, rel=1e-3)
    assert found[Signal.PROGRAM_FAILS] == 1
    assert found[Signal.ERASE_FAILS] == 2
    assert found[Signal.CRC_ERRORS] == 3
    assert found[Signal.REPORTED_UNCORRECTABLE] == 4
    assert reading.rotation_rpm == 0


@pytest.mark.parametrize("maker", ["intel", "samsung", "crucial"])
def test_a_solid_state_drive_retires_blocks_and_reallocates_no_sectors(maker):
    found = read(ata_ssd(maker=maker, retired=4)).signals
    assert found[Signal.RETIRED_BLOCKS] == 4
    assert Signal.REALLOCATED not in found


def test_the_gigabytes_of_a_kingston_are_no_wear():
    # 233 of an Intel is wear, of a Kingston it is gigabytes.
    found = read(ata_ssd(maker="kingston", wear_percent=2, written_bytes=99 * 10**12)).signals
    assert found[Signal.WEAR_PERCENT] == 2


def test_231_of_a_hard_drive_is_no_wear():
    document = ata_hdd(maker="wd")
    document["ata_smart_attributes"]["table"].append(
        {"id": 231, "name": "Temperature_Celsius", "value": 20, "worst": 20, "thresh": 0,
         "raw": {"value": 31, "string": "31"}})  # fmt: skip
    assert Signal.WEAR_PERCENT not in read(document).signals


def test_pending_sectors_that_a_crucial_makes_up_are_left_out():
    assert Signal.PENDING not in read(ata_ssd(maker="crucial", pending=1)).signals


def test_so_are_those_that_an_older_database_calls_by_the_usual_name():
    document = ata_ssd(maker="crucial", pending=1)
    for row in document["ata_smart_attributes"]["table"]:
        if row["id"] == 197:
            row["name"] = "Current_Pending_Sector"
    assert Signal.PENDING not in read(document).signals
    document["model_name"] = "INTEL SSDSC2BB480G6"
    assert read(document).signals[Signal.PENDING] == 1


def test_the_standards_wear_goes_before_the_makers():
    document = ata_ssd(maker="crucial", wear_percent=2,
                       statistics={"Percentage Used Endurance Indicator": 3})  # fmt: skip
    assert read(document).signals[Signal.WEAR_PERCENT] == 3


def test_statistics_complete_the_table_and_do_not_override_it():
    document = ata_hdd(maker="wd", reallocated=3, statistics={
        "Number of Reported Uncorrectable Errors": 11,
        "Number of Reallocated Logical Sectors": 99,
        "Logical Sectors Written": 1_000,
    })  # fmt: skip
    found = read(document).signals
    assert found[Signal.REPORTED_UNCORRECTABLE] == 11
    assert found[Signal.REALLOCATED] == 3
    assert found[Signal.WRITTEN_BYTES] == 512_000


def test_a_statistic_that_is_not_valid_is_unknown():
    document = ata_hdd(statistics={"Number of Reported Uncorrectable Errors": 11})
    document["ata_device_statistics"]["pages"][0]["table"][0]["flags"] = {"valid": False}
    assert Signal.REPORTED_UNCORRECTABLE not in read(document).signals


def test_a_filler_is_unknown_and_not_a_count():
    document = ata_hdd(maker="wd", pending=0xFFFF_FFFF, crc=2**48 - 1)
    found = read(document).signals
    assert Signal.PENDING not in found
    assert Signal.CRC_ERRORS not in found


def test_a_temperature_of_0_was_not_measured():
    reading = read(ata_ssd(maker="samsung", temperature=0))
    assert reading.temperature.current_c is None
    assert Signal.TEMPERATURE_C not in reading.signals


def test_limits_are_the_drives_own():
    found = read(ata_hdd(op_limit=60, limit=70, highest=51, temperature=48)).temperature
    assert (found.current_c, found.limit_c, found.trip_c, found.highest_c) == (48, 60, 70, 51)


@pytest.mark.parametrize("unset", [0, 127, -128])
def test_a_limit_that_is_not_set_is_unknown(unset):
    assert read(ata_hdd(op_limit=unset)).temperature.limit_c is None


def test_attributes_keep_what_the_drive_says_of_them():
    reading = read(ata_hdd(maker="hgst", reallocated=1_975, below=(5,), was_below=(10,),
                           passed=False))  # fmt: skip
    rows = {row.number: row for row in reading.attributes}
    assert (rows[5].failed, rows[5].prefailure, rows[5].raw, rows[5].count) == (
        "now", True, 1_975, 1_975)  # fmt: skip
    assert rows[10].failed == "past"
    assert rows[9].failed == ""
    assert reading.exit_status.failing
    assert reading.exit_status.below_threshold
    assert reading.passed is False


def test_errors_in_the_log_are_counted_in_either_log():
    assert read(ata_hdd(error_count=98)).signals[Signal.ERROR_LOG_ENTRIES] == 98
    assert read(ata_hdd(error_count=98, extended=True)).signals[Signal.ERROR_LOG_ENTRIES] == 98


@pytest.mark.parametrize("zones", ["host_aware", "device_managed"])
def test_a_drive_that_tells_of_zones_writes_shingled(zones):
    assert read(ata_hdd(zoned=zones)).smr is True


def test_a_hard_drive_that_takes_trim_writes_shingled():
    assert read(ata_hdd() | {"trim": {"supported": True}}).smr is True
    assert read(ata_ssd() | {"trim": {"supported": True}}).smr is None
    assert read(ata_hdd() | {"trim": {"supported": False}}).smr is None


def test_seagates_own_log_tells_hours_and_recording():
    farm = {"page_1_drive_information": {"poh": 31_007, "drive_recording_type": "CMR"}}
    reading = read(ata_hdd(maker="seagate") | {"seagate_farm_log": farm})
    assert reading.farm_power_on_h == 31_007
    assert reading.smr is False


def test_the_link_has_a_rate():
    speed = {"max": {"units_per_second": 60, "bits_per_unit": 100_000_000},
             "current": {"string": "1.5 Gb/s"}}  # fmt: skip
    reading = read(ata_hdd() | {"interface_speed": speed})
    assert (reading.link_mbps, reading.link_most_mbps) == (1_500, 6_000)


def test_a_drive_that_states_no_rotation_is_known_by_what_it_counts():
    hard, flash = ata_hdd(), ata_ssd(maker="kingston", model="GENERIC 240GB")
    del hard["rotation_rate"], flash["rotation_rate"]
    assert Signal.REALLOCATED in read(hard).signals
    assert read(hard).rotation_rpm is None
    assert read(flash).signals[Signal.WEAR_PERCENT] == 4
    assert read(flash).rotation_rpm == 0


def test_only_part_of_the_exit_status_is_about_health():
    reading = read(ata_hdd(exit_status=4))
    assert reading.trouble is None
    assert reading.exit_status.partly_read
    assert reading.passed is True


def test_a_failing_exit_status_stands_in_for_a_verdict_that_is_missing():
    document = ata_hdd(exit_status=8)
    del document["smart_status"]
    assert read(document).passed is False
