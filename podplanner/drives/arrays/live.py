"""Read the state of this machine's arrays: `zpool status`, /proc/mdstat, `ceph`."""

from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.smartctl.running import Run, run_process


def read_arrays(run: Run = run_process) -> ArrayState:
    """Return the state of all arrays of this machine; what cannot be read is its trouble."""
    raise NotImplementedError
