"""One drive that is listed twice, behind a controller or over two paths, is one drive."""

from collections.abc import Sequence
from dataclasses import replace

from podplanner.drives.reading import DriveReading
from podplanner.drives.signals import Signal

_APART_H = 1
# Hours of power between two readings of one drive in one round.


def merged(readings: Sequence[DriveReading]) -> tuple[DriveReading, ...]:
    """Return readings of one round with every drive once, in their order.

    Two are of one drive when model and serial number agree and nothing else contradicts it. Where
    something does, the serial number is a repeated one: both stay, neither is known by it.
    """
    kept: list[DriveReading] = []
    repeated: set[str] = set()
    for reading in readings:
        key = reading.identity.key
        twin = next((i for i, other in enumerate(kept) if key and other.identity.key == key), None)
        if twin is None:
            kept.append(reading)
        elif is_one_drive(kept[twin], reading):
            if _fullness(reading) > _fullness(kept[twin]):
                kept[twin] = reading
        else:
            repeated.add(key or "")
            kept.append(reading)
    return tuple(_unkeyed(r) if r.identity.key in repeated else r for r in kept)


def is_one_drive(one: DriveReading, other: DriveReading) -> bool:
    """Return whether two readings of like model and serial contradict each other in nothing."""
    for first, second in (
        (one.identity.wwn, other.identity.wwn),
        (one.capacity_bytes, other.capacity_bytes),
        (one.identity.firmware, other.identity.firmware),
    ):
        if first is not None and second is not None and first != second:
            return False
    hours = [r.signals.get(Signal.POWER_ON_H) for r in (one, other)]
    return None in hours or abs((hours[0] or 0) - (hours[1] or 0)) <= _APART_H


def _fullness(reading: DriveReading) -> tuple[bool, int]:
    return (reading.trouble is None, len(reading.signals))


def _unkeyed(reading: DriveReading) -> DriveReading:
    words = "another drive says the same serial number, so none is known by it"
    return replace(
        reading,
        identity=replace(reading.identity, key=None),
        messages=(*reading.messages, words),
    )
