"""A design, what it comes to, and where it falls short of a need.

This module is the plain definition; `search` computes the same from tables, and a property test
holds the two against each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from math import ceil

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.planning.find.body import Body
from podplanner.planning.find.exact import MILLS, mills
from podplanner.planning.find.feed import DriveLoad
from podplanner.planning.find.layouts import (
    WHOLE,
    Pace,
    capacity,
    fits_layout,
    loss,
    nines_of,
    of_family,
    part_of,
    shares,
)
from podplanner.planning.find.need import Demand, Need
from podplanner.planning.rates import ethernet_rate


@dataclass(frozen=True)
class Design:
    """Pods alike, and the drives on the shelf for all of them.

    Attributes:
        drives: Data drives of one pod.
        spares: Of the whole order.
    """

    body: Body
    pace: Pace
    drives: int
    layout: DriveLayout
    pods: int
    spares: int

    @cached_property
    def figures(self) -> "Figures":
        """Return what the design comes to."""
        return figures_of(self)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a design comes to, all pods together.

    Attributes:
        cost: Purchase, spares included, in mills.
        capacity: Recommended bytes.
        read, write: Bytes per second, streaming.
        read_alone: What one pool streams: a cluster, or one pod.
        loss: Probability of losing some data within a year.
        watts: From the wall, at work.
    """

    cost: int
    capacity: int
    read: int
    read_alone: int
    write: int
    loss: float
    nines: int
    watts: float
    rack_units: int
    pods: int


Vector = tuple[int, int, int, int, int]
"""Cost, capacity, read rate, nines and watts, turned so that less is better in each."""

CAPACITY_DIGITS, READ_DIGITS, WATTS_DIGITS = 3, 2, 2
# Designs are compared by what is known of them: sizes are printed to three digits, while rates and
# watts rest on figures of data sheets, and on assumptions, that are good to two. Demands are
# judged by all digits.
MORE_NINES = 3
UNASKED_READ = ethernet_rate(Decimal(10))
# Where nobody asks for a rate, one port of 10 Gb/s is as much as counts.
UNASKED_NINES = 11
# Where nobody asks for durability: as many nines as the large clouds say that they are made for
# (Amazon S3 User Guide, "Data protection": 99.999999999 %).


@dataclass(frozen=True, slots=True)
class Worth:
    """How much of each figure counts when designs are compared.

    More than twice the space or speed that is asked for counts as twice, and loss a thousand times
    less likely as a thousand times: more answers another need. Without that, every larger pod
    would be on the front for being larger.

    Attributes:
        capacity, read, nines: As much of each as counts.
        cost, watts: Whether these count.
    """

    capacity: int
    read: int
    nines: int
    cost: bool = True
    watts: bool = True

    @classmethod
    def of(cls, need: Need) -> "Worth":
        """Return what counts for a need."""
        return cls(
            2 * need.usable,
            2 * need.read or UNASKED_READ,
            need.nines + MORE_NINES if need.nines else UNASKED_NINES,
        )

    def vector(self, cost: int, capacity: int, read: int, nines: int, watts: float) -> Vector:
        """Return the figures that designs are compared by: rounded, and never in their favour."""
        return (
            cost if self.cost else 0, -floored(min(capacity, self.capacity), CAPACITY_DIGITS),
            -floored(min(read, self.read), READ_DIGITS), -min(nines, self.nines),
            raised(ceil(watts), WATTS_DIGITS) if self.watts else 0,
        )  # fmt: skip

    def of_figures(self, figures: Figures) -> Vector:
        """Return the same of the figures of a design."""
        return self.vector(
            figures.cost, figures.capacity, figures.read, figures.nines, figures.watts
        )


def floored(number: int, digits: int) -> int:
    """Return a number rounded down to so many digits.

    >>> floored(123456, 3), floored(7, 2)
    (123000, 7)
    """
    step = _step(number, digits)
    return number // step * step


