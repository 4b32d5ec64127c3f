"""Place the drives of a pod: the whole of it, from the list to the proof."""

from collections.abc import Iterator
from dataclasses import dataclass

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.catalog.pod import Item, Pod, pieces
from podplanner.planning.placement.demand import Demand, demand_of
from podplanner.planning.placement.failures import (
    Failure,
    case_assumption,
    failures_of,
    is_assumed,
)
from podplanner.planning.placement.proof import Kill, kills_of, proof_of
from podplanner.planning.placement.search import fewest_given_up
from podplanner.planning.placement.seating import Seat, seats_of
from podplanner.planning.placement.structure import structure_of
from podplanner.planning.topology import Gap, Topology, topology_of, without_bay


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a layout and a pod do not go together, and what would mend it."""

    reason: str
    fix: str


@dataclass(frozen=True, slots=True)
class Placement:
    """Where every drive sits, and what its pod's parts take with them.

    Attributes:
        demand: What the layout asked for.
        seats: One for each bay, in the order of the bays of `topology`.
        drives: The drive of the list in each of them; None: the bay is empty, or the list has no
            drives yet.
        failures: What is lost with each part.
        kills: Components whose loss is not survived.
        proof: Why no placement does better, a sentence each.
        proven: Whether none does; else this is the best that was found.
        data_assumed: Whether the way of the data is a guess.
        power_assumed: Whether the feeding is one.
        notes: What was assumed, a sentence each.
    """

    layout: DriveLayout
    demand: Demand
    topology: Topology
    seats: tuple[Seat, ...]
    drives: tuple[Item | None, ...]
    failures: tuple[Failure, ...]
    kills: tuple[Kill, ...]
    proof: tuple[str, ...]
    proven: bool
    data_assumed: bool
    power_assumed: bool
    notes: tuple[str, ...]

    def survives_any(self, kind: str) -> bool | None:
        """Return whether any one component of a kind may go; None: unknown, or there is none."""
        verdicts = {row.verdict for row in self.failures if row.kind == kind}
        if verdicts & {"offline", "lost"}:
            return False
        return True if verdicts == {"safe"} else None


def place(pod: Pod, layout: DriveLayout, *, pods: int = 1) -> Placement | Gap | Misfit:
    """Return the best placement of a layout in a pod, or why there is none.

    Args:
        pod: The pod; without data drives in its list, its bays are used as if they were filled.
        layout: The drive layout.
        pods: Pods over which a cluster keeps its data.
    """
    topology = topology_of(pod)
    if isinstance(topology, Gap):
        return topology
    if not topology.bays:
        return Gap("there is no bay for a data drive", "the bays of the case, or its backplanes")
    listed = pieces(pod.data_drives) or 0
    there = min(listed, len(topology.bays)) if pod.data_drives else len(topology.bays)
    needed = there if layout.drives is None else layout.drives
    if (misfit := _misfit(pod, layout, topology, needed, there, pods)) is not None:
        return misfit
    demand = demand_of(layout, drives=needed, pods=pods)
    structure = structure_of(
        (bay.number for bay in topology.bays),
        [c for c in topology.components() if c.bays and len(c.bays) > demand.parity],
    )
    choice = fewest_given_up(structure, demand)
    spares = there - needed if pod.data_drives else 0
    seats = seats_of(structure, demand, choice.given_up, spares)
    failures = failures_of(pod, topology, seats, layout, demand)
    kills = kills_of(topology, failures, structure, demand, layout, choice)
    return Placement(
        layout, demand, topology, seats, _drives(pod, seats), failures, kills,
        proof_of(failures, kills, structure, demand, layout, choice), choice.proven,
        is_assumed("adapter", pod, topology),
        is_assumed("supply", pod, topology),
        tuple(_notes(pod, topology, demand, spares)),
    )  # fmt: skip


def _misfit(
    pod: Pod, layout: DriveLayout, topology: Topology, needed: int, there: int, pods: int
) -> Misfit | None:
    bays = len(topology.bays)
    if needed > bays:
        fix = f"Choose a layout of at most {bays} drives, or a case with more bays."
        return Misfit(f"{layout} takes {needed} drives, the pod has {bays} bays", fix)
    if needed > there:
        return Misfit(f"{layout} takes {needed} drives, the list has {there}",
                      _more_drives(pod, needed, there))  # fmt: skip
    least = -(-layout.width // pods) if layout.is_cluster else 1
    if needed < least:
        over = "" if pods == 1 else f" over {pods} pods"
        return Misfit(f"{layout} keeps {layout.width} members of everything{over}, and the pod has "
                      f"{needed} drives", "Add drives or pods.")  # fmt: skip
    return None


def _more_drives(pod: Pod, needed: int, there: int) -> str:
    file = pod.bill.file or "FILE"
    if len(pod.data_drives) == 1:
        line = pod.data_drives[0].line
        return f"Run `podplanner bom set {file} {line.id} quantity={needed}`, or choose a layout."
    return f"Add drives: `podplanner bom add {file} SKUx{needed - there}`, or choose a layout."


def _drives(pod: Pod, seats: tuple[Seat, ...]) -> tuple[Item | None, ...]:
    """Return the drive in each seat: those of the list in turn, group by group, spares last.

    So each group has drives of one model as far as the list's order allows.
    """
    order = sorted(
        (seat for seat in seats if seat.role != "empty"),
        key=lambda seat: (seat.role == "spare", seat.group or 0, seat.member or 0, seat.bay),
    )
    listed = (item for item in pod.data_drives for _ in range(int(item.quantity or 0)))
    of_bay = {seat.bay: item for seat, item in zip(order, listed, strict=False)}
    return tuple(of_bay.get(seat.bay) for seat in seats)


def _notes(pod: Pod, topology: Topology, demand: Demand, spares: int) -> Iterator[str]:
    bays = len(topology.bays)
    if demand.note:
        yield demand.note
    if not pod.data_drives:
        yield f"The list has no data drives: {demand.drives} of the {bays} bays are used."
    yield from filter(None, (without_bay(pod, topology),))
    if spares:
        yield "1 drive is left over: a hot spare." if spares == 1 else (
            f"{spares} drives are left over: hot spares."
        )  # fmt: skip
    if not topology.backplanes:
        yield "The pod has no backplanes in its list: its drives are cabled one by one."
    yield from topology.notes
    for kind in ("adapter", "supply"):
        if (why := case_assumption(kind, pod, topology)) is not None:
            yield why
    if is_assumed("adapter", pod, topology) or is_assumed("supply", pod, topology):
        yield "What rests on assumed wiring is not taken as safe: state it by links in the list."
