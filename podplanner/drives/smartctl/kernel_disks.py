"""What the kernel knows of disks without asking them.

Layouts: Documentation/ABI of Linux (`/sys/block`), drivers/scsi/scsi_sysfs.c (`vendor`).
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

_DRIVE = re.compile(r"(sd|hd)[a-z]+|nvme\d+n\d+|mmcblk\d+")
_VIRTUAL = re.compile(r"x?vd[a-z]+")
_LONGEST = 64
# INQUIRY gives a vendor of 8 signs.
SAT_VENDOR = "ATA"
"""What a SCSI layer says of a SATA drive below it (SAT, INQUIRY)."""


@dataclass(frozen=True, slots=True)
class KernelDisk:
    """One disk.

    Attributes:
        name: `/dev/sda`.
        virtual: A disk that a hypervisor makes up.
    """

    name: str
    virtual: bool


def kernel_disks(root: Path = Path("/")) -> tuple[KernelDisk, ...]:
    """Return the disks that stay in the machine; none where there is no /sys.

    Left out: what is made of other disks (md, device mapper, loops, RAM), optical drives, and
    what is taken out, such as sticks and cards.
    """
    found = []
    try:
        names = sorted((path.name for path in (root / "sys/block").iterdir()), key=_in_order)
    except OSError:
        return ()
    for name in names:
        folder = root / "sys/block" / name
        virtual = bool(_VIRTUAL.fullmatch(name))
        if not virtual and not _DRIVE.fullmatch(name):
            continue
        if _text(folder / "removable") == "1" or _text(folder / "size") == "0":
            continue
        found.append(KernelDisk(f"/dev/{name}", virtual))
    return tuple(found)


def is_sata(name: str, root: Path = Path("/")) -> bool:
    """Return whether the kernel says that a SCSI device is a SATA drive."""
    short = os.path.realpath(name).rpartition("/")[2]
    return _text(root / "sys/class/block" / short / "device/vendor") == SAT_VENDOR


def _in_order(name: str) -> tuple[int, str]:
    """Return a key that sorts sdz before sdaa."""
    return len(name), name


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_LONGEST).decode("utf-8", errors="replace").strip()
    except OSError:
        return ""