def raised(number: int, digits: int) -> int:
    """Return a number rounded up to so many digits.

    >>> raised(12345, 2), raised(995, 2)
    (13000, 1000)
    """
    step = _step(number, digits)
    return -(-number // step) * step


def _step(number: int, digits: int) -> int:
    return int(10 ** max(len(str(number)) - digits, 0))


def can_be_built(design: Design) -> bool:
    """Return whether the parts go together and hold the drives of a pod."""
    body, layout = design.body, design.layout
    osds = layout.scheme.startswith("ceph")
    if layout.is_cluster and not spreads_over(layout, design.pods):
        return False
    return (
        body.fits
        and fits_layout(design.pace.drive, layout)
        and body.holds(design.pace.drive, design.drives, osds=osds)
    )


def spreads_over(layout: DriveLayout, pods: int) -> bool:
    """Return whether a cluster can be told to keep each part of a stripe in a pod of its own."""
    return layout.width <= pods


def figures_of(design: Design) -> Figures:
    """Return what a design comes to."""
    body, pace, drives, pods = design.body, design.pace, design.drives, design.pods
    one = mills(pace.drive.price)
    disks = drives * min(pace.rate, body.cards.a_drive(drives))
    read_share, write_share = shares(design.layout)
    read_hops, write_hops = hops(design.layout)
    lost = loss(design.layout, pace, drives, pods)
    each = stream(disks, read_share, body.cards.net, read_hops)
    return Figures(
        cost=pods * (body.cost + drives * one) + design.spares * one,
        capacity=capacity(design.layout, pace, drives, pods),
        read=pods * each, read_alone=pods * each if design.layout.is_cluster else each,
        write=pods * stream(disks, write_share, body.cards.net, write_hops),
        loss=lost, nines=nines_of(lost),
        watts=pods * body.watts(drives, DriveLoad.of(pace.drive)),
        rack_units=pods * (body.frame.chassis.rack_units or 0), pods=pods,
    )  # fmt: skip


def stream(disks: int, share: int, net: int, hop: int) -> int:
    """Return what one pod streams, in bytes per second: the least of its drives and its network.

    Args:
        disks: Bytes per second of all its drives.
        share: Of them that is data; shares are of `layouts.WHOLE`.
        net: Bytes per second of its network, each way.
        hop: Share of it that is left to clients.
    """
    return min(disks * share // WHOLE, net * hop // WHOLE)


@cache
def hops(layout: DriveLayout) -> tuple[int, int]:
    """Return the share of a pod's network that is left to clients, when reading and writing.

    In a cluster the pod that serves a client gets k - 1 of k shards from other pods, and sends
    k + m - 1 of k + m shards, or all copies but one, on. In and out do not disturb each other, so
    the busier way counts: out when reading (1 to the client, (k - 1)/k to pods that serve others),
    in when writing (1 from the client, (k + m - 1)/k from pods that serve others).
    """
    if not layout.is_cluster:
        return WHOLE, WHOLE
    data, width = layout.data, layout.width
    return part_of(data, 2 * data - 1), part_of(data, data + width - 1)


@dataclass(frozen=True, slots=True)
class Miss:
    """A demand that a design does not meet.

    Attributes:
        have, want: In the unit of the demand: bytes, bytes per second, nines, mills, units, pods,
            watts.
    """

    demand: Demand
    have: float
    want: float


def misses(figures: Figures, need: Need) -> Iterator[Miss]:
    """Yield every demand on figures that a design does not meet."""
    for demand, have, want in (
        (Demand.USABLE, figures.capacity, need.usable), (Demand.READ, figures.read, need.read),
        (Demand.WRITE, figures.write, need.write), (Demand.NINES, figures.nines, need.nines),
    ):  # fmt: skip
        if have < want:
            yield Miss(demand, have, want)
    if figures.read >= need.read and figures.read_alone < need.read_alone:
        yield Miss(Demand.READ, figures.read_alone, need.read_alone)
    if need.budget is not None and figures.cost > need.budget * MILLS:
        yield Miss(Demand.BUDGET, figures.cost, float(need.budget * MILLS))
    if need.rack_units is not None and figures.rack_units > need.rack_units:
        yield Miss(Demand.RACK_UNITS, figures.rack_units, need.rack_units)
    if figures.pods > need.pods_max:
        yield Miss(Demand.PODS_MAX, figures.pods, need.pods_max)
    if need.watts_max is not None and figures.watts > need.watts_max:
        yield Miss(Demand.WATTS_MAX, figures.watts, float(need.watts_max))


def meets(figures: Figures, need: Need) -> bool:
    """Return whether every demand on figures is met."""
    return next(misses(figures, need), None) is None


def allows(need: Need, layout: DriveLayout) -> bool:
    """Return whether a need leaves a layout open."""
    if need.layout is not None:
        return layout.written == need.layout.written
    return of_family(layout, need.family) and bool(layout.parity or need.unprotected)
