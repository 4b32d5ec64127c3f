"""What one drive said of itself at one time, whatever it is attached to and whoever made it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from podplanner.drives.signals import Signal


class Protocol(StrEnum):
    """The language that a drive speaks."""

    ATA = "ATA"
    SCSI = "SCSI"
    NVME = "NVMe"
    UNKNOWN = "unknown"


class Trouble(StrEnum):
    """Why a drive could not be read, or said nothing of its health."""

    ASLEEP = "asleep"
    """It was left asleep, as asked; its earlier verdict holds for a while."""
    TIMED_OUT = "timed-out"
    """It did not answer within the time-out."""
    STUCK = "stuck"
    """An earlier smartctl still hangs on it in the kernel; none was started."""
    VANISHED = "vanished"
    """The device is not there, or the drive was there before and is not listed now."""
    NOT_PERMITTED = "not-permitted"
    """The system refuses to let this user ask."""
    WRONG_TYPE = "wrong-type"
    """smartctl needs to be told how the drive is attached (`--type`)."""
    NO_SMART = "no-smart"
    """A virtual disk, a RAID volume, a card reader: there is no health to ask for."""
    NO_HEALTH_DATA = "no-health-data"
    """The output names the drive and says nothing of its health."""
    UNREADABLE = "unreadable"
    """The output is no JSON, cut off, or of something else."""
    NOT_INSTALLED = "not-installed"
    """There is no smartctl."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a drive is.

    Attributes:
        key: `model/serial` in a form that is safe to compare, remembered in history; None where no
            serial is known, or only one that is masked or a filler.
        wwn: World-wide name, a hint and never a key: makers repeated them.
    """

    model: str | None = None
    serial: str | None = None
    key: str | None = None
    wwn: str | None = None
    firmware: str | None = None
    family: str | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """One row of an ATA drive's table.

    Attributes:
        value: Normalised, 1 to 253, mostly falling from 100 or 200; None where not given.
        threshold: At or below it the attribute has failed; 0 or None: it has none.
        raw: The 48 bits (of some 56) as they came.
        count: What they mean, decoded by our own tables; None where no table knows.
        failed: `now`, `past` or empty.
        prefailure: The maker takes its failure for a failing drive, not for wear.
    """

    number: int
    name: str
    value: int | None
    worst: int | None
    threshold: int | None
    raw: int
    count: int | None
    failed: str
    prefailure: bool


@dataclass(frozen=True, slots=True)
class SelfTest:
    """One entry of the self-test log.

    Attributes:
        kind: `short`, `long`, or the drive's own word.
        passed: None: it was broken off, is running, or the log does not say.
        at_power_on_h: Hours of power when it ended.
    """

    kind: str
    passed: bool | None
    words: str
    at_power_on_h: int | None


@dataclass(frozen=True, slots=True)
class Temperature:
    """In degrees Celsius; None where the drive does not say.

    Attributes:
        limit_c: The highest at which the maker lets the drive work.
        trip_c: At which the drive itself warns or stops.
        highest_c: Over its life.
    """

    current_c: int | None = None
    limit_c: int | None = None
    trip_c: int | None = None
    highest_c: int | None = None


@dataclass(frozen=True, slots=True)
class ExitStatus:
    """smartctl's exit status: three kinds of bits that must not be mixed (smartctl(8))."""

    value: int

    @property
    def usage(self) -> bool:
        """Bit 0: the command line, or the type of device, was not understood."""
        return bool(self.value & 1)

    @property
    def not_opened(self) -> bool:
        """Bit 1: the device did not open, did not identify itself, or is asleep."""
        return bool(self.value & 2)

    @property
    def partly_read(self) -> bool:
        """Bit 2: some command failed; the rest holds."""
        return bool(self.value & 4)

    @property
    def failing(self) -> bool:
        """Bit 3: the drive says that it fails."""
        return bool(self.value & 8)

    @property
    def below_threshold(self) -> bool:
        """Bit 4: a pre-failure attribute is at or below its threshold now."""
        return bool(self.value & 16)

    @property
    def was_below_threshold(self) -> bool:
        """Bit 5: an attribute was at or below its threshold in the past."""
        return bool(self.value & 32)

    @property
    def errors_logged(self) -> bool:
        """Bit 6: the error log has entries."""
        return bool(self.value & 64)

    @property
    def tests_failed(self) -> bool:
        """Bit 7: the self-test log has failures."""
        return bool(self.value & 128)


@dataclass(frozen=True, slots=True)
class DriveReading:
    """One drive at one time.

    Attributes:
        source: The device that was asked (`/dev/sda`), or the name of the recording's file.
        device: By which the system knew it then; None where the output does not say.
        device_type: smartctl's `-d` (`sat`, `megaraid,14`).
        read_at: In UTC; None where a recording does not say.
        rotation_rpm: 0 is a solid-state drive, None unknown.
        passed: What the drive itself says of its health.
        signals: What is known, and nothing else: an absent figure is unknown, not 0.
        test_left_percent: Of a self-test that runs now; None: none runs, or it is not known.
        long_test_min: How long the maker says a long self-test takes.
        smr: Whether it writes shingled tracks; None where the drive does not say.
        logical_sector_bytes: In which it is addressed (512 or 4096); None unknown.
        physical_sector_bytes: In which it writes; None unknown.
        farm_power_on_h: Hours of power by Seagate's own log (FARM), which is not reset with the
            attributes; None where the log was not read, or there is none.
        link_mbps: Rate of its link now (6000 is SATA at 6 Gb/s); None unknown.
        link_most_mbps: The most that the drive can do.
        trouble: Why there is no judgement to be made; None: there is one.
        trouble_words: The same for people, with what to do.
        messages: What smartctl had to say.
    """

    source: str
    device: str | None = None
    device_type: str | None = None
    read_at: datetime | None = None
    protocol: Protocol = Protocol.UNKNOWN
    identity: Identity = Identity()
    capacity_bytes: int | None = None
    rotation_rpm: int | None = None
    passed: bool | None = None
    exit_status: ExitStatus | None = None
    signals: Mapping[Signal, int] = field(default_factory=lambda: MappingProxyType({}))
    attributes: tuple[Attribute, ...] = ()
    temperature: Temperature = Temperature()
    self_tests: tuple[SelfTest, ...] = ()
    test_left_percent: int | None = None
    long_test_min: int | None = None
    smr: bool | None = None
    logical_sector_bytes: int | None = None
    physical_sector_bytes: int | None = None
    farm_power_on_h: int | None = None
    link_mbps: int | None = None
    link_most_mbps: int | None = None
    trouble: Trouble | None = None
    trouble_words: str = ""
    messages: tuple[str, ...] = ()
