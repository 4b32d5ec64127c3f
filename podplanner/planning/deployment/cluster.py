"""Which pod does what: a SeaweedFS cluster laid out over pods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

from podplanner.planning.deployment.redundancy import Redundancy
from podplanner.planning.deployment.result import DeploymentError
from podplanner.planning.deployment.site import Site
from podplanner.planning.deployment.storage import Storage

Service = Literal["etcd", "master", "volume", "filer", "s3"]
Metadata = Literal["etcd", "leveldb", "own"]

_GRPC_OFFSET = 10_000
# Every part of SeaweedFS listens for gRPC at its port plus 10,000 (weed/pb/server_address.go).
_HIGHEST = 65_535


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the services listen; the defaults are those of SeaweedFS and etcd."""

    master: int = 9333
    volume: int = 8080
    filer: int = 8888
    s3: int = 8333
    etcd: int = 2379
    etcd_peer: int = 2380

    @property
    def inner(self) -> tuple[int, ...]:
        """Return every port that only pods and operators need, in order."""
        served = (self.master, self.volume, self.filer, self.s3)
        grpc = (port + _GRPC_OFFSET for port in served)
        return tuple(
            sorted({*served, *grpc, self.etcd, self.etcd_peer} - {self.s3}),
        )


@dataclass(frozen=True, slots=True)
class Member:
    """A pod with the services that run on it, in the order in which they are started."""

    site: Site
    storage: Storage
    services: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Pods that keep one set of data together.

    Attributes:
        metadata: Where filers keep the names of objects: in etcd on the pods of the masters, in
            a file of the one filer, or in a database that somebody else runs.
        bucket: The bucket that the keys of pushers and pullers are for.
    """

    members: tuple[Member, ...]
    redundancy: Redundancy
    metadata: Metadata
    ports: Ports
    bucket: str

    def running(self, service: Service) -> tuple[Site, ...]:
        """Return the pods that run a service, in order."""
        return tuple(member.site for member in self.members if service in member.services)

    def racks(self) -> dict[str, list[Member]]:
        """Return the pods of each rack, racks in the order of their first pod."""
        found: dict[str, list[Member]] = {}
        for member in self.members:
            found.setdefault(member.site.rack, []).append(member)
        return found


def lay_out(
    pods: Sequence[tuple[Site, Storage]], redundancy: Redundancy, *, metadata: Metadata,
    masters: int, gateways: int, ports: Ports, bucket: str,
) -> Cluster:  # fmt: skip
    """Return which pod does what.

    Masters go to as many racks as there are, so that no rack holds more of them than it must; so
    do gateways, each with a filer.

    Args:
        pods: At least one, with where their volumes lie.
        redundancy: Between pods.
        metadata: As `Cluster` has it.
        masters: At most as many as pods.
        gateways: At most as many as pods.
        ports: Where services listen.
        bucket: Name of the bucket.
    """
    sites = [site for site, _ in pods]
    voting = set(spread_over_racks(sites, masters))
    serving = set(spread_over_racks(sites, gateways))
    members = []
    for site, storage in pods:
        services: list[Service] = []
        if site in voting:
            services += ["etcd", "master"] if metadata == "etcd" else ["master"]
        services.append("volume")
        if site in serving:
            services += ["filer", "s3"]
        members.append(Member(site, storage, tuple(services)))
    return Cluster(tuple(members), redundancy, metadata, ports, bucket)


def spread_over_racks(sites: Sequence[Site], number: int) -> tuple[Site, ...]:
    """Return that many pods: first one of each rack, then a second of each, and so on."""
    taken: dict[str, int] = {}
    turns = []
    for place, site in enumerate(sites):
        turn = taken.get(site.rack, 0)
        taken[site.rack] = turn + 1
        turns.append((turn, place, site))
    return tuple(site for _, _, site in sorted(turns, key=lambda one: one[:2])[:number])


def ports_of(given: Mapping[str, int]) -> Ports:
    """Return the usual ports with some changed.

    Raises:
        DeploymentError: There is no such service, or two would listen on one port.
    """
    names = [field.name for field in fields(Ports)]
    words = ", ".join(name.replace("_", "-") for name in names)
    for name, port in given.items():
        if name not in names:
            raise DeploymentError(f"{name!r} is no service", fix=f"Services are {words}.")
        most = _HIGHEST if name.startswith("etcd") else _HIGHEST - _GRPC_OFFSET
        if not 1 <= port <= most:
            raise DeploymentError(
                f"{port} is no port for {name}", fix=f"Give a number from 1 to {most}."
            )
    ports = replace(Ports(), **given)
    served = (ports.master, ports.volume, ports.filer, ports.s3)
    every = [*served, *(port + _GRPC_OFFSET for port in served), ports.etcd, ports.etcd_peer]
    twice = next((port for port in every if every.count(port) > 1), None)
    if twice is not None:
        raise DeploymentError(
            f"two services would listen on port {twice}",
            fix="Leave each service its port, and the port 10,000 above it.",
        )
    return ports
