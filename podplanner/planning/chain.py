"""The way of the data from the drives to the network, as links that drives share.

What it consists of; `chaining` draws it up from a pod, and `bandwidth` says what it gives.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from podplanner.catalog.parts import Drive
from podplanner.planning.capacities import Capacity
from podplanner.planning.sharing import Flow
from podplanner.planning.topology import Basis, Bay


class Step(StrEnum):
    """A sort of link, in the order of the way."""

    PORT = "drive port"
    UPLINK = "backplane link"
    SWITCHING = "one drive at a time"
    ADAPTER = "adapter's PCIe link"
    CHIPSET = "chipset link"
    OUTWARD = "chipset link, outward"
    CARD = "network card's PCIe link"
    NETWORK = "network"


OUTWARD = (Step.OUTWARD, Step.CARD, Step.NETWORK)
"""Steps from the host on: links side by side, over any of which the data of any drive may go."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link, or several side by side, that drives share.

    Attributes:
        name: Which one: `backplane 3`.
        subject: The part whose figures decide, in words; links with one subject have one capacity.
        adapter: Number of the adapter that it leads to or is of; None: of none, or of all.
        question: Whether it stands for a doubt alone (does this way lead there at all?) and is
            otherwise left out.
    """

    step: Step
    name: str
    subject: str
    capacity: Capacity
    adapter: int | None = None
    question: bool = False


@dataclass(frozen=True, slots=True)
class Outlet:
    """A network card, or the board's own network ports.

    Attributes:
        ports: Index of the link that its ports are.
        card: Index of its PCI Express link; None: it has none of its own.
        chipset: Whether it hangs behind the chipset; None: unknown.
    """

    ports: int
    card: int | None
    chipset: bool | None


@dataclass(frozen=True, slots=True)
class Chain:
    """The links of a pod, and the way of every drive through them to the host.

    Attributes:
        bays: The bays that count: those with a drive, or all of them where the list has no drives.
        flows: One a bay, in their order.
        outlets: Ways from the host to the network, side by side.
        outward: Index of the chipset link, for what goes out through it; None: nothing does.
        doubt: Index of the same, for what may go out through it; None: all is known.
        basis: What the wiring rests on.
        notes: What was assumed, a sentence each.
    """

    bays: tuple[Bay, ...]
    links: tuple[Link, ...]
    flows: tuple[Flow, ...]
    outlets: tuple[Outlet, ...]
    outward: int | None
    doubt: int | None
    basis: Basis
    notes: tuple[str, ...]


@dataclass(slots=True)
class Draft:
    """Links as they are found, each once, by what they are the link of."""

    links: list[Link] = field(default_factory=list)
    found: dict[tuple[object, ...], int] = field(default_factory=dict)

    def add(self, key: tuple[object, ...], make: Callable[[], Link]) -> int:
        """Return the index of the link with that key; it is made when it is new."""
        if key not in self.found:
            self.found[key] = len(self.links)
            self.links.append(make())
        return self.found[key]


def rate_of(bay: Bay) -> int | None:
    """Return what the drive of a bay reads in sequence at most; None: unknown."""
    part = bay.drive.part if bay.drive else None
    if not isinstance(part, Drive) or part.sustained_rate is None or part.sustained_rate <= 0:
        return None
    return int(part.sustained_rate)
