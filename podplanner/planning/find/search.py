"""The quick search: every design that may be on the front, evaluated from tables.

It leaves out what docs/adr/0008-pruning-by-dominance.md proves that no answer needs.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from podplanner.catalog.parts import Drive
from podplanner.planning.find.body import Rail
from podplanner.planning.find.cases import Case, Offer, Option
from podplanner.planning.find.design import (
    WATTS_DIGITS,
    Design,
    Vector,
    Worth,
    raised,
    stream,
)
from podplanner.planning.find.dominance import Merits, undominated
from podplanner.planning.find.exact import MILLS, mills
from podplanner.planning.find.feed import DriveLoad
from podplanner.planning.find.fillings import Filling, Fillings, Shelf
from podplanner.planning.find.front import Incumbents, front
from podplanner.planning.find.host import memory_wanted
from podplanner.planning.find.layouts import WHOLE, Pace, cluster_layouts, layouts_of
from podplanner.planning.find.need import Need
from podplanner.planning.find.stock import Stock
from podplanner.planning.find.wiring import Frame

Progress = Callable[[int, int, int], None]
"""Called with drive models done, drive models in all, designs evaluated so far."""


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
    designs = tuple(one.design(need.spares) for _, one in hunt.run(progress))
    return Searched(designs, hunt.evaluated, hunt.space)


class Hunt:
    """One search: the cases and drives worth trying, and the count of what was tried.

    Attributes:
        evaluated: Designs whose figures were computed so far.
    """

    def __init__(
        self,
        need: Need,
        stock: Stock,
        *,
        worth: Worth | None = None,
        cases: tuple[Case, ...] | None = None,
    ) -> None:
        """Take stock of cases and drives.

        Args:
            need: What is asked for.
            stock: The parts on offer.
            worth: What counts; by default what counts for the need.
            cases: Those of an earlier hunt in the same stock, to save drawing them up again.
        """
        self._need, self._stock = need, stock
        self.evaluated = 0
        self.worth, self.incumbents = worth or Worth.of(need), Incumbents()
        self.paces = _paces(stock.drives)
        self.cases = _cases(stock, self.paces) if cases is None else cases
        self._fillings = {pace.drive.sku: Fillings(need, pace, self.worth) for pace in self.paces}
        self._budget = None if need.budget is None else int(need.budget * MILLS)
        self._watts = None if need.watts_max is None else float(need.watts_max)

    def run(self, progress: Progress | None = None) -> list[tuple[Vector, Found]]:
        """Return the front of all designs that meet the need."""
        found: list[tuple[Vector, Found]] = []
        for number, pace in enumerate(self.paces, 1):
            for case in self.cases:
                best = front(list(self.of_drive(case, pace)))
                self.incumbents.add(vector for vector, _ in best)
                found += best
            if progress is not None:
                progress(number, len(self.paces), self.evaluated)
        return front(found)

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
            bay = _Bay(self, case, pace, drives, rails[0])
            if not bay.is_hopeless:
                yield from bay.designs()

    def fillings(self, pace: Pace) -> Fillings:
        """Return the fillings of a drive model."""
        return self._fillings[pace.drive.sku]

    @property
    def need(self) -> Need:
        """Return the need."""
        return self._need

    @property
    def is_bounded(self) -> bool:
        """Return whether cost or watts have a bound."""
        return self._budget is not None or self._watts is not None

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

    def __init__(self, hunt: Hunt, case: Case, pace: Pace, drives: int, rail: Rail | None) -> None:
        self._hunt, self._case, self._pace = hunt, case, pace
        self._drives, self._rail, self._need = drives, rail, hunt.need
        self._load = DriveLoad.of(pace.drive)
        self._one = mills(pace.drive.price)
        self._fixed = (rail.cost if rail else 0) + drives * self._one
        self._shelf = hunt.need.spares * self._one
        self._rack_units = case.frame.chassis.rack_units or 0
        self._offers: dict[bool, Offer | None] = {}

    @property
    def is_hopeless(self) -> bool:
        """Return whether designs that were found cover whatever could be built here.

        No pod stores more than its drives hold, streams more than they read, or costs or draws
        less than the least body of the case.
        """
        need, least = self._need, self._case.least
        raw, rate = self._drives * self._pace.bytes, self._drives * self._pace.rate
        pods = max(1, -(-need.usable // raw), -(-max(need.read, need.write) // rate))
        watts = (least.rest + self._drives * self._load.active) / 1000 / least.efficiency
        cost = pods * (least.cost + self._fixed) + self._shelf
        if not self._hunt.within(cost, pods * watts, pods, self._rack_units):
            return True
        return self._is_covered(
            pods, least.cost, watts, self._hunt.worth.capacity, self._hunt.worth.nines
        )

    def _is_covered(
        self, pods: int, cost: int, watts: float, capacity: int, nines: int, read: int | None = None
    ) -> bool:
        """Return whether a design that was found is as good as these best figures."""
        worth = self._hunt.worth
        return self._hunt.incumbents.cover(worth.vector(
            pods * (cost + self._fixed) + self._shelf, capacity,
            worth.read if read is None else read, nines, pods * watts,
        ))  # fmt: skip

    def designs(self) -> Iterator[tuple[Vector, Found]]:
        """Yield every design worth trying that meets the need."""
        grouped: dict[tuple[int, bool], list[Filling]] = defaultdict(list)
        for filling, pods in (*self._pools(), *self._clusters()):
            if not self._beaten(filling, pods):
                grouped[pods, filling.osds].append(filling)
        merits = self._hunt.fillings(self._pace).merits
        for (pods, osds), fillings in grouped.items():
            options = self._shortlist(osds, pods, clusters=any(f.pods for f in fillings))
            for filling in undominated(fillings, lambda f: merits(f, pods)):  # noqa: B023
                yield from self._evaluated(filling, options, pods)

    def _offer(self, osds: bool) -> Offer | None:
        if osds not in self._offers:
            memory = memory_wanted(drives=self._drives, osds=osds)
            self._offers[osds] = self._case.offer(
                memory, self._drives, self._load, sas=self._pace.drive.interface == "SAS"
            )
        return self._offers[osds]

    def _pools(self) -> Iterator[tuple[Filling, int]]:
        """Yield fillings of single pods with the fewest pods with which some body meets the need.

        Where some body is quick enough for the slowest filling of a shelf, nothing but capacity
        decides: all of them take the same pods, and the best of them suffice.
        """
        if (offer := self._offer(False)) is None:
            return
        for shelf in self._hunt.fillings(self._pace).alone(self._drives):
            if self._all_take(shelf, offer):
                yield from ((filling, shelf.pods) for filling in shelf.best)
                continue
            for filling in shelf.every:
                if (pods := self._fewest(filling, offer)) is not None:
                    yield filling, pods

    def _all_take(self, shelf: Shelf, offer: Offer) -> bool:
        """Return whether one body meets the need with every filling of a shelf, in its pods."""
        need, pods = self._need, shelf.pods
        for alike in offer.speeds:
            disks, net = self._disks(alike[0]), alike[0].net
            if (
                pods * stream(disks, shelf.read_share, net, WHOLE) >= need.read
                and pods * stream(disks, shelf.write_share, net, WHOLE) >= need.write
                and any(self._is_within(option, pods) for option in alike)
            ):
                return True
        return False

    def _is_within(self, option: Option, pods: int) -> bool:
        """Return whether so many pods stay within the bounds of cost, draw, space and number."""
        cost, watts = pods * (option.cost + self._fixed) + self._shelf, pods * option.watts
        return self._hunt.within(cost, watts, pods, self._rack_units)

    def _fewest(self, filling: Filling, offer: Offer) -> int | None:
        """Return the fewest pods with which some body meets the need; None: with no number."""
        least: int | None = None
        for alike in offer.speeds:
            pods = self._wanted(filling, alike[0])
            if least is not None and pods >= least:
                continue
            if any(self._fits(filling, option, pods) for option in alike):
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
        if not self._is_within(option, pods):
            return False
        return filling.nines_of(pods) >= self._need.nines

    def _clusters(self) -> Iterator[tuple[Filling, int]]:
        """Yield every cluster with the fewest pods with which some body meets the need."""
        fillings, need = self._hunt.fillings(self._pace), self._need
        waiting = {
            layout: fillings.fewest(layout, self._drives)
            for layout in fillings.clusters(self._drives)
        }
        for pods in range(min(waiting.values(), default=need.pods_max + 1), need.pods_max + 1):
            if need.rack_units is not None and pods * self._rack_units > need.rack_units:
                return
            if self._all_beaten(pods):
                return
            for layout in [layout for layout, fewest in waiting.items() if fewest <= pods]:
                filling = fillings.cluster(layout, self._drives, pods)
                if filling is not None and self._some_meets(filling, pods):
                    del waiting[layout]
                    yield filling, pods

    def _some_meets(self, filling: Filling, pods: int) -> bool:
        """Return whether some body meets the need with a cluster of so many pods."""
        need, offer = self._need, self._offer(filling.osds)
        if offer is None:
            return False
        return any(
            pods * self._read(filling, alike[0]) >= need.read
            and pods * self._write(filling, alike[0]) >= need.write
            and any(self._fits(filling, option, pods) for option in alike)
            for alike in offer.speeds
        )

    def _all_beaten(self, pods: int) -> bool:
        """Return whether designs that were found cover every cluster of so many pods, or more."""
        offer, worth = self._offer(False), self._hunt.worth
        return offer is None or self._is_covered(
            pods, offer.options[0].cost, offer.watts, worth.capacity, worth.nines
        )

    def _beaten(self, filling: Filling, pods: int) -> bool:
        """Return whether designs that were found cover the best that a filling could become."""
        offer = self._offer(filling.osds)
        read = pods * self._drives * self._pace.rate * filling.read_share // WHOLE
        return offer is None or self._is_covered(
            pods, offer.options[0].cost, offer.watts, filling.total(pods),
            filling.nines_of(pods), read,
        )  # fmt: skip

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
        offer = self._offer(osds)
        if offer is None:
            return ()
        most = self._drives * self._pace.rate * (2 if clusters else 1)
        bounded = self._hunt.is_bounded
        found: dict[tuple[float, ...], Option] = {}
        for option in offer.options:
            watts = option.watts if bounded else raised(ceil(pods * option.watts), WATTS_DIGITS)
            key = (-watts, min(option.net, most), min(option.a_drive, self._pace.rate))
            found.setdefault(key, option)  # the cheapest of them comes first
        rated = undominated(found.items(), lambda entry: (-entry[1].cost, *entry[0]))
        return [option for _, option in rated]

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
                hunt.worth.vector(cost, capacity, read, nines, watts),
                Found(self._case, option, self._rail, self._pace, self._drives, filling, pods),
            )


def _cases(stock: Stock, paces: Sequence[Pace]) -> tuple[Case, ...]:
    """Return the cases that something can be built into, the cheapest bay first."""
    fastest = max((pace.rate for pace in paces), default=0)
    frames = [Frame.of(chassis, stock) for chassis in stock.chassis]
    cases = [Case(frame, stock, fastest) for frame in frames if frame is not None]
    return tuple(sorted(
        (case for case in cases if case.number),
        key=lambda case: (case.least.cost / case.frame.bays, case.frame.chassis.sku),
    ))  # fmt: skip


def _paces(drives: Sequence[Drive]) -> tuple[Pace, ...]:
    """Return the drive models that no other of the same bytes equals or exceeds in everything."""
    alike: dict[object, list[Pace]] = defaultdict(list)
    for drive in drives:
        alike[drive.exact_bytes].append(Pace.of(drive))
    best = [pace for same in alike.values() for pace in undominated(same, _drive_merits)]
    # The cheapest byte first: designs that are found early spare the search the dearer ones.
    return tuple(sorted(best, key=lambda p: (mills(p.drive.price) / max(p.bytes, 1), p.drive.sku)))


def _drive_merits(pace: Pace) -> Merits:
    drive = pace.drive
    load = DriveLoad.of(drive)
    return (
        -mills(drive.price), -load.active, -load.start_12v, -load.start_5v,
        float(drive.sustained_rate or 0), -(pace.afr or 0.0), -float(drive.weight or 0),
        drive.interface == "SATA", not drive.pwdis, drive.recording != "SMR",
        drive.form_factor == "2.5in",
    )  # fmt: skip
