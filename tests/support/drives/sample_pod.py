"""The shipped sample pod `lab-pod`: 45 invented drives, their pool and their bays.

`lab-pod-last-month` is what the drives that changed since said a month before. Run as a program,
it writes the files anew:

    PYTHONPATH=tests python -m support.drives.sample_pod
"""

import json
import shutil
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from support.drives.made import Document, LoggedTest, ata_hdd
from support.drives.made_frame import invented_serial

from podplanner.catalog.bay_map import BayMap
from podplanner.catalog.drive_layout import read_layout
from podplanner.catalog.library import library
from podplanner.catalog.opening import open_bill
from podplanner.catalog.pod import Pod, assemble
from podplanner.catalog.writers.toml_bay_map import write_bay_map
from podplanner.planning.placement import Placement, place
from podplanner.planning.placement.mapping import bay_map_of
from podplanner.resources import data_dir

FOLDER = data_dir("bom") / "samples"
NOW = datetime(2026, 11, 1, 3, 7, tzinfo=UTC)
LAST_MONTH = NOW - timedelta(days=31)
POOL = "tank"
SIZE = 4_000_787_030_016
# Of every drive of 4 TB (IDEMA LBA1-03).
DYING, WORRYING, CABLE = 23, 11, 40
"""The bays that are not well: in three groups."""
SICK_BAYS = (DYING, WORRYING, CABLE)

_MODELS: tuple[tuple[str, str, dict[str, Any], str, int], ...] = (
    ("WD40EFZZ", "WD-WX72D#######",
     {"maker": "wd", "model": "WDC WD40EFZZ-68CPAN0", "family": "Western Digital Red Plus"},
     "81.00A81", 0x0014EE),
    ("ST4000DM000", "Z30#####",
     {"maker": "seagate", "model": "ST4000DM000-1F2168", "family": "Seagate Desktop HDD.15",
      "rpm": 5_900}, "CC54", 0x000C50),
    ("HMS5C4040ALE640", "PL1331LAG#####",
     {"maker": "hgst", "model": "HGST HMS5C4040ALE640", "family": "HGST MegaScale 4000",
      "rpm": 5_700}, "MPAOA580", 0x000CCA),
)  # fmt: skip
"""SKU of the catalog, form of its serial numbers, what smartctl says of it, firmware, and the maker
in a world-wide name."""
_LEFT_OUT = (2, 8, 11, 191, 200, 241, 242)
# Rows that nothing is judged by, so that the files stay small.
_SICK: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {
    DYING: (
        {"reallocated": 312, "pending": 24, "uncorrectable": 24, "reported": 4, "error_count": 4,
         "timeouts": 1},
        {"reallocated": 16, "pending": 0},
    ),
    WORRYING: ({"pending": 2, "uncorrectable": 2}, {}),
    CABLE: ({"crc": 58}, {"crc": 3}),
}  # fmt: skip
"""Bay -> what it shows now, and what it showed a month before."""


def files() -> dict[str, str]:
    """Return every shipped file by its path below the folder of the samples."""
    bays = _bay_map()
    found = {"lab-pod/bays.toml": write_bay_map(bays), "lab-pod/zpool-status.json": _text(_pool())}
    for number in range(1, 46):
        found[f"lab-pod/bay{number:02}.json"] = _text(_drive(number, last_month=False))
    for number in _SICK:
        found[f"lab-pod-last-month/bay{number:02}.json"] = _text(_drive(number, last_month=True))
    return found


def write() -> None:
    """Write them, and nothing else into the folder of the samples."""
    for name in ("lab-pod", "lab-pod-last-month"):
        shutil.rmtree(FOLDER / name, ignore_errors=True)
    for name, text in files().items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(text, encoding="utf-8")


def _text(document: Document) -> str:
    return json.dumps(document, separators=(",", ":")) + "\n"


def _chassis() -> Pod:
    bill = open_bill(str(data_dir("bom") / "pods" / "storage-pod-3.0.toml"), library())
    return assemble(bill, library(), as_of=NOW.date())


@cache
def _placement() -> Placement:
    found = place(_chassis(), read_layout("raidz2:15x3"), pods=1)
    assert isinstance(found, Placement)
    return found


def _bay_map() -> BayMap:
    empty = bay_map_of(_chassis(), _placement())
    bays = tuple(
        bay.model_copy(update={"drive": _model(bay.number)[0], "serial": serial(bay.number)})
        for bay in empty.bays
    )
    return empty.model_copy(update={"title": "Lab pod (invented)", "bays": bays})


