"""What the history knows of all drives of a machine, and how long each was watched."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from podplanner.drives.asking import Asked
from podplanner.drives.fleet_rate import Watched
from podplanner.drives.history.known import KnownDrive
from podplanner.drives.history.opening import history_of


@dataclass(frozen=True, slots=True)
class Fleet:
    """Every drive that was ever heard of.

    Attributes:
        trouble: What of the history could not be read, a sentence each.
    """

    known: tuple[KnownDrive, ...]
    watched: tuple[Watched, ...]
    trouble: tuple[str, ...] = ()


def read_fleet(asked: Asked) -> Fleet | None:
    """Return the drives that the history of a round knows; None: the round has no history."""
    with history_of(asked, make=False) as history:
        if history is None:
            return None
        known, answered = history.known(), history.answered()
        trouble = history.trouble
    watched = tuple(watched_of(drive, answered.get(drive.key, ())) for drive in known)
    return Fleet(known, watched, trouble)


def watched_of(known: KnownDrive, answered: Iterable[datetime]) -> Watched:
    """Return when a drive answered, and how it ended."""
    moments = {*answered, *(() if known.last_answered is None else (known.last_answered,))}
    return Watched(
        tuple(sorted(moments)), failed=known.counts_as_failure, retired=not known.expected
    )
