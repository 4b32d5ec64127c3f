"""Drive layouts: how drives are grouped for redundancy, and the words in which that is written.

The same words stand in bills (`layout = "raidz2:15x3"`) and in the options of every command.
"""

import re
from dataclasses import dataclass
from typing import Literal

Scheme = Literal[
    "raidz", "draid", "mdraid", "mirror", "single", "ceph-ec", "ceph-rep", "seaweed-rs",
    "seaweed-rep",
]  # fmt: skip

EXAMPLES = (
    "raidz2:15x3", "draid2:6d:24c:0s", "mdraid6:15x3", "mirror:2x22", "ceph-ec:8+3", "ceph-rep:3",
    "seaweed-rs:10+4", "seaweed-rep:010", "single",
)  # fmt: skip

MOST = 10_000
# Drives of one layout: the largest raidz has 255 children, a cluster of 20 pods 1,200 drives.


class LayoutError(ValueError):
    """A layout that cannot be, or words that are none."""


@dataclass(frozen=True, slots=True)
class DriveLayout:
    """How drives are grouped, so that some may fail without loss.

    Attributes:
        scheme: Who keeps the redundancy.
        level: Of mdraid (0, 1, 5, 6, 10), else None.
        data: Drives' worth of data in one stripe (a mirror or replica: 1).
        parity: Drives of one group that may fail without loss, whichever they are.
        width: Drives of one group: `data` + `parity`, but for dRAID all its children and for
            mdraid10 all its members.
        groups: How many groups; None where the layout spreads over any number of drives
            (ceph, seaweed, single).
        spares: Distributed spares in each dRAID group.
        written: The words, in their usual form.
    """

    scheme: Scheme
    data: int
    parity: int
    width: int
    groups: int | None
    written: str
    level: int | None = None
    spares: int = 0

    @property
    def drives(self) -> int | None:
        """Return the drives that it takes; None where it takes any number of at least `width`."""
        return None if self.groups is None else self.width * self.groups

    @property
    def has_parity(self) -> bool:
        """Return whether a write changes parity, which shingled drives do very slowly."""
        return self.scheme in ("raidz", "draid", "ceph-ec", "seaweed-rs") or self.level in (5, 6)

    @property
    def is_cluster(self) -> bool:
        """Return whether its members may sit in several pods."""
        return self.scheme.startswith(("ceph", "seaweed"))

    def __str__(self) -> str:
        """Write the layout as a bill does."""
        return self.written


_RAIDZ = re.compile(r"(?:raid-?)?z(?P<parity>[123]):(?P<width>\d+)(?:[x×*](?P<groups>\d+))?")
_DRAID = re.compile(r"draid(?P<parity>[123])?(?P<options>(?::\d+[dcs])*)(?:[x×*](?P<groups>\d+))?")
_MDRAID = re.compile(r"(?:md)?raid-?(?P<level>10|[0156]):(?P<width>\d+)(?:[x×*](?P<groups>\d+))?")
_MIRROR = re.compile(r"mirror:(?P<width>\d+)(?:[x×*](?P<groups>\d+))?")
_CODED = re.compile(r"(?P<scheme>ceph-ec|seaweed-rs):(?P<data>\d+)\+(?P<parity>\d+)")
_COPIES = re.compile(r"ceph-rep:(?P<copies>\d+)")
_SEAWEED = re.compile(r"seaweed-rep:(?P<digits>\d{3})")


def read_layout(written: str) -> DriveLayout:
    """Return the layout that words such as `raidz2:15x3` mean; case and spaces do not matter.

    Raises:
        LayoutError: The words are no layout, or no such layout can be; the message says why.

    >>> read_layout("RAIDZ2: 15 x 3")
    DriveLayout(scheme='raidz', data=13, parity=2, width=15, groups=3, written='raidz2:15x3', \
level=None, spares=0)
    """
    words = re.sub(r"\s+", "", written).lower()
    for read in (_raidz, _draid, _mdraid, _mirror, _coded, _copies, _seaweed_copies, _single):
        if (layout := read(words)) is not None:
            if (layout.drives or layout.width) > MOST:
                raise LayoutError(f"{written!r} takes more than {MOST:,} drives")
            return layout
    raise LayoutError(f"{written!r} is no layout; write it like {', '.join(EXAMPLES)}")


def _groups(match: re.Match[str], words: str) -> int:
    groups = _whole(match["groups"]) if match["groups"] else 1
    if groups < 1:
        raise LayoutError(f"{words}: a layout has at least one group")
    return groups


def _whole(digits: str) -> int:
    """Return a whole number; one with more than nine digits is no number of drives."""
    if len(digits) > 9:
        raise LayoutError(f"{digits[:12]}... is no number of drives")
    return int(digits)


