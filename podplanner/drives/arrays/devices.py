"""The devices behind the names of members: links, partitions' parents, what dm stands on."""

import os
from dataclasses import replace
from pathlib import Path

from podplanner.drives.arrays.state import ArrayState, Group, Member

_DEEPEST = 8
# Encryption on multipath on a partition is three deep.


def with_devices(state: ArrayState, root: Path = Path("/")) -> ArrayState:
    """Return the state with the real device of each member of this machine, where it is there."""

    def known(member: Member) -> Member:
        return replace(member, path=real_device(member.path or member.name, root) or member.path)

    def group(found: Group) -> Group:
        return replace(found, members=tuple(known(member) for member in found.members))

    return replace(
        state,
        arrays=tuple(
            replace(
                array,
                groups=tuple(group(found) for found in array.groups),
                spares=tuple(known(member) for member in array.spares),
            )
            for array in state.arrays
            if array.kind != "ceph"
        )
        + tuple(array for array in state.arrays if array.kind == "ceph"),
    )


def real_device(path: str, root: Path = Path("/")) -> str | None:
    """Return the device under /dev that a link or a device-mapper name stands for.

    None: there is no such file. Several devices under one name (multipath) are ways to one drive:
    the first is told.
    """
    if not path.startswith("/dev/"):
        return None
    try:
        real = Path(os.path.realpath(root / path.lstrip("/")))
        if not real.exists():
            return None
        name = real.name
        for _ in range(_DEEPEST):
            under = root / "sys/class/block" / name / "slaves"
            below = sorted(entry.name for entry in under.iterdir()) if under.is_dir() else []
            if not below:
                break
            name = below[0]
    except (OSError, ValueError):
        return None
    return f"/dev/{name}"
