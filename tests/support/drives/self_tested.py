"""Readings of invented drives with self-tests, and arrays that they are in."""

from dataclasses import replace

from podplanner.drives.arrays.state import Array, ArrayState, Group, Member, MemberState, Rebuild
from podplanner.drives.reading import DriveReading, Identity, Protocol, SelfTest
from podplanner.drives.signals import Signal


def logged(kind="long", *, at=1_000, passed=True, words=None):
    """Return one entry of a log."""
    said = {True: "Completed without error", False: "Completed: read failure",
            None: "Aborted by host"}[passed]  # fmt: skip
    return SelfTest(kind, passed, words or said, at)


def drive_with(number=1, *tests, hours=1_000, left=None, long_min=1_440, **fields):
    """Return the reading of drive `/dev/sdN`, with the newest of its tests first."""
    serial = f"SER{number:05}"
    fields = {
        "source": f"/dev/sd{number}",
        "device": f"/dev/sd{number}",
        "device_type": "sat",
        "protocol": Protocol.ATA,
        "identity": Identity("EX-18T", serial, f"EX-18T/{serial}"),
        "passed": True,
        "signals": {} if hours is None else {Signal.POWER_ON_H: hours},
        **fields,
    }
    return DriveReading(
        self_tests=tuple(tests), test_left_percent=left, long_test_min=long_min, **fields
    )


def running(reading, left=90):
    return replace(reading, test_left_percent=left)


def group(name, *numbers, gone=0, tolerance=2, rebuild=None, state=MemberState.ONLINE):
    """Return a group of the drives with these numbers."""
    members = tuple(
        Member(f"sd{n}", state, path=f"/dev/sd{n}1", serial=f"SER{n:05}") for n in numbers
    )
    return Group(name, "raidz2", members, tolerance, gone, rebuild)


def arrays_of(*groups, scrub="", trouble=()):
    return ArrayState((Array("tank", "zfs", tuple(groups), scrub=scrub),), ("made up",), trouble)


REBUILD = Rebuild("resilver in progress", 12.5, 36_000)

BEGUN = {
    "ATA": "Testing has begun.",
    "SCSI": "Extended Background Self Test has begun",
    "NVMe": "Self-test has begun",
}
"""What smartctl says of a test that began."""


def saying(document, *lines, status=None, version=None):
    """Return a document of smartctl with these lines as its output, as `--json=o` keeps them."""
    head = {**document.get("smartctl", {}), "output": list(lines)}
    if status is not None:
        head["exit_status"] = status
    if version is not None:
        head["version"] = list(version)
    return {**document, "smartctl": head}
