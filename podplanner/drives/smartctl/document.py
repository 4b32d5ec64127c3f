"""smartctl's JSON documents: one reading for each, whatever it holds.

Nothing here raises on odd content. Every field is taken on its own: one of a wrong type is
unknown, and the rest is kept. Versions 7.0 to the newest are told apart by their keys, not by
their number, since wrappers and people take the number away.
"""

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

from podplanner.drives.reading import (
    Attribute,
    DriveReading,
    ExitStatus,
    Protocol,
    Temperature,
    Trouble,
)
from podplanner.drives.signals import Signal
from podplanner.drives.smartctl.ata import ata_health, writes_shingled
from podplanner.drives.smartctl.fields import Fields
from podplanner.drives.smartctl.foreign import foreign_words
from podplanner.drives.smartctl.hardware import hardware_of
from podplanner.drives.smartctl.identification import (
    device_of,
    full_name_of,
    identity_of,
    protocol_of,
)
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
    if (words := foreign_words(fields)) is not None:
        return DriveReading(
            source=source, read_at=read_at, trouble=Trouble.UNREADABLE, trouble_words=words,
            exit_status=_exit_status(fields, exit_status),
        )  # fmt: skip
    reading = _reading(fields, source, _exit_status(fields, exit_status))
    if read_at is not None:
        reading = replace(reading, read_at=read_at)
    return _with_trouble(reading, fields)


def _reading(fields: Fields, source: str, exit_status: ExitStatus | None) -> DriveReading:
    protocol = protocol_of(fields)
    identity = identity_of(fields)
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
    hardware = hardware_of(fields)
    return DriveReading(
        source=source,
        device=device_of(fields),
        device_type=fields.at("device", "type").text(),
        read_at=_read_at(fields),
        protocol=protocol,
        identity=identity,
        capacity_bytes=hardware.capacity_bytes,
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
        logical_sector_bytes=hardware.logical_sector_bytes,
        physical_sector_bytes=hardware.physical_sector_bytes,
        farm_power_on_h=hardware.farm_power_on_h,
        link_mbps=hardware.link_mbps,
        link_most_mbps=hardware.link_most_mbps,
        messages=(*_messages(fields), *notes),
    )


def _with_trouble(reading: DriveReading, fields: Fields) -> DriveReading:
    """Add why there is no judgement to be made, where there is none."""
    name = full_name_of(fields, reading.identity)
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