def _raidz(words: str) -> DriveLayout | None:
    if (match := _RAIDZ.fullmatch(words)) is None:
        return None
    parity, width, groups = int(match["parity"]), _whole(match["width"]), _groups(match, words)
    if width <= parity:
        raise LayoutError(f"{words}: raidz{parity} needs at least {parity + 1} drives in a group")
    if width > 255:
        raise LayoutError(f"{words}: a raidz group has at most 255 drives")
    return DriveLayout(
        "raidz", width - parity, parity, width, groups, f"raidz{parity}:{width}x{groups}"
    )


def _draid(words: str) -> DriveLayout | None:
    if (match := _DRAID.fullmatch(words)) is None:
        return None
    parity, groups = int(match["parity"] or 1), _groups(match, words)
    numbers: dict[str, int] = {}
    for option in filter(None, match["options"].split(":")):
        if option[-1] in numbers:
            raise LayoutError(f"{words}: `{option[-1]}` is given twice")
        numbers[option[-1]] = _whole(option[:-1])
    if (children := numbers.get("c")) is None:
        raise LayoutError(f"{words}: dRAID needs its number of drives, such as `24c`")
    spares = numbers.get("s", 0)
    # zpool's own default: 8 data drives, or as many as there are (zpoolconcepts(7), dRAID).
    data = numbers.get("d", min(8, children - spares - parity))
    if data < 1 or data + parity > children - spares:
        raise LayoutError(
            f"{words}: {data} data and {parity} parity drives do not fit {children} drives "
            f"less {spares} spares"
        )
    if children > 255:
        raise LayoutError(f"{words}: a dRAID group has at most 255 drives")
    if spares > 100:
        raise LayoutError(f"{words}: dRAID has at most 100 distributed spares")
    tail = f"x{groups}" if groups > 1 else ""
    return DriveLayout(
        "draid", data, parity, children, groups,
        f"draid{parity}:{data}d:{children}c:{spares}s{tail}", spares=spares,
    )  # fmt: skip


_PARITY_OF_LEVEL = {0: 0, 1: 1, 5: 1, 6: 2, 10: 1}
_LEAST_OF_LEVEL = {0: 1, 1: 2, 5: 3, 6: 4, 10: 2}
# mdadm(8): RAID5 wants 3 devices for redundancy to pay (2 are a mirror), RAID6 4.


def _mdraid(words: str) -> DriveLayout | None:
    if (match := _MDRAID.fullmatch(words)) is None:
        return None
    level, width, groups = int(match["level"]), _whole(match["width"]), _groups(match, words)
    if width < _LEAST_OF_LEVEL[level]:
        raise LayoutError(f"{words}: RAID{level} needs at least {_LEAST_OF_LEVEL[level]} drives")
    # RAID1 keeps a copy on each member; RAID10 keeps two copies (near=2) on any number of members.
    parity = width - 1 if level == 1 else _PARITY_OF_LEVEL[level]
    data = 1 if level in (1, 10) else width - parity
    return DriveLayout(
        "mdraid", data, parity, width, groups, f"mdraid{level}:{width}x{groups}", level=level
    )


def _mirror(words: str) -> DriveLayout | None:
    if (match := _MIRROR.fullmatch(words)) is None:
        return None
    width, groups = _whole(match["width"]), _groups(match, words)
    if width < 2:
        raise LayoutError(f"{words}: a mirror has at least 2 drives")
    return DriveLayout("mirror", 1, width - 1, width, groups, f"mirror:{width}x{groups}")


def _coded(words: str) -> DriveLayout | None:
    if (match := _CODED.fullmatch(words)) is None:
        return None
    data, parity = _whole(match["data"]), _whole(match["parity"])
    scheme: Scheme = "ceph-ec" if match["scheme"] == "ceph-ec" else "seaweed-rs"
    if data < 1 or parity < 1:
        raise LayoutError(f"{words}: erasure coding needs at least one data and one coding shard")
    # SeaweedFS: `weed shell ec.encode` allows at most 32 shards; Ceph k + m stays far below 256.
    most = 32 if scheme == "seaweed-rs" else 255
    if data + parity > most:
        raise LayoutError(f"{words}: {scheme} has at most {most} shards")
    return DriveLayout(scheme, data, parity, data + parity, None, f"{scheme}:{data}+{parity}")


def _copies(words: str) -> DriveLayout | None:
    if (match := _COPIES.fullmatch(words)) is None:
        return None
    copies = _whole(match["copies"])
    if not 1 <= copies <= 10:
        raise LayoutError(f"{words}: Ceph keeps 1 to 10 copies")
    return DriveLayout("ceph-rep", 1, copies - 1, copies, None, f"ceph-rep:{copies}")


def _seaweed_copies(words: str) -> DriveLayout | None:
    if (match := _SEAWEED.fullmatch(words)) is None:
        return None
    # Further copies in other data centers, in other racks, on other servers (SeaweedFS wiki).
    copies = 1 + sum(int(digit) for digit in match["digits"])
    return DriveLayout("seaweed-rep", 1, copies - 1, copies, None, f"seaweed-rep:{match['digits']}")


def _single(words: str) -> DriveLayout | None:
    return DriveLayout("single", 1, 0, 1, None, "single") if words == "single" else None
