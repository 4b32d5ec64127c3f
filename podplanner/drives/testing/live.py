"""The drives and arrays of this machine, as a campaign of tests asks them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from podplanner.drives.arrays.live import read_arrays
from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.asking import TIMEOUT_S
from podplanner.drives.reading import DriveReading
from podplanner.drives.smartctl.asking import read_devices
from podplanner.drives.smartctl.device import Device
from podplanner.drives.smartctl.running import Run, run_process
from podplanner.drives.testing.log import Kind
from podplanner.drives.testing.starting import Asking, begin_test, stop_test


@dataclass(frozen=True, slots=True)
class LiveDrives:
    """Drives of this machine, each asked as it was read before.

    Attributes:
        timeout_s: For each drive.
        run: Runs smartctl, and what tells the state of arrays.
    """

    kind: Kind
    timeout_s: float = TIMEOUT_S
    run: Run = run_process

    def read(self, readings: Sequence[DriveReading]) -> Sequence[DriveReading]:
        """Return new readings of drives, in their order, under the same names."""
        devices = [device_of(reading) for reading in readings]
        found = read_devices(devices, timeout_s=self.timeout_s, run=self.run)
        return [replace(new, source=old.source) for old, new in zip(readings, found, strict=True)]

    def arrays(self) -> ArrayState:
        """Return the state of the arrays now."""
        return read_arrays(self.run)

    def begin(self, reading: DriveReading) -> Asking:
        """Begin a test."""
        device = device_of(reading)
        return begin_test(device, self.kind, timeout_s=self.timeout_s, run=self.run)

    def stop(self, reading: DriveReading) -> Asking:
        """Break off a test."""
        return stop_test(device_of(reading), timeout_s=self.timeout_s, run=self.run)


def device_of(reading: DriveReading) -> Device:
    """Return the address of a drive that was read."""
    return Device(reading.device or reading.source, reading.device_type, reading.protocol)
