"""smartctl's JSON documents: one reading for each, whatever it holds.

Nothing here raises on odd content. Every field is taken on its own: one of a wrong type is
unknown, and the rest is kept. Versions 7.0 to the newest are told apart by their keys, not by
their number, since wrappers and people take the number away.
"""

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

from podplanner.drives.identity import key_of, plain
from podplanner.drives.reading import (
    Attribute,
    DriveReading,
    ExitStatus,
    Identity,
    Protocol,
    Temperature,
    Trouble,
)
from podplanner.drives.signals import Signal
from podplanner.drives.smartctl.ata import ata_health, writes_shingled
from podplanner.drives.smartctl.fields import Fields
from podplanner.drives.smartctl.nvme import nvme_signals
from podplanner.drives.smartctl.refusals import Asked, asleep, refusal_of, volume_words
from podplanner.drives.smartctl.scsi import scsi_signals
from podplanner.drives.smartctl.self_tests import (
    failures_in,
    left_of_test,
    long_test_min,
    tests_in,
)
from podplanner.drives.smartctl.temperatures import temperature_of

_OF_NO_HEALTH = frozenset({
    Signal.TEMPERATURE_C, Signal.POWER_ON_H, Signal.POWER_CYCLES, Signal.WRITTEN_BYTES,
    Signal.CORRECTED_ERRORS, Signal.ERROR_LOG_ENTRIES, Signal.SPARE_THRESHOLD_PERCENT,
})  # fmt: skip
# Figures that say nothing of whether a drive is well.
_MOST_HOURS = 10_000_000
_MOST_BYTES = 2**62
_MOST_MESSAGES = 20
_LATEST = 2**33
# Seconds since 1970; the year 2242.
_FASTEST_RPM = 20_000
# The fastest drives ever made turn 15,000 times a minute.


def reading_of(
    document: object,
    *,
    source: str,
    read_at: datetime | None = None,
    exit_status: int | None = None,
) -> DriveReading:
    """Return the reading of one document.

    Args:
        document: What the JSON text held; anything.
        source: The device that was asked, or the recording's file name.
        read_at: When it was read; None: when the document says.
        exit_status: Of the process; None: what the document says.
    """
    fields = Fields(document)
    if (words := _foreign(fields)) is not None:
        return DriveReading(
            source=source, read_at=read_at, trouble=Trouble.UNREADABLE, trouble_words=words,
            exit_status=_exit_status(fields, exit_status),
        )  # fmt: skip
    reading = _reading(fields, source, _exit_status(fields, exit_status))
    if read_at is not None:
        reading = replace(reading, read_at=read_at)
    return _with_trouble(reading, fields)


def lists_devices(document: object) -> bool:
    """Return whether a document is a listing of `smartctl --scan`, also one that found nothing."""
    fields = Fields(document)
    if fields.at("device").there:
        return False
    words = fields.at("smartctl", "argv").value
    scanned = isinstance(words, list) and any(
        isinstance(word, str) and word.startswith("--scan") for word in words
    )
    return isinstance(fields.at("devices").value, list) or scanned


def _foreign(fields: Fields) -> str | None:
    """Return what is wrong with a document that is none of one drive; None where it is."""
    if not isinstance(fields.value, dict):
        return (
            "it holds no object of JSON, so it is no output of smartctl; record one with "
            "`smartctl --json --all DEVICE`."
        )
    if lists_devices(fields.value):
        return "it lists devices and reads none; `podplanner drive scan --from` shows it."
    keys = fields.names()
    known = {"smartctl", "device", "smart_status", "model_name", "serial_number", "smart_support",
             "json_format_version"}  # fmt: skip
    if not known & set(keys) and not any(
        key.startswith(("ata_", "nvme_", "scsi_")) for key in keys
    ):
        return (
            "it is JSON of something else than smartctl; record a drive with "
            "`smartctl --json --all DEVICE`."
        )
    return None


