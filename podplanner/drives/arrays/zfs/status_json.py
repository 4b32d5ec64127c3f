"""Read `zpool status -j`.

Keys and words are those of status_callback_json() and vdev_stats_nvlist() in OpenZFS's
cmd/zpool/zpool_main.c (2.3 and 2.4). Numbers come as words, rounded unless `--json-int` or `-p`.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from podplanner.drives.arrays.state import Rebuild
from podplanner.drives.arrays.zfs.numbers import about, exactly, percent
from podplanner.drives.arrays.zfs.vdev import PoolStatus, Vdev, kind_by_name

_PREFIXES = ("DSS_", "POOL_SCAN_", "VDEV_REBUILD_")
# What early versions and libzfs's own names put before the same words.
_AUXILIARY = {"ERR_EXCEEDED": "too many errors", "OPEN_FAILED": "cannot open", "NONE": ""}
# What `zpool status` says in words for the names of vdev_aux_str[].
_UNOPENED = "CANT_OPEN"
# The library's word for what `zpool status` calls UNAVAIL.


def _word(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, str):
        for prefix in _PREFIXES:
            value = value.removeprefix(prefix)
    return value


def _name(value: Any) -> Any:  # noqa: ANN401
    """Take a GUID that `--json-int` writes as a number for the name that it is."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _maybe(value: Any) -> int | None:  # noqa: ANN401
    return None if value is None else about(value)


Count = Annotated[int, BeforeValidator(about)]
Word = Annotated[str, BeforeValidator(_word)]
Name = Annotated[str, BeforeValidator(_name)]


