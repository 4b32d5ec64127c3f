"""ZFS pools that nobody has: `zpool status` in JSON, and the same in words."""

from dataclasses import dataclass, field, replace

SIZE = 4_000_776_544_256
# Bytes of the partition that ZFS makes of a drive of 4 TB.
WHOLE = ("ONLINE", "HEALTHY")


@dataclass(frozen=True)
class Leaf:
    """A device."""

    serial: str
    state: str = "ONLINE"
    errors: tuple[int, int, int] = (0, 0, 0)
    words: str = ""
    resilvering: bool = False
    name: str = ""

    @property
    def called(self):
        return self.name or f"ata-MADE_UP-4000_{self.serial}"

    @property
    def path(self):
        if self.words.startswith("was "):
            return self.words.removeprefix("was ")
        return f"/dev/disk/by-id/{self.called}-part1"


@dataclass(frozen=True)
class Top:
    """A vdev with devices, or with places that two devices share."""

    name: str
    children: tuple = ()
    state: str = "ONLINE"

    @property
    def called(self):
        return self.name


@dataclass(frozen=True)
class Pool:
    """A pool as `zpool status` tells of it."""

    tops: tuple = ()
    name: str = "tank"
    state: str = "ONLINE"
    status: str = ""
    scan: str = ""
    done: float = 12.5
    data_errors: int = 0
    classes: dict = field(default_factory=dict)
    cache: tuple = ()
    spares: tuple = ()

    def but(self, **changes):
        return replace(self, **changes)


def raidz(parity, number, *leaves, state=None):
    """Return a raidz group; its state follows from its leaves."""
    bad = sum(isinstance(leaf, Leaf) and leaf.state not in (*WHOLE, "DEGRADED") for leaf in leaves)
    hurt = bad or any(not isinstance(c, Leaf) or c.state == "DEGRADED" for c in leaves)
    own = "UNAVAIL" if bad > parity else "DEGRADED" if hurt else "ONLINE"
    return Top(f"raidz{parity}-{number}", tuple(leaves), state or own)


def mirror(number, *leaves):
    bad = sum(leaf.state not in (*WHOLE, "DEGRADED") for leaf in leaves if isinstance(leaf, Leaf))
    own = "UNAVAIL" if bad == len(leaves) else "DEGRADED" if bad else "ONLINE"
    return Top(f"mirror-{number}", tuple(leaves), own)


def leaves(first, number):
    """Return whole devices with serial numbers from `MADE0001` on."""
    return tuple(Leaf(f"MADE{n:04d}") for n in range(first, first + number))


def document(*pools, integers=True):
    """Return what `zpool status -j --json-int` writes; without `integers`, rounded words."""
    return {
        "output_version": {"command": "zpool status", "vers_major": 0, "vers_minor": 1},
        "time": 1_796_000_000,
        "pools": {pool.name: _pool(pool, integers) for pool in pools},
    }


def _pool(pool, integers):
    return {
        "name": pool.name,
        "state": pool.state,
        "pool_guid": 3_920_273_586_464_696_295,
        "status": pool.status,
        **({"scan_stats": _scan(pool, integers)} if pool.scan else {}),
        "vdevs": {
            pool.name: {
                "name": pool.name, "vdev_type": "root", "state": pool.state,
                "read_errors": _n(0, integers), "vdevs": _nodes(pool.tops, integers, pool),
            }
        },
        **{
            {"log": "logs"}.get(name, name): _nodes(tops, integers, pool)
            for name, tops in pool.classes.items()
        },
        **({"l2cache": _nodes(pool.cache, integers, pool)} if pool.cache else {}),
        **({"spares": _nodes(pool.spares, integers, pool)} if pool.spares else {}),
        "error_count": _n(pool.data_errors, integers),
    }  # fmt: skip


def _scan(pool, integers):
    whole = 1_000_000
    return {
        "function": pool.scan.upper(), "state": "SCANNING", "errors": _n(0, integers),
        "to_examine": _n(whole, integers), "skipped": _n(0, integers),
        "issued": _n(int(whole * pool.done / 100), integers),
        "issued_bytes_per_scan": _n(int(whole * pool.done / 100), integers),
        "pass_start": _n(1_796_000_000 - 1_000, integers),
    }  # fmt: skip


