"""The drive layouts that so many drives of a pod can have, and what each makes of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from podplanner.catalog.drive_layout import DriveLayout, LayoutError, read_layout
from podplanner.catalog.parts import Drive
from podplanner.planning.capacity import CapacityError, capacity_of, zfs
from podplanner.planning.durability.chain import chain_hazard, probability
from podplanner.planning.durability.losses import nines
from podplanner.planning.durability.rate import rate_of_drive
from podplanner.planning.durability.rebuild import SHARE_OF_SUSTAINED, rebuild_hours
from podplanner.planning.durability.spread import groups_of
from podplanner.planning.durability.window import HOURS_A_YEAR

SECTORS_A_RECORD = 32
# 128 KiB records in sectors of 4 KiB: ZFS's default recordsize, and `ashift=12`.
MOST_CHILDREN = 255
# Drives of one raidz or dRAID vdev (zpoolconcepts(7)).
MOST_CODING = 4
# Coding shards of an erasure code across pods: beyond m = 4 only the nines grow.
_ASHIFT, _DEFLATED = 12, 512
# Sectors of 4 KiB; ZFS counts what is left of 512 bytes.
WIDEST = 20
# Parts of a stripe across pods: 17 + 3, the widest that is published (Backblaze Vaults).
ENDLESS_NINES = 999
# Nines of what never fails: a drive without any failure rate.

AVERAGE_OF_OUTER = (3, 4)
# A drive reads its outer tracks at the stated rate and its inner ones at about half of that, since
# the outermost are twice as long (The PC Guide, "Zoned Bit Recording"): 3/4 on the whole.


def draid_data() -> tuple[int, ...]:
    """Return the data drives of a dRAID stripe that are worth having.

    A record of 32 sectors takes ceil(32 / d) rows of a stripe. Of all d with the same number of
    rows the smallest wastes least: a larger one only adds drives that are padded.

    >>> draid_data()
    (1, 2, 3, 4, 5, 6, 7, 8, 11, 16, 32)
    """
    rows = range(1, SECTORS_A_RECORD + 1)
    return tuple(sorted({-(-SECTORS_A_RECORD // row) for row in rows}))


@cache
def layouts_of(drives: int) -> tuple[DriveLayout, ...]:
    """Return the layouts that take exactly so many drives of one pod.

    Whole groups, so no drive idles: hot spares are not part of it, spares lie on the shelf.
    """
    return tuple(_layouts(drives))


def _layouts(drives: int) -> Iterator[DriveLayout]:
    yield read_layout("single")
    for width in range(2, drives + 1):
        if drives % width:
            continue
        groups = drives // width
        yield read_layout(f"mirror:{width}x{groups}")
        for level in (1, 5, 6, 10):
            yield from _possible(f"mdraid{level}:{width}x{groups}")
        if width > MOST_CHILDREN:
            continue
        for parity in (1, 2, 3):
            if width > parity:
                yield read_layout(f"raidz{parity}:{width}x{groups}")
            for spares in (0, 1):
                for data in draid_data():
                    if data + parity <= width - spares:
                        yield read_layout(f"draid{parity}:{data}d:{width}c:{spares}sx{groups}")


def _possible(words: str) -> Iterator[DriveLayout]:
    try:
        yield read_layout(words)
    except LayoutError:
        return


@cache
def cluster_layouts(pods: int) -> tuple[DriveLayout, ...]:
    """Return the layouts that spread over up to so many pods, so that any one pod may fail."""
    found = [f"ceph-rep:{copies}" for copies in (2, 3, 4) if copies <= pods]
    found += [
        f"ceph-ec:{width - coding}+{coding}"
        for width in range(3, min(pods, WIDEST) + 1)
        for coding in range(1, min(MOST_CODING, width - 2) + 1)
    ]
    found += [f"seaweed-rep:00{copies}" for copies in (1, 2) if copies < pods]
    found += ["seaweed-rs:10+4"] if pods >= 14 else []
    return tuple(map(read_layout, found))


WHOLE = 2**40
"""A share of 1. Shares are whole numbers of this, rounded down, so that comparing them is exact."""


def part_of(number: int, whole: int) -> int:
    """Return `number` of `whole` as a share."""
    return number * WHOLE // whole


@lru_cache(maxsize=65_536)
def shares(layout: DriveLayout) -> tuple[int, int]:
    """Return the shares of what all drives stream that are data, when read and when written.

    Every copy of a mirror serves readers of its own; parity, padding and distributed spares pass
    under the heads and are none of it.
    """
    if layout.data == 1 and layout.scheme not in ("raidz", "draid", "single"):
        return WHOLE, part_of(1, 2 if layout.level == 10 else layout.width)
    if layout.scheme in ("raidz", "draid"):
        ratio = zfs.deflate_ratio(layout, _ASHIFT)
        share = part_of(ratio * (layout.width - layout.spares), _DEFLATED * layout.width)
    else:
        share = part_of(layout.data, layout.width)
    return share, share


@dataclass(frozen=True)
class Pace:
    """What a drive gives: bytes, rate, and how often it fails.

    Attributes:
        rate: Bytes per second, a mean over all tracks.
        afr: Failures per drive-year; None: not stated.
    """

    drive: Drive
    rate: int
    afr: float | None

    @classmethod
    def of(cls, drive: Drive) -> "Pace":
        """Return what the part of a drive says."""
        rate = rate_of_drive(drive)
        outer = int(drive.sustained_rate or 0)
        number, of = AVERAGE_OF_OUTER
        return cls(drive, outer * number // of, None if rate is None else rate.cautious)

    @property
    def bytes(self) -> int:
        """Return the bytes of one drive."""
        return self.drive.exact_bytes or 0

    @cached_property
    def _rebuild(self) -> float:
        """Return the bytes per second that a rebuild gets of each drive."""
        return float(self.drive.sustained_rate or 0) * SHARE_OF_SUSTAINED

    def rebuild_h(self, layout: DriveLayout, drives: int, pods: int = 1) -> float:
        """Return the hours that one rebuild takes."""
        if not layout.is_cluster and not layout.spares:
            return self._alone_h
        return rebuild_hours(
            layout, drive_bytes=self.bytes, rate=self._rebuild, drives=drives, pods=pods
        )

    @cached_property
    def _alone_h(self) -> float:
        """Return the hours of a rebuild into one new drive, whatever the layout."""
        return rebuild_hours(None, drive_bytes=self.bytes, rate=self._rebuild, drives=2)


def capacity(layout: DriveLayout, pace: Pace, drives: int, pods: int) -> int:
    """Return the recommended bytes of all pods; 0 where the drives cannot carry the layout.

    Pods without a layout of a cluster are pools of their own, each filled as far as is advised.
    """
    try:
        if layout.is_cluster:
            return capacity_of(
                layout, drives=drives * pods, drive_bytes=pace.bytes, pods=pods
            ).recommended_bytes
        one = capacity_of(layout, drives=drives, drive_bytes=pace.bytes)
    except CapacityError:
        return 0
    return pods * one.recommended_bytes


@lru_cache(maxsize=262_144)
def _parallel(drives: int, parity: int, afr: float, rebuild_h: float) -> float:
    """Return a year's cumulative hazard of one group with parallel repair.

    The same chain as `durability.losses`, which computes two other models beside it.
    """
    if not afr:
        return 0.0
    births = [(drives - down) * afr for down in range(parity + 1)]
    deaths = [down * HOURS_A_YEAR / rebuild_h for down in range(parity + 1)]
    return chain_hazard(births, deaths, 1.0)


def pod_hazard(layout: DriveLayout, pace: Pace, drives: int) -> float:
    """Return a year's cumulative hazard of one pod, with parallel repair; no clusters."""
    spread = groups_of(layout, drives=drives, pods=1)
    hours = pace.rebuild_h(layout, drives)
    return spread.count * _parallel(spread.drives, spread.parity, pace.afr or 0.0, hours)


