"""What a drive is made of: its size, its sectors, its link."""

from dataclasses import dataclass

from podplanner.drives.smartctl.fields import Fields

_MOST_BYTES = 2**62
_MOST_HOURS = 10_000_000


@dataclass(frozen=True, slots=True)
class Hardware:
    """As `DriveReading` has it."""

    capacity_bytes: int | None
    logical_sector_bytes: int | None
    physical_sector_bytes: int | None
    farm_power_on_h: int | None
    link_mbps: int | None
    link_most_mbps: int | None


def hardware_of(fields: Fields) -> Hardware:
    """Return what a document says of it; sizes of 0 are unknown ones."""
    speed, farm = fields.at("interface_speed"), fields.at("seagate_farm_log")
    return Hardware(
        capacity_bytes=_first(
            fields.at("user_capacity", "bytes"), fields.at("nvme_total_capacity"), most=_MOST_BYTES
        ),
        logical_sector_bytes=_sector(fields.at("logical_block_size")),
        physical_sector_bytes=_sector(fields.at("physical_block_size")),
        # Of SATA and of SAS (smartmontools, farmprint.cpp).
        farm_power_on_h=_first(
            farm.at("page_1_drive_information", "poh"),
            farm.at("drive_information", "power_on_hour"),
            most=_MOST_HOURS,
        ),
        link_mbps=_rate(speed.at("current")),
        link_most_mbps=_rate(speed.at("max")),
    )


def _first(*places: Fields, most: int) -> int | None:
    for place in places:
        found = place.integer(most=most)
        if found:
            return found
    return None


def _sector(place: Fields) -> int | None:
    return place.integer(least=256, most=65_536)


def _rate(speed: Fields) -> int | None:
    """Return a link's rate in Mb/s."""
    units = speed.at("units_per_second").integer(most=100_000)
    bits = speed.at("bits_per_unit").integer(most=10**12)
    if units and bits:
        return units * bits // 1_000_000
    words = (speed.at("string").text() or "").split()
    number = Fields(words[0]).decimal() if len(words) == 2 and words[1] == "Gb/s" else None
    return round(number * 1_000) if number else None