class _Node(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Name = ""
    vdev_type: str = ""
    state: Word = ""
    path: str | None = None
    parent: str | None = None
    was: str | None = None
    aux: str = ""
    used_by: str | None = None
    phys_space: Any = None
    read_errors: Count = 0
    write_errors: Count = 0
    checksum_errors: Count = 0
    scan_processed: Count = 0
    resilver_deferred: Count = 0
    vdevs: Mapping[str, "_Node"] | None = None


class _Rebuilt(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    state: Word = ""
    scanned: Count = 0
    to_scan: Count = 0
    errors: Count = 0


class _Scan(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    function: Word = ""
    state: Word = ""
    to_examine: Count = 0
    skipped: Count = 0
    issued: Count = 0
    issued_bytes_per_scan: Count = 0
    pass_start: Count = 0
    errors: Count = 0
    rebuild_stats: Mapping[str, _Rebuilt] = Field(default_factory=dict)


class _Pass(BaseModel):
    """A removal or an expansion."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: Word = ""


class _Pool(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Name = ""
    state: Word = ""
    status: str = ""
    action: str = ""
    scan_stats: _Scan = _Scan()
    removal_stats: _Pass = _Pass()
    raidz_expand_stats: _Pass = _Pass()
    vdevs: Mapping[str, _Node] | None = None
    special: Mapping[str, _Node] = Field(default_factory=dict)
    dedup: Mapping[str, _Node] = Field(default_factory=dict)
    logs: Mapping[str, _Node] = Field(default_factory=dict)
    l2cache: Mapping[str, _Node] = Field(default_factory=dict)
    spares: Mapping[str, _Node] = Field(default_factory=dict)
    error_count: Annotated[int | None, BeforeValidator(_maybe)] = None


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    pools: Mapping[str, _Pool]
    time: Any = None


class ZpoolFormatError(ValueError):
    """A document is not as `zpool status` writes it; the message is a clause that says where."""


def pools_of(document: object) -> tuple[PoolStatus, ...]:
    """Return the pools of a document.

    Raises:
        ZpoolFormatError: It is not as `zpool status -j` writes it.
    """
    try:
        read = _Document.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(str(part) for part in first["loc"])[:120]
        raise ZpoolFormatError(f"{where}: {first['msg'][:120]}") from error
    now = exactly(read.time)
    return tuple(_pool(key, pool, now) for key, pool in read.pools.items())


def _pool(key: str, pool: _Pool, now: int | None) -> PoolStatus:
    trouble: list[str] = []
    roots = pool.vdevs or {}
    nodes = [*roots.values(), *(n for r in roots.values() for n in (r.vdevs or {}).values())]
    if any(node.parent is not None for node in nodes):
        trouble.append("it was written with --json-flat-vdevs, which does not tell groups apart; "
                       "record it without")  # fmt: skip
        roots = {}
    elif len(roots) != 1:
        trouble.append("it does not say which drives the pool is made of")
    root = next(iter(roots.values()), None)
    # `-e` leaves out what is healthy, and with it the drives that are asked about here.
    tops = _vdevs(root.vdevs or {}) if root is not None else ()
    if root is not None and not tops:
        trouble.append("it names no drive of the pool; record it without -e")
    if "suspended" in f"{pool.status} {pool.action}".lower() and pool.state != "SUSPENDED":
        trouble.append("its input and output are suspended")
    trouble += _passes(pool)
    return PoolStatus(
        name=pool.name or key,
        state=pool.state,
        vdevs=tops,
        classes=tuple(
            (kind, vdev)
            for kind, found in (
                ("special", pool.special), ("dedup", pool.dedup), ("log", pool.logs),
            )
            for vdev in _vdevs(found)
        ),
        cache=_vdevs(pool.l2cache),
        spares=_vdevs(pool.spares),
        resilver=_resilver(pool.scan_stats, now),
        rebuilds=tuple(
            (name, Rebuild("a sequential resilver runs", percent(r.scanned, r.to_scan)))
            for name, r in pool.scan_stats.rebuild_stats.items()
            if r.state == "ACTIVE"
        ),
        scrub=_scrub(pool.scan_stats),
        data_errors=_data_errors(pool),
        trouble=tuple(trouble),
    )  # fmt: skip


def _data_errors(pool: _Pool) -> int:
    """Return how many data errors are known; where they are not counted, the status tells."""
    if pool.error_count is not None:
        return pool.error_count
    return int("corrupt" in pool.status.lower())


def _passes(pool: _Pool) -> Iterator[str]:
    if pool.removal_stats.state == "SCANNING":
        yield "a vdev is being removed from it"
    if pool.raidz_expand_stats.state == "SCANNING":
        yield "one of its groups is being expanded"
    scan = pool.scan_stats
    if scan.function == "RESILVER" and scan.state in ("FINISHED", "CANCELED") and scan.errors:
        yield f"its last resilver ended with {scan.errors} errors"
    for name, rebuilt in scan.rebuild_stats.items():
        if rebuilt.errors:
            yield f"the last sequential resilver of {name} had {rebuilt.errors} errors"


def _vdevs(nodes: Mapping[str, _Node]) -> tuple[Vdev, ...]:
    return tuple(
        _vdev(name, node) for name, node in nodes.items() if node.vdev_type not in ("hole",)
    )


def _vdev(key: str, node: _Node) -> Vdev:
    name = node.name or key
    children = _vdevs(node.vdevs or {})
    healthy = node.state in ("ONLINE", "HEALTHY")
    return Vdev(
        name=name,
        kind=node.vdev_type or kind_by_name(name, has_children=bool(children)),
        state="UNAVAIL" if node.state == _UNOPENED else node.state,
        path=node.path,
        was=node.was,
        errors=(node.read_errors, node.write_errors, node.checksum_errors),
        # The counter stays when a resilver has ended; whether one runs is the pool's to say.
        filling=healthy and not children and bool(node.scan_processed or node.resilver_deferred),
        size_bytes=exactly(node.phys_space),
        words=_words(node),
        children=children,
    )


def _words(node: _Node) -> str:
    if node.used_by:
        return f"used by pool {node.used_by}"
    if node.resilver_deferred:
        return "awaiting resilver"
    return _AUXILIARY.get(node.aux, node.aux.lower().replace("_", " "))


def _resilver(scan: _Scan, now: int | None) -> Rebuild | None:
    if scan.function != "RESILVER" or scan.state != "SCANNING":
        return None
    whole = max(scan.to_examine - scan.skipped, 0)
    left = None
    if now is not None and scan.pass_start and now > scan.pass_start and scan.issued_bytes_per_scan:
        rate = scan.issued_bytes_per_scan / (now - scan.pass_start)
        left = int(max(whole - scan.issued, 0) / rate)
    return Rebuild("a resilver runs", percent(scan.issued, whole), left)


def _scrub(scan: _Scan) -> str:
    if scan.function not in ("SCRUB", "ERRORSCRUB") or scan.state != "SCANNING":
        return ""
    done = percent(scan.issued, max(scan.to_examine - scan.skipped, 0))
    return "a scrub runs" if done is None else f"a scrub runs, {done:.1f} % done"
