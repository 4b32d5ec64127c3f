"""How warm a drive is, and how warm it may be, wherever its protocol tells that."""

from podplanner.drives.reading import Protocol, Temperature
from podplanner.drives.signals import Signal
from podplanner.drives.smartctl.fields import Fields
from podplanner.drives.smartctl.statistics import statistics_in

_COLDEST_C, _HOTTEST_C = -40, 125
# What electronics survive; 127 and -128 are SCT's and ACS's way to say "not known".
_LOWEST_LIMIT_C = 30
# No maker limits a drive below; smaller values are unset fields.


def temperature_of(document: Fields, protocol: Protocol, decoded: dict[Signal, int]) -> Temperature:
    """Return what is known; 0 is a drive that does not measure, in every protocol.

    Args:
        document: As smartctl wrote it.
        protocol: Of the drive.
        decoded: Figures of its attribute table, for drives whose temperature is only there.
    """
    shown, statistics = document.at("temperature"), statistics_in(document)
    environment = document.at("scsi_environmental_reports", "temperature_1")
    nvme = document.at("nvme_composite_temperature_threshold")
    limits = [shown.at("op_limit_max"), nvme.at("warning")]
    trips = [
        shown.at("drive_trip"), shown.at("critical_limit_max"), nvme.at("critical"),
        shown.at("limit_max"),
    ]  # fmt: skip
    return Temperature(
        current_c=_measured(
            shown.at("current"),
            environment.at("current"),
            document.at("nvme_smart_health_information_log", "temperature"),
            document.at("ata_sct_status", "temperature", "current"),
            Fields(decoded.get(Signal.TEMPERATURE_C)),
            Fields(statistics.get("current temperature")),
        ),
        limit_c=_limit(*limits, Fields(statistics.get("specified maximum operating temperature"))),
        trip_c=_limit(*trips),
        highest_c=_measured(
            shown.at("lifetime_max"),
            environment.at("lifetime_maximum"),
            Fields(statistics.get("highest temperature")),
        ),
    )


def _measured(*places: Fields) -> int | None:
    for place in places:
        found = place.integer(least=_COLDEST_C, most=_HOTTEST_C)
        if found:
            return found
    return None


def _limit(*places: Fields) -> int | None:
    for place in places:
        found = place.integer(least=_LOWEST_LIMIT_C, most=_HOTTEST_C)
        if found is not None:
            return found
    return None
