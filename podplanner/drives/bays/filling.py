"""Put drives into the bays of a map: values in, values out."""

from collections.abc import Mapping
from dataclasses import dataclass

from podplanner.catalog.bay_map import BayMap, MappedBay
from podplanner.drives.bays.places import Places
from podplanner.drives.bays.serials import plain


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be noted of the drive in a bay; None: not known, what the map has stays."""

    serial: str | None = None
    path: str | None = None
    slot: str | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """A map with one more drive in it.

    Attributes:
        notes: What had to give way, a sentence each.
    """

    bay_map: BayMap
    notes: tuple[str, ...] = ()


def found_at(device: str, places: Places, serial: str | None = None) -> Found:
    """Return what is known of the place of a device, and of the drive in it."""
    seen, slot = places.drive(device), places.slot_of(device)
    return Found(
        serial=serial or (None if seen is None else seen.serial),
        path=places.path_of(device),
        slot=None if slot is None else slot.written,
    )


def filled(bay_map: BayMap, number: int, found: Found) -> Filled:
    """Return the map with a drive in a bay; no other bay keeps its serial number or its place.

    Raises:
        KeyError: There is no bay of that number.
    """
    if bay_map.numbered(number) is None:
        raise KeyError(number)
    notes: list[str] = []
    bays = tuple(
        _into(bay, found, notes) if bay.number == number else _without(bay, found, notes)
        for bay in bay_map.bays
    )
    return Filled(with_bays(bay_map, bays), tuple(notes))


def with_bays(bay_map: BayMap, bays: tuple[MappedBay, ...]) -> BayMap:
    """Return the map with other bays, checked as if it were read."""
    return BayMap.model_validate(
        {**bay_map.model_dump(by_alias=True), "bay": [bay.model_dump() for bay in bays]}
    )


def _into(bay: MappedBay, found: Found, notes: list[str]) -> MappedBay:
    changes: dict[str, str | None] = {
        key: value
        for key, value in (("serial", found.serial), ("path", found.path), ("slot", found.slot))
        if value is not None
    }
    if bay.serial and found.serial and plain(bay.serial) != plain(found.serial):
        notes.append(f"Bay {bay.number} had {bay.serial}; now it has {found.serial}.")
    elif bay.serial and found.serial:
        del changes["serial"]  # the same one, in the user's own spelling
    if bay.role == "empty" and found.serial is not None:
        notes.append(f"Bay {bay.number} was to stay empty; what it is for is open now.")
        changes["role"] = None
    return bay.model_copy(update=changes)


def _without(bay: MappedBay, found: Found, notes: list[str]) -> MappedBay:
    gone: dict[str, str | None] = {}
    if bay.serial and found.serial and plain(bay.serial) == plain(found.serial):
        gone["serial"] = None
        notes.append(f"Bay {bay.number} had {bay.serial} before; its serial number is open now.")
    if found.path is not None and bay.path == found.path:
        gone["path"] = None
        notes.append(f"Bay {bay.number} had the path {bay.path} before; it is open now.")
    if found.slot is not None and bay.slot == found.slot:
        gone["slot"] = None
        notes.append(f"Bay {bay.number} had the slot {bay.slot} before; it is open now.")
    return bay.model_copy(update=gone) if gone else bay


def fill_by_place(bay_map: BayMap, places: Places, serials: Mapping[str, str]) -> Filled:
    """Return the map with the serial numbers of drives that are seen at the places of its bays.

    Only bays without a serial number are filled, and only with one that no other bay has.

    Args:
        bay_map: Bays, some with a path or a slot.
        places: Where the system sees its drives.
        serials: Device -> serial number, of the drives that have one of their own.
    """
    notes: list[str] = []
    for bay in bay_map.bays:
        if bay.serial or bay.role == "empty":
            continue
        device = _device_at(bay, places)
        serial = None if device is None else serials.get(device)
        if device is None or serial is None:
            continue
        if any(b.serial and plain(b.serial) == plain(serial) for b in bay_map.bays):
            continue
        bay_map = filled(bay_map, bay.number, found_at(device, places, serial)).bay_map
        notes.append(f"Bay {bay.number} holds {serial}: it is seen at the place of this bay.")
    return Filled(bay_map, tuple(notes))


def _device_at(bay: MappedBay, places: Places) -> str | None:
    for device in {*places.links.values()}:
        if bay.path and bay.path in places.paths_of(device):
            return device
    slots = (slot.device for slot in places.slots if bay.slot and slot.is_called(bay.slot))
    return next(slots, None)
