"""What is asked of the pods: how much they keep, how fast, how safely, and within what bounds."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from podplanner.catalog.drive_layout import DriveLayout

MOST_PODS = 20
# Without `pods_max`: a cluster of 20 pods is the largest that is published (Backblaze Vaults).
NINES = 6
# Where nobody says: one loss in a million years; fire, theft and people do far more to a pod.
SPARES = 1
# A failed drive is taken as replaced within a day, so one must lie on the shelf.


class Demand(StrEnum):
    """What a need may ask for, in the order in which it is said."""

    USABLE = "usable"
    READ = "read"
    WRITE = "write"
    NINES = "nines"
    BUDGET = "budget"
    RACK_UNITS = "rack-units"
    PODS_MAX = "pods-max"
    WATTS_MAX = "watts-max"
    LAYOUT = "layout"


@dataclass(frozen=True, slots=True)
class Need:
    """Demands, each of which every answer meets; None is no demand.

    Attributes:
        usable: Bytes to keep, after the fill advice of the layer that keeps them.
        read: Bytes per second, streaming, all readers together.
        read_alone: Bytes per second that each pool must stream by itself, for what is read by many
            at once lies in one of them.
        write: Bytes per second, streaming.
        nines: Nines of durability in a year: 9 is a loss of at most 1e-9.
        budget: For all parts, in `currency`.
        rack_units: Of all pods together.
        pods_max: Most pods.
        watts_max: Draw at the wall of all pods at work.
        layout: Only this layout, in every pod; None: any.
        family: Only layouts of this family (`raidz2`, `mdraid6`, `ceph-ec`); None: any.
        unprotected: Whether layouts that lose data with any one drive are open too.
        spares: Drives on the shelf, for the whole order.
        reasons: How a demand was worked out from something else, a sentence each.
    """

    usable: int
    read: int = 0
    read_alone: int = 0
    write: int = 0
    nines: int = 0
    budget: Decimal | None = None
    currency: str = "USD"
    rack_units: int | None = None
    pods_max: int = MOST_PODS
    watts_max: Decimal | None = None
    layout: DriveLayout | None = None
    family: str | None = None
    unprotected: bool = False
    spares: int = SPARES
    reasons: tuple[str, ...] = ()
