"""Bay maps for pods that have none yet: of a case, of a number, or of what the system sees."""

from podplanner.catalog.bay_map import SCHEMA, BayMap, MappedBay
from podplanner.catalog.parts import Chassis
from podplanner.drives.bays.places import Places
from podplanner.drives.bays.ports import in_order, multiplied


def map_of_chassis(chassis: Chassis, title: str = "") -> BayMap | None:
    """Return the open map of a case; None where the number of its bays is unknown.

    Bays are numbered as plans number them. Where the case is made for backplanes of one size, each
    takes its share.
    """
    bays, backplanes = chassis.data_bays, chassis.backplanes
    if not bays:
        return None
    each = bays // backplanes if backplanes and bays % backplanes == 0 else None
    made = _open_bays(bays, each)
    return BayMap(format=SCHEMA, title=title or chassis.title, chassis=chassis.sku, bays=made)


def map_of_count(bays: int, *, each: int | None = None, title: str = "") -> BayMap:
    """Return the open map of so many bays.

    Args:
        bays: How many.
        each: How many a backplane takes; None: nothing is known of backplanes.
        title: What the pod is called.
    """
    return BayMap(format=SCHEMA, title=title, bays=_open_bays(bays, each))


def _open_bays(bays: int, each: int | None) -> tuple[MappedBay, ...]:
    return tuple(
        MappedBay(number=n, place=n)
        if each is None
        else MappedBay(number=n, backplane=(n - 1) // each + 1, place=(n - 1) % each + 1)
        for n in range(1, bays + 1)
    )


def map_of_places(places: Places) -> BayMap | None:
    """Return a map of what the system itself tells; None where it tells of no place.

    Slots of enclosures are bays in their order, then the paths of drives in no slot. A port
    multiplier is a backplane. The numbers are ours: what is printed on the case may differ.
    """
    bays: list[MappedBay] = []
    backplanes: dict[str, int] = {}
    held: set[str] = set()
    for slot in places.slots:
        backplane = backplanes.setdefault(slot.enclosure, len(backplanes) + 1)
        place = 1 + sum(bay.backplane == backplane for bay in bays)
        if slot.device is not None:
            held.add(slot.device)
        bays.append(_seen(len(bays) + 1, backplane, place, slot.device, places, slot.written))
    alone = 0
    for name in sorted(places.links, key=in_order):
        device = places.links[name]
        if device in held or places.path_of(device) != name or "-usb" in name:
            continue
        held.add(device)
        port = multiplied(name)
        if port is None:
            alone += 1
            bays.append(_seen(len(bays) + 1, None, alone, device, places))
        else:
            backplane = backplanes.setdefault(port, len(backplanes) + 1)
            place = int(name.split(".")[-2]) + 1
            bays.append(_seen(len(bays) + 1, backplane, place, device, places))
    return BayMap(format=SCHEMA, bays=_without_doubles(bays)) if bays else None


def _seen(
    number: int, backplane: int | None, place: int, device: str | None, places: Places,
    slot: str | None = None,
) -> MappedBay:  # fmt: skip
    drive = None if device is None else places.drive(device)
    return MappedBay(
        number=number,
        backplane=backplane,
        place=place,
        serial=None if drive is None else drive.serial,
        path=None if device is None else places.path_of(device),
        slot=slot,
    )


def _without_doubles(bays: list[MappedBay]) -> tuple[MappedBay, ...]:
    """Return bays of which none has a serial number, path or slot that one before it has.

    A drive with two ports is in one bay and seen twice; copies of a virtual disk repeat serials.
    """
    seen: set[tuple[str, str]] = set()
    kept: list[MappedBay] = []
    for bay in bays:
        gone: dict[str, None] = {}
        for key in ("serial", "path", "slot"):
            value = getattr(bay, key)
            if value is not None and (key, value) in seen:
                gone[key] = None
            elif value is not None:
                seen.add((key, value))
        kept.append(bay.model_copy(update=gone) if gone else bay)
    return tuple(kept)
