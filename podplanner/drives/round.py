"""One round: drives are read, judged beside their past, found in their bays, and remembered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from podplanner.catalog.bay_map import BayMap, MappedBay
from podplanner.catalog.readers.bay_map import read_bay_map
from podplanner.drives.asking import Asked
from podplanner.drives.bays.locating import locate
from podplanner.drives.bays.places import NOWHERE, Places
from podplanner.drives.bays.seeing import read_places
from podplanner.drives.bays.serials import plain
from podplanner.drives.checked import CheckedDrive, CheckedPod
from podplanner.drives.history.known import KnownDrive
from podplanner.drives.history.opening import History, history_of
from podplanner.drives.judging import assess
from podplanner.drives.merging import merged
from podplanner.drives.past import NOTHING, Past, PastReading, Place
from podplanner.drives.reading import DriveReading, Identity, Trouble
from podplanner.drives.recordings import read_recordings, read_scans
from podplanner.drives.samples import resolved
from podplanner.drives.saving import keeper
from podplanner.drives.smartctl.asking import read_devices
from podplanner.drives.smartctl.device import Device, devices_of
from podplanner.drives.smartctl.scanning import scan

BAYS_OF_RECORDING = "bays.toml"
"""A bay map of this name in a folder of recordings belongs to them."""


_NAMELESS = (Trouble.ASLEEP, Trouble.TIMED_OUT, Trouble.STUCK, Trouble.VANISHED)
# Troubles in which a drive does not come to say its serial number.


@dataclass(frozen=True, slots=True)
class _Read:
    readings: tuple[DriveReading, ...]
    notes: tuple[str, ...] = ()


def listed(asked: Asked) -> tuple[Device, ...]:
    """Return the devices that a scan finds, or that a recorded one found."""
    if asked.recordings:
        return read_scans(resolved(asked.recordings))
    return scan()


def check(asked: Asked, *, now: datetime) -> CheckedPod:
    """Return the drives that were asked for, read and judged.

    Recordings are judged as they are, one entry for each; earlier recordings of a drive among them
    count as its past. Drives that were there before and are not found by a scan are UNKNOWN.

    Raises:
        PodplannerError: Nothing could be read at all: no smartctl, no such recording, no such bay
            map.
    """
    bay_map = bay_map_of(asked)
    read = _recorded(asked) if asked.recordings else _live(asked)
    with history_of(asked) as history:
        readings = _known_again(read.readings, history, asked)
        if history is not None and not asked.recordings and not asked.devices:
            readings += _missing(readings, history)
        bays, bay_notes = _bays(readings, bay_map, asked)
        drives = _judged(readings, bays, asked, history, now)
        trouble = () if history is None else history.trouble
        pod = CheckedPod(now, drives, (*read.notes, *bay_notes, *trouble))
        if history is not None:
            history.remember(pod)
            pod = replace(pod, notes=tuple(dict.fromkeys((*pod.notes, *history.trouble))))
    return pod


def bay_map_of(asked: Asked) -> BayMap | None:
    """Return the bay map that is named, or that lies beside the recordings; None: there is none.

    Raises:
        FileAccessError, FormatError: It cannot be read.
    """
    if asked.bays is not None:
        return read_bay_map(asked.bays)
    beside = (path / BAYS_OF_RECORDING for path in resolved(asked.recordings))
    found = next((path for path in beside if path.is_file()), None)
    return None if found is None else read_bay_map(found)


def places_of(asked: Asked) -> Places:
    """Return where the system sees its drives; nowhere for recordings, which are of others."""
    return NOWHERE if asked.recordings else read_places()


def known_drives(asked: Asked) -> tuple[KnownDrive, ...]:
    """Return every drive that the history knows; none without a history."""
    with history_of(asked, make=False) as history:
        return () if history is None else history.known()


def _recorded(asked: Asked) -> _Read:
    found = read_recordings(resolved(asked.recordings))
    notes = found.skipped
    if not found.readings:
        notes = (*notes, "no recording of a drive was found; a folder is read by its *.json")
    return _Read(found.readings, notes)


def _live(asked: Asked) -> _Read:
    devices = devices_of(asked.devices, asked.types) if asked.devices else scan()
    if not asked.devices and len(asked.types) == 1:
        devices = tuple(replace(d, type=asked.types[0]) for d in devices)
    readings = read_devices(
        devices, timeout_s=asked.timeout_s, wake=asked.wake,
        keep=None if asked.save is None else keeper(asked.save),
    )  # fmt: skip
    once = merged(readings)
    notes = []
    if len(once) < len(readings):
        notes.append(f"{len(readings) - len(once)} of {len(readings)} devices are drives that are "
                     "listed twice; each is counted once")  # fmt: skip
    if not readings:
        notes.append("no drive was found; name one, or see `podplanner drive scan`")
    return _Read(once, tuple(notes))


def _known_again(
    readings: Sequence[DriveReading], history: History | None, asked: Asked
) -> tuple[DriveReading, ...]:
    """Return readings, those that do not say who they are with what is known of them.

    A drive that hangs or sleeps does not say its serial number. The kernel read it when the drive
    came; where it keeps none, the drive that was last seen under the device is meant, unless that
    one is somewhere else now.
    """
    if not any(_is_nameless(reading) for reading in readings):
        return tuple(readings)
    places = places_of(asked)
    here = {reading.identity.key for reading in readings}
    known = () if history is None else history.known()
    absent = [drive for drive in known if drive.expected and drive.key not in here]
    return tuple(_named(r, places, absent) if _is_nameless(r) else r for r in readings)


def _is_nameless(reading: DriveReading) -> bool:
    return reading.identity.key is None and reading.trouble in _NAMELESS


def _named(reading: DriveReading, places: Places, known: Sequence[KnownDrive]) -> DriveReading:
    device = reading.device or reading.source
    seen = places.drive(device)
    if seen is not None and seen.serial:
        serial = seen.serial
        alike = [drive for drive in known if plain(drive.serial) == plain(serial)]
        if len(alike) == 1:
            return _as_known(reading, alike[0])
        # By name only: the kernel may have cut the model, so that it makes no key.
        return replace(reading, identity=replace(reading.identity, serial=serial,
                                                 model=seen.model))  # fmt: skip
    alike = [drive for drive in known if drive.last_device in (device, reading.source)]
    return _as_known(reading, alike[0]) if len(alike) == 1 else reading


def _as_known(reading: DriveReading, known: KnownDrive) -> DriveReading:
    return replace(
        reading,
        identity=Identity(model=known.model, serial=known.serial, key=known.key),
        capacity_bytes=reading.capacity_bytes or known.capacity_bytes,
    )


def _missing(readings: Sequence[DriveReading], history: History) -> tuple[DriveReading, ...]:
    """Return the drives that the history knows and that a scan did not find."""
    here = {reading.identity.key for reading in readings}
    return tuple(
        _as_known(
            DriveReading(
                source=known.last_device or known.key, device=known.last_device,
                trouble=Trouble.VANISHED,
                trouble_words="it was there before and is not found now; if you took it out, say "
                f"so: podplanner drive history {known.serial} --retired",
            ),
            known,
        )
        for known in history.known()
        if known.expected and known.key not in here
    )  # fmt: skip


def _bays(
    readings: Sequence[DriveReading], bay_map: BayMap | None, asked: Asked
) -> tuple[Mapping[str, MappedBay], tuple[str, ...]]:
    """Return the bay of each reading by its source, and what disagrees about them."""
    if bay_map is None:
        return {}, ()
    located = locate(readings, bay_map, places_of(asked))
    return located.bays, located.notes


def _judged(
    readings: Sequence[DriveReading],
    bays: Mapping[str, MappedBay],
    asked: Asked,
    history: History | None,
    now: datetime,
) -> tuple[CheckedDrive, ...]:
    places = {
        r.identity.key: Place(r.device, bays[r.source].number if r.source in bays else None)
        for r in readings
        if r.identity.key is not None and r.trouble is None
    }
    keys = {r.identity.key for r in readings if r.identity.key is not None}
    pasts: Mapping[str, Past] = {} if history is None else history.past(keys, places)
    found = []
    for reading in readings:
        past = pasts.get(reading.identity.key or "", NOTHING)
        if asked.recordings:
            past = _with_earlier(past, reading, readings)
        past = past.before(reading.read_at or now)
        assessment = assess(reading, past, now=now, max_age=asked.max_age)
        answered = past.latest.read_at if reading.trouble is not None and past.latest else None
        found.append(CheckedDrive(reading, assessment, past, answered, bays.get(reading.source)))
    return tuple(found)


def _with_earlier(past: Past, reading: DriveReading, all_: Sequence[DriveReading]) -> Past:
    """Return the past with earlier recordings of the same drive in the same round."""
    key, at = reading.identity.key, reading.read_at
    if key is None or at is None:
        return past
    have = {r.read_at for r in past.readings}
    earlier = [
        PastReading(r.read_at, r.signals, r.device)
        for r in all_
        if r.identity.key == key and r.trouble is None and r.read_at is not None
        and r.read_at < at and r.read_at not in have
    ]  # fmt: skip
    if not earlier:
        return past
    ordered = sorted((*past.readings, *earlier), key=lambda r: r.read_at)
    return replace(past, readings=tuple(ordered))
