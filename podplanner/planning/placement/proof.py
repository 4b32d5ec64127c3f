"""Why a placement is as good as it gets, in sentences that can be followed by hand."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.planning.placement.demand import Demand
from podplanner.planning.placement.failures import Failure
from podplanner.planning.placement.flow import largest
from podplanner.planning.placement.search import Choice, least_in, widths
from podplanner.planning.placement.structure import KINDS, Structure
from podplanner.planning.topology import Component, Topology

_VERBS = {"backplane": "holds", "cable": "carries", "adapter": "reaches", "supply": "feeds"}
_EACH = {"backplane": "each hold", "cable": "each carry", "adapter": "each reach",
         "supply": "each feed"}  # fmt: skip
_PLURAL = {"backplane": "backplanes", "cable": "cables", "adapter": "adapters",
           "supply": "supplies"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kill:
    """A component whose loss takes more of a set than its parity, and why that must be.

    Attributes:
        drives: Data drives that go with it.
        worst: The most of one set.
        reason: Why no placement avoids it, after the name of the component.
    """

    component: Component
    drives: int
    worst: int
    reason: str


def kills_of(
    topology: Topology, failures: Sequence[Failure], structure: Structure, demand: Demand,
    layout: DriveLayout, choice: Choice,
) -> tuple[Kill, ...]:  # fmt: skip
    """Return the components whose loss is not survived, in the order of the table."""
    rows = {(f.kind, f.number): f for f in failures if f.number is not None}
    holders = {
        (c.kind, c.number): index
        for index, holder in enumerate(structure.holders)
        for c in holder.components
    }
    found: list[Kill] = []
    for component in topology.components():
        key = (component.kind, component.number)
        row = rows[key]
        if row.worst is None or row.drives is None or row.worst <= demand.parity:
            continue
        reason = _reason(structure, demand, layout, choice, holders[key])
        found.append(Kill(component, row.drives, row.worst, reason))
    return tuple(found)


def _reason(
    structure: Structure, demand: Demand, layout: DriveLayout, choice: Choice, holder: int
) -> str:
    """Return why a component must be given up, to be read after its name and verb."""
    size, least = structure.sizes[holder], least_in(structure, demand, holder)
    here = f"{size} of {structure.bays} bays" if size < structure.bays else f"all {size} bays"
    if demand.parity == 0 and least > 0:
        return f"{here}, and {layout} survives the loss of no drive"
    if least > demand.allowed:
        worst = -(-least // demand.sets)
        if demand.drives == structure.bays:
            here += ", all of them with a drive" if size < structure.bays else ""
        elif size == structure.bays:
            here += f" and so all {demand.drives} drives"
        else:
            here += f", and the other {structure.bays - size} take no more of the {demand.drives} "
            here += "drives"
        some = f"of {demand.sets} {demand.noun}s are at least {worst} of one {demand.noun}"
        if demand.sets == 1:
            some = f"of the one {demand.noun} are here"
        return f"{here}: {least} drives {some}, and {layout} survives {demand.parity}"
    kept = widths(structure, demand, choice.given_up - {holder})
    flow = largest(structure.nodes, structure.edges, kept)
    terms = " + ".join(_terms(structure, flow.cut, kept))
    return (
        f"{here}: the loss of one is survived only with at most {demand.sets} x {demand.parity} = "
        f"{demand.allowed} drives there; with that, and all else that is survived, the pod has "
        f"room for only {flow.value} of the {demand.drives} drives ({terms})"
    )


def _terms(structure: Structure, cut: Sequence[int], width: Sequence[int]) -> Iterator[str]:
    """Yield what a smallest cut adds up: by kind of component, then the bays beside them."""
    by_kind: dict[str, list[int]] = {}
    for edge in cut:
        holds = edge < len(structure.holders)
        kind = structure.holders[edge].components[0].kind if holds else ""
        by_kind.setdefault(kind, []).append(edge)
    for kind, edges in sorted(by_kind.items(), key=lambda pair: (*KINDS, "").index(pair[0])):
        if not kind:
            yield f"{sum(width[edge] for edge in edges)} in other bays"
        elif len(edges) == 1:
            yield f"{width[edges[0]]} on {structure.holders[edges[0]].components[0].name}"
        else:
            alike = Counter(width[edge] for edge in edges)
            words = " + ".join(f"{n} x {wide}" for wide, n in sorted(alike.items(), reverse=True))
            yield f"{words} on {_PLURAL[kind]}"


def proof_of(
    failures: Sequence[Failure], kills: Sequence[Kill], structure: Structure, demand: Demand,
    layout: DriveLayout, choice: Choice,
) -> tuple[str, ...]:  # fmt: skip
    """Return for each kind of component what holds of it and why, then how final that is."""
    said: list[str] = []
    for kind in KINDS:
        rows = [
            f for f in failures if f.kind == kind and f.number is not None and f.worst is not None
        ]
        if rows:
            said += _of_kind(
                kind, rows, [k for k in kills if k.component.kind == kind], demand, layout
            )
    if kills and choice.proven:
        forced = all(
            least_in(structure, demand, holder) > demand.allowed for holder in choice.given_up
        )
        if forced:
            said.append("Each of these is forced on its own: no placement has fewer.")
        else:
            said.append("No placement has fewer, backplanes counted first, then cables, adapters "
                        f"and supplies: all choices were searched ({choice.tried} looked at, the "
                        "rest excluded by smallest cuts).")  # fmt: skip
    elif kills:
        said.append(f"This is the best of {choice.tried:,} choices; that none is better is not "
                    "proven.")  # fmt: skip
    return tuple(said)


def _of_kind(
    kind: str, rows: Sequence[Failure], kills: Sequence[Kill], demand: Demand, layout: DriveLayout
) -> Iterator[str]:
    killing = {kill.component.number for kill in kills}
    kept = [row for row in rows if row.number not in killing]
    if kept:
        worst = max(row.worst or 0 for row in kept)
        which = f"any one {kind}" if not kills else f"any other {kind}"
        which = rows[0].component if len(rows) == 1 else which
        every = "it" if len(kept) == 1 else f"each of the {len(kept)}"
        guess = "if it is wired as assumed, " if any(r.verdict == "unknown" for r in kept) else ""
        most = f"{every} has at most {worst} of one {demand.noun}, and {layout} survives "
        most += f"{demand.parity}"
        if worst == 0:
            most = "no drive hangs on it alone" if len(kept) == 1 else "no drive hangs on one alone"
        words = f"{guess}{which} may go: {most}."
        yield words[:1].upper() + words[1:]
    alike: dict[str, list[Component]] = {}
    for kill in kills:
        alike.setdefault(kill.reason, []).append(kill.component)
    for reason, components in alike.items():
        yield f"{_name(kind, components)} {reason}."


def _name(kind: str, components: Sequence[Component]) -> str:
    if len(components) == 1:
        name = components[0].name
        return f"{name[:1].upper()}{name[1:]} {_VERBS[kind]}"
    numbers = ", ".join(str(c.number) if c.number else "0 (the board)" for c in components)
    return f"{_PLURAL[kind].capitalize()} {numbers} {_EACH[kind]}"
