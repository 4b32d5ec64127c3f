"""Device statistics of ATA drives: figures that the standard defines, whoever made the drive."""

from podplanner.drives.signals import Signal
from podplanner.drives.smartctl.fields import Fields

_COUNTS = {
    "number of reported uncorrectable errors": Signal.REPORTED_UNCORRECTABLE,
    "number of interface crc errors": Signal.CRC_ERRORS,
    "number of reallocated logical sectors": Signal.REALLOCATED,
    "number of realloc. candidate logical sectors": Signal.PENDING,
    "percentage used endurance indicator": Signal.WEAR_PERCENT,
}
# Names as smartctl's ataprint.cpp prints them, after ACS-3 (T13/2161-D), log 04h.
_FILLERS = frozenset({0xFFFF_FFFF, 0xFFFF_FFFF_FFFF})
_PHY_ICRC = 1
# SATA 3.x, log 11h: "Command failed due to ICRC error".
_MOST_WEAR = 255
# One byte.


def statistics_in(document: Fields) -> dict[str, int]:
    """Return the valid figures by their names in lower case."""
    found: dict[str, int] = {}
    for page in document.at("ata_device_statistics", "pages").rows():
        for row in page.at("table").rows():
            name, value = row.at("name").text(), row.at("value").integer(least=-128)
            if name is None or value is None or row.at("flags", "valid").flag() is False:
                continue
            if value not in _FILLERS:
                found.setdefault(name.lower(), value)
    return found


def signals_of(document: Fields, *, solid_state: bool) -> dict[Signal, int]:
    """Return the figures that statistics and counters of the link hold.

    They complete the attribute table. A solid-state drive's reallocated sectors are retired blocks.
    """
    statistics = statistics_in(document)
    found: dict[Signal, int] = {}
    for name, signal in _COUNTS.items():
        value = statistics.get(name)
        if value is None or value < 0:
            continue
        if signal is Signal.WEAR_PERCENT and (not solid_state or value > _MOST_WEAR):
            continue
        retired = signal is Signal.REALLOCATED and solid_state
        found[Signal.RETIRED_BLOCKS if retired else signal] = value
    sectors = statistics.get("logical sectors written")
    sector_bytes = document.at("logical_block_size").integer(least=512, most=65_536)
    if sectors and sector_bytes:
        found[Signal.WRITTEN_BYTES] = sectors * sector_bytes
    pending = document.at("ata_pending_defects_log", "count").integer(most=0xFFFF)
    if pending is not None:
        found[Signal.PENDING] = pending
    if Signal.CRC_ERRORS not in found:
        for row in document.at("sata_phy_event_counters", "table").rows():
            value = row.at("value").integer(most=0xFFFF_FFFE)
            if row.at("id").integer() == _PHY_ICRC and value is not None:
                found[Signal.CRC_ERRORS] = value
    return found
