"""What the history knows of all drives of a machine, and how long each was watched."""

from dataclasses import dataclass

from podplanner.drives.asking import Asked
from podplanner.drives.fleet_rate import Watched
from podplanner.drives.history.known import KnownDrive
from podplanner.drives.history.opening import open_history
from podplanner.drives.past import NOTHING, Past


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
    if asked.forget or (asked.recordings and asked.history is None):
        return None
    with open_history(asked.history) as history:
        known = history.known()
        pasts = history.past([drive.key for drive in known])
        trouble = history.trouble
    watched = tuple(watched_of(drive, pasts.get(drive.key, NOTHING)) for drive in known)
    return Fleet(known, watched, tuple(trouble))


def watched_of(known: KnownDrive, past: Past) -> Watched:
    """Return when a drive answered, and how it ended."""
    answered = {reading.read_at for reading in past.readings}
    if known.last_answered is not None:
        answered.add(known.last_answered)
    return Watched(
        tuple(sorted(answered)), failed=known.counts_as_failure, retired=not known.expected
    )
