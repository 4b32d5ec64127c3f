"""`store deploy`."""

import os
from typing import Annotated, Literal

import typer

from podplanner.cli.model.opening import Json

Where = Literal["etcd", "leveldb", "own"]


def deploy(
    plans: Annotated[
        list[str],
        typer.Argument(metavar="PLAN...",
                       help="Parts list of every pod, or of each in the order of the hosts."),
    ],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="DIR", help="Write everything there.")
    ],
    host: Annotated[
        list[str] | None,
        typer.Option("--host", metavar="NAME=ADDRESS", help="A pod and its IPv4; for each pod."),
    ] = None,
    hosts: Annotated[
        str | None,
        typer.Option("--hosts", metavar="FILE", help="The same, a line each: NAME ADDRESS [RACK]."),
    ] = None,
    rack: Annotated[
        list[str] | None,
        typer.Option("--rack", metavar="NAME=RACK",
                     help="What a pod fails together with; by default each is a rack of its own."),
    ] = None,
    pods: Annotated[
        int | None,
        typer.Option("--pods", metavar="N", min=1, help="So many hosts must be given; a check."),
    ] = None,
    replicas: Annotated[
        int | None,
        typer.Option("--replicas", metavar="N", min=1, max=3,
                     help="Copies of everything, where the plan says none."),
    ] = None,
    erasure: Annotated[
        str | None,
        typer.Option("--erasure", metavar="K+M", help="Encode volumes that are cold: 10+4."),
    ] = None,
    metadata: Annotated[
        Where | None,
        typer.Option("--metadata",
                     help="Where names of objects lie: etcd (the rule with 3 masters), leveldb "
                     "(one filer's files), own (you bring filer.toml)."),
    ] = None,
    masters: Annotated[
        int | None,
        typer.Option("--masters", metavar="N", min=1, help="1 or 3; 3 where there are 3 pods."),
    ] = None,
    gateways: Annotated[
        int | None,
        typer.Option("--gateways", metavar="N", min=1, help="Pods that serve S3; by default all."),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option("--data", metavar="FOLDER",
                     help="Where drives or arrays are mounted, or the folder above; repeatable."),
    ] = None,
    bucket: Annotated[
        str, typer.Option("--bucket", metavar="NAME", help="The bucket for the store.")
    ] = "models",
    port: Annotated[
        list[str] | None,
        typer.Option("--port", metavar="SERVICE=N",
                     help="Another port for master, volume, filer, s3, etcd or etcd-peer."),
    ] = None,
    weed: Annotated[
        str, typer.Option("--weed", metavar="PATH", help="The program on the pods.")
    ] = "/usr/local/bin/weed",
    etcd: Annotated[
        str, typer.Option("--etcd", metavar="PATH", help="The program on the pods.")
    ] = "/usr/bin/etcd",
    new_credentials: Annotated[
        bool, typer.Option("--new-credentials", help="With --force: make other keys too.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write over existing files, but for the keys.")
    ] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Write what starts SeaweedFS on planned pods, as files to review.

    Units of systemd, configuration, keys, a firewall and a README with the steps; nothing is
    started, and no pod is asked. What speaks against the cluster is said; an error among it writes
    nothing and ends with status 1. The keys lie in DIR/secret and are never shown.

    \b
    Examples:
      podplanner store deploy pod.toml --host a=10.0.0.1 --host b=10.0.0.2 --host c=10.0.0.3 \\
        --replicas 2 -o deploy
      podplanner store deploy pod.toml --hosts hosts.txt --erasure 10+4 --data /mnt/pod -o deploy
    """
    from podplanner.cli.store.deploy_options import Asked, cluster_of, programs_of
    from podplanner.cli.store.deploy_words import print_deployment, print_record
    from podplanner.cli.store.deploy_writing import write_deployment
    from podplanner.planning.deployment import findings_of
    from podplanner.report.deployment import deployment_report

    asked = Asked(
        plans=tuple(plans), host=tuple(host or ()), hosts=hosts, rack=tuple(rack or ()), pods=pods,
        replicas=replicas, erasure=erasure, metadata=metadata, masters=masters, gateways=gateways,
        data=tuple(data or ()), bucket=bucket, port=tuple(port or ()),
    )  # fmt: skip
    cluster, programs = cluster_of(asked), programs_of(weed, etcd)
    findings = findings_of(cluster)
    report = deployment_report(cluster, findings, programs, plans)
    possible = all(finding.severity != "error" for finding in findings)
    written = None
    if possible:
        written = write_deployment(
            report, output, force=force, new_keys=new_credentials, random=os.urandom
        )
    (print_record if as_json else print_deployment)(cluster, report, written)
    if not possible:
        raise typer.Exit(1)
