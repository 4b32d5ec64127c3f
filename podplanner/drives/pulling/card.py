"""The card for one drive: where it is, whether it may be pulled now, and how it is replaced."""

from dataclasses import dataclass
from enum import StrEnum

from podplanner.catalog.bay_map import MappedBay
from podplanner.drives.arrays.state import Rebuild
from podplanner.drives.assessment import Verdict
from podplanner.drives.checked import CheckedDrive


class Safety(StrEnum):
    """Whether the drive may be pulled out now."""

    SAFE = "SAFE TO PULL"
    """Afterwards its group still stands the loss of another drive."""
    WAIT = "WAIT"
    """Not yet: something is to be done, or to end, first."""
    DO_NOT_PULL = "DO NOT PULL"
    """Data would be lost or at stake, or it is not known whether they would."""


CAUTION = (Safety.SAFE, Safety.WAIT, Safety.DO_NOT_PULL)
"""From the boldest to the most cautious; of several the most cautious holds."""


@dataclass(frozen=True, slots=True)
class Pull:
    """Whether a drive may be pulled, and why."""

    safety: Safety
    reason: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The bay beside, to see that one is at the right place.

    Attributes:
        side: `before` (the lower number) or `after`, on the same backplane.
        serial: On the label of the drive in it; None: none is known.
        empty: The map says that no drive is in it.
    """

    side: str
    bay: int
    serial: str | None
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of several drives of which it may be any."""

    serial: str
    bay: int | None = None


@dataclass(frozen=True, slots=True)
class InGroup:
    """The group that the drive is in.

    Attributes:
        array: Its name (`tank`, `md0`), and `array_kind` (`zfs`, `md`, `ceph`).
        member: By which the array's commands know the drive.
        state: Of the member, in words.
        spare_losses: How many more members may go without loss, now; None unknown.
        after_pull: The same when the drive is pulled.
    """

    array: str
    array_kind: str
    group: str
    group_kind: str
    member: str
    state: str
    spare_losses: int | None
    after_pull: int | None
    rebuild: Rebuild | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: by hand, or a command to type; podplanner never runs it.

    Attributes:
        command: Ready for a shell, names quoted; empty: by hand.
    """

    words: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Spare:
    """The drive to put in its stead.

    Attributes:
        kind: `hot spare`, `spare in a bay`, or `line of the bill`.
        name: The array's name for it, its device, or its part.
        size_bytes: Exactly; `assumed` says that this is what drives of its label hold.
        line: Id of its line in the bill; None: in none.
        position: 1-based position of that line.
        on_shelf: Spares that the line buys beyond those in bays; None: not of the bill.
    """

    kind: str
    name: str
    size_bytes: int
    assumed: bool = False
    serial: str | None = None
    bay: int | None = None
    line: str | None = None
    position: int | None = None
    on_shelf: int | None = None


@dataclass(frozen=True, slots=True)
class SpareSearch:
    """What was looked for, what was found, and what was not taken.

    Attributes:
        need_bytes: The least that fits; None: not known.
        refused: Drives that do not do, a sentence each.
    """

    need_bytes: int | None
    found: Spare | None
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """What to do about one drive.

    Attributes:
        drive: Its reading and verdict; None: it does not answer, and is known by its place alone.
        bay: None: no map says where it is.
        serial: As on the label; None unknown.
        verdict: UNKNOWN for a drive that does not answer.
        reason: Why it is this drive, one sentence.
        evidence: The rest, a sentence each.
        candidates: Drives of which it may be any, where elimination leaves several.
        groups: Those that it is in; the one in most danger first.
        steps: To replace it, in their order.
        after: To check when it is replaced.
        based_on: Where the state of the arrays was read.
    """

    drive: CheckedDrive | None
    bay: MappedBay | None
    model: str | None
    serial: str | None
    device: str | None
    verdict: Verdict
    reason: str
    pull: Pull
    evidence: tuple[str, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    groups: tuple[InGroup, ...] = ()
    spare: SpareSearch = SpareSearch(None, None)
    steps: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()
    based_on: tuple[str, ...] = ()
