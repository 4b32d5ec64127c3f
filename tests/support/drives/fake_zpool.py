"""A `zpool` for PATH that tells of one pool of two raidz2 groups."""

import json
from pathlib import Path


def pool_of(serials, *, scan=None, gone=()):
    """Return the document of `zpool status -j`; half of the drives in either group.

    Args:
        serials: Of the drives.
        scan: `scan_stats` of a scrub or resilver that runs; None: none does.
        gone: Serial numbers of members that are missing.
    """
    half = len(serials) // 2
    groups = {"raidz2-0": serials[:half], "raidz2-1": serials[half:]}
    vdevs = {
        name: {
            "name": name, "vdev_type": "raidz",
            "state": "DEGRADED" if set(members) & set(gone) else "ONLINE",
            "vdevs": {f"ata-MADE_UP_{s}": {
                "name": f"ata-MADE_UP_{s}", "vdev_type": "disk",
                "state": "UNAVAIL" if s in gone else "ONLINE",
                "path": f"/dev/disk/by-id/ata-MADE_UP_{s}-part1", "phys_space": 4_000_776_544_256,
            } for s in members},
        }
        for name, members in groups.items()
    }  # fmt: skip
    pool = {"name": "tank", "state": "ONLINE", "vdevs": {
        "tank": {"name": "tank", "vdev_type": "root", "state": "ONLINE", "vdevs": vdevs}
    }}  # fmt: skip
    if scan is not None:
        pool["scan_stats"] = scan
    return {"output_version": {"command": "zpool status"}, "pools": {"tank": pool}}


RESILVER = {"function": "RESILVER", "state": "SCANNING", "to_examine": 1_000, "issued": 250,
            "errors": 0}  # fmt: skip
SCRUB = {**RESILVER, "function": "SCRUB"}


def install_zpool(folder: Path, document: object = None, *, status: int = 0) -> None:
    """Put it into a folder; one with a status fails with words of libzfs."""
    words = "cannot open 'tank': pool I/O is currently suspended"
    (folder / "zpool.json").write_text(json.dumps(document))
    file = folder / "zpool"
    file.write_text(
        "#!/bin/sh\n" + (f'echo "{words}" >&2; exit {status}\n' if status
                         else 'cat "${0%/*}/zpool.json"\n')
    )  # fmt: skip
    file.chmod(0o755)
