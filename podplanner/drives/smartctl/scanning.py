"""Which drives there are, found without waking any.

`smartctl --scan` looks at names alone; `--scan-open` opens every device and may spin it up. What
the names do not tell, the kernel does: that a SCSI device is a SATA drive, and which disks there
are that smartctl has no name for.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from podplanner.drives.smartctl.answering import NoDocumentError, document_in
from podplanner.drives.smartctl.device import Device
from podplanner.drives.smartctl.kernel_disks import is_sata, kernel_disks
from podplanner.drives.smartctl.listing import is_listing, listed_in
from podplanner.drives.smartctl.running import SMARTCTL, Command, Run, run_process
from podplanner.drives.smartctl.version import ask_version
from podplanner.errors import DeviceError

SCAN_TIMEOUT_S = 30.0
"""It reads folders; only a machine in trouble takes long."""
_BLOCK = re.compile(r"/dev/((?:sd|hd)[a-z]+|nvme\d+(?:n\d+)?)")


def scan(run: Run = run_process, *, root: Path = Path("/")) -> tuple[Device, ...]:
    """Return the drives of this machine, each once.

    Those that the kernel has and smartctl does not list (behind a USB bridge that it does not
    know, beyond /dev/sdcz before smartctl 7.3) follow, without a type. Virtual disks have no
    health, and are listed where there is nothing else.

    Args:
        run: Runs smartctl.
        root: Where /dev and /sys are.

    Raises:
        SmartctlMissingError: There is none, or it is too old.
        DeviceError: It does not start, does not end, or says nothing that can be read.
    """
    ask_version(run)
    devices = tuple(_told_by_kernel(device, root) for device in _list(run))
    return (*devices, *_unlisted(devices, root))


def _list(run: Run) -> tuple[Device, ...]:
    try:
        return _list_by("--scan", run)
    except DeviceError as error:
        # A wrapper that lets this user run a few commands may know the other one alone.
        try:
            return _list_by("--scan-open", run)
        except DeviceError:
            raise error from None


def _list_by(option: str, run: Run) -> tuple[Device, ...]:
    ran = run(Command((SMARTCTL, option, "--json"), SCAN_TIMEOUT_S))
    if ran.timed_out:
        raise DeviceError(
            f"`smartctl {option}` did not end within {SCAN_TIMEOUT_S:g} s",
            hint="Name the drives (`podplanner drive check /dev/sda ...`), and look at `dmesg`.",
        )
    by_hand = "Run it by hand to see why."
    try:
        document = document_in(ran.output)
    except NoDocumentError as error:
        raise DeviceError(f"`smartctl {option} --json`: {error}", hint=by_hand) from error
    if not is_listing(document) and ran.status != 0:
        how = f"exit status {ran.status}" if ran.signal is None else f"signal {ran.signal}"
        raise DeviceError(f"`smartctl {option} --json` failed ({how})", hint=by_hand)
    return listed_in(document)


def _told_by_kernel(device: Device, root: Path) -> Device:
    """Correct a type that was taken from a name, and say who may not open the device."""
    if device.type == "scsi":
        # The name /dev/sda says nothing else; given back as it is, `-d scsi` would hide all that a
        # SATA drive has to say. `sat` keeps smartctl from trying, which may wake a drive.
        device = replace(device, type="sat" if is_sata(device.name, root) else None)
    # Without opening it, which may wake a drive.
    if not device.error and os.access(device.name, os.F_OK) and not os.access(device.name, os.R_OK):
        device = replace(device, error="Permission denied")
    return device


def _unlisted(devices: Sequence[Device], root: Path) -> tuple[Device, ...]:
    listed = {device.name for device in devices}
    here = kernel_disks(root)
    known = {disk.name for disk in here}
    blocks = {name for name in listed if _BLOCK.fullmatch(name)}
    if any(name not in known and not _controller(name, known) for name in blocks):
        # The list is of another machine: smartctl is a wrapper that asks over there.
        return ()
    return tuple(
        Device(disk.name)
        for disk in here
        if disk.name not in listed
        and not any(
            name.startswith("/dev/nvme") and _controller(name, {disk.name}) for name in listed
        )
        and not (disk.virtual and devices)
    )


def _controller(name: str, disks: set[str]) -> bool:
    """Return whether a name is of the NVMe controller of one of the disks."""
    return any(re.fullmatch(re.escape(name) + r"n\d+", disk) for disk in disks)
