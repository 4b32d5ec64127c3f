"""How much a supply takes before it trips: its over-current band, its watts, and what was measured.

A rail's rated amperes are what it gives for good. Its protection acts only beyond them, in a band
that the maker states (110 to 160 % is usual), so a start of a second or two may lie above the
rating and below the band.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from podplanner.planning.estimate import Estimate

WIDEST_BAND = Decimal("1.6")
# Where the protection of Zippy's M3W-6950P and PSL-6850P acts at the latest, as a share of the
# rating (45Drives R&D notes, power experiments, 2014-07, GitHub bkelly16/docs).

SURGE_CARRIED = Decimal("1.13")
# An 850 W supply started 50 drives: 963 W, scaled from the reading of 60 (the same experiments).
SURGE_FAILED = Decimal("1.36")
# It did not start 60 drives: 1,155 W. A 950 W supply did (122 %), so the limit lies in between.


class Standing(StrEnum):
    """How a load stands against a limit; in this order, each is worse than the one before."""

    OK = "ok"
    UNKNOWN = "unknown"
    WARNING = "warning"
    ERROR = "error"


_ORDER = tuple(Standing)


def worst(*standings: Standing) -> Standing:
    """Return the worst of several; of none, that all is well."""
    return max(standings, key=_ORDER.index, default=Standing.OK)


def mildest(*standings: Standing) -> Standing:
    """Return the best of several."""
    return min(standings, key=_ORDER.index)


@dataclass(frozen=True, slots=True)
class Limits:
    """Up to which share of a rating a load is in order, and beyond which it is not.

    Attributes:
        fine: Share up to which it is.
        fatal: Share beyond which it fails for sure.
        between: What lies between the two.
    """

    fine: Decimal
    fatal: Decimal
    between: Standing = Standing.WARNING


LASTING = Limits(Decimal(1), Decimal(1))
# A rating is what a supply gives for good: beyond it, nothing is promised.
SURGE = Limits(Decimal(1), SURGE_FAILED)


def band(overload_from: Decimal | None, overload_to: Decimal | None) -> Limits:
    """Return the limits of a rail whose over-current protection acts between the two shares.

    Where an end is not stated, the rating is all that is promised, and only beyond the widest
    band that was seen does a load fail for sure.
    """
    fine = max(overload_from or Decimal(1), Decimal(1))
    fatal = max(overload_to or WIDEST_BAND, fine)
    known = overload_from is not None and overload_to is not None
    return Limits(fine, fatal, Standing.WARNING if known else Standing.UNKNOWN)


def standing_of(load: Estimate, rating: Decimal | None, limits: Limits) -> Standing:
    """Return how a load stands; what is known of it may already be too much."""
    if rating is None:
        return Standing.UNKNOWN
    if load.known <= rating * limits.fine:
        found = Standing.OK
    else:
        found = limits.between if load.known <= rating * limits.fatal else Standing.ERROR
    return worst(found, Standing.UNKNOWN) if load.missing else found