def loss(layout: DriveLayout, pace: Pace, drives: int, pods: int) -> float:
    """Return the probability that some data is lost within a year, with parallel repair."""
    if not layout.is_cluster:
        return probability(pods * pod_hazard(layout, pace, drives))
    spread, afr = groups_of(layout, drives=drives, pods=pods), pace.afr or 0.0
    hours = pace.rebuild_h(layout, drives, pods)
    hazard = spread.count * _parallel(spread.drives, spread.parity, afr, hours)
    if spread.everyone is not None:
        hazard = min(hazard, _parallel(spread.everyone, spread.parity, afr, hours))
    return probability(hazard)


@lru_cache(maxsize=262_144)
def nines_of(probability_of_loss: float) -> int:
    """Return the nines of a loss; of none at all, more than any need asks for."""
    found = nines(probability_of_loss)
    return ENDLESS_NINES if found is None else found


def fits_layout(drive: Drive, layout: DriveLayout) -> bool:
    """Return whether drives may be in a layout: shingled ones stand no rebuild of parity."""
    return drive.recording != "SMR" or not layout.has_parity


def of_family(layout: DriveLayout, family: str | None) -> bool:
    """Return whether a layout is of a family such as `raidz2`, `mdraid6`, `ceph-ec` or `raidz`."""
    if family is None:
        return True
    head = layout.written.partition(":")[0]
    return head == family or head.rstrip("0123456789") == family
