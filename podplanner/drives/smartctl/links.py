"""Which drives share a link that carries one command at a time.

Behind a SATA port multiplier, and behind a USB bridge, one drive that does not answer holds up all
beside it, and commands to several at once make ports reset. Such drives are read one by one.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from podplanner.drives.smartctl.device import Device

_ATA_PORT = re.compile(r"ata\d+")
# All drives behind a port multiplier hang below the one port, as targets with the multiplier's port
# for a channel: .../ata5/host4/target4:2:0/4:2:0:0/block/sdc (Linux, drivers/ata/libata-scsi.c).
_USB_INTERFACE = re.compile(r"\d+-\d+(?:\.\d+)*:\d+\.\d+")
# .../usb2/2-1/2-1:1.0/host6/... (Linux, drivers/usb/core/message.c).
_CLASSES = ("class/block", "class/scsi_generic", "class/nvme", "class/bsg")


def link_of(device: Device, root: Path = Path("/")) -> str | None:
    """Return what the kernel calls a device's link; None: it has one for itself, or is unknown.

    Args:
        device: By any name that leads to it (`/dev/disk/by-id/...`).
        root: Where /sys is.
    """
    name = os.path.realpath(device.name).rpartition("/")[2]
    for folder in _CLASSES:
        below = root / "sys" / folder / name
        if name and below.exists():
            return link_in(os.path.realpath(below))
    return None


def link_in(path: str) -> str | None:
    """Return the part of a path of /sys that ends at the shared link; None: there is none.

    >>> link_in("/sys/devices/pci0000:00/0000:00:1f.2/ata5/host4/target4:2:0/4:2:0:0/block/sdc")
    '/sys/devices/pci0000:00/0000:00:1f.2/ata5'
    >>> link_in("/sys/devices/pci0000:00/0000:00:02.0/virtio1/block/vda")
    """
    parts = path.split("/")
    for number, part in enumerate(parts):
        if _ATA_PORT.fullmatch(part) or _USB_INTERFACE.fullmatch(part):
            return "/".join(parts[: number + 1])
    return None


def by_link(devices: Sequence[Device], root: Path = Path("/")) -> tuple[tuple[int, ...], ...]:
    """Return the places of devices in their sequence, those that share a link together."""
    links: dict[str, list[int]] = {}
    for place, device in enumerate(devices):
        links.setdefault(link_of(device, root) or f"alone {place}", []).append(place)
    return tuple(tuple(places) for places in links.values())
