"""In which groups the drives of a pod start their motors, and what a start draws at its peak."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from podplanner.planning.draw import DriveDraw
from podplanner.planning.estimate import Estimate, total

MOST_AT_A_TIME = 1_000
# More than any one pod holds.


class SpinUpError(ValueError):
    """Words that say no way of starting drives."""


@dataclass(frozen=True, slots=True)
class SpinUp:
    """How drives start.

    Attributes:
        by_backplane: The drives of one backplane together, one backplane after the other.
        drives: So many at a time; None: all at once, or by backplane.
    """

    by_backplane: bool = False
    drives: int | None = None

    def __str__(self) -> str:
        """Write it as the option does."""
        return "backplane" if self.by_backplane else str(self.drives or "at-once")

    @property
    def words(self) -> str:
        """Return it in words."""
        if self.by_backplane:
            return "one backplane after the other"
        return f"{self.drives} at a time" if self.drives else "all at once"


AT_ONCE = SpinUp()
BY_BACKPLANE = SpinUp(by_backplane=True)


def read_spin_up(written: str) -> SpinUp:
    """Return what `at-once`, `backplane` or a number of drives means.

    Raises:
        SpinUpError: It is none of them.

    >>> read_spin_up("5")
    SpinUp(by_backplane=False, drives=5)
    """
    words = written.strip().lower()
    if words == "at-once":
        return AT_ONCE
    if words == "backplane":
        return BY_BACKPLANE
    if not re.fullmatch(r"[0-9]{1,9}", words):
        raise SpinUpError("that is none of at-once, backplane and a number of drives")
    if not 1 <= int(words) <= MOST_AT_A_TIME:
        raise SpinUpError(f"give 1 to {MOST_AT_A_TIME:,} drives at a time")
    return SpinUp(drives=int(words))


@dataclass(frozen=True, slots=True)
class Starting:
    """A drive that is to start, and the backplane that it sits on (None: none)."""

    draw: DriveDraw
    backplane: int | None


def peak_12v(drives: Sequence[Starting], spin_up: SpinUp) -> Estimate:
    """Return the most amperes that the 12 V rail gives while `drives` start.

    The worst group is the last: all others turn by then. Never more than all at once.
    """
    at_once = total(drive.draw.start_12v for drive in drives)
    groups = _groups(drives, spin_up)
    if groups is None:
        return at_once
    turning = total(drive.draw.idle_12v for drive in drives)
    extras = [total(drive.draw.extra_12v for drive in group) for group in groups]
    most = max((extra.known for extra in extras), default=Decimal(0))
    missing = (at_once + turning).missing
    return Estimate(min(turning.known + most, at_once.known), missing)


def _groups(drives: Sequence[Starting], spin_up: SpinUp) -> list[list[Starting]] | None:
    """Return the groups that may start together; None: all of them.

    Of `drives` at a time only the most demanding group counts.
    """
    if spin_up.drives is not None:
        ordered = sorted(drives, key=lambda drive: drive.draw.extra_12v.known, reverse=True)
        return [ordered[: spin_up.drives]]
    if not spin_up.by_backplane:
        return None
    numbers = dict.fromkeys(drive.backplane for drive in drives)
    return [[drive for drive in drives if drive.backplane == number] for number in numbers]


def peak_5v(drives: Sequence[Starting]) -> Estimate:
    """Return the most amperes that the 5 V rail gives while `drives` start.

    A drive that turns already is counted as one that starts: the motor hangs on 12 V, and at idle
    the electronics take less than at the start (0.40 A against 0.63 A of a Seagate Constellation
    ES.3 SAS, 0.28 A against 0.42 A measured by 45Drives in 2014, GitHub bkelly16/docs).
    """
    return total(drive.draw.start_5v for drive in drives)
