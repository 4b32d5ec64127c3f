"""Pods of drives that were read and judged, made by hand: every verdict, every kind of evidence."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from podplanner.catalog.bay_map import BayMap, MappedBay
from podplanner.drives.arrays.state import Array, ArrayState, Group, Member, MemberState, Rebuild
from podplanner.drives.assessment import Assessment, Cause, Evidence, Risk, Verdict
from podplanner.drives.checked import CheckedDrive, CheckedPod
from podplanner.drives.past import NOTHING, Acceptance, Past, PastReading
from podplanner.drives.pulling.card import (
    Card,
    InGroup,
    Neighbour,
    Pull,
    Safety,
    Spare,
    SpareSearch,
    Step,
)
from podplanner.drives.reading import (
    DriveReading,
    ExitStatus,
    Identity,
    Protocol,
    SelfTest,
    Temperature,
    Trouble,
)
from podplanner.drives.signals import Signal

NOW = datetime(2031, 3, 9, 3, 14, tzinfo=UTC)
SIZE = 12 * 10**12
RISK = Risk(
    0.236, 0.11, 0.42, 14, 21_653, "17 to 70 reallocated sectors", "An invented fleet, 2030"
)
HOSTILE = "<script>alert(1)</script>\x1b[2J\u202e\" onload='x'&amp;\ud800"


def bay(number: int, serial: str | None = None) -> MappedBay:
    """A bay of one backplane of fifteen."""
    row, place = divmod(number - 1, 15)
    return MappedBay(number=number, backplane=row + 1, place=place + 1, role="data", group=row + 1,
                     member=place + 1, serial=serial)  # fmt: skip


def drive(number: int, verdict: Verdict = Verdict.OK, **changes: object) -> CheckedDrive:
    """A hard drive in a bay; `changes` are of its reading."""
    serial = f"MADE{number:04d}"
    reading = DriveReading(
        source=f"/dev/sd{number}", device=f"/dev/sd{number}", device_type="sat", read_at=NOW,
        protocol=Protocol.ATA,
        identity=Identity("Invented 12000", serial, f"Invented 12000/{serial}", firmware="F1"),
        capacity_bytes=SIZE, rotation_rpm=7200, passed=True, exit_status=ExitStatus(0),
        signals={Signal.REALLOCATED: 0, Signal.PENDING: 0, Signal.POWER_ON_H: 20_000 + number,
                 Signal.TEMPERATURE_C: 28 + number % 7},
        temperature=Temperature(28 + number % 7, 60, 65, 44),
        self_tests=(SelfTest("long", True, "completed without error", 19_000),),
    )  # fmt: skip
    return CheckedDrive(
        replace(reading, **changes), Assessment(verdict, "Nothing speaks against it."),
        bay=bay(number, serial),
    )  # fmt: skip


def grown(signal: Signal, *values: int) -> Past:
    """Readings a month apart, the last a month ago."""
    first = NOW - timedelta(days=30 * len(values))
    return Past(tuple(
        PastReading(first + timedelta(days=30 * n), {signal: value}, "/dev/sdx", 7, Verdict.OK)
        for n, value in enumerate(values)
    ))  # fmt: skip


def failing(number: int = 23) -> CheckedDrive:
    """A drive to replace: sectors that grow, with the risk seen at such values."""
    found = drive(number, Verdict.REPLACE, passed=True, exit_status=ExitStatus(64))
    reading = replace(found.reading, signals={**found.reading.signals, Signal.REALLOCATED: 40,
                                              Signal.PENDING: 8})  # fmt: skip
    return replace(
        found, reading=reading,
        past=replace(grown(Signal.REALLOCATED, 0, 0, 8, 24), notes=("It was in bay 4 before.",)),
        assessment=Assessment(Verdict.REPLACE, "40 reallocated sectors, 16 more than before.", (
            Evidence(Verdict.REPLACE, Cause.DRIVE, "40 reallocated sectors, 16 more than before.",
                     Signal.REALLOCATED, 40, 24, RISK),
            Evidence(Verdict.WARNING, Cause.DRIVE, "8 sectors cannot be read.", Signal.PENDING, 8),
            Evidence(Verdict.OK, Cause.READING, "The drive itself says PASSED, which proves "
                     "nothing."),
        )),
    )  # fmt: skip


def hot(number: int = 38) -> CheckedDrive:
    """A drive above its own limit."""
    found = drive(number, Verdict.WARNING, temperature=Temperature(62, 60, 65, 63))
    reading = replace(found.reading, signals={**found.reading.signals, Signal.TEMPERATURE_C: 62})
    past = grown(Signal.TEMPERATURE_C, 50, 55, 58)
    words = "62 °C, 2 above its limit."
    seen = Evidence(Verdict.WARNING, Cause.HEAT, words, Signal.TEMPERATURE_C, 62)
    judged = Assessment(Verdict.WARNING, words, (seen,))
    return replace(found, reading=reading, past=past, assessment=judged)


def accepted(number: int = 5) -> CheckedDrive:
    """A drive whose old CRC errors somebody accepted."""
    found = drive(number)
    reading = replace(found.reading, signals={**found.reading.signals, Signal.CRC_ERRORS: 31})
    note = Acceptance(Signal.CRC_ERRORS, 31, NOW - timedelta(days=40), "bad cable, replaced")
    return replace(
        found, reading=reading, past=replace(grown(Signal.CRC_ERRORS, 31, 31), accepted=(note,)),
        assessment=Assessment(Verdict.OK, "31 CRC errors, as accepted.", (
            Evidence(Verdict.OK, Cause.LINK, "31 CRC errors, as accepted.", Signal.CRC_ERRORS, 31,
                     31, accepted=True),
        )),
    )  # fmt: skip


def hanging(number: int = 41) -> CheckedDrive:
    """A drive that does not answer."""
    words = "It did not answer within 30 s. Look at its cable, then check again."
    reading = DriveReading(f"/dev/sd{number}", f"/dev/sd{number}", trouble=Trouble.TIMED_OUT,
                           trouble_words=words)  # fmt: skip
    return CheckedDrive(reading, Assessment(Verdict.UNKNOWN, words), NOTHING,
                        NOW - timedelta(days=3), bay(number, "MADE0041"))  # fmt: skip


def hostile(number: int = 44) -> CheckedDrive:
    """A drive whose every word wants to be run."""
    words = HOSTILE * 40
    reading = DriveReading(
        HOSTILE, HOSTILE, HOSTILE, NOW, Protocol.SCSI,
        Identity(words, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE), 2**80, -1, False,
        ExitStatus(255), {Signal.REALLOCATED: 2**70, Signal.TEMPERATURE_C: 2**40},
        temperature=Temperature(2**40, -5000, 2**50, 2**60),
        self_tests=(SelfTest(HOSTILE, False, words, 2**63),) * 30, messages=(words,) * 20,
    )  # fmt: skip
    risk = replace(RISK, words=HOSTILE, source=words, yearly=1e9)
    note = Acceptance(Signal.REALLOCATED, 2**70, NOW, words)
    return CheckedDrive(reading, Assessment(Verdict.WATCH, words, (
        Evidence(Verdict.WATCH, Cause.DRIVE, words, Signal.REALLOCATED, 2**70, -1, risk),
    )), Past((), (note,), (words,)))  # fmt: skip


def pod(number: int = 45) -> CheckedPod:
    """A pod with a drive of every kind, the rest in order."""
    special = {d.bay.number: d for d in (failing(), hot(), accepted(), hanging()) if d.bay}
    return CheckedPod(NOW, tuple(special.get(n) or drive(n) for n in range(1, number + 1)),
                      ("One recording was of no drive.",))  # fmt: skip


def bay_map(number: int = 45) -> BayMap:
    """Where the drives of `pod` are."""
    return BayMap.model_validate({
        "schema": "podplanner/bay-map/1", "title": "Rack 3, pod 2",
        "bay": [bay(n, f"MADE{n:04d}").model_dump(exclude_none=True)
                for n in range(1, number + 1)],
    })  # fmt: skip


def arrays() -> ArrayState:
    """Three groups: whole, rebuilding, one loss from the end."""

    def group(number: int, gone: int, **changes: object) -> Group:
        members = tuple(
            Member(f"sd{15 * number + n}", MemberState.GONE if n < gone else MemberState.ONLINE)
            for n in range(15)
        )
        return replace(Group(f"raidz2-{number}", "raidz2", members, 2, gone), **changes)

    return ArrayState(
        (Array("tank", "zfs", (
            group(0, 0), group(1, 1, rebuild=Rebuild("resilver", 41.0, 9000)),
            group(2, 2, trouble=("permanent errors have been detected",)),
        ), (Member("sdz", MemberState.ONLINE),), "scrub repaired 0B on Sunday"),),
        ("zpool status -j",),
    )  # fmt: skip


def card(checked: CheckedDrive | None = None) -> Card:
    """What to do about the failing drive."""
    found = checked or failing()
    return Card(
        found, found.bay, "Invented 12000", "MADE0023", "/dev/sd23", Verdict.REPLACE,
        "40 reallocated sectors, 16 more than before.",
        Pull(Safety.SAFE, "raidz2-1 still stands the loss of another drive afterwards."),
        ("8 sectors cannot be read.",),
        (Neighbour("before", 22, "MADE0022"), Neighbour("after", 24, None)),
        groups=(InGroup("tank", "zfs", "raidz2-1", "raidz2", "ata-Invented_MADE0023", "online",
                        2, 1),),
        spare=SpareSearch(SIZE, Spare("line of the bill", "INV12000", SIZE, line="data-drive",
                                      position=3, on_shelf=2)),
        steps=(Step("Take it out of the pool.", "zpool offline tank ata-Invented_MADE0023"),
               Step("Pull the drive in bay 23."),
               Step("Give the new one its place.",
                    "zpool replace tank ata-Invented_MADE0023 /dev/disk/by-path/pci-0-ata-23")),
        after=(Step("See that it resilvers.", "zpool status tank"),),
        based_on=("zpool status -j",),
    )  # fmt: skip