def _n(value, integers):
    return value if integers else str(value)


def _nodes(found, integers, pool):
    return {one.called: _node(one, integers, pool) for one in found}


def _node(one, integers, pool):
    if isinstance(one, Top):
        kind = one.name.partition("-")[0].rstrip("123").partition(":")[0].rstrip("123")
        return {
            "name": one.name, "vdev_type": kind, "guid": _n(1, integers), "state": one.state,
            "read_errors": _n(0, integers), "write_errors": _n(0, integers),
            "checksum_errors": _n(0, integers), "vdevs": _nodes(one.children, integers, pool),
        }  # fmt: skip
    reads, writes, sums = one.errors
    return {
        "name": one.called,
        "vdev_type": "dspare" if one.called.startswith("draid") else "disk",
        "path": one.path,
        "state": one.state,
        "phys_space": SIZE if integers else "3.64T",
        "read_errors": _n(reads, integers),
        "write_errors": _n(writes, integers),
        "checksum_errors": _n(sums, integers),
        **({"scan_processed": _n(4096, integers)} if one.resilvering else {}),
        **({"was": one.words.removeprefix("was ")} if one.words.startswith("was ") else {}),
        **({"aux": "ERR_EXCEEDED"} if one.words == "too many errors" else {}),
    }


def text(*pools):
    """Return what `zpool status -P` writes of the same pools."""
    return "\n".join(_text(pool) for pool in pools)


def _text(pool):
    lines = [f"  pool: {pool.name}", f" state: {pool.state}"]
    if pool.status:
        lines += [f"status: {pool.status}", "\tand goes on here."]
    if pool.scan == "resilver":
        lines += [
            "  scan: resilver in progress since Mon Nov 30 03:00:00 2026",
            "\t976K / 976K scanned at 1K/s, 122K / 976K issued at 122B/s",
            f"\t100K resilvered, {pool.done:.2f}% done, 01:56:40 to go",
        ]
    elif pool.scan:
        lines += [
            "  scan: scrub in progress since Mon Nov 30 03:00:00 2026",
            f"\t0B repaired, {pool.done:.2f}% done, 01:56:40 to go",
        ]
    lines += ["config:", "", "\tNAME  STATE     READ WRITE CKSUM"]
    lines += [f"\t{pool.name}  {pool.state}     0     0     0"]
    for top in pool.tops:
        lines += _rows(top, 2)
    for name, tops in pool.classes.items():
        lines.append(f"\t{ {'log': 'logs'}.get(name, name) }\t")
        for top in tops:
            lines += _rows(top, 2)
    for name, found in (("cache", pool.cache), ("spares", pool.spares)):
        if found:
            lines.append(f"\t{name}")
        for leaf in found:
            lines += _rows(leaf, 2, counts=name != "spares")
    errors = f"{pool.data_errors} data errors, use '-v' for a list"
    lines += ["", f"errors: {errors if pool.data_errors else 'No known data errors'}", ""]
    return "\n".join(lines)


def _rows(one, depth, *, counts=True):
    if isinstance(one, Top):
        rows = [f"\t{' ' * depth}{one.name}  {one.state}     0     0     0"]
        for child in one.children:
            rows += _rows(child, depth + 2)
        return rows
    numbers = "  ".join(str(n) for n in one.errors) if counts else ""
    words = f"  {one.words}" if one.words else ""
    words += "  (resilvering)" if one.resilvering else ""
    name = one.called if one.called.isdigit() or one.called.startswith("draid") else one.path
    return [f"\t{' ' * depth}{name}  {one.state}     {numbers}{words}"]


def raidz2_pool(*changed, **changes):
    """Return a pool of one raidz2 of six with a hot spare; `changed` leaves stand for the first."""
    members = (*changed, *leaves(len(changed) + 1, 6 - len(changed)))
    top = raidz(2, 0, *members)
    state = "ONLINE" if top.state == "ONLINE" else "DEGRADED"
    return Pool((top,), **{"state": state, **changes})
