"""Look where the system sees its drives, without waking or asking one.

Layouts: Documentation/ABI of Linux, drivers/misc/enclosure.c (slots), drivers/scsi/scsi_sysfs.c
(`vpd_pg80`), and udev's rules for persistent storage (`by-path`, `by-id`).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

from podplanner.drives.bays.places import Places, SeenDrive, Slot
from podplanner.drives.bays.ports import in_order

_PARTITION = re.compile(r"-part\d+$")
_DRIVE = re.compile(r"sd[a-z]+|hd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme\d+n\d+")
# Loops, RAM, md, device mapper, optical drives and network disks are in no bay.
_SECTOR = 512
# /sys/block/*/size counts sectors of 512 bytes whatever the drive's own are.
_MOST = 4_096
# Bytes of a file of /sys; none of those read here is longer.


def read_places(root: Path = Path("/")) -> Places:
    """Return where the system sees its drives; what cannot be read is left out.

    Args:
        root: Where /dev and /sys are.
    """
    links = dict(_links(root, "by-path"))
    names = {f"/dev/disk/by-path/{name}": device for name, device in links.items()}
    by_id = dict(_links(root, "by-id"))
    names |= {f"/dev/disk/by-id/{name}": device for name, device in by_id.items()}
    return Places(
        links=MappingProxyType(links),
        slots=tuple(_slots(root)),
        drives=tuple(_drives(root, by_id)),
        names=MappingProxyType(names),
    )


def _links(root: Path, kind: str) -> Iterator[tuple[str, str]]:
    """Yield the names of whole drives under /dev/disk and the devices that they lead to."""
    for link in _inside(root / "dev" / "disk" / kind):
        if _PARTITION.search(link.name):
            continue
        try:
            target = link.readlink()
        except OSError:
            continue
        if _DRIVE.fullmatch(target.name):
            yield link.name, f"/dev/{target.name}"


def _slots(root: Path) -> Iterator[Slot]:
    for enclosure in _inside(root / "sys" / "class" / "enclosure"):
        identity = _text(enclosure / "id")
        for folder in _inside(enclosure):
            if not (folder / "status").exists() and not (folder / "slot").exists():
                continue  # `power`, `subsystem`, `device`: no slots
            locate = folder / "locate"
            yield Slot(
                enclosure=enclosure.name,
                identity=identity,
                name=folder.name,
                device=_block(folder / "device"),
                locate=locate if locate.exists() else None,
            )


def _block(device: Path) -> str | None:
    """Return the block device below a device of the SCSI or NVMe layer."""
    for below in (*_inside(device / "block"), *_inside(device)):
        if _DRIVE.fullmatch(below.name):
            return f"/dev/{below.name}"
    return None


def _drives(root: Path, by_id: dict[str, str]) -> Iterator[SeenDrive]:
    for folder in _inside(root / "sys" / "block"):
        if not _DRIVE.fullmatch(folder.name):
            continue
        device = f"/dev/{folder.name}"
        size = _text(folder / "size") or ""
        if size == "0":
            continue  # a card reader without a card
        serial = (
            _page_80(folder / "device" / "vpd_pg80")
            or _text(folder / "device" / "serial")
            or _text(folder / "serial")
        )
        model = _full_model(device, serial, by_id) or _text(folder / "device" / "model")
        yield SeenDrive(device, serial, model, int(size) * _SECTOR if size.isdecimal() else None)


def _page_80(file: Path) -> str | None:
    """Return the serial number of the vital product data: a head of 4 bytes, then the text."""
    try:
        with file.open("rb") as page:
            data = page.read(_MOST)
    except OSError:
        return None
    if len(data) < 4 or data[1] != 0x80:
        return None
    length = int.from_bytes(data[2:4], "big")
    return _clean(data[4 : 4 + length].decode("latin-1"))


def _full_model(device: str, serial: str | None, by_id: dict[str, str]) -> str | None:
    """Return the model as udev read it; the kernel keeps 16 letters of it (SPC, INQUIRY)."""
    if serial is None:
        return None
    tail = f"_{serial.replace(' ', '_')}"
    for name, target in sorted(by_id.items()):
        kind, _, rest = name.partition("-")
        if target == device and kind in ("ata", "nvme") and rest.endswith(tail):
            return rest.removesuffix(tail).replace("_", " ").strip() or None
    return None


def _text(file: Path) -> str | None:
    try:
        with file.open("rb") as opened:
            return _clean(opened.read(_MOST).decode("utf-8", "replace"))
    except OSError:
        return None


def _clean(text: str) -> str | None:
    """Return text without blanks around it and without what is no letter; None: nothing is left."""
    return "".join(c for c in text.replace("\0", " ") if c.isprintable()).strip() or None


def _inside(folder: Path) -> list[Path]:
    """Return what is in a folder, 2 before 10; nothing where it is missing or may not be read."""
    try:
        return sorted(folder.iterdir(), key=lambda inside: in_order(inside.name))
    except OSError:
        return []
