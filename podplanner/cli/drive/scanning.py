"""`drive scan`."""

from podplanner.cli.console import emit, say, show, table
from podplanner.cli.drive.choices import From, Json, Looking, asked_of
from podplanner.drives.round import listed
from podplanner.drives.smartctl.device import Device


def scan(sources: From = None, as_json: Json = False) -> None:
    """List the drives that smartctl finds, and how each is attached.

    No drive is woken or read. What is listed is what `drive check` reads when it names no device; a
    drive that is missing here can be named to it, with --type.

    \b
    Examples:
      podplanner drive scan
      podplanner drive scan --from recordings/ --json
    """
    found = listed(asked_of(None, Looking(sources=sources)))
    if as_json:
        emit("drive-scan", {"devices": [_record(device) for device in found]})
        return
    if not found:
        say("no drive was found; run it as root, or name drives to `podplanner drive check`")
        return
    rows = [(d.name, d.type or "", d.protocol, d.error or d.info) for d in found]
    show(table(rows, ("device", "type", "protocol", "what smartctl says")))


def _record(device: Device) -> dict[str, object]:
    return {
        "device": device.name, "type": device.type, "protocol": device.protocol,
        "info": device.info or None, "error": device.error or None,
    }  # fmt: skip
