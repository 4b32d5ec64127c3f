"""Read recorded states of arrays from files and folders."""

from collections.abc import Sequence
from pathlib import Path

from podplanner.drives.arrays.state import ArrayState


def read_array_recordings(paths: Sequence[Path]) -> ArrayState:
    """Return the state of the arrays that recordings tell of; other files are left."""
    raise NotImplementedError
