"""Where a pull builds: what an earlier one left, beside the destination, or hidden in it."""

import os
from contextlib import suppress

from podplanner.errors import ConflictError
from podplanner.store.paths import printable
from podplanner.store.worktree import staging as stagings
from podplanner.store.worktree.destination import Destination
from podplanner.store.worktree.failures import FORBIDDEN
from podplanner.store.worktree.staging import Found, Staging


class BuildPlace:
    """The places in which a version could be built for a destination.

    Attributes:
        busy: Whether another pull to the same directory seems to be under way.
    """

    def __init__(self, destination: Destination, manifest: str, *, exchanged: bool) -> None:
        """Choose for a destination.

        Args:
            destination: Where the version is to be.
            manifest: Digest of the manifest, hex.
            exchanged: Whether it will be exchanged as a whole, so nothing can be built in it.
        """
        self.busy = False
        self._destination = destination
        self._manifest = manifest
        self._exchanged = exchanged

    def take(self) -> Staging:
        """Take over what an earlier pull of this version left, or make a new place.

        What pulls of other versions left there is removed.

        Raises:
            ConflictError: The directory is to be exchanged, and nothing can be made beside it.
            OSError: Nothing can be made.
        """
        taken: Staging | None = None
        for one in self._left():
            if not one.abandoned:
                self.busy = True
            elif taken is None and one.manifest == self._manifest:
                taken = stagings.take_over(one, self._manifest)
            else:
                _remove(one)
        return taken or self._made()

    def clear(self) -> None:
        """Remove what earlier pulls left: nothing of it is needed."""
        for one in self._left():
            if one.abandoned:
                _remove(one)

    def is_inside(self, staging: Staging) -> bool:
        """Return whether a place is in the destination, which so cannot be replaced as a whole."""
        return os.path.dirname(staging.path) == self._destination.real  # noqa: PTH120

    def _left(self) -> list[Found]:
        """Return what pulls to this directory left, or are at work in."""
        place = self._destination
        found = stagings.find(place.parent, place.name) if place.name else []
        if place.exists and not self._exchanged:
            found += stagings.find(place.real, "")
        return found

    def _made(self) -> Staging:
        place = self._destination
        if not place.exists:
            os.makedirs(place.parent, exist_ok=True)  # noqa: PTH103
            return stagings.make(place.parent, place.name, self._manifest)
        if place.name and not place.is_mount():
            try:
                return stagings.make(place.parent, place.name, self._manifest)
            except OSError as error:
                if error.errno not in FORBIDDEN:
                    raise
        if self._exchanged:
            raise ConflictError(
                f"{printable(place.real)} cannot be exchanged: nothing can be made beside it",
                hint="Use `--force --exact` instead of `--swap`.",
            )
        return stagings.make(place.real, "", self._manifest)


def _remove(found: Found) -> None:
    with suppress(OSError):
        stagings.remove_staging(found.path)
