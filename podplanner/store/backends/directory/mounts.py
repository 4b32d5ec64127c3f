"""What kind of file system a folder lies on."""

import os
from dataclasses import dataclass
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "gpfs", "beegfs"}
    | {"glusterfs", "fuse.glusterfs", "fuse.sshfs", "fuse.ceph-fuse", "virtiofs"}
)
"""File systems of another machine, by their names in Linux."""
BUCKETS = frozenset(
    {"fuse.s3fs", "fuse.gcsfuse", "fuse.goofys", "fuse.rclone", "fuse.mount-s3", "fuse.blobfuse2"}
)
"""Buckets that pose as folders: they promise neither exclusion nor durability."""
SMB = frozenset({"cifs", "smb3", "smbfs"})
"""Mounts by Linux' SMB client."""
IN_MEMORY = frozenset({"tmpfs", "ramfs"})


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of `/proc/self/mountinfo`."""

    point: str
    kind: str
    source: str
    options: frozenset[str]
    """Of the mount and of the file system: `rw`, `soft`, `lookupcache=all` ..."""


def mount_of(path: str, *, mounts: Path = _MOUNTS) -> Mount | None:
    """Return the mount that a folder lies on; None where the system does not say.

    Args:
        path: The folder.
        mounts: The table of mounts, in the form of proc(5).
    """
    real = os.path.realpath(path)
    best: Mount | None = None
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    for line in lines:
        found = _read(line)
        if found is None or not _is_below(real, found.point):
            continue
        if best is None or len(found.point) >= len(best.point):
            best = found
            # Of two at one point the later one covers the earlier.
    return best


def _read(line: str) -> Mount | None:
    before, dash, after = line.partition(" - ")
    left, right = before.split(" "), after.split(" ")
    if not dash or len(left) < 6 or len(right) < 3:
        return None
    options = frozenset(left[5].split(",")) | frozenset(right[2].split(","))
    return Mount(_plain(left[4]), right[0], _plain(right[1]), options)


def _plain(word: str) -> str:
    """Return a word with its octal escapes (space, tab, newline, backslash) undone."""
    for code in ("040", "011", "012", "134"):
        word = word.replace(f"\\{code}", chr(int(code, 8)))
    return word


def _is_below(path: str, point: str) -> bool:
    return point == "/" or path == point or path.startswith(f"{point}/")
