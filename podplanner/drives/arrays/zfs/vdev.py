"""What `zpool status` says of a pool, in one form for its JSON and its words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from podplanner.drives.arrays.state import Rebuild

_KIND = re.compile(r"(mirror|raidz|draid|replacing|spare|indirect)([1-3]?)(?::[0-9a-z:]+)?-\d+")
# How zpool_vdev_name() of libzfs calls what is no device; dRAID adds `:4d:11c:1s`.
_DISTRIBUTED = re.compile(r"draid[1-3]-\d+-\d+")
# A distributed spare: parity, vdev and number of the spare.

SHARED = ("spare", "replacing")
"""Kinds of vdev that stand in the place of one member."""


@dataclass(frozen=True, slots=True)
class Vdev:
    """One line of the tree.

    Attributes:
        kind: `disk`, `file`, `mirror`, `raidz`, `draid`, `spare`, `replacing`, `dspare`, ...
        state: In capitals, as written; empty: not said.
        was: Path at which a missing device was last.
        errors: Read, write and checksum.
        filling: Data are written to it now, or will be: it is not whole yet.
        size_bytes: Only where it is said exactly.
    """

    name: str
    kind: str
    state: str
    path: str | None = None
    was: str | None = None
    errors: tuple[int, int, int] = (0, 0, 0)
    filling: bool = False
    size_bytes: int | None = None
    words: str = ""
    children: tuple["Vdev", ...] = ()

    @property
    def parity(self) -> int | None:
        """Return the parity that the name of a raidz or dRAID tells; None: it tells none."""
        found = _KIND.fullmatch(self.name)
        return int(found[2]) if found and found[2] else None

    def leaves(self) -> Iterator["Vdev"]:
        """Return the devices under it, itself where it is one."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """One pool.

    Attributes:
        classes: Vdevs of special classes: (`special`, `dedup` or `log`, the vdev).
        resilver: Of the pool; None: none runs.
        rebuilds: Sequential rebuilds, (vdev, rebuild).
        data_errors: Files and blocks that are damaged for good; None: not said.
        trouble: What else is wrong, a sentence each.
    """

    name: str
    state: str
    vdevs: tuple[Vdev, ...]
    classes: tuple[tuple[str, Vdev], ...] = ()
    cache: tuple[Vdev, ...] = ()
    spares: tuple[Vdev, ...] = ()
    resilver: Rebuild | None = None
    rebuilds: tuple[tuple[str, Rebuild], ...] = ()
    scrub: str = ""
    data_errors: int | None = None
    trouble: tuple[str, ...] = ()


def kind_by_name(name: str, *, has_children: bool) -> str:
    """Return what a vdev is by its name; a device where the name says nothing else."""
    if found := _KIND.fullmatch(name):
        return found[1]
    if _DISTRIBUTED.fullmatch(name):
        return "dspare"
    return "unknown" if has_children else "disk"
