"""How much a drive layout stores, as the layer itself would report it."""

from podplanner.planning.capacity.holdings import DriveSize, Holdings, drive_bytes, holdings_of
from podplanner.planning.capacity.reckoning import LEAST_DRIVE, capacity_of, default_drives
from podplanner.planning.capacity.result import Capacity, CapacityError, SettingError, Step

__all__ = [
    "LEAST_DRIVE",
    "Capacity",
    "CapacityError",
    "DriveSize",
    "Holdings",
    "SettingError",
    "Step",
    "capacity_of",
    "default_drives",
    "drive_bytes",
    "holdings_of",
]
