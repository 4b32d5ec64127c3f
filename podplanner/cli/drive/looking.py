"""The round of reading behind commands of `drive`, with a line that says that it goes on."""

from datetime import UTC, datetime

from podplanner.cli.progress import AGAIN, telling
from podplanner.drives.asking import Asked
from podplanner.drives.checked import CheckedPod
from podplanner.drives.round import check


def looked(asked: Asked, *, quiet: bool = False) -> CheckedPod:
    """Return the drives that were asked for, read and judged now.

    Args:
        asked: Which, and how.
        quiet: Say nothing of how it goes on, as monitoring wants it.

    Raises:
        PodplannerError: Nothing could be read at all.
    """
    with telling("none" if quiet else "auto", AGAIN) as told:
        told.begin("reading drives", files=len(asked.devices) or None, size=None)
        return check(asked, now=datetime.now(UTC))
