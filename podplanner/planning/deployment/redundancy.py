"""How a cluster keeps each volume more than once: SeaweedFS' copies, and its erasure coding."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from podplanner.catalog.drive_layout import DriveLayout, LayoutError, read_layout
from podplanner.planning.deployment.result import DeploymentError

MOST_COPIES = 3
# What `--replicas` offers; a plan may name other digits.


@dataclass(frozen=True, slots=True)
class Redundancy:
    """Further copies of each volume, by how far away they lie, and what cold volumes become.

    Attributes:
        other_centers: Copies in other data centers.
        other_racks: Copies in other racks of the same data center.
        other_servers: Copies on other pods of the same rack.
        coding: Into what full volumes that have been quiet are encoded; None: they stay copies.
    """

    other_centers: int
    other_racks: int
    other_servers: int
    coding: DriveLayout | None = None

    @property
    def copies(self) -> int:
        """Return how often each volume is kept, the first time too."""
        return 1 + self.other_centers + self.other_racks + self.other_servers

    @property
    def placement(self) -> str:
        """Return the three digits that SeaweedFS takes as -defaultReplication."""
        return f"{self.other_centers}{self.other_racks}{self.other_servers}"

    @property
    def racks_wanted(self) -> int:
        """Return the racks that a volume needs."""
        return 1 + self.other_racks

    @property
    def widest(self) -> int:
        """Return the copies of one volume that lie in one rack together, in the worst case."""
        return 1 + self.other_servers


def redundancy_of(layout: DriveLayout | None, copies: int | None, racks: Sequence[str],
                  coded: str | None = None) -> Redundancy:  # fmt: skip
    """Return what the plan says of redundancy between pods, or else the options.

    Copies go to as many racks as there are: `010` and `020` where each has a rack of its own, `001`
    where all pods share one.

    Args:
        layout: The plan's, of SeaweedFS; None: it says nothing of other pods.
        copies: As `--replicas` gives them.
        racks: The rack of each pod.
        coded: As `--erasure` gives it: `10+4`.

    Raises:
        DeploymentError: Plan and options contradict each other, or nothing says it.
    """
    coding = _coding(layout, coded)
    if layout is not None and layout.scheme == "seaweed-rep":
        if copies not in (None, layout.width):
            raise DeploymentError(
                f"the plan says {layout}, which is {layout.width} copies, not {copies}",
                fix="Leave --replicas out, or change the layout of the plan.",
            )
        centers, other_racks, servers = (int(digit) for digit in layout.written[-3:])
        return Redundancy(centers, other_racks, servers, coding)
    if copies is None and coding is not None:
        # New data is always kept as copies; two survive a pod until the volume is encoded.
        copies = 2
    if copies is None:
        raise DeploymentError(
            "the plan says nothing of copies in other pods",
            fix="Add --replicas 2, or --erasure 10+4 for what is seldom changed.",
        )
    counts = Counter(racks)
    others = min(copies, len(counts)) - 1
    return Redundancy(0, others, copies - 1 - others, coding)


def _coding(layout: DriveLayout | None, coded: str | None) -> DriveLayout | None:
    planned = layout if layout is not None and layout.scheme == "seaweed-rs" else None
    if coded is None:
        return planned
    try:
        asked = read_layout(f"seaweed-rs:{coded}")
    except LayoutError as error:
        raise DeploymentError(f"--erasure {coded}: {error}", fix="Write it as 10+4.") from error
    if planned is not None and planned != asked:
        raise DeploymentError(
            f"the plan says {planned}, not {coded}", fix="Leave --erasure out, or change the plan."
        )
    return asked