def _model(number: int) -> tuple[str, str, dict[str, Any], str, int]:
    """Return the model in a bay: a backplane of each five was filled from one box."""
    return _MODELS[(number - 1) // 5 % len(_MODELS)]


def serial(number: int) -> str:
    return invented_serial(f"lab-pod bay {number}", _model(number)[1])


def device(number: int) -> str:
    """Return the device of a bay; /dev/sda is what the pod starts from."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    first, second = divmod(number, 26)
    return f"/dev/sd{letters[first - 1] if first else ''}{letters[second]}"


def _drive(number: int, *, last_month: bool) -> Document:
    now, before = _SICK.get(number, ({}, {}))
    hours = 38_212 - 1_100 * ((number - 1) // 15) + number % 3
    at = LAST_MONTH if last_month else NOW
    if last_month:
        hours -= 31 * 24
    model = _model(number)
    document = ata_hdd(
        device=device(number), serial=serial(number), capacity=SIZE, hours=hours,
        cycles=14 + number % 4,
        # The rows behind the fans are warmer.
        temperature=27 + 2 * ((number - 1) // 15) + number * 7 % 4,
        tests=(LoggedTest(hours=hours - 90), LoggedTest(kind="short", hours=hours - 12)),
        op_limit=60, local_time=int(at.timestamp()), **model[2], **(before if last_month else now),
    )  # fmt: skip
    document["local_time"]["asctime"] = f"{at:%a %b %e %H:%M:%S %Y} UTC"
    document["firmware_version"] = model[3]
    document["wwn"] = {"naa": 5, "oui": model[4], "id": 2_140_000_000 + 104_729 * number}
    table = document["ata_smart_attributes"]["table"]
    table[:] = [row for row in table if row["id"] not in _LEFT_OUT]
    for row in table:
        row["flags"] = {key: row["flags"][key] for key in ("string", "prefailure")}
    return document


def _pool() -> Document:
    """Return what `zpool status -j --json-int` says of three whole groups of fifteen."""
    groups: dict[str, dict[str, Any]] = {}
    seats = sorted(enumerate(_placement().seats, 1), key=lambda s: (s[1].group, s[1].member))
    for number, seat in seats:
        assert seat.group is not None
        name = f"raidz2-{seat.group - 1}"
        group = groups.setdefault(name, _vdev(name, "raidz", seat.group, vdevs={}))
        leaf = _leaf(number)
        group["vdevs"][leaf["name"]] = leaf
    root = _vdev(POOL, "root", 90, vdevs=groups)
    done = int((NOW - timedelta(days=6, hours=2)).timestamp())
    scan = {"function": "SCRUB", "state": "FINISHED", "start_time": done - 41_000, "end_time": done,
            "to_examine": 98_214_402_117_632, "examined": 98_214_402_117_632, "skipped": 0,
            "processed": 0, "errors": 0, "issued": 98_214_402_117_632}  # fmt: skip
    pool = {"name": POOL, "state": "ONLINE", "pool_guid": 7_204_113_508_226_310_915,
            "txg": 9_120_442, "spa_version": 5_000, "zpl_version": 5, "scan_stats": scan,
            "vdevs": {POOL: root}, "error_count": 0}  # fmt: skip
    version = {"command": "zpool status", "vers_major": 0, "vers_minor": 1}
    return {"output_version": version, "pools": {POOL: pool}}


def _leaf(number: int) -> dict[str, Any]:
    name = f"ata-{_model(number)[2]['model'].replace(' ', '_')}_{serial(number)}"
    # ZFS leaves 9 MiB at the end of a drive that it takes whole, and 1 MiB at its beginning.
    return _vdev(name, "disk", 100 + number, path=f"/dev/disk/by-id/{name}-part1",
                 phys_space=SIZE - 10 * 2**20)  # fmt: skip


def _vdev(name: str, kind: str, number: int, **more: Any) -> dict[str, Any]:
    return {"name": name, "vdev_type": kind, "guid": 4_611_686_018_427_387_904 + 7_919 * number,
            "class": "normal", "state": "ONLINE", "read_errors": 0, "write_errors": 0,
            "checksum_errors": 0, **more}  # fmt: skip


if __name__ == "__main__":
    write()