def _reading(fields: Fields, source: str, exit_status: ExitStatus | None) -> DriveReading:
    protocol = _protocol(fields)
    identity = _identity(fields)
    rotation = fields.at("rotation_rate").integer(most=_FASTEST_RPM)
    attributes: tuple[Attribute, ...] = ()
    signals: dict[Signal, int] = {}
    notes: tuple[str, ...] = ()
    match protocol:
        case Protocol.NVME:
            signals, rotation = nvme_signals(fields), 0
        case Protocol.SCSI:
            signals, notes = scsi_signals(fields)
        case Protocol.ATA | Protocol.UNKNOWN:
            health = ata_health(fields, identity.model or "", rotation)
            attributes, signals = health.attributes, dict(health.signals)
            if rotation is None and health.solid_state:
                rotation = 0
    temperature = temperature_of(fields, protocol, signals)
    hours = _hours(fields)
    if hours is not None:
        signals[Signal.POWER_ON_H] = hours
    tests = tests_in(fields, signals.get(Signal.POWER_ON_H))
    _complete(signals, fields, temperature, failures_in(fields, tests))
    speed = fields.at("interface_speed")
    farm = fields.at("seagate_farm_log")
    return DriveReading(
        source=source,
        device=_device(fields),
        device_type=fields.at("device", "type").text(),
        read_at=_read_at(fields),
        protocol=protocol,
        identity=identity,
        capacity_bytes=_capacity(fields),
        rotation_rpm=rotation,
        passed=_passed(fields, exit_status),
        exit_status=exit_status,
        signals=MappingProxyType(signals),
        attributes=attributes,
        temperature=temperature,
        self_tests=tests,
        test_left_percent=left_of_test(fields),
        long_test_min=long_test_min(fields),
        smr=writes_shingled(fields, rotation),
        logical_sector_bytes=_sector(fields.at("logical_block_size")),
        physical_sector_bytes=_sector(fields.at("physical_block_size")),
        farm_power_on_h=_first(
            farm.at("page_1_drive_information", "poh"),
            farm.at("drive_information", "power_on_hour"),
            most=_MOST_HOURS,
        ),
        link_mbps=_rate(speed.at("current")),
        link_most_mbps=_rate(speed.at("max")),
        messages=(*_messages(fields), *notes),
    )


def _with_trouble(reading: DriveReading, fields: Fields) -> DriveReading:
    """Add why there is no judgement to be made, where there is none."""
    name = _full_name(fields, reading.identity)
    virtual = volume_words(name, reading.device)
    speaks = (
        reading.passed is not None
        or bool(reading.attributes)
        or any(signal not in _OF_NO_HEALTH for signal in reading.signals if signal is not
               Signal.FAILED_SELF_TESTS)
        or bool(reading.signals.get(Signal.FAILED_SELF_TESTS))
    )  # fmt: skip
    status = reading.exit_status
    if speaks and status is not None and status.usage and reading.passed is not False:
        return replace(
            reading,
            trouble=Trouble.UNREADABLE,
            trouble_words=f"smartctl gives values and says that it did not understand what it was "
            f"asked (exit status {status.value}); read the drive again.",
        )
    # Hypervisors make up the values of their disks; one that says that it fails is believed.
    if speaks and (virtual is None or reading.passed is False):
        return reading
    trouble, words = refusal_of(
        fields,
        Asked(
            source=reading.source,
            device=reading.device,
            name=name,
            protocol=reading.protocol,
            exit_status=reading.exit_status,
            messages=(*reading.messages, *_output(fields)),
        ),
    )
    return replace(reading, trouble=trouble, trouble_words=words)


def _device(fields: Fields) -> str | None:
    """Return the device that was asked, also where smartctl did not open it."""
    told = fields.at("device", "name").text()
    if told is not None:
        return told
    words = fields.at("smartctl", "argv").value
    asked = [Fields(word).text() for word in words] if isinstance(words, list) else []
    return next((word for word in asked if word is not None and word.startswith("/dev/")), None)


def _protocol(fields: Fields) -> Protocol:
    told = (fields.at("device", "protocol").text() or "").upper()
    for protocol in (Protocol.ATA, Protocol.SCSI, Protocol.NVME):
        if told == protocol.value.upper():
            return protocol
    keys = fields.names()
    for prefix, protocol in (
        ("nvme_", Protocol.NVME), ("ata_", Protocol.ATA), ("scsi_", Protocol.SCSI),
    ):  # fmt: skip
        if any(key.startswith(prefix) for key in keys):
            return protocol
    kind = (fields.at("device", "type").text() or "").lower()
    if "nvme" in kind or kind.startswith("snt"):
        return Protocol.NVME
    if kind.startswith(("sat", "ata", "usb")):
        return Protocol.ATA
    return Protocol.SCSI if kind == "scsi" else Protocol.UNKNOWN


