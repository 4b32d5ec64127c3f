"""What one wants to know of which drives, as commands and services ask it."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

TIMEOUT_S = 30.0
"""A drive that answers at all answers within seconds; one that spins up takes up to 25 (the
longest time to ready of the catalog's data sheets is 30)."""
MAX_AGE = timedelta(days=7)
"""A verdict on a sleeping drive holds as long."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which drives to read, how, and beside what.

    Attributes:
        devices: `/dev/sda`; none: all that a scan finds.
        recordings: Files and folders to read instead of drives; none: read drives.
        types: smartctl's `-d` for devices without one of their own; none: by itself. More than one
            with one device (`megaraid,0`, `megaraid,1`): that device once for each.
        timeout_s: For each drive.
        wake: Read sleeping drives too, which wakes them.
        history: Database file; None: the user's own for drives, none for recordings.
        forget: Neither read nor write any history.
        bays: Bay map file; None: without.
        max_age: How long the verdict on a sleeping drive holds.
        save: Folder to write what smartctl said to, a recording a drive; None: nowhere.
    """

    devices: tuple[str, ...] = ()
    recordings: tuple[Path, ...] = ()
    types: tuple[str, ...] = ()
    timeout_s: float = TIMEOUT_S
    wake: bool = False
    history: Path | None = None
    forget: bool = False
    bays: Path | None = None
    max_age: timedelta = MAX_AGE
    save: Path | None = None
