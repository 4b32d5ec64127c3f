"""The figure that a person means: our name, the number of an attribute, or smartctl's name."""

from collections.abc import Mapping
from difflib import get_close_matches

from podplanner.drives.decoding.tables import meanings, wear_sources
from podplanner.drives.signals import Signal
from podplanner.errors import UnknownNameError

_DEFAULT_NAMES = {
    "raw_read_error_rate": 1, "reallocated_sector_ct": 5, "seek_error_rate": 7,
    "power_on_hours": 9, "spin_retry_count": 10, "power_cycle_count": 12, "helium_level": 22,
    "program_fail_count": 171, "erase_fail_count": 172, "program_fail_cnt_total": 181,
    "erase_fail_count_total": 182, "end-to-end_error": 184, "reported_uncorrect": 187,
    "command_timeout": 188, "airflow_temperature_cel": 190, "temperature_celsius": 194,
    "reallocated_event_count": 196, "current_pending_sector": 197, "offline_uncorrectable": 198,
    "udma_crc_error_count": 199,
}  # fmt: skip
# smartmontools 7.3, drivedb.h, the entry DEFAULT; what drives of other makers call otherwise is
# found by the patterns of bom/drives/attributes.toml.
_RATES = {1: Signal.READ_ERRORS, 7: Signal.SEEK_ERRORS, 22: Signal.HELIUM_PERCENT}
# Attributes that only some makers give a count; bom/drives/makers.toml says which.
_FIELDS = {
    "percentage_used": Signal.WEAR_PERCENT, "available_spare": Signal.SPARE_PERCENT,
    "available_spare_threshold": Signal.SPARE_THRESHOLD_PERCENT,
    "num_err_log_entries": Signal.ERROR_LOG_ENTRIES,
    "scsi_grown_defect_list": Signal.GROWN_DEFECTS, "scsi_pending_defects": Signal.PENDING,
    "total_uncorrected_errors": Signal.UNCORRECTED_ERRORS,
    "scsi_percentage_used_endurance_indicator": Signal.WEAR_PERCENT,
    "temperature": Signal.TEMPERATURE_C, "wear": Signal.WEAR_PERCENT,
    "spare": Signal.SPARE_PERCENT, "crc": Signal.CRC_ERRORS, "pending": Signal.PENDING,
    "reallocated": Signal.REALLOCATED,
}  # fmt: skip
# Fields of smartctl's JSON for NVMe and SCSI, and short words that leave no doubt.


def signal_named(word: str, of_drive: Mapping[Signal, int] | None = None) -> Signal:
    """Return the figure that a word means.

    Args:
        word: `pending_sectors`, `197`, `Current_Pending_Sector`.
        of_drive: The figures of the drive: an attribute that means one thing with hard drives and
            another with solid-state drives is the one that the drive has.

    Raises:
        UnknownNameError: It means none; the hint names what is near.
    """
    found = _meant(word.strip().casefold())
    if not found:
        known = list(of_drive) if of_drive else list(Signal)
        near = get_close_matches(word.casefold(), [s.value for s in Signal], n=3, cutoff=0.5)
        names = near or [signal.value for signal in known]
        raise UnknownNameError(
            f"no figure of a drive is called {word}",
            hint=f"{'Did you mean' if near else 'Known are'} {', '.join(names)}"
            f"{'?' if near else ' and the numbers of ATA attributes.'}",
        )
    return next((signal for signal in found if of_drive and signal in of_drive), found[0])


def _meant(word: str) -> tuple[Signal, ...]:
    for signal in Signal:
        if word in (signal.value, signal.name.casefold(), signal.value.replace("_", "-")):
            return (signal,)
    if word in _FIELDS:
        return (_FIELDS[word],)
    number = int(word) if word.isascii() and word.isdigit() else _DEFAULT_NAMES.get(word)
    if number is not None and (found := _of_number(number)):
        return found
    named = [m.signal for m in meanings() if m.name is not None and m.name.match(word)]
    named += [Signal.WEAR_PERCENT for source in wear_sources() if source.name.match(word)][:1]
    return tuple(dict.fromkeys(named))


def _of_number(number: int) -> tuple[Signal, ...]:
    found = [meaning.signal for meaning in meanings() if meaning.number == number]
    if number in _RATES:
        found.append(_RATES[number])
    found += [Signal.WEAR_PERCENT for source in wear_sources() if source.number == number][:1]
    return tuple(dict.fromkeys(found))