def _identity(fields: Fields) -> Identity:
    model = plain(
        fields.at("scsi_model_name").text()
        or fields.at("model_name").text()
        or " ".join(_vendor_and_product(fields))
    )
    serial = plain(fields.at("serial_number").text())
    return Identity(
        model=model,
        serial=serial,
        key=key_of(model, serial),
        wwn=_wwn(fields),
        firmware=plain(
            fields.at("firmware_version").text()
            or fields.at("scsi_revision").text()
            or fields.at("revision").text()
        ),
        family=plain(fields.at("model_family").text()),
    )


def _vendor_and_product(fields: Fields) -> list[str]:
    vendor = fields.at("scsi_vendor").text() or fields.at("vendor").text()
    product = fields.at("scsi_product").text() or fields.at("product").text()
    return [part for part in (vendor, product) if part]


def _full_name(fields: Fields, identity: Identity) -> str:
    return identity.model or " ".join(_vendor_and_product(fields))


def _wwn(fields: Fields) -> str | None:
    """Return the world-wide name as hexadecimal digits (`5000c500a1b2c3d4`)."""
    parts = fields.at("wwn")
    naa = parts.at("naa").integer(most=15)
    oui = parts.at("oui").integer(most=0xFF_FFFF)
    own = parts.at("id").integer(most=0xF_FFFF_FFFF)
    if naa is not None and oui is not None and own is not None:
        return f"{naa:x}{oui:06x}{own:09x}"
    unit = fields.at("logical_unit_id").text()
    if unit is not None:
        return unit.lower().removeprefix("0x")
    for row in fields.at("nvme_namespaces").rows():
        oui = row.at("eui64", "oui").integer(most=0xFF_FFFF)
        own = row.at("eui64", "ext_id").integer(most=0xFF_FFFF_FFFF)
        if oui is not None and own is not None:
            return f"{oui:06x}{own:010x}"
    return None


def _capacity(fields: Fields) -> int | None:
    return _first(
        fields.at("user_capacity", "bytes"), fields.at("nvme_total_capacity"), most=_MOST_BYTES
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


def _hours(fields: Fields) -> int | None:
    hours = fields.at("power_on_time", "hours").integer(most=_MOST_HOURS)
    return fields.at("power_on_time").integer(most=_MOST_HOURS) if hours is None else hours


def _read_at(fields: Fields) -> datetime | None:
    seconds = fields.at("local_time", "time_t").integer(least=1, most=_LATEST)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _passed(fields: Fields, exit_status: ExitStatus | None) -> bool | None:
    told = fields.at("smart_status", "passed").flag()
    if told is None and exit_status is not None and exit_status.failing:
        return False
    return told


def _exit_status(fields: Fields, of_process: int | None) -> ExitStatus | None:
    told = fields.at("smartctl", "exit_status").integer(most=255)
    value = told if of_process is None else of_process
    return None if value is None or not 0 <= value <= 255 else ExitStatus(value)


def _messages(fields: Fields) -> tuple[str, ...]:
    said = (row.at("string").text() for row in fields.at("smartctl", "messages").rows())
    return tuple(dict.fromkeys(text for text in said if text))[:_MOST_MESSAGES]


def _output(fields: Fields) -> tuple[str, ...]:
    """Return what smartctl printed beside its JSON (`--json=o`), where that is kept."""
    lines = fields.at("smartctl", "output").value
    if not isinstance(lines, list):
        return ()
    told = (Fields(line).text() for line in lines[:400])
    return tuple(line for line in told if line and asleep(Fields(None), (line,)))


def _complete(
    signals: dict[Signal, int], fields: Fields, temperature: Temperature, failures: int | None
) -> None:
    """Put in what every protocol tells in the same place, and take out what was not measured."""
    cycles = fields.at("power_cycle_count").integer(most=2**32)
    if cycles is not None:
        signals[Signal.POWER_CYCLES] = cycles
    signals.pop(Signal.TEMPERATURE_C, None)
    if temperature.current_c is not None:
        signals[Signal.TEMPERATURE_C] = temperature.current_c
    if failures is not None:
        signals[Signal.FAILED_SELF_TESTS] = failures
    for signal in [signal for signal, value in signals.items() if value >= 2**63]:
        del signals[signal]
