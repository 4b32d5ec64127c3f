"""What the drives of a pod can be grouped into, with figures that no case changes."""

from dataclasses import dataclass

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.planning.durability.chain import probability
from podplanner.planning.find.design import allows, hops
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


class Fillings:
    """The fillings of one drive model that a need leaves open, computed once for all cases.

    Attributes:
        left_out: Layouts that were left out, since no number of pods makes them meet the need.
    """

    def __init__(self, need: Need, pace: Pace) -> None:
        """Start with nothing computed."""
        self._need, self._pace = need, pace
        self._alone: dict[int, tuple[Filling, ...]] = {}
        self._clusters: dict[tuple[int, str, int], Filling] = {}
        self._open = tuple(
            layout
            for layout in cluster_layouts(need.pods_max)
            if allows(need, layout) and fits_layout(pace.drive, layout)
        )

    def alone(self, drives: int) -> tuple[Filling, ...]:
        """Return the fillings of pods that are pools of their own."""
        if drives not in self._alone:
            found = (self._of_pod(layout, drives) for layout in layouts_of(drives))
            self._alone[drives] = tuple(filling for filling in found if filling is not None)
        return self._alone[drives]

    def _of_pod(self, layout: DriveLayout, drives: int) -> Filling | None:
        """Return one filling; None where even one pod is not safe enough, or all hold too little.

        More pods only add to what can be lost, and hold no more than so many times as much.
        """
        need, pace = self._need, self._pace
        if not allows(need, layout) or not fits_layout(pace.drive, layout):
            return None
        hazard = pod_hazard(layout, pace, drives)
        nines = nines_of(probability(hazard))
        if nines < need.nines:
            return None
        holds = capacity(layout, pace, drives, 1)
        if not holds or holds * need.pods_max < need.usable:
            return None
        return Filling(layout, False, holds, *shares(layout), *hops(layout), hazard, nines)

    def clusters(self) -> tuple[DriveLayout, ...]:
        """Return the layouts that spread over pods and are open."""
        return self._open

    def fewest(self, layout: DriveLayout, drives: int) -> int:
        """Return a number of pods below which a cluster cannot hold what is needed."""
        raw = max(drives * self._pace.bytes * layout.data, 1)
        return max(layout.width, -(-self._need.usable * layout.width // raw))

    def cluster(self, layout: DriveLayout, drives: int, pods: int) -> Filling:
        """Return a cluster of so many pods."""
        key = (drives, layout.written, pods)
        if key not in self._clusters:
            pace = self._pace
            self._clusters[key] = Filling(
                layout, layout.scheme.startswith("ceph"), capacity(layout, pace, drives, pods),
                *shares(layout), *hops(layout), 0.0,
                nines_of(loss(layout, pace, drives, pods)), pods,
            )  # fmt: skip
        return self._clusters[key]
