"""Clusters for tests, from plans that are made up here."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from podplanner.catalog.bill import BillOfMaterials, Line
from podplanner.catalog.drive_layout import DriveLayout
from podplanner.catalog.pod import Pod, assemble
from podplanner.planning.deployment import (
    Cluster,
    Metadata,
    Site,
    lay_out,
    ports_of,
    redundancy_of,
    storage_of,
)


def plan(drives: int = 4, size: str = "4 TB", layout: str | None = None) -> Pod:
    """Return the plan of a pod with some data drives."""
    data = Line(id="data", title=f"Drive {size}", category="Data drive", quantity=Decimal(drives))
    return assemble(BillOfMaterials(lines=(data,), layout=layout), {}, as_of=date(2026, 11, 23))


def sites(racks: Sequence[str]) -> list[Site]:
    """Return a pod for each word, in the rack of that name."""
    return [Site(f"pod-{n}", f"10.0.0.{n}", rack) for n, rack in enumerate(racks, 1)]


def cluster(
    racks: Sequence[str] = ("a", "b", "c"), *, copies: int | None = 2,
    layout: DriveLayout | None = None, coded: str | None = None, metadata: Metadata = "etcd",
    masters: int = 3, gateways: int | None = None, plans: Sequence[Pod] | None = None,
    bucket: str = "models",
) -> Cluster:  # fmt: skip
    """Return a cluster of a pod for each rack that is named."""
    at = sites(racks)
    pods = list(plans or [plan()] * len(at))
    return lay_out(
        [(site, storage_of(pod)) for site, pod in zip(at, pods, strict=True)],
        redundancy_of(layout, copies, list(racks), coded),
        metadata=metadata, masters=masters,
        gateways=len(at) if gateways is None else gateways, ports=ports_of({}), bucket=bucket,
    )  # fmt: skip
