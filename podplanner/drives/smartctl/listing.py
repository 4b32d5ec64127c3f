"""Lists of devices, as `smartctl --scan --json` writes them."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from podplanner.drives.reading import Protocol
from podplanner.drives.smartctl.device import Device

_MOST_DEVICES = 10_000
# More than smartctl looks for: /dev/sda to /dev/sdzz, /dev/nvme0 to 99, disks of controllers.
_PROTOCOLS = {"ata": Protocol.ATA, "scsi": Protocol.SCSI, "nvme": Protocol.NVME}


def _words(value: Any) -> Any:  # noqa: ANN401
    """Take anything but words as not given."""
    return value if isinstance(value, str) and value.isprintable() else ""


_Words = Annotated[str, BeforeValidator(_words)]


class _Listed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    name: _Words = ""
    info_name: _Words = ""
    type: _Words = ""
    protocol: _Words = ""
    open_error: _Words = ""


class _List(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    devices: tuple[Any, ...] = ()
    """Absent where nothing was found."""


def is_listing(document: object) -> bool:
    """Return whether a document is a list of devices: of a scan that found some."""
    return isinstance(document, dict) and isinstance(document.get("devices"), list)


def listed_in(document: object) -> tuple[Device, ...]:
    """Return the devices of a list, each once, in its order; what is no device is left out."""
    try:
        listed = _List.model_validate(document)
    except ValidationError:
        return ()
    found: dict[tuple[str, str], Device] = {}
    for value in listed.devices[:_MOST_DEVICES]:
        try:
            one = _Listed.model_validate(value)
        except ValidationError:
            continue
        if not one.name.strip():
            continue
        device = Device(
            one.name,
            one.type or None,
            _PROTOCOLS.get(one.protocol.lower(), Protocol.UNKNOWN),
            one.info_name,
            one.open_error,
        )
        found.setdefault((one.name, one.type), device)
    return tuple(found.values())
