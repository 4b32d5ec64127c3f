"""Self-tests that a drive logged, and one that runs."""

import re
from collections.abc import Sequence

from podplanner.drives.reading import SelfTest
from podplanner.drives.smartctl.fields import Fields

_HOURS_WRAP = 65_536
# ATA and SCSI log the hour in 16 bits.
_ATA_KINDS = {1: "short", 2: "long", 129: "short", 130: "long"}
_SCSI_KINDS = {1: "short", 2: "long", 5: "short", 6: "long"}
_NVME_KINDS = {1: "short", 2: "long"}
_ATA_FAILED = range(3, 9)
# High half of the status: 1 and 2 broken off, 3 to 8 failed, 15 running (ACS-3, A.20).
_RUNNING = 15
_SCSI_FAILED = range(4, 8)
# 1 and 2 broken off, 3 could not be completed, 4 to 7 failed, 15 running (SPC-3, 7.2.10).
_NVME_FAILED = range(5, 8)
# 1 to 4, 8 and 9 broken off, 5 to 7 failed (NVMe 1.4, figure 203).
_SCSI_NAME = re.compile(r"scsi_self_test_(\d{1,2})")


def tests_in(document: Fields, hours: int | None) -> tuple[SelfTest, ...]:
    """Return the log, the newest first.

    Args:
        document: As smartctl wrote it.
        hours: For how long the drive has been on, to tell hours that wrapped.
    """
    return (
        *_of_ata(document, hours),
        *_of_scsi(document, hours),
        *_of_nvme(document),
    )


def failures_in(document: Fields, tests: Sequence[SelfTest]) -> int | None:
    """Return how many tests failed that no later long test outdates; None where no log is."""
    if tests:
        count = 0
        for test in tests:
            if test.kind == "long" and test.passed:
                break
            count += test.passed is False
        return count
    log = _ata_log(document)
    total = log.at("error_count_total").integer(most=1_000)
    if total is not None:
        return max(0, total - (log.at("error_count_outdated").integer(most=1_000) or 0))
    return 0 if log.at("count").integer() == 0 else None


def left_of_test(document: Fields) -> int | None:
    """Return the percentage that is left of a test that runs now; None: none is known to run."""
    status = document.at("ata_smart_data", "self_test", "status")
    value = status.at("value").integer(most=255)
    if value is not None and value >> 4 == _RUNNING:
        left = status.at("remaining_percent").integer(most=100)
        return (value & 15) * 10 if left is None and value & 15 <= 10 else left
    scsi = document.at("scsi_self_test_status")
    if scsi.at("in_progress").flag():
        done = scsi.at("completion_percent").integer(most=100)
        return None if done is None else 100 - done
    nvme = document.at("nvme_self_test_log")
    if nvme.at("current_self_test_operation", "value").integer(most=15):
        done = nvme.at("current_self_test_completion_percent").integer(most=100)
        return None if done is None else 100 - done
    return None


def long_test_min(document: Fields) -> int | None:
    """Return how many minutes the maker says a long test takes."""
    minutes = document.at("ata_smart_data", "self_test", "polling_minutes", "extended")
    found = minutes.integer(least=1, most=100_000)
    if found is not None:
        return found
    seconds = document.at("scsi_extended_self_test_seconds").integer(least=1, most=6_000_000)
    return None if seconds is None else -(-seconds // 60)


def _ata_log(document: Fields) -> Fields:
    logs = document.at("ata_smart_self_test_log")
    extended, standard = logs.at("extended"), logs.at("standard")
    return extended if extended.there else standard


def _of_ata(document: Fields, hours: int | None) -> list[SelfTest]:
    found = []
    for row in _ata_log(document).at("table").rows():
        status = row.at("status")
        value = status.at("value").integer(most=255)
        passed = status.at("passed").flag()
        if value is not None:
            half = value >> 4
            passed = True if half == 0 else False if half in _ATA_FAILED else None
        kind = row.at("type")
        found.append(
            SelfTest(
                kind=_kind(kind, _ATA_KINDS),
                passed=passed,
                words=status.at("string").text() or "",
                at_power_on_h=_unwrapped(row.at("lifetime_hours"), hours),
            )
        )
    return found


def _of_scsi(document: Fields, hours: int | None) -> list[SelfTest]:
    numbers = sorted(
        int(match[1]) for key in document.names() if (match := _SCSI_NAME.fullmatch(key))
    )
    found = []
    for number in numbers:
        row = document.at(f"scsi_self_test_{number}")
        value = row.at("result", "value").integer(most=15)
        if value is None:
            continue
        found.append(
            SelfTest(
                kind=_kind(row.at("code"), _SCSI_KINDS),
                passed=True if value == 0 else False if value in _SCSI_FAILED else None,
                words=row.at("result", "string").text() or "",
                at_power_on_h=_unwrapped(row.at("power_on_time", "hours"), hours),
            )
        )
    return found


def _of_nvme(document: Fields) -> list[SelfTest]:
    found = []
    for row in document.at("nvme_self_test_log", "table").rows():
        value = row.at("self_test_result", "value").integer(most=15)
        if value is None:
            continue
        found.append(
            SelfTest(
                kind=_kind(row.at("self_test_code"), _NVME_KINDS),
                passed=True if value == 0 else False if value in _NVME_FAILED else None,
                words=row.at("self_test_result", "string").text() or "",
                at_power_on_h=row.at("power_on_hours").integer(most=2**32),
            )
        )
    return found


def _kind(place: Fields, kinds: dict[int, str]) -> str:
    value = place.at("value").integer(most=255)
    known = None if value is None else kinds.get(value)
    return known or place.at("string").text() or "unknown"


def _unwrapped(place: Fields, hours: int | None) -> int | None:
    """Return an hour of 16 bits as the hour of the drive's life that it was."""
    logged = place.integer(most=2**32)
    if logged is None or hours is None or logged >= _HOURS_WRAP or logged > hours:
        return logged
    return hours - (hours - logged) % _HOURS_WRAP
