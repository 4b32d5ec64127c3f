"""Drives and figures are found by what people call them, and never by a guess."""

import pytest
from support.drives.rounds import DAY, START, key

from podplanner.drives.history.finding import find_drive
from podplanner.drives.history.known import KnownDrive
from podplanner.drives.history.naming import signal_named
from podplanner.drives.signals import Signal
from podplanner.errors import UnknownNameError


def drive(serial, device=None, days=0):
    return KnownDrive(key(serial), "EX-18T", serial, START, START + days * DAY, START,
                      last_device=device)  # fmt: skip


KNOWN = (drive("WD-WCC7K4AAAAE1", "/dev/sda"), drive("WD-WCC7K4BBBBE2", "/dev/sdb"),
         drive("ZL20001A", "/dev/sdb", days=1), drive("ZL20001B0000C1234567"))  # fmt: skip


@pytest.mark.parametrize(
    ("word", "serial"),
    [
        ("WD-WCC7K4AAAAE1", "WD-WCC7K4AAAAE1"),
        ("wcc7k4aaaae1", "WD-WCC7K4AAAAE1"),
        ("EX-18T/ZL20001A", "ZL20001A"),
        ("ZL20001B", "ZL20001B0000C1234567"),
        ("AAE1", "WD-WCC7K4AAAAE1"),
        ("WD-WCC7K4B", "WD-WCC7K4BBBBE2"),
        ("/dev/sda", "WD-WCC7K4AAAAE1"),
        ("sda", "WD-WCC7K4AAAAE1"),
        ("/dev/sdb", "ZL20001A"),
    ],
)
def test_a_drive_is_found(word, serial):
    assert find_drive(KNOWN, word).serial == serial


@pytest.mark.parametrize("word", ["", "E1", "QQQQ", "/dev/sdz", "7K4"])
def test_a_word_that_means_no_drive_names_those_that_are_known(word):
    with pytest.raises(UnknownNameError, match="knows no drive") as caught:
        find_drive(KNOWN, word)
    assert "WD-WCC7K4AAAAE1" in caught.value.hint


def test_a_word_that_means_several_names_them():
    with pytest.raises(UnknownNameError, match="any of 2 drives") as caught:
        find_drive(KNOWN, "WCC7")
    assert "WD-WCC7K4BBBBE2" in caught.value.hint


def test_where_nothing_is_known_the_next_step_is_named():
    with pytest.raises(UnknownNameError) as caught:
        find_drive((), "Z1")
    assert "drive check" in caught.value.hint


@pytest.mark.parametrize("signal", Signal)
def test_every_figure_is_found_by_its_name(signal):
    assert signal_named(signal.value) is signal
    assert signal_named(signal.name) is signal
    assert signal_named(signal.value.replace("_", "-").upper()) is signal


@pytest.mark.parametrize(
    ("word", "signal"),
    [
        ("5", Signal.REALLOCATED), ("187", Signal.REPORTED_UNCORRECTABLE),
        ("188", Signal.COMMAND_TIMEOUTS), ("197", Signal.PENDING), ("199", Signal.CRC_ERRORS),
        ("198", Signal.OFFLINE_UNCORRECTABLE), ("10", Signal.SPIN_RETRIES),
        ("Reallocated_Sector_Ct", Signal.REALLOCATED), ("UDMA_CRC_Error_Count", Signal.CRC_ERRORS),
        ("Current_Pending_Sector", Signal.PENDING), ("percentage_used", Signal.WEAR_PERCENT),
        ("media_errors", Signal.MEDIA_ERRORS), ("scsi_grown_defect_list", Signal.GROWN_DEFECTS),
        ("1", Signal.READ_ERRORS), ("177", Signal.WEAR_PERCENT), ("crc", Signal.CRC_ERRORS),
    ],
)  # fmt: skip
def test_a_figure_is_found_by_number_and_by_smartctls_name(word, signal):
    assert signal_named(word) is signal


def test_a_number_with_two_meanings_means_what_the_drive_has():
    assert signal_named("5", {Signal.RETIRED_BLOCKS: 3}) is Signal.RETIRED_BLOCKS
    assert signal_named("5", {Signal.REALLOCATED: 3}) is Signal.REALLOCATED


@pytest.mark.parametrize("word", ["", "19x", "-5", "99999", "٥", "pendng_sectors"])
def test_what_is_no_figure_is_refused_with_a_hint(word):
    with pytest.raises(UnknownNameError) as caught:
        signal_named(word)
    assert "pending_sectors" in caught.value.hint
