"""NVMe drives: the SMART / health information log."""

from podplanner.drives.signals import Signal
from podplanner.drives.smartctl.fields import Fields

_FIELDS = (
    (Signal.CRITICAL_WARNING, "critical_warning", 255),
    (Signal.SPARE_PERCENT, "available_spare", 100),
    (Signal.SPARE_THRESHOLD_PERCENT, "available_spare_threshold", 100),
    (Signal.WEAR_PERCENT, "percentage_used", 255),
    (Signal.MEDIA_ERRORS, "media_errors", 2**63 - 1),
    (Signal.ERROR_LOG_ENTRIES, "num_err_log_entries", 2**63 - 1),
    (Signal.POWER_ON_H, "power_on_hours", 10_000_000),
    (Signal.POWER_CYCLES, "power_cycles", 2**32),
)
# Names as smartctl writes them, and the most that the standard lets them be (NVMe 1.4, figure 194).
_DATA_UNIT_BYTES = 512_000
# A thousand units of 512 bytes (NVMe 1.4, figure 194).


def nvme_signals(document: Fields) -> dict[Signal, int]:
    """Return an NVMe drive's figures."""
    log = document.at("nvme_smart_health_information_log")
    found: dict[Signal, int] = {}
    for signal, name, most in _FIELDS:
        value = log.at(name).integer(most=most)
        if value is not None:
            found[signal] = value
    if Signal.CRITICAL_WARNING not in found:
        value = document.at("smart_status", "nvme", "value").integer(most=255)
        if value is not None:
            found[Signal.CRITICAL_WARNING] = value
    written = log.at("data_units_written").integer(most=2**63 // _DATA_UNIT_BYTES)
    if written:
        found[Signal.WRITTEN_BYTES] = written * _DATA_UNIT_BYTES
    return found
