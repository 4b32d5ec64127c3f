"""What is lost with each part of a pod, counted from the seats alone: no solver is asked.

`safe`: every set keeps within its parity. `offline`: more than that is out of reach, but the drives
are unharmed, and the data is back when the part is. `lost`: drives themselves are gone beyond
parity. `unknown`: a fact is missing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.catalog.parts import Board, Nic
from podplanner.catalog.pod import Pod, pieces
from podplanner.planning.budgets import Quantity
from podplanner.planning.placement.demand import Demand
from podplanner.planning.placement.seating import Seat
from podplanner.planning.placement.structure import KINDS
from podplanner.planning.power import power_of
from podplanner.planning.power_limits import Standing
from podplanner.planning.topology import Basis, Component, Gap, Topology

Verdict = Literal["safe", "offline", "lost", "unknown"]


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that fails, and what that does.

    Attributes:
        component: What fails.
        kind: `drive`, `backplane`, `cable`, `adapter`, `supply`, `board`, `boot drive` or
            `network`.
        number: Of the component among its kind; None where there is none.
        drives: Data drives that are gone, spares left out; None: unknown.
        worst: The most drives that one set loses; None: unknown.
        verdict: What that means for the data.
        reason: Why, where the numbers do not say it; may be empty.
    """

    component: str
    kind: str
    number: int | None
    drives: int | None
    worst: int | None
    verdict: Verdict
    reason: str = ""


def lost_by_set(seats: Iterable[Seat], gone: Iterable[int], demand: Demand) -> Counter[int]:
    """Return how many drives each set loses when the bays `gone` are gone."""
    missing = frozenset(gone)
    return Counter(
        demand.set_of(seat.group, seat.member)
        for seat in seats
        if seat.bay in missing and seat.group is not None and seat.member is not None
    )


def survives(seats: Iterable[Seat], gone: Iterable[int], demand: Demand) -> bool:
    """Return whether every set keeps within its parity when the bays `gone` are gone."""
    return max(lost_by_set(seats, gone, demand).values(), default=0) <= demand.parity


def failures_of(
    pod: Pod, topology: Topology, seats: Sequence[Seat], layout: DriveLayout, demand: Demand
) -> tuple[Failure, ...]:
    """Return the table: drives first, then what holds them, then what the whole pod hangs on."""
    table = list(_drive_failures(seats, layout, demand))
    rest = _rest_of_supplies(pod)
    safe: set[frozenset[int]] = set()
    for component in topology.components():
        assumed = is_assumed(component.kind, pod, topology)
        failure = _component_failure(component, seats, demand, safe, assumed=assumed)
        if component.kind == "supply" and component.bays == frozenset():
            failure = _shared_supply_failure(component, rest)
        if failure.verdict == "safe" and component.kind == "backplane":
            safe.add(component.bays or frozenset())
        table.append(failure)
    table += _missing_kinds(topology)
    return (*table, *_whole_pod(pod, topology, seats, demand))


# --- Drives ---


def _drive_failures(
    seats: Sequence[Seat], layout: DriveLayout, demand: Demand
) -> Iterator[Failure]:  # fmt: skip
    placed = sum(1 for seat in seats if seat.role == "data")
    if placed == 0:
        return
    if demand.shards_in_pod is not None:
        yield Failure("one drive", "drive", None, 1, 1, "safe")
        pods = layout.parity // demand.shards_in_pod
        yield Failure(f"any drives of {_counted(pods, 'pod')}", "drive", None, placed, placed,
                      "safe", "other pods hold enough of everything")  # fmt: skip
        yield Failure(f"drives of {_counted(pods + 1, 'pod')} at once", "drive", None, None, None,
                      "lost", f"{(pods + 1) * demand.shards_in_pod} members of the same data may "
                      f"be gone, and {layout.parity} may go")  # fmt: skip
        return
    parity = demand.parity
    one: Verdict = "safe" if parity else "lost"
    yield Failure("one drive", "drive", None, 1, 1, one)
    if parity > 1:
        yield Failure(f"any {parity} drives", "drive", None, parity, parity, "safe")
    if parity:
        whole = "both drives of a pair" if demand.noun == "pair" else (
            f"{parity + 1} drives of one group"
        )  # fmt: skip
        yield Failure(whole, "drive", None, parity + 1, parity + 1, "lost")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


# --- What holds drives ---


def _component_failure(
    component: Component, seats: Sequence[Seat], demand: Demand, safe: set[frozenset[int]], *,
    assumed: bool,
) -> Failure:  # fmt: skip
    kind, number = component.kind, component.number
    if component.bays is None:
        return Failure(component.name, kind, number, None, None, "unknown",
                       "which bays hang on it is not known")  # fmt: skip
    lost = lost_by_set(seats, component.bays, demand)
    drives, worst = sum(lost.values()), max(lost.values(), default=0)
    verdict: Verdict = "safe" if worst <= demand.parity else "offline"
    reason = ""
    if verdict == "safe" and assumed and not any(component.bays <= bays for bays in safe):
        # A safe verdict on a guess would be a pass; on bays of one safe backplane it is none.
        verdict, reason = "unknown", "safe if it is wired as assumed"
    elif assumed and verdict == "offline":
        reason = "as the wiring is assumed"
    return Failure(component.name, kind, number, drives, worst, verdict, reason)


