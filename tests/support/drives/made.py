"""smartctl's documents of invented drives: every maker, version and quirk by keyword.

Nothing here was read from a real drive. `json.dumps` of any of them is a recording.
"""

from support.drives.made_ata import ata_hdd, ata_ssd
from support.drives.made_frame import NEWEST, NOON, Document, Version
from support.drives.made_nvme import nvme
from support.drives.made_scsi import raid_volume, sas_hdd, sas_ssd, virtual_disk
from support.drives.made_tests import LoggedTest
from support.drives.made_unreadable import (
    health_only,
    info_only,
    not_permitted,
    open_failed,
    scan,
    standby,
    usb_bridge_error,
    virtual_disk_error,
)

VERSIONS: tuple[Version, ...] = tuple((7, minor) for minor in range(6))
"""Of smartctl, whose documents differ."""

__all__ = [
    "NEWEST",
    "NOON",
    "VERSIONS",
    "Document",
    "LoggedTest",
    "Version",
    "ata_hdd",
    "ata_ssd",
    "health_only",
    "info_only",
    "not_permitted",
    "nvme",
    "open_failed",
    "raid_volume",
    "sas_hdd",
    "sas_ssd",
    "scan",
    "standby",
    "usb_bridge_error",
    "virtual_disk",
    "virtual_disk_error",
]
