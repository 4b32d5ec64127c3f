"""Drives that were checked, as members of the arrays of `array_states`, and recordings on disk."""

import json
from datetime import UTC, datetime

from podplanner.catalog.bay_map import BayMap, MappedBay
from podplanner.drives.arrays.recordings import read_array_recordings
from podplanner.drives.assessment import Assessment, Verdict
from podplanner.drives.checked import CheckedDrive, CheckedPod
from podplanner.drives.reading import DriveReading, Identity, Protocol

NOW = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
BYTES = 4_000_787_030_016
# Of every drive of 4 TB (IDEMA LBA1-03).
MODEL = "MADE UP-4000"


def serial(number):
    return f"MADE{number:04d}"


def a_drive(number, verdict=Verdict.OK, *, bay=None, trouble=None, known=True, reason=None,
            **fields):  # fmt: skip
    """Return the drive `MADE000N` at /dev/sdX, the Nth letter."""
    device = f"/dev/sd{chr(ord('a') + number - 1)}"
    own = serial(number)
    reading = DriveReading(**{
        "source": device, "device": device, "read_at": NOW, "protocol": Protocol.ATA,
        "identity": Identity(MODEL, own, f"{MODEL}/{own}") if known else Identity(),
        "capacity_bytes": BYTES if known else None, "trouble": trouble, **fields,
    })  # fmt: skip
    verdict = Verdict.UNKNOWN if trouble else verdict
    return CheckedDrive(reading, Assessment(verdict, reason or f"so says {verdict}"), bay=bay)


def a_pod(*drives):
    return CheckedPod(NOW, tuple(drives))


def pod_of(number, *, bay_map=None, **verdicts):
    """Return drives 1 to `number`; `d3=Verdict.REPLACE` is the verdict on the third."""
    return a_pod(*(
        a_drive(n, verdicts.get(f"d{n}", Verdict.OK),
                bay=bay_map.at(serial(n)) if bay_map is not None else None)
        for n in range(1, number + 1)
    ))  # fmt: skip


def bays(number, *, spare=(), empty=(), lacking=()):
    """Return a map of bays 1 to `number`, five to a backplane, the Nth with the drive N."""
    found = []
    for n in range(1, number + 1):
        role = "empty" if n in empty else "spare" if n in spare else "data"
        found.append(MappedBay(
            number=n, backplane=(n - 1) // 5 + 1, place=(n - 1) % 5 + 1, role=role,
            group=1 if role == "data" else None, member=n if role == "data" else None,
            serial=None if role == "empty" or n in lacking else serial(n),
        ))  # fmt: skip
    return BayMap(schema="podplanner/bay-map/1", bay=tuple(found))


def arrays_in(folder, **files):
    """Write recordings (`zpool_json=...`) to a folder, and return the state that they tell."""
    for name, content in files.items():
        written = content if isinstance(content, str) else json.dumps(content)
        (folder / name.replace("_json", ".json").replace("_txt", ".txt")).write_text(written)
    return read_array_recordings([folder])
