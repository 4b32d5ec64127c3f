"""What `store deploy` prints; keys are never among it."""

from podplanner.cli.console import coloured, counted, emit, say, show, table, wrapped
from podplanner.cli.store.deploy_writing import Written
from podplanner.planning.deployment import Cluster, room_of
from podplanner.report.deployment import DeploymentReport

_INDENT = 9
# The severity stands before a finding.


def print_deployment(cluster: Cluster, report: DeploymentReport, written: Written | None) -> None:
    """Print the pods, what they hold and what speaks against them."""
    rows = [
        (member.site.name, member.site.address, member.site.rack,
         f"{len(member.storage.folders)} x {member.storage.volumes}", " ".join(member.services))
        for member in cluster.members
    ]  # fmt: skip
    show(table(rows, ("pod", "address", "rack", "volumes", "services"), right=(3,)))
    show()
    show(table(report.steps, ("step", "bytes left", ""), right=(1, 2)))
    show()
    for finding in report.findings:
        show(
            wrapped(finding.message, _INDENT),
            before=coloured(f"{finding.severity:<{_INDENT}}", finding.severity),
        )
        if finding.fix:
            show(" " * _INDENT + wrapped(finding.fix, _INDENT))
    if report.findings:
        show()
    if written is None:
        show("nothing was written")
        return
    show(f"{counted(len(written.files), 'file')} in {written.folder}; begin with README.md")
    for path in written.kept:
        say(f"kept {written.folder / path}, with its keys (--new-credentials makes others)")
    for path in written.readable:
        say(f"others can read {written.folder / path}: chmod 600 it")
    for path in written.strangers:
        say(f"left alone {written.folder / path}, which is no pod of this cluster")


def print_record(cluster: Cluster, report: DeploymentReport, written: Written | None) -> None:
    """Print one JSON object."""
    kept, room = cluster.redundancy, room_of(cluster)
    emit("store-deploy", {
        "pods": [
            {"name": member.site.name, "address": member.site.address, "rack": member.site.rack,
             "services": list(member.services), "folders": len(member.storage.folders),
             "volumes_per_folder": member.storage.volumes}
            for member in cluster.members
        ],
        "replication": kept.placement, "copies": kept.copies,
        "erasure": report.coding or None,
        "metadata": cluster.metadata, "bucket": cluster.bucket,
        "endpoints": list(report.endpoints),
        "raw_bytes": room.raw_bytes, "usable_bytes": room.usable_bytes,
        "recommended_bytes": room.recommended_bytes,
        "steps": [{"name": step.name, "bytes": step.bytes} for step in room.steps],
        "findings": [
            {"code": finding.code, "severity": finding.severity, "message": finding.message,
             "fix": finding.fix}
            for finding in report.findings
        ],
        "output": None if written is None else str(written.folder),
        "files": [] if written is None else list(written.files),
        "kept": [] if written is None else list(written.kept),
    })  # fmt: skip
