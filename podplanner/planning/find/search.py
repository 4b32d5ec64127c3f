"""The quick search: every design that may be on the front, evaluated from tables.

It leaves out what docs/adr/0008-pruning-by-dominance.md proves that no answer needs.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.catalog.parts import Drive
from podplanner.planning.find.body import Rail
from podplanner.planning.find.cases import Case, Option
from podplanner.planning.find.design import Design, Vector, raised, stream, vector_of, WATTS_DIGITS
from podplanner.planning.find.dominance import Merits, undominated
from podplanner.planning.find.exact import MILLS, mills
from podplanner.planning.find.feed import DriveLoad
from podplanner.planning.find.fillings import Filling, Fillings
from podplanner.planning.find.front import front
from podplanner.planning.find.host import memory_wanted
from podplanner.planning.find.layouts import Pace, cluster_layouts, layouts_of
from podplanner.planning.find.need import Need
from podplanner.planning.find.stock import Stock
from podplanner.planning.find.wiring import Frame

Progress = Callable[[int, int, int], None]
"""Called with cases done, cases in all, designs evaluated so far."""


@dataclass(frozen=True, slots=True)
class Found:
    """A design that was evaluated and meets the need."""

    case: Case
    option: Option
    rail: Rail | None
    pace: Pace
    drives: int
    filling: Filling
    pods: int

    def design(self, spares: int) -> Design:
        """Return the whole design."""
        return Design(
            self.case.body(self.option, self.rail), self.pace, self.drives, self.filling.layout,
            self.pods, spares,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Searched:
    """The front of a need, and how it was found.

    Attributes:
        front: Cheapest first.
        evaluated: Designs whose figures were computed.
        space: Designs that parts and layouts of the stock can be put together to, with one number
            of pods each, whether or not they fit.
    """

    front: tuple[Design, ...]
    evaluated: int
    space: int

    @property
    def pruned(self) -> int:
        """Return the designs that were left out by proof or because their parts do not fit."""
        return self.space - self.evaluated


def search(need: Need, stock: Stock, progress: Progress | None = None) -> Searched:
    """Return the designs that meet a need and that no other equals or exceeds in everything."""
    hunt = Hunt(need, stock)
    found: list[tuple[Vector, Found]] = []
    for number, case in enumerate(hunt.cases, 1):
        for pace in hunt.paces:
            found += front(list(hunt.of_drive(case, pace)))
        if progress is not None:
            progress(number, len(hunt.cases), hunt.evaluated)
    best = tuple(one.design(need.spares) for _, one in front(found))
    return Searched(best, hunt.evaluated, hunt.space)


class Hunt:
    """One search: the cases and drives worth trying, and the count of what was tried.

    Attributes:
        evaluated: Designs whose figures were computed so far.
    """

    def __init__(self, need: Need, stock: Stock) -> None:
        """Take stock of cases and drives."""
        self._need, self._stock = need, stock
        self.evaluated = 0
        self.paces = _paces(stock.drives)
        fastest = max((pace.rate for pace in self.paces), default=0)
        frames = [Frame.of(chassis, stock) for chassis in stock.chassis]
        self.cases = tuple(Case(f, stock, fastest) for f in frames if f is not None)
        self._fillings = {pace.drive.sku: Fillings(need, pace) for pace in self.paces}
        self._budget = None if need.budget is None else int(need.budget * MILLS)
        self._watts = None if need.watts_max is None else float(need.watts_max)

    @cached_property
    def space(self) -> int:
        """Return how many designs there are in all."""
        clusters = len(cluster_layouts(self._need.pods_max))
        return sum(
            case.number * len(self._stock.drives)
            * sum(len(layouts_of(n)) + clusters for n in range(1, case.frame.bays + 1))
            for case in self.cases
        )  # fmt: skip

    def of_drive(self, case: Case, pace: Pace) -> Iterator[tuple[Vector, Found]]:
        """Yield every design worth trying of one case and one drive that meets the need."""
        if not case.takes(pace.drive):
            return
        for drives in range(1, case.frame.bays + 1):
            rails = case.rails(pace.drive, drives)
            if not rails:
                return
            yield from _Bay(self, case, pace, drives, rails[0]).designs()

    def fillings(self, pace: Pace) -> Fillings:
        """Return the fillings of a drive model."""
        return self._fillings[pace.drive.sku]

    @property
    def need(self) -> Need:
        """Return the need."""
        return self._need

    def within(self, cost: int, watts: float, pods: int, rack_units: int) -> bool:
        """Return whether so much stays within every bound of the need."""
        need = self._need
        return (
            pods <= need.pods_max
            and (self._budget is None or cost <= self._budget)
            and (self._watts is None or watts <= self._watts)
            and (need.rack_units is None or pods * rack_units <= need.rack_units)
        )


class _Bay:
    """The designs of one case with so many drives of one model."""

    def __init__(
        self, hunt: Hunt, case: Case, pace: Pace, drives: int, rail: Rail | None
    ) -> None:
        self._hunt, self._case, self._pace = hunt, case, pace
        self._drives, self._rail, self._need = drives, rail, hunt.need
        self._load = DriveLoad.of(pace.drive)
        self._one = mills(pace.drive.price)
        self._fixed = (rail.cost if rail else 0) + drives * self._one
        self._shelf = hunt.need.spares * self._one
        self._rack_units = case.frame.chassis.rack_units or 0
        self._choices: dict[bool, tuple[Option, ...]] = {}

    def designs(self) -> Iterator[tuple[Vector, Found]]:
        """Yield every design worth trying that meets the need."""
        grouped: dict[tuple[int, bool], list[Filling]] = defaultdict(list)
        for filling, pods in self._filled():
            grouped[pods, filling.osds].append(filling)
        for (pods, osds), fillings in grouped.items():
            options = self._shortlist(osds, pods, clusters=any(f.pods for f in fillings))
            for filling in undominated(fillings, lambda f: _merits(f, pods)):  # noqa: B023
                yield from self._evaluated(filling, options, pods)

    def _filled(self) -> Iterator[tuple[Filling, int]]:
        """Yield every filling with the fewest pods with which some body meets the need."""
        fillings, need = self._hunt.fillings(self._pace), self._need
        for filling in fillings.alone(self._drives):
            if (pods := self._fewest(filling)) is not None:
                yield filling, pods
        for layout in fillings.clusters():
            fewest = fillings.fewest(layout, self._drives)
            for pods in range(fewest, need.pods_max + 1):
                if need.rack_units is not None and pods * self._rack_units > need.rack_units:
                    break
                filling = fillings.cluster(layout, self._drives, pods)
                if filling.capacity < need.usable or filling.nines < need.nines:
                    continue
                if self._some_meets(filling, pods):
                    yield filling, pods
                    break

    def _options(self, osds: bool) -> tuple[Option, ...]:
        if osds not in self._choices:
            memory = memory_wanted(drives=self._drives, osds=osds)
            self._choices[osds] = self._case.options(
                memory, self._drives, self._load, sas=self._pace.drive.interface == "SAS"
            )
        return self._choices[osds]

    def _fewest(self, filling: Filling) -> int | None:
        """Return the fewest pods with which some body meets the need; None: with no number."""
        least: int | None = None
        by_pods: dict[tuple[int, int], int] = {}
        for option in self._options(filling.osds):
            speed = (option.net, option.a_drive)
            if speed not in by_pods:
                by_pods[speed] = self._wanted(filling, option)
            pods = by_pods[speed]
            if (least is None or pods < least) and self._fits(filling, option, pods):
                least = pods
        return least

    def _wanted(self, filling: Filling, option: Option) -> int:
        """Return the pods that capacity and speed ask for; more than allowed: they cannot do."""
        need = self._need
        pods = max(1, -(-need.usable // filling.capacity))
        for want, have in (
            (need.read, self._read(filling, option)), (need.write, self._write(filling, option)),
        ):  # fmt: skip
            if want:
                pods = max(pods, -(-want // have)) if have else need.pods_max + 1
        return pods

    def _fits(self, filling: Filling, option: Option, pods: int) -> bool:
        """Return whether so many pods stay within every bound, durability included."""
        cost, watts = pods * (option.cost + self._fixed) + self._shelf, pods * option.watts
        return (
            self._hunt.within(cost, watts, pods, self._rack_units)
            and filling.nines_of(pods) >= self._need.nines
        )

    def _some_meets(self, filling: Filling, pods: int) -> bool:
        """Return whether some body meets the need with a cluster of so many pods."""
        need = self._need
        return any(
            pods * self._read(filling, option) >= need.read
            and pods * self._write(filling, option) >= need.write
            and self._fits(filling, option, pods)
            for option in self._options(filling.osds)
        )

    def _read(self, filling: Filling, option: Option) -> int:
        return stream(self._disks(option), filling.read_share, option.net, filling.read_hop)

    def _write(self, filling: Filling, option: Option) -> int:
        return stream(self._disks(option), filling.write_share, option.net, filling.write_hop)

    def _disks(self, option: Option) -> int:
        return self._drives * min(self._pace.rate, option.a_drive)

    def _shortlist(self, osds: bool, pods: int, *, clusters: bool) -> Sequence[Option]:
        """Return the bodies that differ in what designs are compared by.

        A network that carries more than the drives stream is no better for it: twice as much
        where pods also serve each other (`design.hops`).
        """
        most = self._drives * self._pace.rate * (2 if clusters else 1)

        def merits(option: Option) -> Merits:
            watts = raised(ceil(pods * option.watts), WATTS_DIGITS)
            return -option.cost, -watts, min(option.net, most), option.a_drive

        if self._hunt.need.watts_max is None:
            return undominated(self._options(osds), merits)
        return undominated(self._options(osds), lambda o: (*merits(o), -o.watts))

    def _evaluated(
        self, filling: Filling, options: Sequence[Option], pods: int
    ) -> Iterator[tuple[Vector, Found]]:
        """Yield the designs of one filling that meet the need, with what they come to."""
        need, hunt = self._need, self._hunt
        capacity, nines = filling.total(pods), filling.nines_of(pods)
        for option in options:
            hunt.evaluated += 1
            read = pods * self._read(filling, option)
            if read < need.read or pods * self._write(filling, option) < need.write:
                continue
            cost = pods * (option.cost + self._fixed) + self._shelf
            watts = pods * option.watts
            if not hunt.within(cost, watts, pods, self._rack_units):
                continue
            yield (
                vector_of(cost, capacity, read, nines, watts),
                Found(self._case, option, self._rail, self._pace, self._drives, filling, pods),
            )


def _merits(filling: Filling, pods: int) -> Merits:
    return (
        filling.total(pods), filling.nines_of(pods), filling.read_share, filling.write_share,
        filling.read_hop, filling.write_hop,
    )  # fmt: skip


def _paces(drives: Sequence[Drive]) -> tuple[Pace, ...]:
    """Return the drive models that no other of the same bytes equals or exceeds in everything."""
    alike: dict[object, list[Pace]] = defaultdict(list)
    for drive in drives:
        alike[drive.exact_bytes].append(Pace.of(drive))
    return tuple(
        pace for size in sorted(alike, key=str) for pace in undominated(alike[size], _drive_merits)
    )


def _drive_merits(pace: Pace) -> Merits:
    drive = pace.drive
    load = DriveLoad.of(drive)
    return (
        -mills(drive.price), -load.active, -load.start_12v, -load.start_5v,
        float(drive.sustained_rate or 0), -(pace.afr or 0.0), -float(drive.weight or 0),
        drive.interface == "SATA", not drive.pwdis, drive.recording != "SMR",
        drive.form_factor == "2.5in",
    )  # fmt: skip