def _shared_supply_failure(component: Component, rest: tuple[Verdict, str]) -> Failure:
    """Return what one of several supplies on a common bus does: the rest must feed its bays."""
    verdict, reason = rest
    drives = 0 if verdict == "safe" else None
    return Failure(component.name, "supply", component.number, drives, drives, verdict, reason)


def _rest_of_supplies(pod: Pod) -> tuple[Verdict, str]:
    """Return whether the supplies less the largest carry the pod at work, and by what numbers."""
    power = power_of(pod)
    budget = (
        None if isinstance(power, Gap) else next((b for b in power.budgets if b.less_one), None)
    )
    if isinstance(power, Gap) or budget is None or not power.drives:
        return "unknown", "whether the rest can feed its bays is not known: `plan power`"
    check = budget.check(Quantity.WORK_WATTS)
    if check.rating is None or check.standing in (Standing.UNKNOWN, Standing.WARNING):
        return "unknown", "whether the rest can feed its bays is not known: `plan power`"
    numbers = f"{check.whole.known:.0f} W at work, they give {check.rating:.0f} W"
    if check.standing is Standing.ERROR:
        return "offline", f"the rest are too weak: {numbers}"
    return "safe", f"the rest feed its bays: {numbers}"


def is_assumed(kind: str, pod: Pod, topology: Topology) -> bool:
    """Return whether the wiring of a kind of component is a guess."""
    if kind == "backplane":
        return False
    basis = topology.power_basis if kind == "supply" else topology.data_basis
    return basis is Basis.ASSUMED or case_assumption(kind, pod, topology) is not None


def case_assumption(kind: str, pod: Pod, topology: Topology) -> str | None:
    """Return why the case's own default is a guess, where it is used and says so itself."""
    basis = topology.power_basis if kind == "supply" else topology.data_basis
    part = pod.chassis.part if pod.chassis else None
    figure = "default_wiring" if kind == "supply" else "default_hookup"
    if basis is not Basis.DEFAULT or part is None or figure not in part.assumptions:
        return None
    return f"{figure} of {part.sku} is assumed: {part.assumptions[figure]}."


def _missing_kinds(topology: Topology) -> Iterator[Failure]:
    """Yield one row for each kind whose pieces are not known at all."""
    found = {component.kind for component in topology.components()}
    for kind in KINDS[1:]:
        if kind not in found and topology.bays:
            yield Failure(f"any {kind}", kind, None, None, None, "unknown",
                          "how the bays are wired is not known")  # fmt: skip


# --- What the whole pod hangs on ---


def _whole_pod(
    pod: Pod, topology: Topology, seats: Sequence[Seat], demand: Demand
) -> Iterator[Failure]:  # fmt: skip
    lost = lost_by_set(seats, (bay.number for bay in topology.bays), demand)
    drives, worst = sum(lost.values()), max(lost.values(), default=0)
    verdict: Verdict = "safe" if worst <= demand.parity else "offline"
    elsewhere = "other pods go on serving the data"
    back = "the drives work behind another board" if verdict == "offline" else (
        elsewhere
    )  # fmt: skip
    yield Failure("board, CPU or memory", "board", None, drives, worst, verdict, back)
    yield _boot_drive(pod, drives, worst, verdict)
    yield _network(pod, verdict)


def _boot_drive(pod: Pod, drives: int, worst: int, verdict: Verdict) -> Failure:
    number = pieces(pod.boot_drives)
    if number == 1:
        why = "the pod does not start without it"
        return Failure("boot drive", "boot drive", None, drives, worst, verdict, why)
    why = "the list has no boot drive" if not pod.boot_drives else (
        "whether the boot drives mirror each other is not known"
    )  # fmt: skip
    if verdict == "safe":
        return Failure("boot drive", "boot drive", None, drives, worst, verdict, why)
    return Failure("boot drive", "boot drive", None, None, None, "unknown", why)


def _network(pod: Pod, verdict: Verdict) -> Failure:
    """Return what losing a network card does: drives stay, but nobody reaches them."""
    cards = pieces(pod.of_kind("nic"))
    parts = [item.part for item in pod.of_kind("board") if isinstance(item.part, Board)]
    own = parts[0].lan_ports if len(parts) == 1 else None
    name = "network card"
    if verdict == "safe":
        return Failure(name, "network", None, 0, 0, "safe", "other pods go on serving the data")
    if cards == 0 and own is not None:
        why = "the board's own ports go only with the board" if own else "there is no network"
        return Failure("the board's network ports", "network", None, 0, 0, "offline", why)
    if cards == 1 and own == 0:
        return Failure(name, "network", None, 0, 0, "offline", "the pod is out of reach till then")
    why = "whether traffic moves to another port is not known"
    ports = [item.part.ports for item in pod.of_kind("nic") if isinstance(item.part, Nic)]
    if cards is None or (own is None and not ports):
        why = "the ways to the network are not known"
    return Failure(name, "network", None, 0, 0, "unknown", why)
