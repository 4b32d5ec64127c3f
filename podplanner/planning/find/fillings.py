"""What the drives of a pod can be grouped into, with figures that no case changes."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.planning.durability.chain import probability
from podplanner.planning.find.design import (
    CAPACITY_DIGITS,
    Worth,
    allows,
    floored,
    hops,
    spreads_over,
)
from podplanner.planning.find.dominance import Merits, undominated
from podplanner.planning.find.layouts import (
    Pace,
    capacity,
    cluster_layouts,
    fits_layout,
    layouts_of,
    loss,
    nines_of,
    pod_hazard,
    shares,
)
from podplanner.planning.find.need import Need


@dataclass(frozen=True, slots=True)
class Filling:
    """A number of drives of one model under one layout, in one or several pods.

    Attributes:
        osds: Whether each drive is an OSD of Ceph, and wants memory.
        capacity: Recommended bytes; of one pod, or of the whole cluster.
        hazard: Of one pod, a year's cumulative hazard; of a cluster not used.
        nines: Of a cluster; else those of one pod.
        pods: Of a cluster; 0: pods are pools of their own, and any number of them will do.
    """

    layout: DriveLayout
    osds: bool
    capacity: int
    read_share: int
    write_share: int
    read_hop: int
    write_hop: int
    hazard: float
    nines: int
    pods: int = 0

    def total(self, pods: int) -> int:
        """Return the recommended bytes of so many pods."""
        return self.capacity if self.pods else pods * self.capacity

    def nines_of(self, pods: int) -> int:
        """Return the nines of so many pods together."""
        return self.nines if self.pods else nines_of(probability(pods * self.hazard))


@dataclass(frozen=True, slots=True)
class Shelf:
    """Fillings of single pods that hold what is needed in the same number of pods.

    Attributes:
        pods: That number: no fewer hold it.
        best: Those that none of the others equals or exceeds; `every` has all.
        read_share, write_share: The least of all.
    """

    pods: int
    best: tuple[Filling, ...]
    every: tuple[Filling, ...]
    read_share: int
    write_share: int


class Fillings:
    """The fillings of one drive model that a need leaves open, computed once for all cases."""

    def __init__(self, need: Need, pace: Pace, worth: Worth) -> None:
        """Start with nothing computed."""
        self._need, self._pace = need, pace
        self._worth = worth
        self._alone: dict[int, tuple[Shelf, ...]] = {}
        self._clusters: dict[tuple[int, str, int], Filling | None] = {}
        self._open = tuple(
            layout
            for layout in cluster_layouts(need.pods_max)
            if allows(need, layout) and fits_layout(pace.drive, layout)
        )

    def alone(self, drives: int) -> tuple[Shelf, ...]:
        """Return the fillings of pods that are pools of their own, by the pods that they take."""
        if drives not in self._alone:
            by_pods: dict[int, list[Filling]] = defaultdict(list)
            for layout in layouts_of(drives):
                if (filling := self._of_pod(layout, drives)) is None:
                    continue
                pods = max(1, -(-self._need.usable // filling.capacity))
                if pods <= self._need.pods_max and filling.nines_of(pods) >= self._need.nines:
                    by_pods[pods].append(filling)
            self._alone[drives] = tuple(
                self._shelf(pods, by_pods[pods]) for pods in sorted(by_pods)
            )
        return self._alone[drives]

    def _shelf(self, pods: int, every: list[Filling]) -> Shelf:
        return Shelf(
            pods, tuple(undominated(every, lambda filling: self.merits(filling, pods))),
            tuple(every), min(f.read_share for f in every), min(f.write_share for f in every),
        )  # fmt: skip

    def merits(self, filling: Filling, pods: int) -> Merits:
        """Return what makes a filling better than another in the same number of pods."""
        return (
            floored(min(filling.total(pods), self._worth.capacity), CAPACITY_DIGITS),
            min(filling.nines_of(pods), self._worth.nines), filling.read_share,
            filling.write_share, filling.read_hop, filling.write_hop,
        )  # fmt: skip

    def _of_pod(self, layout: DriveLayout, drives: int) -> Filling | None:
        """Return one filling; None where even one pod is not safe enough.

        More pods only add to what can be lost.
        """
        need, pace = self._need, self._pace
        if not allows(need, layout) or not fits_layout(pace.drive, layout):
            return None
        hazard = pod_hazard(layout, pace, drives)
        nines = nines_of(probability(hazard))
        if nines < need.nines:
            return None
        holds = capacity(layout, pace, drives, 1)
        if not holds:
            return None
        return Filling(layout, False, holds, *shares(layout), *hops(layout), hazard, nines)

    def clusters(self) -> Iterator[DriveLayout]:
        """Yield the layouts that spread over pods, are open, and have a pod for each part."""
        most = self._need.pods_max
        return (layout for layout in self._open if spreads_over(layout, most))

    def fewest(self, layout: DriveLayout, drives: int) -> int:
        """Return a number of pods below which a cluster cannot hold what is needed."""
        raw = max(drives * self._pace.bytes * layout.data, 1)
        return max(layout.width, -(-self._need.usable * layout.width // raw))

    def cluster(self, layout: DriveLayout, drives: int, pods: int) -> Filling | None:
        """Return a cluster of so many pods; None where it holds too little, or is not safe."""
        key = (drives, layout.written, pods)
        if key not in self._clusters:
            self._clusters[key] = self._cluster(layout, drives, pods)
        return self._clusters[key]

    def _cluster(self, layout: DriveLayout, drives: int, pods: int) -> Filling | None:
        need, pace = self._need, self._pace
        holds = capacity(layout, pace, drives, pods)
        if not holds or holds < need.usable:
            return None
        nines = nines_of(loss(layout, pace, drives, pods))
        if nines < need.nines:
            return None
        osds = layout.scheme.startswith("ceph")
        return Filling(layout, osds, holds, *shares(layout), *hops(layout), 0.0, nines, pods)
