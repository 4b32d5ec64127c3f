"""Where the volumes of one pod lie: its data folders, and how many volumes each holds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from podplanner.catalog.drive_layout import DriveLayout, LayoutError, read_layout
from podplanner.catalog.pod import Pod
from podplanner.planning.capacity import CapacityError, capacity_of, holdings_of
from podplanner.planning.capacity.cluster import MINIMUM_FREE_PERCENT, VOLUME_BYTES
from podplanner.planning.deployment.result import DeploymentError

DATA = "/srv/seaweedfs"
# Filesystem Hierarchy Standard 3.0: /srv holds what a system serves.

_FOLDER = re.compile(r"(?:/[A-Za-z0-9._-]+)+")
# It goes into an environment file, between commas, and into commands to be pasted.


@dataclass(frozen=True, slots=True)
class Storage:
    """What one pod keeps volumes on.

    Attributes:
        layout: How the pod itself groups its drives; None where each drive has its own folder.
        volumes: Of each folder: full volumes that fit, with the room that they need to be
            compacted.
        assumptions: Whatever was taken as given, one sentence each.
    """

    drives: int
    drive_bytes: int
    layout: DriveLayout | None
    folders: tuple[str, ...]
    volumes: int
    assumptions: tuple[str, ...]

    @property
    def raw_bytes(self) -> int:
        """Return the bytes of all data drives."""
        return self.drives * self.drive_bytes

    @property
    def volume_bytes(self) -> int:
        """Return the bytes of full volumes in all folders."""
        return len(self.folders) * self.volumes * VOLUME_BYTES


def storage_of(pod: Pod, data: Sequence[str] = ()) -> Storage:
    """Return where the volumes of a planned pod lie.

    A pool of ZFS is one folder, each array of Linux RAID another; without such a layout every
    drive has a folder, and SeaweedFS alone keeps the data.

    Args:
        pod: The plan.
        data: Folders; one for several drives or arrays is the folder above them. By default
            `DATA`.

    Raises:
        DeploymentError: The plan does not say what drives there are, they cannot carry its layout,
            they hold no volume, or the folders do not fit them.
    """
    layout = _own_layout(pod)
    try:
        held = holdings_of(pod)
        if layout is None:
            number, kind, assumptions = held.drives, "drive", held.assumptions
            free = held.drive_bytes * (100 - MINIMUM_FREE_PERCENT) // 100
            # Compaction writes a volume anew beside the old one.
            room = free - VOLUME_BYTES
        else:
            found = capacity_of(layout, drives=held.drives, drive_bytes=held.drive_bytes)
            number = (layout.groups or 1) if layout.scheme == "mdraid" else 1
            kind, assumptions = "array", (*held.assumptions, *found.assumptions)
            room = found.recommended_bytes // number
    except CapacityError as error:
        raise DeploymentError(
            str(error), fix="Let the plan name its data drives, with a part or a size each."
        ) from error
    if (volumes := max(room, 0) // VOLUME_BYTES) < 1:
        raise DeploymentError(
            f"a {kind} has no room for a volume of {VOLUME_BYTES // 2**20:,} MiB and for compacting"
            " it",
            fix="Plan larger drives.",
        )
    return Storage(
        held.drives, held.drive_bytes, layout, _folders(data, number, kind), volumes, assumptions
    )


def cluster_layout(pod: Pod) -> DriveLayout | None:
    """Return the layout of the plan if it spreads data over pods, else None.

    Raises:
        DeploymentError: It is one of another engine.
    """
    layout = _written(pod)
    if layout is None or not layout.is_cluster:
        return None
    if not layout.scheme.startswith("seaweed"):
        raise DeploymentError(
            f"the plan is for another engine: its layout is {layout}",
            fix="Let the plan say seaweed-rep:010 or seaweed-rs:10+4, or a layout of single pods.",
        )
    return layout


def _own_layout(pod: Pod) -> DriveLayout | None:
    layout = _written(pod)
    return None if layout is None or layout.is_cluster or layout.scheme == "single" else layout


def _written(pod: Pod) -> DriveLayout | None:
    if pod.bill.layout is None:
        return None
    try:
        return read_layout(pod.bill.layout)
    except LayoutError as error:
        raise DeploymentError(str(error), fix="Correct the layout of the plan.") from error


def _folders(data: Sequence[str], number: int, kind: str) -> tuple[str, ...]:
    given = tuple(folder.rstrip("/") for folder in data) or (DATA,)
    for folder in given:
        if not _FOLDER.fullmatch(folder) or "/../" in f"{folder}/" or "/./" in f"{folder}/":
            raise DeploymentError(
                f"{folder!r} is no folder that can be written into the files",
                fix="Write the whole path, with letters, digits, `.`, `_` and `-`: /mnt/pod.",
            )
    if len(set(given)) < len(given):
        raise DeploymentError("a data folder is given twice", fix="Name each folder once.")
    if len(given) == number:
        return given
    if len(given) > 1:
        raise DeploymentError(
            f"{len(given)} data folders for {number} {kind}s",
            fix=f"Name one folder, which has a folder for each {kind}, or {number} of them.",
        )
    digits = len(str(number))
    return tuple(f"{given[0]}/{kind}{place:0{digits}}" for place in range(1, number + 1))
