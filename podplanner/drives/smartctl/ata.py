"""ATA drives: the attribute table, completed by what the standard's own logs hold."""

from dataclasses import dataclass

from podplanner.drives.decoding.attributes import Owner, decoded, kind_of, signals_in
from podplanner.drives.reading import Attribute
from podplanner.drives.signals import Signal
from podplanner.drives.smartctl.fields import Fields
from podplanner.drives.smartctl.statistics import signals_of

_SHINGLED = frozenset({"host_aware", "device_managed", "host_managed"})


@dataclass(frozen=True, slots=True)
class AtaHealth:
    """What an ATA drive says of its health.

    Attributes:
        solid_state: By its rotation, else by what it counts; None where nothing tells.
    """

    attributes: tuple[Attribute, ...]
    signals: dict[Signal, int]
    solid_state: bool | None


def ata_health(document: Fields, model: str, rotation_rpm: int | None) -> AtaHealth:
    """Return what a document says of an ATA drive's health."""
    rows = _attributes(document)
    family = document.at("model_family").text() or ""
    known = document.at("in_smartctl_database").flag()
    owner = Owner(
        model=model,
        family=family,
        kind=kind_of(model, rotation_rpm, rows),
        known=bool(family) if known is None else known,
    )
    solid_state = owner.kind == "ssd"
    standard = signals_of(document, solid_state=solid_state)
    own = signals_in(rows, owner)
    signals = standard | own
    for signal in (Signal.WEAR_PERCENT, Signal.WRITTEN_BYTES):
        # What the standard defines is surer than a maker's attribute; of counts the attribute is
        # what others report of the same drive.
        if signal in standard:
            signals[signal] = standard[signal]
    if solid_state and Signal.WEAR_PERCENT not in signals:
        wear = document.at("endurance_used", "current_percent").integer(most=255)
        if wear is not None:
            signals[Signal.WEAR_PERCENT] = wear
    logs = document.at("ata_smart_error_log")
    for name in ("extended", "summary"):
        count = logs.at(name, "count").integer(most=1_000_000)
        if count is not None:
            signals.setdefault(Signal.ERROR_LOG_ENTRIES, count)
    told = rotation_rpm is not None or bool(rows)
    return AtaHealth(decoded(rows, owner), signals, solid_state if told else None)


def writes_shingled(document: Fields, rotation_rpm: int | None) -> bool | None:
    """Return whether a hard drive says that it writes shingled tracks; None where it does not say.

    A hard drive that takes TRIM does: conventional ones have nothing to trim (smartmontools,
    ataprint.cpp). Drives that hide it say nothing.
    """
    zones = document.at("zoned_device")
    told = zones.at("capabilities").text() or zones.text()
    if told is not None:
        return told.lower().replace(" ", "_").replace("-", "_").removesuffix("_zones") in _SHINGLED
    recording = document.at("seagate_farm_log", "page_1_drive_information", "drive_recording_type")
    if (kind := recording.text()) in ("SMR", "CMR"):
        return kind == "SMR"
    if "zoned" in (document.at("device_type", "name").text() or ""):
        return True
    if rotation_rpm and document.at("trim", "supported").flag():
        return True
    return None


def _attributes(document: Fields) -> tuple[Attribute, ...]:
    found = []
    for row in document.at("ata_smart_attributes", "table").rows():
        number = row.at("id").integer(least=1, most=255)
        raw = row.at("raw", "value").integer(most=2**64 - 1)
        if number is None or raw is None:
            continue
        failed = (row.at("when_failed").text() or "").lower()
        found.append(
            Attribute(
                number=number,
                name=row.at("name").text() or "Unknown_Attribute",
                value=row.at("value").integer(most=255),
                worst=row.at("worst").integer(most=255),
                threshold=row.at("thresh").integer(most=255),
                raw=raw,
                count=None,
                failed=failed if failed in ("now", "past") else "",
                prefailure=row.at("flags", "prefailure").flag() or False,
            )
        )
    return tuple(found)
