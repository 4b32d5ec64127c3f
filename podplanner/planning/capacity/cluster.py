"""Space of data that is spread over pods: Ceph and SeaweedFS."""

from collections.abc import Iterator
from dataclasses import dataclass

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.planning.capacity.result import CapacityError, Step

NEAR_FULL_PERCENT = 85
# mon_osd_nearfull_ratio; Ceph warns at it (doc/rados/configuration/mon-config-ref.rst).

MINIMUM_FREE_PERCENT = 1
# `weed volume -minFreeSpacePercent`, default 1: below it, all volumes turn read-only
# (weed/command/volume.go).
VOLUME_BYTES = 30_000 * 2**20
# `weed master -volumeSizeLimitMB`, default 30 x 1000 MiB (weed/command/master.go).
_LARGE_BLOCK, _SMALL_BLOCK = 2**30, 2**20
# ErasureCodingLargeBlockSize, ErasureCodingSmallBlockSize (ec_encoder.go).


@dataclass(frozen=True, slots=True)
class Spread:
    """Drives over pods, as evenly as can be: the first `larger` pods have one more.

    Attributes:
        each: Drives of each other pod.
    """

    pods: int
    each: int
    larger: int
    drive_bytes: int

    @classmethod
    def of(cls, drives: int, pods: int, drive_bytes: int) -> "Spread":
        """Return the most even spread.

        Raises:
            CapacityError: A pod would have no drive.
        """
        if drives < pods:
            raise CapacityError(f"{drives} drives cannot be shared by {pods} pods")
        return cls(pods, drives // pods, drives % pods, drive_bytes)

    @property
    def drives(self) -> int:
        """Return all drives."""
        return self.pods * self.each + self.larger

    def splits(self, layout: DriveLayout) -> bool:
        """Return whether each shard or copy can have a pod of its own."""
        return self.pods >= layout.width

    def without_largest(self) -> "Spread":
        """Return what is left when a pod with the most drives fails."""
        return Spread(self.pods - 1, self.each, max(self.larger - 1, 0), self.drive_bytes)

    def storable(self, shards: int) -> int:
        """Return the bytes of shards that fit when no pod holds two of one stripe.

        That is `shards` x the largest x for which the pods, each counted up to x, hold
        `shards` times x: beyond that, only too few pods have room left.
        """
        total = self.drives * self.drive_bytes
        if total >= shards * (self.each + 1) * self.drive_bytes or self.larger == 0:
            return total
        small = (self.pods - self.larger) * self.each * self.drive_bytes
        return small * shards // (shards - self.larger)


def stored(layout: DriveLayout, shards: int) -> int:
    """Return the bytes of data in that many bytes of shards or copies."""
    return shards * layout.data // layout.width


def domain_notes(layout: DriveLayout, spread: Spread) -> Iterator[str]:
    """Yield what is worth knowing of where the parts of a stripe lie."""
    if layout.width == 1:
        yield "Nothing is kept twice: a failed drive loses its data."
    elif not spread.splits(layout):
        pods = "1 pod is" if spread.pods == 1 else f"{spread.pods} pods are"
        yield (
            f"{pods} fewer than the {layout.width} that {layout} wants: the failure domain is the "
            "drive, and a failed pod takes data offline or loses it."
        )
    elif spread.pods == layout.width:
        yield (
            f"{layout} fills all {spread.pods} pods: after the loss of one nothing can be rebuilt "
            "until it is replaced."
        )
    if spread.larger:
        have = "pod has" if spread.larger == 1 else "pods have"
        yield f"{spread.larger} {have} one drive more than the other {spread.pods - spread.larger}."
    if layout.scheme == "seaweed-rep" and layout.written[-3:-1] != "00":
        yield (
            f"{layout} puts copies in other racks or data centers: the volume servers of each pod "
            "are started with a -rack or -dataCenter of their own."
        )
    if layout.scheme == "seaweed-rs" and (layout.data, layout.parity) != (10, 4):
        yield "SeaweedFS as published encodes 10+4; another ratio needs a build that allows it."


def balance(layout: DriveLayout, spread: Spread, usable: int) -> Iterator[Step]:
    """Yield the step that uneven pods cost, if any: no two parts of a stripe in one pod."""
    if spread.splits(layout):
        left = stored(layout, spread.storable(layout.width))
        if left < usable:
            yield Step("no two parts of one stripe in one pod", left)


def ceph_advice(layout: DriveLayout, spread: Spread, left: int) -> Iterator[Step]:
    """Yield the steps from what can be stored to what should be, for Ceph.

    One failure domain is kept free where the others can take its data over, as Ceph's own
    capacity planning asks (mon-config-ref.rst, "Storage Capacity").
    """
    yield Step(f"{NEAR_FULL_PERCENT} % full, where Ceph warns (nearfull)", _near_full(left))
    if spread.splits(layout) and spread.pods > layout.width:
        fits = spread.without_largest().storable(layout.width)
        yield Step("room to rebuild one pod", _near_full(stored(layout, fits)))
    elif spread.splits(layout) and spread.each > 1:
        # Every pod holds a part of every stripe: a drive is rebuilt within its pod.
        fits = spread.pods * (spread.each - 1) * spread.drive_bytes
        yield Step("room to rebuild one drive", _near_full(stored(layout, fits)))
    elif not spread.splits(layout) and spread.drives > layout.width:
        fits = (spread.drives - 1) * spread.drive_bytes
        yield Step("room to rebuild one drive", _near_full(stored(layout, fits)))


def _near_full(size: int) -> int:
    return size * NEAR_FULL_PERCENT // 100


def shard_bytes(volume: int, data: int) -> int:
    """Return the size of each shard of an erasure-coded SeaweedFS volume.

    Rows of large blocks while more than one row is left, then rows of small ones, the last
    filled with zeros (encodeDatFile() in ec_encoder.go).

    >>> shard_bytes(1, 10) // 2**20
    1
    """
    large = max(-(-volume // (data * _LARGE_BLOCK)) - 1, 0)
    rest = volume - large * data * _LARGE_BLOCK
    return large * _LARGE_BLOCK + -(-rest // (data * _SMALL_BLOCK)) * _SMALL_BLOCK


def seaweed_advice(layout: DriveLayout, spread: Spread, left: int) -> Iterator[Step]:
    """Yield the steps from what can be stored to what should be, for SeaweedFS."""
    if layout.scheme == "seaweed-rs":
        padded = shard_bytes(VOLUME_BYTES, layout.data) * layout.data
        if padded > VOLUME_BYTES:
            left = left * VOLUME_BYTES // padded
            yield Step("less padding of shards (full volumes of 30,000 MiB)", left)
    left = left * (100 - MINIMUM_FREE_PERCENT) // 100
    yield Step(f"{MINIMUM_FREE_PERCENT} % free, below which volumes turn read-only", left)
    # Compaction writes a volume anew beside the old one, and encoding its shards beside it.
    spare = stored(layout, spread.drives * VOLUME_BYTES)
    yield Step("room to compact one volume on each drive", max(left - spare, 0))
