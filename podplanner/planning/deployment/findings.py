"""What speaks against a cluster: where it cannot keep what it shall, or stops when a pod fails."""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address

from podplanner.planning.deployment.cluster import Cluster, Member
from podplanner.planning.deployment.result import Finding, Severity
from podplanner.planning.deployment.room import etcd_room, restorable, room_of, writes_go_on
from podplanner.units.words import say_size

_CODED = (10, 4)
# SeaweedFS as published encodes no other (weed/storage/erasure_coding/ec_encoder.go).


def findings_of(cluster: Cluster) -> tuple[Finding, ...]:
    """Return everything that speaks against a cluster, the worst first."""
    order = ("error", "warning", "note")
    found = [finding for check in _CHECKS for finding in check(cluster)]
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def _placement(cluster: Cluster) -> Iterator[Finding]:
    """Copies need as many pods, racks and data centers as they have digits for."""
    kept, racks = cluster.redundancy, cluster.racks()
    pods, most = len(cluster.members), max(len(members) for members in racks.values())
    if kept.other_centers:
        yield Finding(
            "placement", "error",
            f"{kept.placement} wants copies in other data centers; these pods are in one",
            "Let the plan say seaweed-rep:010 or seaweed-rep:020.",
        )  # fmt: skip
    elif kept.copies > pods:
        yield Finding(
            "placement", "error",
            f"{kept.copies} copies want {kept.copies} pods; there {_are(pods)}",
            "Add pods, or keep fewer copies.",
        )  # fmt: skip
    elif kept.racks_wanted > len(racks) or 1 + kept.other_servers > most:
        yield Finding(
            "placement", "error",
            f"{kept.placement} wants {_counted(kept.racks_wanted, 'rack')}, one of them with "
            f"{_counted(1 + kept.other_servers, 'pod')}; there {_are(len(racks))}, the largest "
            f"with {most}",
            "Say with --rack which pods fail together, or change the layout of the plan.",
        )  # fmt: skip


def _one_copy(cluster: Cluster) -> Iterator[Finding]:
    """A volume that lies in one pod goes with it."""
    if cluster.redundancy.copies == 1:
        yield Finding(
            "one-copy", "warning",
            "every volume lies in one pod alone: what a pod loses is lost",
            "Add --replicas 2, which takes two pods.",
        )  # fmt: skip


def _shared_rack(cluster: Cluster) -> Iterator[Finding]:
    """Copies in one rack fail with it."""
    kept, racks = cluster.redundancy, cluster.racks()
    if kept.copies > 1 and len(racks) > 1 and kept.widest == kept.copies:
        yield Finding(
            "shared-rack", "warning",
            f"{kept.placement} keeps all copies of a volume in one rack, although there are "
            f"{len(racks)}",
            "Let the plan say seaweed-rep:010, or leave its layout out and add --replicas 2.",
        )  # fmt: skip


def _spare_pod(cluster: Cluster) -> Iterator[Finding]:
    """A volume is written only where all its copies can be, and restored only where there is room.

    Pods that hold all of one volume leave none to go on with when one of them fails.
    """
    kept = cluster.redundancy
    if kept.copies > 1 and not writes_go_on(cluster):
        yield Finding(
            "no-spare-pod", "warning",
            f"{kept.placement} uses all there is: while one pod is down nothing can be written, "
            "and its copies are restored only when it is replaced; reading goes on",
            "Add a pod, in a rack of its own, or keep one copy fewer.",
        )  # fmt: skip
    elif kept.coding is not None and not restorable(cluster):
        yield Finding(
            "no-spare-pod", "warning",
            f"{kept.coding.width} shards fill {_counted(len(cluster.members), 'pod')}: when one "
            "fails, its shards find room only so that the next failure takes data",
            f"Use {-(-kept.coding.width // kept.coding.parity) + 1} pods or more.",
        )  # fmt: skip


