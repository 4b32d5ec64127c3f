"""Join drives to bays: by serial number, else by path, else by slot; and say what disagrees."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from podplanner.catalog.bay_map import BayMap, MappedBay
from podplanner.drives.bays.places import Places
from podplanner.drives.bays.ports import is_shared
from podplanner.drives.bays.serials import is_label_of, plain
from podplanner.drives.reading import DriveReading, Trouble

_SHIFTED = 3
# From so many disagreeing drives on, and more than agree, the map's paths are of other cabling.


@dataclass(frozen=True, slots=True)
class Located:
    """Drives in their bays.

    Attributes:
        bays: Source of the reading -> its bay; a drive that is in none known is left out.
        notes: What disagrees, a sentence each, with what to do.
    """

    bays: Mapping[str, MappedBay]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Claim:
    """What speaks for one drive: the bay by its serial number, and the bay that it is seen in."""

    reading: DriveReading
    by_serial: MappedBay | None
    by_place: MappedBay | None

    @property
    def name(self) -> str:
        return _name(self.reading)

    @property
    def differs(self) -> bool:
        return (
            self.by_serial is not None
            and self.by_place is not None
            and self.by_serial.number != self.by_place.number
        )


def bays_of(
    readings: Sequence[DriveReading], bay_map: BayMap, places: Places
) -> Mapping[str, MappedBay]:
    """Return the bay of each drive that has one, by the source of its reading.

    Args:
        readings: Drives, of this machine or of recordings.
        bay_map: Which bays there are.
        places: Where the system sees its drives; `NOWHERE` for recordings, whose devices are those
            of another machine.
    """
    return locate(readings, bay_map, places).bays


def contradictions(
    readings: Sequence[DriveReading], bay_map: BayMap, places: Places
) -> tuple[str, ...]:
    """Return where serial number and place of a drive, or two drives, disagree about a bay."""
    return locate(readings, bay_map, places).notes


def locate(readings: Sequence[DriveReading], bay_map: BayMap, places: Places) -> Located:
    """Return the bay of each drive, and what disagrees, as docs/bay-map.md specifies."""
    claims = [_claim(reading, readings, bay_map, places) for reading in readings]
    bays: dict[str, MappedBay] = {}
    owners: dict[int, _Claim] = {}
    notes = list(_doubled(bay_map))
    for claim in claims:
        if claim.by_serial is not None:
            bays[claim.reading.source] = claim.by_serial
            owners.setdefault(claim.by_serial.number, claim)
    for claim in claims:
        bay = claim.by_place
        if claim.by_serial is not None or bay is None:
            continue
        owner = owners.get(bay.number)
        if owner is not None and not _same_drive(owner.reading, claim.reading):
            notes.append(
                f"{claim.name} is seen at the place of bay {bay.number}, which the map gives to "
                f"{owner.name}: its bay is unknown. Read its label, then "
                "`podplanner drive bays set BAY SERIAL`."
            )
            continue
        bays[claim.reading.source] = bay
        owners.setdefault(bay.number, claim)
        if bay.serial is not None:
            notes.append(_replaced(claim, bay))
    return Located(
        MappingProxyType(bays), (*_disagreeing(claims), *notes, *shared_paths(bay_map, places))
    )


def _claim(
    reading: DriveReading, readings: Sequence[DriveReading], bay_map: BayMap, places: Places
) -> _Claim:
    device = reading.device or reading.source
    # The device of a drive that is gone may be another one by now.
    here = reading.trouble is not Trouble.VANISHED
    return _Claim(
        reading,
        _by_serial(reading, readings, bay_map),
        _by_place(device, bay_map, places) if here else None,
    )


def _by_serial(
    reading: DriveReading, readings: Sequence[DriveReading], bay_map: BayMap
) -> MappedBay | None:
    said = known_serial(reading)
    if said is None:
        return None
    found = [b for b in bay_map.bays if b.serial and plain(b.serial) == plain(said)]
    if len(found) == 1:
        return found[0]
    if found:
        return None  # two bays have it: neither is its bay
    found = [b for b in bay_map.bays if b.serial and is_label_of(b.serial, said)]
    if len(found) != 1 or found[0].serial is None:
        return None
    label = found[0].serial
    said_by = {plain(other) for r in readings if (other := known_serial(r)) is not None
               and (is_label_of(label, other) or plain(other) == plain(label))}  # fmt: skip
    return found[0] if len(said_by) == 1 else None


def known_serial(reading: DriveReading) -> str | None:
    """Return the serial number of a drive where it names one drive: not masked, no filler."""
    identity = reading.identity
    return identity.serial if identity.key is not None else None


def _by_place(device: str, bay_map: BayMap, places: Places) -> MappedBay | None:
    paths = places.paths_of(device)
    for bay in bay_map.bays:
        if bay.path and _bare(bay.path) in paths:
            return bay
    slot = places.slot_of(device)
    if slot is None:
        return None
    return next((b for b in bay_map.bays if b.slot and slot.is_called(b.slot)), None)


def _bare(path: str) -> str:
    """Return a name by path without its folder, which a person may have written with it."""
    return path.removeprefix("/dev/disk/by-path/")


def _doubled(bay_map: BayMap) -> list[str]:
    """Return which bays have one serial number in two spellings."""
    counts = Counter(plain(bay.serial) for bay in bay_map.bays if bay.serial)
    return [
        f"The map has {serial} in bays "
        + " and ".join(
            str(b.number) for b in bay_map.bays if b.serial and plain(b.serial) == serial
        )
        + ": which of them is right is unknown. Correct it."
        for serial, number in counts.items()
        if number > 1
    ]


def _disagreeing(claims: Sequence[_Claim]) -> list[str]:
    """Return what is to be said of drives that are seen elsewhere than their serial says."""
    differ = [claim for claim in claims if claim.differs]
    agree = sum(
        1 for claim in claims
        if claim.by_serial is not None and claim.by_place is not None and not claim.differs
    )  # fmt: skip
    if len(differ) >= _SHIFTED and len(differ) > agree:
        return [
            f"{len(differ)} drives are seen at other places than the map has for their serial "
            "numbers: cables, adapters or drives were moved. The serial numbers hold here; read "
            "the label before you pull a drive, and run `podplanner drive bays learn` again."
        ]
    return [
        f"{claim.name} is bay {claim.by_serial.number} by the map, and is seen at the place of bay "
        f"{claim.by_place.number}: it was moved, or its cable was. Read the label before you pull "
        "it, then `podplanner drive bays set BAY SERIAL`."
        for claim in differ
        if claim.by_serial is not None and claim.by_place is not None
    ]


def _replaced(claim: _Claim, bay: MappedBay) -> str:
    said = known_serial(claim.reading)
    if said is None:
        return (
            f"{claim.name} says no serial number; it is seen at the place of bay {bay.number}, "
            f"where the map has {bay.serial}."
        )
    return (
        f"Bay {bay.number} holds {said}, the map has {bay.serial}: the drive was replaced. "
        f"`podplanner drive bays set {bay.number} {said}` notes it."
    )


def _same_drive(one: DriveReading, other: DriveReading) -> bool:
    """Return whether two readings are of one drive, seen over two ways."""
    first, second = known_serial(one), known_serial(other)
    return first is not None and second is not None and plain(first) == plain(second)


def _name(reading: DriveReading) -> str:
    said = known_serial(reading)
    return reading.source if said is None else f"{said} ({reading.source})"


def shared_paths(bay_map: BayMap, places: Places) -> tuple[str, ...]:
    """Return a sentence for each path of the map that means several drives, and so none."""
    return tuple(
        f"Bay {bay.number}: {bay.path} is a port with several drives behind it; note the longer "
        "name, such as the one that ends in .0.0."
        for bay in bay_map.bays
        if bay.path and is_shared(_bare(bay.path), places.links)
    )
