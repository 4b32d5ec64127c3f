"""Many drives read at once, one reading for each that was asked."""

from collections.abc import Callable, Sequence

from podplanner.drives.asking import TIMEOUT_S
from podplanner.drives.reading import DriveReading
from podplanner.drives.smartctl.device import Device
from podplanner.drives.smartctl.running import Run, run_process

Keep = Callable[[str, bytes], None]
"""Takes a file name, and what smartctl wrote."""


def read_devices(
    devices: Sequence[Device],
    *,
    timeout_s: float = TIMEOUT_S,
    wake: bool = False,
    keep: Keep | None = None,
    run: Run = run_process,
) -> tuple[DriveReading, ...]:
    """Return a reading of every device, in their order."""
    raise NotImplementedError
