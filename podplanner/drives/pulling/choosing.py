"""Choose the drive to see to first, and the order of those that wait."""

from collections.abc import Sequence

from podplanner.catalog.bay_map import BayMap
from podplanner.catalog.pod import Pod
from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.checked import CheckedPod
from podplanner.drives.history.known import KnownDrive
from podplanner.drives.pulling.card import Card


def first_card(
    pod: CheckedPod,
    arrays: ArrayState,
    *,
    bay_map: BayMap | None,
    known: Sequence[KnownDrive] = (),
    bill: Pod | None = None,
) -> Card | None:
    """Return the card of the drive to see to first; None: no drive needs pulling."""
    return next(iter(cards(pod, arrays, bay_map=bay_map, known=known, bill=bill)), None)


def cards(
    pod: CheckedPod,
    arrays: ArrayState,
    *,
    bay_map: BayMap | None,
    known: Sequence[KnownDrive] = (),
    bill: Pod | None = None,
) -> tuple[Card, ...]:
    """Return a card for each drive that needs something done, the most urgent first."""
    raise NotImplementedError
