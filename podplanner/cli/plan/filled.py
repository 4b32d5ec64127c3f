"""`--drive`: plan a pod with drives that its list does not have."""

import re
from typing import Annotated

import typer

from podplanner.catalog.parts import Drive
from podplanner.catalog.pod import Pod
from podplanner.cli.plan.choices import drive_option
from podplanner.errors import UnknownNameError, WrongUsageError
from podplanner.planning.filling import with_drives
from podplanner.planning.topology import MOST_BAYS

_COUNTED = re.compile(
    r"(?P<first>[0-9]{1,9})\s*[x×*]\s*(?P<after>.+)|(?P<before>.+?)\s*[x×*]\s*(?P<last>[0-9]{1,9})",
    re.IGNORECASE,
)
# Both `45xSKU` and `SKUx45`, as `bom add` has them.

OtherDrives = Annotated[
    str | None,
    typer.Option("--drive", metavar="[Nx]SKU",
                 help="Plan with this drive instead of those of the list; all bays, or N."),
]  # fmt: skip


def filled_pod(pod: Pod, written: str | None) -> Pod:
    """Return the pod with the drives that `--drive` names, or as it is without the option.

    Raises:
        UnknownNameError: The part is not in the catalog.
        WrongUsageError: It is no drive, or the number of drives makes no sense.
    """
    if written is None:
        return pod
    drive, count = _choice(written.strip())
    if count is not None and not 1 <= count <= MOST_BAYS:
        raise WrongUsageError(
            f"--drive {written}: give 1 to {MOST_BAYS:,} drives",
            hint="Write it as 45xSKU, or SKU for all bays.",
        )
    filled = with_drives(pod, drive, count)
    if filled is None:
        raise WrongUsageError(
            f"--drive {written}: the list does not say how many bays the pod has",
            hint="Write the number before the part: 45xSKU.",
        )
    return filled


def _choice(written: str) -> tuple[Drive, int | None]:
    """Return the drive of `45xSKU`, `SKUx45` or `SKU`, and how many; a part's name goes first."""
    counted = _COUNTED.fullmatch(written)
    if counted is None:
        return drive_option(written), None
    try:
        return drive_option(written), None
    except UnknownNameError:
        count = int(counted["first"] or counted["last"])
        return drive_option(counted["after"] or counted["before"]), count
