"""A cluster in words: what its files and its README say, one value for each place in them."""

from collections.abc import Sequence
from dataclasses import dataclass

from podplanner.planning.capacity import Step
from podplanner.planning.capacity.cluster import MINIMUM_FREE_PERCENT, VOLUME_BYTES
from podplanner.planning.deployment import Cluster, Finding, Member, Ports, room_of
from podplanner.planning.deployment.room import ETCD_QUOTA, etcd_room, restorable, writes_go_on
from podplanner.units.words import say_size

UNITS = {"etcd": "weed-etcd", "master": "weed-master", "volume": "weed-volume",
         "filer": "weed-filer", "s3": "weed-s3"}  # fmt: skip
"""Service -> its unit of systemd, without `.service`."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the programs lie on every pod."""

    weed: str = "/usr/local/bin/weed"
    etcd: str = "/usr/bin/etcd"
    # Where Debian's etcd-server has it.


@dataclass(frozen=True, slots=True)
class PodWords:
    """What is said of one pod.

    Attributes:
        data: Its data folders, as `weed volume -dir` takes them.
        volumes: Most volumes of each folder.
        filers: All filers, its own first.
        units: What to start, in order.
        short_data: Its data folders for people, the first and the last of many.
    """

    name: str
    address: str
    rack: str
    data: str
    volumes: int
    filers: str
    units: tuple[str, ...]
    short_data: str


@dataclass(frozen=True, slots=True)
class DeploymentReport:
    """What is said of a cluster; every value is ready to be printed.

    Attributes:
        masters: As `weed -master` takes them.
        peers: As `weed master -peers` takes them.
        etcd_cluster: As `etcd --initial-cluster` takes them; empty without etcd.
        etcd_servers: As filer.toml takes them.
        endpoints: Where S3 is served.
        inner_ports: Ports that only pods and operators need, with commas.
        goes_on: Whether writing goes on while a pod is away.
        restores: Whether the other pods take over what it held.
        volume_megabytes: Size at which a volume is full, in MiB.
    """

    pods: tuple[PodWords, ...]
    racks: tuple[str, ...]
    placement: str
    copies: int
    coding: str
    metadata: str
    masters: str
    peers: str
    etcd_cluster: str
    etcd_servers: str
    etcd_quota: int
    etcd_fits: str
    endpoints: tuple[str, ...]
    ports: Ports
    inner_ports: str
    bucket: str
    programs: Programs
    goes_on: bool
    restores: bool
    volume_megabytes: int
    volume_words: str
    minimum_free_percent: int
    steps: tuple[tuple[str, str, str], ...]
    usable: str
    recommended: str
    findings: tuple[Finding, ...]
    units: tuple[str, ...]
    sources: tuple[str, ...]
    assumptions: tuple[str, ...]

    def on(self, unit: str) -> tuple[PodWords, ...]:
        """Return the pods that run a unit."""
        return tuple(pod for pod in self.pods if unit in pod.units)


def deployment_report(
    cluster: Cluster, findings: Sequence[Finding], programs: Programs, sources: Sequence[str]
) -> DeploymentReport:
    """Return a cluster in words.

    Args:
        cluster: What is deployed.
        findings: What speaks against it.
        programs: Where the programs lie.
        sources: The plans that it was made from, as the user named them.
    """
    ports, room = cluster.ports, room_of(cluster)
    masters = ",".join(f"{site.address}:{ports.master}" for site in cluster.running("master"))
    etcd = cluster.running("etcd")
    coding = cluster.redundancy.coding
    used = [unit for service, unit in UNITS.items() if cluster.running(service)]  # type: ignore[arg-type]
    assumptions = dict.fromkeys(
        words for member in cluster.members for words in member.storage.assumptions
    )
    return DeploymentReport(
        pods=tuple(_pod(cluster, member) for member in cluster.members),
        racks=tuple(cluster.racks()),
        placement=cluster.redundancy.placement,
        copies=cluster.redundancy.copies,
        coding="" if coding is None else f"{coding.data}+{coding.parity}",
        metadata=cluster.metadata,
        masters=masters,
        # A single master would wait for others that never come.
        peers=masters if "," in masters else "none",
        etcd_cluster=",".join(f"{s.name}=http://{s.address}:{ports.etcd_peer}" for s in etcd),
        etcd_servers=",".join(f"{site.address}:{ports.etcd}" for site in etcd),
        etcd_quota=ETCD_QUOTA,
        etcd_fits=say_size(etcd_room()),
        endpoints=tuple(f"http://{s.address}:{ports.s3}" for s in cluster.running("s3")),
        ports=ports,
        inner_ports=", ".join(str(port) for port in ports.inner),
        bucket=cluster.bucket,
        programs=programs,
        goes_on=writes_go_on(cluster),
        restores=restorable(cluster),
        volume_megabytes=VOLUME_BYTES // 2**20,
        volume_words=f"{VOLUME_BYTES // 2**20:,} MiB",
        minimum_free_percent=MINIMUM_FREE_PERCENT,
        steps=tuple(_step(step) for step in room.steps),
        usable=say_size(room.usable_bytes),
        recommended=say_size(room.recommended_bytes),
        findings=tuple(findings),
        units=tuple(used),
        sources=tuple(sources),
        assumptions=tuple(assumptions),
    )


def _pod(cluster: Cluster, member: Member) -> PodWords:
    site, storage = member.site, member.storage
    filers = sorted(cluster.running("filer"), key=lambda other: other != site)
    folders = storage.folders
    short = folders[0] if len(folders) == 1 else f"{folders[0]} to {folders[-1]}"
    return PodWords(
        site.name, site.address, site.rack, ",".join(folders), storage.volumes,
        ",".join(f"{other.address}:{cluster.ports.filer}" for other in filers),
        tuple(UNITS[service] for service in member.services), short,
    )  # fmt: skip


def _step(step: Step) -> tuple[str, str, str]:
    return step.name, f"{step.bytes:,}", say_size(step.bytes)
