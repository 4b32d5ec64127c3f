"""How much a cluster stores: step by step from all drives to what one should keep in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from podplanner.planning.capacity import Step
from podplanner.planning.capacity.cluster import VOLUME_BYTES
from podplanner.planning.deployment.cluster import Cluster, Member

_ETCD_BYTES_A_NAME = 600
# Measured with etcd 3.5: 200,000 keys of 101 bytes with values of 360, as SeaweedFS 4.48 writes
# them for objects of 8 MiB, made a database of 590 bytes a name.
ETCD_QUOTA = 8 * 2**30
# The largest that etcd recommends (etcd.io, "System limits"); beyond it etcd only reads.
_OBJECT_BYTES = 4 * 2**20
# Objects of a store have 8 MiB at most but for few; half of it is a cautious mean.


@dataclass(frozen=True, slots=True)
class Room:
    """What a cluster stores, in bytes.

    Attributes:
        raw_bytes: All data drives.
        usable_bytes: Data in full volumes that hold each piece as often as they shall.
        recommended_bytes: The same with the room to restore what one pod held, where others can
            take it over.
        steps: From raw to recommended; each is at most the one before.
    """

    raw_bytes: int
    usable_bytes: int
    recommended_bytes: int
    steps: tuple[Step, ...]


def room_of(cluster: Cluster) -> Room:
    """Return how much a cluster stores."""
    members = cluster.members
    raw = sum(member.storage.raw_bytes for member in members)
    steps = [Step(_drives(sum(member.storage.drives for member in members)), raw)]
    volumes = sum(member.storage.volume_bytes for member in members)
    size = f"{VOLUME_BYTES // 2**20:,} MiB"
    steps.append(Step(f"{volumes // VOLUME_BYTES:,} volumes of {size}, with room to compact them",
                      volumes))  # fmt: skip
    usable = stored(cluster, members)
    steps.append(Step(_kept(cluster), usable))
    recommended = usable
    if restorable(cluster):
        largest = max(members, key=lambda member: member.storage.volume_bytes)
        left = stored(cluster, [member for member in members if member is not largest])
        if left < usable:
            recommended = left
            steps.append(Step("room to restore what one pod held", left))
    return Room(raw, usable, recommended, tuple(steps))


def stored(cluster: Cluster, members: Sequence[Member]) -> int:
    """Return the bytes of data that full volumes of some pods hold, each as often as it shall.

    Erasure coding is reckoned with everything encoded, which new data never is.
    """
    kept = cluster.redundancy
    by_rack: dict[str, int] = {}
    for member in members:
        rack = member.site.rack if kept.other_racks and not kept.other_servers else member.site.name
        by_rack[rack] = by_rack.get(rack, 0) + member.storage.volume_bytes
    sizes = list(by_rack.values())
    if kept.coding is None:
        return most_parts(sizes, parts=kept.copies, together=1)
    coding = kept.coding
    pods = [member.storage.volume_bytes for member in members]
    return coding.data * most_parts(pods, parts=coding.width, together=coding.parity)


def most_parts(sizes: Sequence[int], *, parts: int, together: int) -> int:
    """Return the largest part of which `parts` fit, at most `together` of them in one place.

    Args:
        sizes: Bytes of each place.
        parts: Parts of everything that is kept, all of one size.
        together: How many of them one place may hold.

    >>> most_parts([10, 10, 10], parts=2, together=1), most_parts([10, 2], parts=2, together=1)
    (15, 2)
    """
    low, high = 0, sum(sizes) // parts
    while low < high:
        middle = (low + high + 1) // 2
        if sum(min(size, together * middle) for size in sizes) >= parts * middle:
            low = middle
        else:
            high = middle - 1
    return low


def writes_go_on(cluster: Cluster) -> bool:
    """Return whether a volume finds a place for all its copies while one pod is down, whichever."""
    kept = cluster.redundancy
    for gone in cluster.members:
        racks: dict[str, int] = {}
        for member in cluster.members:
            if member is not gone:
                racks[member.site.rack] = racks.get(member.site.rack, 0) + 1
        if len(racks) < kept.racks_wanted or max(racks.values()) < 1 + kept.other_servers:
            return False
    return True


def restorable(cluster: Cluster) -> bool:
    """Return whether the other pods can take over what a failed one held, wherever it stands.

    Shards are taken over when no pod then holds more of them than may be lost.
    """
    kept, left = cluster.redundancy, len(cluster.members) - 1
    if kept.copies == 1 or not writes_go_on(cluster):
        return False
    return kept.coding is None or left * kept.coding.parity >= kept.coding.width


def etcd_room() -> int:
    """Return the bytes of objects whose names fit into etcd, cautiously."""
    return ETCD_QUOTA // _ETCD_BYTES_A_NAME * _OBJECT_BYTES


def _drives(number: int) -> str:
    return "1 drive" if number == 1 else f"{number:,} drives"


def _kept(cluster: Cluster) -> str:
    kept = cluster.redundancy
    if kept.coding is not None:
        return f"erasure coded {kept.coding.data}+{kept.coding.parity}, once volumes are cold"
    if kept.copies == 1:
        return "one copy of everything"
    if kept.other_servers == 0:
        return f"{kept.copies} copies, each in another rack"
    return f"{kept.copies} copies, each in another pod"
