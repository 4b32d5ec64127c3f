"""Documents that say nothing of a drive's health: errors, sleep, parts of an output, scans."""

from collections.abc import Sequence

from support.drives.made_ata import ata_hdd
from support.drives.made_frame import NEWEST, Document, Version, device_block, frame


def _refused(device: str, text: str, exit_status: int, version: Version) -> Document:
    return frame(device, version=version, exit_status=exit_status, messages=[(text, "error")])


def virtual_disk_error(*, device: str = "/dev/vda", version: Version = NEWEST) -> Document:
    """Return what smartctl says of a virtio disk."""
    return _refused(device, f"{device}: Unable to detect device type", 1, version)


def usb_bridge_error(*, device: str = "/dev/sdd", version: Version = NEWEST) -> Document:
    """Return what smartctl says of a USB bridge that it does not know."""
    text = f"{device}: Unknown USB bridge [0x1234:0x5678 (0x100)]"
    return _refused(device, text, 1, version)


def open_failed(
    *, device: str = "/dev/sde", why: str = "No such device", version: Version = NEWEST,
    shown: str | None = None,
) -> Document:  # fmt: skip
    """Return what smartctl says of a device that it cannot open.

    Args:
        why: The system's words (`Permission denied`, `Operation not permitted`, `No such file or
            directory`), of any language.
        shown: The device as the message names it (`/dev/vda [SAT]`).
    """
    text = f"Smartctl open device: {shown or device} failed: {why}"
    return _refused(device, text, 2, version)


def not_permitted(*, device: str = "/dev/sda", version: Version = NEWEST) -> Document:
    """Return what smartctl says to a user who is not root."""
    return open_failed(device=device, why="Permission denied", version=version)


def standby(
    *, device: str = "/dev/sdf", mode: str = "STANDBY", exit_status: int = 2,
    version: Version = NEWEST,
) -> Document:  # fmt: skip
    """Return what smartctl says of a drive that it leaves asleep (`-n standby`)."""
    text = f"Device is in {mode} mode, exit({exit_status})"
    found = frame(device, version=version, exit_status=exit_status,
                  messages=[(text, "information")])  # fmt: skip
    found |= device_block(device, "sat", "ATA")
    if version >= (7, 4):
        found["power_mode"] = {"ata_value": 0, "name": mode}
    return found


def info_only(*, version: Version = NEWEST, **others: object) -> Document:
    """Return the output of `smartctl --info`: who the drive is and nothing of its health."""
    found = ata_hdd(version=version, **others)  # type: ignore[arg-type]
    for key in ("smart_status", "ata_smart_data", "ata_smart_attributes", "ata_smart_error_log",
                "ata_smart_self_test_log", "temperature", "power_on_time",
                "power_cycle_count"):  # fmt: skip
        found.pop(key, None)
    return found


def health_only(
    *, passed: bool = True, device: str = "/dev/sda", version: Version = NEWEST
) -> Document:
    """Return the output of `smartctl --health`: the drive's own verdict and nothing else."""
    found = frame(device, version=version, exit_status=0 if passed else 8)
    found |= device_block(device, "sat", "ATA")
    return found | {"smart_status": {"passed": passed}}


def scan(
    devices: Sequence[tuple[str, str, str]] = (
        ("/dev/sda", "sat", "ATA"), ("/dev/bus/0", "megaraid,8", "SCSI"),
        ("/dev/bus/0", "megaraid,9", "SCSI"), ("/dev/nvme0", "nvme", "NVMe"),
    ),
    *,
    errors: Sequence[str] = (),
    version: Version = NEWEST,
) -> Document:  # fmt: skip
    """Return a scan listing of devices (name, type, protocol); of none, without `devices`.

    Args:
        errors: `open_error` of the devices, in their order, as `--scan-open` writes them.
    """
    found = frame("", version=version, exit_status=0, local_time=None, options=["--scan", "--json"])
    found["smartctl"]["argv"].pop()
    rows = []
    for place, (name, kind, protocol) in enumerate(devices):
        rows.append({"name": name, "info_name": name, "type": kind, "protocol": protocol})
        if place < len(errors) and errors[place]:
            rows[-1]["open_error"] = errors[place]
    return found | ({"devices": rows} if rows else {})
