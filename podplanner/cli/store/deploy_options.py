"""What the options of `store deploy` mean, read into one cluster."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.catalog.pod import Pod
from podplanner.catalog.readers.source import load
from podplanner.cli.plan.opening import open_planned
from podplanner.errors import FormatError, WrongUsageError
from podplanner.planning.deployment import (
    Cluster,
    DeploymentError,
    Metadata,
    Ports,
    Site,
    check_sites,
    cluster_layout,
    lay_out,
    ports_of,
    read_host,
    read_hosts,
    redundancy_of,
    storage_of,
    with_racks,
)
from podplanner.report.deployment import Programs

_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
# Amazon S3 User Guide, "Bucket naming rules", less the dots, which TLS names do not bear.
_PROGRAM = re.compile(r"(?:/[A-Za-z0-9._+-]+)+")
_HOSTS_LIKE = "Give --host pod-1=10.0.0.1 once for each pod, or --hosts FILE."


@dataclass(frozen=True, slots=True)
class Asked:
    """The options as they were typed."""

    plans: tuple[str, ...]
    host: tuple[str, ...]
    hosts: str | None
    rack: tuple[str, ...]
    pods: int | None
    replicas: int | None
    erasure: str | None
    metadata: Metadata | None
    masters: int | None
    gateways: int | None
    data: tuple[str, ...]
    bucket: str
    port: tuple[str, ...]


def cluster_of(asked: Asked) -> Cluster:
    """Return the cluster that the options ask for.

    Raises:
        PodplannerError: One of them cannot be, or they do not go together.
    """
    sites = _sites(asked)
    if not _BUCKET.fullmatch(asked.bucket):
        raise WrongUsageError(
            f"--bucket {asked.bucket}: that is no name of a bucket",
            hint="Use 3 to 63 small letters, digits and `-`.",
        )
    try:
        plans = _plans(asked, len(sites))
        redundancy = redundancy_of(
            _layout(plans), asked.replicas, [site.rack for site in sites], asked.erasure
        )
        stores = {id(plan): storage_of(plan, asked.data) for plan in plans}
    except DeploymentError as error:
        raise WrongUsageError(str(error), hint=error.fix) from error
    masters = _at_most(asked.masters, 3 if len(sites) >= 3 else 1, "--masters", len(sites))
    metadata: Metadata = asked.metadata or ("etcd" if masters >= 3 else "leveldb")
    gateways = _at_most(
        asked.gateways, 1 if metadata == "leveldb" else len(sites), "--gateways", len(sites)
    )
    pods = [(site, stores[id(plan)]) for site, plan in zip(sites, plans, strict=True)]
    return lay_out(
        pods, redundancy, metadata=metadata, masters=masters, gateways=gateways,
        ports=_ports(asked.port), bucket=asked.bucket,
    )  # fmt: skip


def programs_of(weed: str, etcd: str) -> Programs:
    """Return where the programs lie.

    Raises:
        WrongUsageError: systemd wants the whole path, without spaces here.
    """
    for option, path in (("--weed", weed), ("--etcd", etcd)):
        if not _PROGRAM.fullmatch(path):
            raise WrongUsageError(
                f"{option} {path}: that is no path that a unit can start",
                hint="Write the whole path, as it is on the pods: /usr/local/bin/weed.",
            )
    return Programs(weed, etcd)


def _sites(asked: Asked) -> tuple[Site, ...]:
    if asked.host and asked.hosts is not None:
        raise WrongUsageError("--host and --hosts both say where the pods are",
                              hint="Give one of them.")  # fmt: skip
    try:
        if asked.hosts is not None:
            source = load(asked.hosts)
            try:
                sites = read_hosts(source.data.decode("utf-8-sig"))
            except (DeploymentError, UnicodeDecodeError) as error:
                raise FormatError(
                    f"{asked.hosts} is no list of hosts: {error}",
                    hint="Write a line for each pod: pod-1 10.0.0.1 rack-a",
                ) from error
        else:
            sites = tuple(read_host(written) for written in asked.host)
        if not sites:
            raise WrongUsageError("where are the pods?", hint=_HOSTS_LIKE)
        check_sites(sites)
        sites = with_racks(sites, asked.rack)
    except DeploymentError as error:
        raise WrongUsageError(str(error), hint=error.fix) from error
    if asked.pods not in (None, len(sites)):
        raise WrongUsageError(
            f"--pods {asked.pods}, and {len(sites)} hosts are given", hint=_HOSTS_LIKE
        )
    return sites


def _plans(asked: Asked, pods: int) -> list[Pod]:
    """Return the plan of each pod."""
    if len(asked.plans) not in (1, pods):
        raise DeploymentError(
            f"{len(asked.plans)} plans for {pods} pods",
            fix="Name one plan for all pods, or one for each host in its order.",
        )
    opened = {name: open_planned(name) for name in dict.fromkeys(asked.plans)}
    return [opened[name] for name in (asked.plans * pods)[:pods]]


def _layout(plans: Sequence[Pod]) -> DriveLayout | None:
    """Return what the plans say of other pods, which must be the same."""
    found = {cluster_layout(plan) for plan in plans}
    if len(found) > 1:
        raise DeploymentError(
            "the plans do not keep their data in the same way: "
            + ", ".join(sorted("nothing said" if one is None else str(one) for one in found)),
            fix="Write the same layout into each.",
        )
    return found.pop()


def _at_most(given: int | None, usual: int, option: str, pods: int) -> int:
    if given is not None and given > pods:
        raise WrongUsageError(
            f"{option} {given}: there {'is 1 pod' if pods == 1 else f'are {pods} pods'}",
            hint="Give at most one for each pod.",
        )
    return usual if given is None else given


def _ports(written: Sequence[str]) -> Ports:
    given: dict[str, int] = {}
    for words in written:
        name, _, number = words.partition("=")
        key = name.strip().replace("-", "_")
        if not number.strip().isascii() or not number.strip().isdigit() or len(number) > 6:
            raise WrongUsageError(f"--port {words}: that is no service and port",
                                  hint="Write it as s3=8333.")  # fmt: skip
        given[key] = int(number)
    try:
        return ports_of(given)
    except DeploymentError as error:
        raise WrongUsageError(f"--port: {error}", hint=error.fix) from error
