"""Read the documents of one cluster into one value."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from podplanner.drives.arrays.ceph.documents import (
    Destroyable,
    Device,
    Dump,
    Metadata,
    Pgs,
    Pool,
    Status,
    Tree,
)

_KINDS: Mapping[str, TypeAdapter[Any]] = {
    "ceph-status": TypeAdapter(Status),
    "ceph-osd-dump": TypeAdapter(Dump),
    "ceph-osd-tree": TypeAdapter(Tree),
    "ceph-osd-df": TypeAdapter(Tree),
    "ceph-pools": TypeAdapter(tuple[Pool, ...]),
    "ceph-osd-metadata": TypeAdapter(tuple[Metadata, ...]),
    "ceph-devices": TypeAdapter(tuple[Device, ...]),
    "ceph-pgs": TypeAdapter(Pgs),
    "ceph-destroyable": TypeAdapter(Destroyable),
}


@dataclass(frozen=True, slots=True)
class Osd:
    """One OSD; `inside` is what Ceph calls in: data are placed on it."""

    number: int
    up: bool
    inside: bool


@dataclass(frozen=True, slots=True)
class Disk:
    """A device of an OSD: the one that holds its data, or one with its database or journal."""

    osd: int
    device: str | None
    serial: str | None
    size_bytes: int | None
    main: bool


@dataclass(frozen=True, slots=True)
class Cluster:
    """What is known of a cluster.

    Attributes:
        tolerances: Pool -> how many copies or chunks may be gone.
        pgs: None: not asked for, or not ready.
        drained: OSDs that Ceph itself says may be destroyed; None: it was not asked.
        trouble: What is missing or not understood.
    """

    status: Status | None
    osds: tuple[Osd, ...]
    pools: tuple[Pool, ...]
    tolerances: Mapping[str, int]
    disks: tuple[Disk, ...]
    pgs: Pgs | None
    drained: frozenset[int] | None
    trouble: tuple[str, ...]


def cluster_of(documents: Iterable[tuple[str, object]]) -> Cluster:
    """Return what (kind, document) pairs tell of a cluster."""
    found: dict[str, Any] = {}
    trouble: list[str] = []
    for kind, document in documents:
        if kind in found:
            trouble.append(f"ceph: two recordings of one kind ({kind}); give one cluster, once")
            continue
        try:
            found[kind] = _KINDS[kind].validate_python(document)
        except ValidationError as error:
            first = error.errors()[0]
            where = " ".join(str(part) for part in first["loc"])[:80]
            trouble.append(f"ceph: {kind.removeprefix('ceph-')} is not understood: "
                           f"{where} {first['msg'][:80]}")  # fmt: skip
    dump: Dump | None = found.get("ceph-osd-dump")
    osds = _osds(dump, found.get("ceph-osd-tree") or found.get("ceph-osd-df"))
    pools = tuple(dump.pools) if dump and dump.pools else found.get("ceph-pools", ())
    pgs: Pgs | None = found.get("ceph-pgs")
    said: Destroyable | None = found.get("ceph-destroyable")
    trouble += _missing(found, osds, pools)
    return Cluster(
        status=found.get("ceph-status"),
        osds=osds,
        pools=pools,
        tolerances={pool.pool_name: _tolerance(pool, dump) for pool in pools},
        disks=tuple(_disks(found.get("ceph-osd-metadata", ()), found.get("ceph-devices", ()))),
        pgs=pgs if pgs is not None and pgs.pg_ready else None,
        drained=frozenset(said.safe_to_destroy) if said is not None else None,
        trouble=tuple(trouble),
    )


def _missing(found: Mapping[str, Any], osds: Sequence[Osd], pools: Sequence[Pool]) -> Iterator[str]:
    if "ceph-status" not in found:
        yield "ceph: `ceph status -f json` is missing: the states of its data are not known"
    if not osds:
        yield ("ceph: `ceph osd dump -f json` (or `ceph osd tree`) is missing: its drives are not "
               "known")  # fmt: skip
    if not pools:
        yield ("ceph: `ceph osd dump -f json` (or `ceph osd pool ls detail`) is missing: how many "
               "copies it keeps is not known")  # fmt: skip


def _osds(dump: Dump | None, tree: Tree | None) -> tuple[Osd, ...]:
    if dump is not None:
        return tuple(Osd(o.osd, bool(o.up), bool(o.inside)) for o in dump.osds)
    if tree is None:
        return ()
    return tuple(
        Osd(n.id, n.status == "up", bool(n.reweight))
        for n in (*tree.nodes, *tree.stray)
        if n.type == "osd" and n.exists and n.status != "destroyed"
    )


def _tolerance(pool: Pool, dump: Dump | None) -> int:
    """Return how many copies or chunks of an object may be gone.

    An erasure-coded pool works down to `min_size` chunks, which is at least k: where its profile
    is not known, that is the bound which holds.
    """
    if pool.type == 1:
        return max(pool.size - 1, 0)
    profile = dump.erasure_code_profiles.get(pool.erasure_code_profile) if dump else None
    if profile is not None and profile.m is not None and 0 <= profile.m < pool.size:
        return profile.m
    return max(pool.size - pool.min_size, 0)


def _disks(metadata: Sequence[Metadata], devices: Sequence[Device]) -> Iterator[Disk]:
    known = {entry.id for entry in metadata if entry.devices}
    for entry in metadata:
        serials = dict(part.split("=", 1) for part in entry.device_ids.split(",") if "=" in part)
        names = [name for name in entry.devices.split(",") if name]
        holding = [n for n in entry.bluestore_bdev_devices.split(",") if n] or names
        for name in names:
            main = name in holding
            yield Disk(entry.id, f"/dev/{name}", _serial(serials.get(name)),
                       entry.bluestore_bdev_size if main else None, main)  # fmt: skip
    for device in devices:
        at = device.location[0].dev if len(device.location) == 1 else ""
        for daemon in device.daemons:
            kind, _, number = daemon.partition(".")
            if kind != "osd" or not number.isascii() or not number.isdigit():
                continue
            if int(number[:9]) not in known:
                yield Disk(int(number[:9]), f"/dev/{at}" if at else None, _serial(device.devid),
                           None, main=True)  # fmt: skip


def _serial(identity: str | None) -> str | None:
    """Return the serial number at the end of Ceph's id of a device, `MODEL_SERIAL`."""
    _, mark, serial = (identity or "").rpartition("_")
    return serial or None if mark else None
