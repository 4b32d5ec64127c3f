"""What is shown of a front: which designs, with what they rest on and what they cost to own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from podplanner.catalog.completeness import missing_figures
from podplanner.catalog.parts import Part
from podplanner.catalog.prices import Site
from podplanner.planning.find.design import Design
from podplanner.planning.find.exact import money
from podplanner.planning.find.host import BOOT_DRIVES
from podplanner.planning.find.need import Need
from podplanner.planning.find.reasons import Rejected, rejections
from podplanner.planning.find.stock import CHECKED_ONLY, Stock
from podplanner.planning.placement import survivable
from podplanner.planning.running_cost import Ownership, RunningCost, running_cost

YEARS = Decimal(5)
# As `plan cost` takes it: a common life of servers and drives.

MODEL = (
    "Speed is streaming: every drive at 3/4 of its stated rate, the mean of outer tracks and of "
    "inner ones that read half as fast (The PC Guide, \"Zoned Bit Recording\"), less parity and "
    "padding, and no link on the way carries more than its line rate less encoding.",
    "Every copy of a mirror serves readers of its own. In a cluster each byte read also crosses "
    "the network between pods (k - 1)/k times, each byte written (k + m - 1)/k times.",
    "The speed of processors is not counted, nor that of the file system.",
    "Durability is by the parallel model: failures are independent, every failed drive is replaced "
    "within 24 hours, a full drive is rebuilt at half its stated rate, the network between pods "
    "keeps up with it, and reads in a rebuild do not fail; `plan durability` has options for what "
    "this leaves out.",
    "Watts are those of data sheets at work, processors at their TDP; all drives start at once.",
    "Memory is 16 GiB a pod, and 4 GiB more for each drive under Ceph.",
)  # fmt: skip
"""What every figure rests on, whatever the parts."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A design that is shown.

    Attributes:
        rejected: The designs one step away, and why they are not this one.
        owning: What it costs to own for `YEARS` at the site.
        spreads: Whether the drives can be placed so that any one backplane may fail.
        assumptions: Figures of its parts that nobody has published, a part each.
        unknown: Figures that its parts do not state, a part each; only with parts that lack some.
    """

    design: Design
    rejected: tuple[Rejected, ...]
    owning: RunningCost
    spreads: bool
    assumptions: tuple[str, ...]
    unknown: tuple[str, ...]


def chosen(front: Sequence[Design], most: int) -> tuple[Design, ...]:
    """Return the designs of a front that are shown, the cheapest first.

    Those that are best in something come first: the cheapest, and the cheapest among those with
    the most capacity, speed, nines and the fewest watts. Then, from the cheapest on, those that
    differ from all so far in case, drive, number of pods or sort of layout.
    """
    if len(front) <= most:
        return tuple(front)
    picked: dict[int, Design] = {0: front[0]}
    figures = [design.figures for design in front]
    for best in (
        max(range(len(front)), key=lambda n: (figures[n].read, -n)),
        max(range(len(front)), key=lambda n: (figures[n].nines, -n)),
        min(range(len(front)), key=lambda n: (figures[n].watts, n)),
        max(range(len(front)), key=lambda n: (figures[n].capacity, -n)),
    ):  # fmt: skip
        if len(picked) < most:
            picked.setdefault(best, front[best])
    seen = {_sort(design) for design in picked.values()}
    for number, design in enumerate(front):
        if len(picked) >= most:
            break
        if _sort(design) not in seen:
            seen.add(_sort(design))
            picked[number] = design
    for number, design in enumerate(front):
        if len(picked) >= most:
            break
        picked.setdefault(number, design)
    return tuple(picked[number] for number in sorted(picked))


def _sort(design: Design) -> tuple[object, ...]:
    family = design.layout.written.partition(":")[0]
    return design.body.frame.chassis.sku, design.pace.drive.sku, design.pods, family


def answer(design: Design, need: Need, stock: Stock, site: Site) -> Answer:
    """Return a design with everything that is said of it."""
    planes = [design.body.frame.backplane.ports or 0] * design.body.frame.planes
    parts = tuple(dict.fromkeys(_parts(design, stock)))
    return Answer(
        design, rejections(design, need, stock), owning(design, site),
        len(planes) > 1 and survivable(planes, design.layout),
        tuple(_assumed(parts)), tuple(_unknown(parts)),
    )  # fmt: skip


def owning(design: Design, site: Site) -> RunningCost:
    """Return what a design costs to own for `YEARS` at a site, replacement drives included."""
    figures, drive = design.figures, design.pace.drive
    return running_cost(Ownership(
        years=YEARS, purchase=money(figures.cost), drives=design.pods * design.drives,
        afr=design.pace.afr, drive_price=drive.price, spares=design.spares,
        watts=Decimal(repr(round(figures.watts, 3))), kwh_price=site.kwh, pue=site.pue,
        rack_units=figures.rack_units, rack_unit_month=site.rack_unit_month,
        stored_bytes=figures.capacity,
    ))  # fmt: skip


def _parts(design: Design, stock: Stock) -> Iterator["_Named"]:
    body = design.body
    host, cards = body.host, body.cards
    yield _Named.of(body.frame.chassis)
    for part, _ in stock.included(body.frame.chassis):
        yield _Named.of(part)
    yield _Named.of(body.feed.supply)
    yield _Named.of(host.board)
    yield _Named.of(host.cpu)
    yield _Named.of(host.memory)
    if host.cooler is not None:
        yield _Named.of(host.cooler)
    for group in cards.wiring.groups:
        if group.adapter is not None:
            yield _Named.of(group.adapter)
        yield _Named.of(group.cable)
    if cards.nic is not None:
        yield _Named.of(cards.nic)
    if host.boot is not None:
        yield _Named.of(host.boot)
    if body.rail is not None:
        yield _Named.of(body.rail.part)
    yield _Named.of(design.pace.drive)


@dataclass(frozen=True, slots=True)
class _Named:
    """A part with the figures that are assumed, and those that are not stated."""

    sku: str
    whole: bool
    assumed: tuple[str, ...]
    missing: tuple[str, ...]

    @classmethod
    def of(cls, part: Part) -> "_Named":
        missing = tuple(figure for figure in missing_figures(part) if figure in CHECKED_ONLY)
        return cls(part.sku, part.class_part, tuple(sorted(part.assumptions)), missing)


def _assumed(parts: Sequence[_Named]) -> Iterator[str]:
    for part in parts:
        if part.assumed and not part.whole:
            yield f"{part.sku}: {', '.join(part.assumed)}"
    if classes := [part.sku for part in parts if part.whole]:
        yield f"{', '.join(classes)}: stand for classes of parts, every figure"


def _unknown(parts: Sequence[_Named]) -> Iterator[str]:
    for part in parts:
        if part.missing:
            yield f"{part.sku}: {', '.join(part.missing)}"


def pieces(design: Design) -> Iterator[tuple[str, int]]:
    """Yield what a pod is made of, beside its drives, in a few words: (part, how many)."""
    body = design.body
    yield body.frame.chassis.sku, 1
    yield body.host.board.sku, 1
    yield body.host.cpu.sku, 1
    yield body.host.memory.sku, body.host.modules
    for group in body.cards.wiring.groups:
        if group.adapter is not None:
            yield group.adapter.sku, group.count
    if body.cards.nic is not None:
        yield body.cards.nic.sku, body.cards.nics
    yield body.feed.supply.sku, body.feed.count
    if body.host.boot is not None:
        yield body.host.boot.sku, BOOT_DRIVES
