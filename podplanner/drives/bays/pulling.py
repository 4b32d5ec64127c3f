"""Find a bay by pulling its drive: which drive vanished, and whether it came back."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.bays.places import Places, SeenDrive

_LOOK_S = 0.5
# A controller takes seconds to notice; a person is not kept waiting by half of one.
_SETTLED = 2
# Looks that must agree, so that drives that go one after the other are all seen to go.


@dataclass(frozen=True, slots=True)
class Waiting:
    """How one looks and waits.

    Attributes:
        look: Says where the system sees its drives now.
        sleep: Waits for so many seconds.
        patience_s: After so long without what is waited for, it is given up.
    """

    look: Callable[[], Places]
    sleep: Callable[[float], None] = time.sleep
    patience_s: float = 600.0


def vanished(before: Places, waiting: Waiting) -> tuple[SeenDrive, ...]:
    """Wait until drives are gone, and return them; none when nothing went in time."""
    agreed, last = 0, frozenset[str]()
    for _ in range(_looks(waiting)):
        now = {drive.device for drive in waiting.look().drives}
        gone = frozenset(drive.device for drive in before.drives) - now
        agreed = agreed + 1 if gone == last else 0
        last = gone
        if gone and agreed >= _SETTLED:
            break
        waiting.sleep(_LOOK_S)
    return tuple(drive for drive in before.drives if drive.device in last)


def returned(drive: SeenDrive, waiting: Waiting) -> Places | None:
    """Wait until a drive is back, under whatever name; None when it did not come in time."""
    for _ in range(_looks(waiting)):
        now = waiting.look()
        if any(_is(drive, seen) for seen in now.drives):
            return now
        waiting.sleep(_LOOK_S)
    return None


def _looks(waiting: Waiting) -> int:
    return max(1, round(waiting.patience_s / _LOOK_S))


def _is(drive: SeenDrive, seen: SeenDrive) -> bool:
    if drive.serial is None:
        return drive.device == seen.device
    return drive.serial == seen.serial


def objections(state: ArrayState) -> tuple[str, ...]:
    """Return why no drive may be pulled now: groups that are not whole, and what is not known."""
    found = [f"What the arrays are doing is unknown: {words}" for words in state.trouble]
    for array in state.arrays:
        found += [f"{array.name}: {words}" for words in array.trouble]
        for group in array.groups:
            if group.gone:
                found.append(f"{array.name}, {group.name}: {group.gone} of its drives are gone.")
            if group.rebuild is not None:
                found.append(f"{array.name}, {group.name}: a rebuild runs.")
            if group.tolerance == 0:
                found.append(f"{array.name}, {group.name}: it has no drive to spare.")
            found += [f"{array.name}, {group.name}: {words}" for words in group.trouble]
    return tuple(found)
