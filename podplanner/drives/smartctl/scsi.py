"""SCSI and SAS drives: defects, error counters, wear."""

from podplanner.drives.signals import Signal
from podplanner.drives.smartctl.fields import Fields

_COUNTERS = ("read", "write", "verify")
_MOST = 0xFFFF_FFFE
# All ones in a log parameter of four bytes is "not counted" (SPC-4, 7.3).
_FIXED_IN = (7, 2)
# "scsiprint.cpp: Fix JSON value", 2020-06-18, released with 7.2 (smartmontools' ChangeLog-7.0-7.5).
_ENTRY_BYTES = (8, 4)
# Long and short descriptors of a defect (SBC-3, READ DEFECT DATA).
_MEDIUM_ERROR = 3
_NOT_REPLACED = frozenset({1, 4})
# Background scan: waits for a write or reassignment; reassignment failed (SBC-3, 6.2.2).


def scsi_signals(document: Fields) -> tuple[dict[Signal, int], tuple[str, ...]]:
    """Return a SCSI drive's figures, and what is to be said about how they were read."""
    found: dict[Signal, int] = {}
    notes: list[str] = []
    defects, note = _grown_defects(document)
    if defects is not None:
        found[Signal.GROWN_DEFECTS] = defects
    if note:
        notes.append(note)
    log = document.at("scsi_error_counter_log")
    for signal, name in (
        (Signal.UNCORRECTED_ERRORS, "total_uncorrected_errors"),
        (Signal.CORRECTED_ERRORS, "total_errors_corrected"),
    ):
        counts = [log.at(counter, name).integer() for counter in _COUNTERS]
        known = [count for count in counts if count is not None]
        if known:
            found[signal] = min(sum(known), 2**63 - 1)
    if (pending := _pending(document)) is not None:
        found[Signal.PENDING] = pending
    for wear in (
        document.at("scsi_percentage_used_endurance_indicator"),
        document.at("endurance_used", "current_percent"),
    ):
        percent = wear.integer(most=255)
        if percent is not None:
            found.setdefault(Signal.WEAR_PERCENT, percent)
    written = log.at("write", "gigabytes_processed").decimal()
    if written:
        found[Signal.WRITTEN_BYTES] = min(round(written * 1e9), 2**63 - 1)
        # smartctl prints 10^9 bytes.
    cycles = document.at("scsi_start_stop_cycle_counter", "accumulated_start_stop_cycles")
    started = cycles.integer(most=_MOST)
    if started:
        # A solid-state drive starts nothing, and counts 0.
        found[Signal.POWER_CYCLES] = started
    said = document.at("smart_status", "scsi", "ie_string").text()
    if said:
        notes.append(f"The drive says: {said}.")
    return found, tuple(notes)


def _grown_defects(document: Fields) -> tuple[int | None, str]:
    """Return the entries of the list; smartctl 7.0 and 7.1 wrote their bytes instead."""
    written = document.at("scsi_grown_defect_list").integer(most=_MOST)
    if not written:
        return written, ""
    version = version_of(document)
    if version is None and not _names_of_old(document):
        return written, ""
    if version is not None and version >= _FIXED_IN:
        return written, ""
    for size in _ENTRY_BYTES:
        if written % size == 0:
            if version is None and size != _ENTRY_BYTES[0]:
                break
            teller = "An unknown smartctl of 7.0 to 7.2" if version is None else (
                f"smartctl {version[0]}.{version[1]}"
            )  # fmt: skip
            return written // size, (
                f"{teller} wrote {written} for the grown defects, which is taken for bytes: "
                f"{written // size} entries of {size}. smartctl 7.2 and newer write entries."
            )
    return written, ""


def version_of(document: Fields) -> tuple[int, int] | None:
    """Return smartctl's version, major and minor; None where the document does not say."""
    parts = document.at("smartctl", "version").value
    if not isinstance(parts, list) or len(parts) < 2:
        return None
    major, minor = (Fields(part).integer(most=1_000) for part in parts[:2])
    return None if major is None or minor is None else (major, minor)


def _names_of_old(document: Fields) -> bool:
    """Return whether the drive is named by the keys of 7.2 and older."""
    return document.at("product").there and not document.at("scsi_product").there


def _pending(document: Fields) -> int | None:
    log = document.at("scsi_pending_defects")
    count = log.at("count").integer(most=_MOST)
    scan = document.at("scsi_background_scan")
    unread = 0
    for key in scan.names():
        row = scan.at(key)
        if (
            row.at("sense_key", "value").integer(most=15) == _MEDIUM_ERROR
            and row.at("reassign_status", "value").integer(most=15) in _NOT_REPLACED
        ):
            unread += 1
    if count is None:
        return unread or None
    return max(count, unread)