def _coding(cluster: Cluster) -> Iterator[Finding]:
    """A pod must hold at most as many shards as may be lost."""
    coding = cluster.redundancy.coding
    if coding is None:
        return
    if (coding.data, coding.parity) != _CODED:
        yield Finding(
            "erasure", "error",
            f"SeaweedFS as published encodes 10+4, not {coding.data}+{coding.parity}",
            "Say --erasure 10+4, or let the plan say seaweed-rs:10+4.",
        )  # fmt: skip
        return
    for what, number, severity in _domains(cluster):
        held = -(-coding.width // number)
        if held > coding.parity:
            yield Finding(
                "erasure", severity,
                f"{coding.width} shards in {_counted(number, what)} put {held} into one, and "
                f"{coding.parity} may be lost: a {what} that fails takes data with it",
                f"Use {-(-coding.width // coding.parity)} {what}s or more, or keep copies.",
            )  # fmt: skip
            return


def _domains(cluster: Cluster) -> tuple[tuple[str, int, Severity], ...]:
    """Return what may fail as a whole, how many there are, and how bad it is if data goes."""
    return ("pod", len(cluster.members), "error"), ("rack", len(cluster.racks()), "warning")


def _masters(cluster: Cluster) -> Iterator[Finding]:
    """An odd number of masters, no rack with most of them."""
    masters = cluster.running("master")
    pods = len(cluster.members)
    if len(masters) % 2 == 0:
        yield Finding(
            "masters", "error",
            f"{len(masters)} masters survive no more than {len(masters) - 1} do: more than half "
            "must agree",
            "Use 1 or 3 masters.",
        )  # fmt: skip
    elif len(masters) == 1 and pods > 1:
        where = masters[0].name
        yield Finding(
            "masters", "warning",
            f"the only master is on {where}: while it is down nothing can be written",
            "Use 3 masters, which takes 3 pods." if pods < 3 else "Leave --masters out.",
        )  # fmt: skip
    racks = [site.rack for site in masters]
    crowded = next((rack for rack in racks if 2 * racks.count(rack) > len(racks) > 1), None)
    if crowded is not None and len(cluster.racks()) > 1:
        yield Finding(
            "masters", "warning",
            f"rack {crowded} has {racks.count(crowded)} of {len(racks)} masters: when it fails, "
            "nothing can be written",
            "Put pods into a third rack.",
        )  # fmt: skip


def _gateways(cluster: Cluster) -> Iterator[Finding]:
    """A gateway beside another one, so that a failed pod does not stop all."""
    gateways = cluster.running("s3")
    if len(gateways) == 1 and len(cluster.members) > 1 and cluster.metadata != "leveldb":
        yield Finding(
            "gateways", "warning",
            f"the only filer and gateway are on {gateways[0].name}: while it is down nobody reads "
            "or writes",
            "Use --gateways 2 or more.",
        )  # fmt: skip


def _names(cluster: Cluster) -> Iterator[Finding]:
    """Names of objects must survive a pod, and everybody must see the same."""
    filers = cluster.running("filer")
    if cluster.metadata == "leveldb" and len(filers) > 1:
        yield Finding(
            "metadata", "error",
            f"{len(filers)} filers with files of their own tell each other afterwards: a listing "
            "may miss what was just written, which a store must not, and what was written last is "
            "lost with its pod",
            "Use --metadata etcd, or --gateways 1.",
        )  # fmt: skip
    elif cluster.metadata == "leveldb":
        yield Finding(
            "metadata", "warning",
            f"the names of all objects lie on {filers[0].name} alone: while it is down nobody "
            "reads or writes, and when its disk is lost, so is what the volumes mean",
            "Save them elsewhere as the README says"
            + ("." if len(cluster.members) < 3 else ", or use --metadata etcd."),
        )  # fmt: skip
    elif cluster.metadata == "etcd":
        yield from _etcd(cluster)
    else:
        yield Finding(
            "metadata",
            "note",
            "filer.toml is yours to write: the cluster is as durable as the database that it names",
        )


def _etcd(cluster: Cluster) -> Iterator[Finding]:
    members = cluster.running("etcd")
    if len(members) < 3:
        yield Finding(
            "metadata", "error",
            f"etcd on {_counted(len(members), 'pod')} survives the loss of none",
            "Use 3 masters on 3 pods, or --metadata leveldb.",
        )  # fmt: skip
    room, fits = room_of(cluster).recommended_bytes, etcd_room()
    if room > fits:
        yield Finding(
            "metadata-size", "warning",
            f"etcd holds the names of some {say_size(fits)} of objects, and the pods have room for "
            f"{say_size(room)}: then it takes no more",
            "Move the names to a larger database before, or begin with one: --metadata own.",
        )  # fmt: skip


def _uneven(cluster: Cluster) -> Iterator[Finding]:
    """Copies in different racks cannot fill a rack that is larger than all others."""
    sizes = {rack: _volume_bytes(members) for rack, members in cluster.racks().items()}
    if cluster.redundancy.other_racks and len(set(sizes.values())) > 1:
        largest = max(sizes, key=lambda rack: sizes[rack])
        others = sum(sizes.values()) - sizes[largest]
        if sizes[largest] * cluster.redundancy.other_racks > others:
            yield Finding(
                "uneven", "warning",
                f"rack {largest} is larger than its copies find room elsewhere: part of it stays "
                "empty",
                "Make the racks alike.",
            )  # fmt: skip


def _loopback(cluster: Cluster) -> Iterator[Finding]:
    """An address of loopback is reached from its own machine only."""
    inner = [m.site.name for m in cluster.members if IPv4Address(m.site.address).is_loopback]
    if inner:
        yield Finding(
            "loopback", "warning",
            f"{', '.join(inner)}: only the machine itself reaches such an address",
            "Give the addresses of the network between the pods.",
        )  # fmt: skip


_CHECKS: tuple[Callable[[Cluster], Iterator[Finding]], ...] = (
    _placement, _one_copy, _shared_rack, _spare_pod, _coding, _masters, _gateways, _names, _uneven,
    _loopback,
)  # fmt: skip


def _volume_bytes(members: list[Member]) -> int:
    return sum(member.storage.volume_bytes for member in members)


def _counted(number: int, one: str) -> str:
    return f"{number} {one if number == 1 else one + 's'}"


def _are(number: int) -> str:
    return "is 1" if number == 1 else f"are {number}"
