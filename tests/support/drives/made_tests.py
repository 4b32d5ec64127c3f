"""Self-test logs as ATA, SCSI and NVMe drives write them, of invented tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Outcome = Literal["passed", "read failure", "electrical failure", "aborted", "running"]

_ATA_STATUS = {
    "passed": (0, "Completed without error", True),
    "aborted": (16, "Aborted by host", None),
    "electrical failure": (80, "Completed: electrical failure", False),
    "read failure": (121, "Completed: read failure", False),
    "running": (249, "Self-test routine in progress", None),
}
_SCSI_RESULT = {
    "passed": (0, "Completed"),
    "aborted": (1, "Aborted (by user command)"),
    "electrical failure": (5, "Failed in first segment"),
    "read failure": (7, "Failed in segment"),
    "running": (15, "Self test in progress ..."),
}
_NVME_RESULT = {
    "passed": (0, "Completed without error"),
    "aborted": (1, "Aborted: Self-test command"),
    "electrical failure": (6, "Completed: unknown failed segment"),
    "read failure": (7, "Completed: failed segments"),
    "running": (15, "Reserved (0xf)"),
}


@dataclass(frozen=True)
class LoggedTest:
    """One entry of a log; the newest comes first. `hours` is at which hour of power it ended."""

    outcome: Outcome = "passed"
    kind: Literal["short", "long"] = "long"
    hours: int = 1_000


def ata_log(tests: Sequence[LoggedTest], *, extended: bool) -> dict[str, Any]:
    """Return the block `ata_smart_self_test_log`; hours wrap at 65,536 as in real logs."""
    rows = []
    for test in tests:
        value, words, passed = _ATA_STATUS[test.outcome]
        status: dict[str, Any] = {"value": value, "string": words}
        if value & 15:
            status["remaining_percent"] = (value & 15) * 10
        if passed is not None:
            status["passed"] = passed
        rows.append(
            {
                "type": {"value": 2, "string": "Extended offline"}
                if test.kind == "long"
                else {"value": 1, "string": "Short offline"},
                "status": status,
                "lifetime_hours": test.hours % 65_536,
            }
        )
        if test.outcome == "read failure":
            rows[-1]["lba"] = 104_870_168
    failed = [test.outcome in ("read failure", "electrical failure") for test in tests]
    outdated = 0
    for position, test in enumerate(tests):
        if test.kind == "long" and test.outcome == "passed":
            outdated = sum(failed[position:])
            break
    log: dict[str, Any] = {"revision": 1}
    if extended:
        log["sectors"] = 1
    if rows:
        log["table"] = rows
    log["count"] = len(rows)
    if rows:
        log |= {"error_count_total": sum(failed), "error_count_outdated": outdated}
    return {"ata_smart_self_test_log": {"extended" if extended else "standard": log}}


def counted_failures(tests: Sequence[LoggedTest]) -> int:
    """Return how many failures no later long test outdates."""
    count = 0
    for test in tests:
        if test.kind == "long" and test.outcome == "passed":
            break
        count += test.outcome in ("read failure", "electrical failure")
    return count


def scsi_log(tests: Sequence[LoggedTest]) -> dict[str, Any]:
    """Return the blocks `scsi_self_test_0` and so on."""
    found: dict[str, Any] = {}
    for position, test in enumerate(tests):
        value, words = _SCSI_RESULT[test.outcome]
        code = (2, "Background long") if test.kind == "long" else (1, "Background short")
        found[f"scsi_self_test_{position}"] = {
            "code": {"value": code[0], "string": code[1]},
            "result": {"value": value, "string": words},
        }
        found[f"scsi_self_test_{position}"] |= (
            {"self_test_in_progress": True}
            if test.outcome == "running"
            else {"power_on_time": {"hours": test.hours, "aka": "accumulated_power_on_hours"}}
        )
    return found


def nvme_log(tests: Sequence[LoggedTest], left: int | None) -> dict[str, Any]:
    """Return the block `nvme_self_test_log`; `left` percent of a test that runs."""
    operation: dict[str, Any] = {"value": 0, "string": "No self-test in progress"}
    log: dict[str, Any] = {"current_self_test_operation": operation}
    if left is not None:
        operation |= {"value": 2, "string": "Extended self-test in progress"}
        log["current_self_test_completion_percent"] = 100 - left
    rows = []
    for test in tests:
        value, words = _NVME_RESULT[test.outcome]
        rows.append(
            {
                "self_test_code": {"value": 2, "string": "Extended"}
                if test.kind == "long"
                else {"value": 1, "string": "Short"},
                "self_test_result": {"value": value, "string": words},
                "power_on_hours": test.hours,
            }
        )
    if rows:
        log["table"] = rows
    return {"nvme_self_test_log": log}
