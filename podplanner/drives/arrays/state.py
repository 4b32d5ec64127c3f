"""The state of arrays, in one form for ZFS, Linux md and Ceph."""

from dataclasses import dataclass
from enum import StrEnum


class MemberState(StrEnum):
    """How a member of a group stands."""

    ONLINE = "online"
    ERRORS = "errors"
    """Online with errors of read, write or checksum, or degraded."""
    REBUILDING = "rebuilding"
    """It is being filled: it does not count yet."""
    GONE = "gone"
    """Failed, removed, offline, missing, or taken out."""


@dataclass(frozen=True, slots=True)
class Member:
    """One drive of a group, as the array knows it.

    Attributes:
        name: As the array's own commands take it (`sdb`, `ata-WDC_...`, `osd.12`, a GUID).
        path: A device (`/dev/sdb1`), as far as the array says.
        serial: Where the array says, or its name holds it.
        size_bytes: What the array uses of it; None unknown.
        slot: Place that it shares with others (`spare-0`, `replacing-1`), which is whole while one
            of them is; None: it has its place alone.
    """

    name: str
    state: MemberState
    path: str | None = None
    serial: str | None = None
    size_bytes: int | None = None
    read_errors: int = 0
    write_errors: int = 0
    checksum_errors: int = 0
    words: str = ""
    slot: str | None = None


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A rebuild that runs: resilver, recovery, backfill.

    Attributes:
        percent: Done; None unknown.
        left_s: Seconds that the array estimates; None unknown.
    """

    words: str
    percent: float | None = None
    left_s: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Drives of which some may go before data does.

    Attributes:
        tolerance: How many members may be gone, when all others are whole; None unknown.
        gone: How many are gone or not filled yet, now. At `tolerance`, one more loses data.
        rebuild: In this group; None: none runs.
        trouble: Why the group cannot be trusted further (`permanent errors have been detected`).
    """

    name: str
    kind: str
    members: tuple[Member, ...]
    tolerance: int | None
    gone: int
    rebuild: Rebuild | None = None
    trouble: tuple[str, ...] = ()

    @property
    def spare_losses(self) -> int | None:
        """Return how many more members may go without loss; None where that is unknown."""
        return None if self.tolerance is None else self.tolerance - self.gone


@dataclass(frozen=True, slots=True)
class Array:
    """One pool, md device or cluster.

    Attributes:
        kind: `zfs`, `md` or `ceph`.
        spares: Hot spares that are not in use.
        scrub: A scrub or check that runs, in words; empty: none.
    """

    name: str
    kind: str
    groups: tuple[Group, ...]
    spares: tuple[Member, ...] = ()
    scrub: str = ""
    trouble: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArrayState:
    """All arrays of a pod.

    Attributes:
        source: Where it was read (`zpool status -j`, `/proc/mdstat`, a file).
        trouble: What could not be read, a sentence each; what is not known is never safe.
    """

    arrays: tuple[Array, ...] = ()
    source: tuple[str, ...] = ()
    trouble: tuple[str, ...] = ()

    @property
    def rebuilding(self) -> bool:
        """Return whether any rebuild runs."""
        return any(group.rebuild for array in self.arrays for group in array.groups)
