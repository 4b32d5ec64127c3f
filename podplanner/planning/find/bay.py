"""The designs of one case with a number of drives of one model, evaluated from tables.

What is left out here is what docs/adr/0008-pruning-by-dominance.md proves that no answer needs.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

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
from podplanner.planning.find.dominance import undominated
from podplanner.planning.find.exact import MILLS, mills
from podplanner.planning.find.feed import DriveLoad
from podplanner.planning.find.fillings import Filling, Fillings, Shelf
from podplanner.planning.find.front import Incumbents
from podplanner.planning.find.host import memory_wanted
from podplanner.planning.find.layouts import WHOLE, Pace
from podplanner.planning.find.need import Need


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
class Bounds:
    """What a need allows at most, in the units of the search; None is no bound.

    Attributes:
        cost: In mills.
        watts: At the wall.
    """

    cost: int | None
    watts: float | None
    rack_units: int | None
    pods: int

    @classmethod
    def of(cls, need: Need) -> "Bounds":
        """Return the bounds of a need."""
        return cls(
            None if need.budget is None else int(need.budget * MILLS),
            None if need.watts_max is None else float(need.watts_max),
            need.rack_units, need.pods_max,
        )  # fmt: skip

    @property
    def are_of_designs(self) -> bool:
        """Return whether cost or watts, which differ from body to body, have a bound."""
        return self.cost is not None or self.watts is not None

    def hold(self, cost: int, watts: float, pods: int, rack_units: int) -> bool:
        """Return whether so much stays within every bound; rack units are of one pod."""
        return (
            pods <= self.pods
            and (self.cost is None or cost <= self.cost)
            and (self.watts is None or watts <= self.watts)
            and (self.rack_units is None or pods * rack_units <= self.rack_units)
        )


@dataclass
class Table:
    """What all designs of one drive model share in a search.

    Attributes:
        fillings: What its drives can be grouped into.
        evaluated: Designs whose figures were computed so far.
    """

    need: Need
    worth: Worth
    bounds: Bounds
    incumbents: Incumbents
    fillings: Fillings
    evaluated: int = 0


class Bay:
    """The designs of one case with so many drives of one model."""

    def __init__(
        self, table: Table, case: Case, pace: Pace, drives: int, rail: Rail | None
    ) -> None:
        self._table, self._case, self._pace = table, case, pace
        self._drives, self._rail, self._need = drives, rail, table.need
        self._load = DriveLoad.of(pace.drive)
        self._one = mills(pace.drive.price)
        self._fixed = (rail.cost if rail else 0) + drives * self._one
        self._shelf = table.need.spares * self._one
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
        if not self._table.bounds.hold(cost, pods * watts, pods, self._rack_units):
            return True
        return self._is_covered(
            pods, least.cost, watts, self._table.worth.capacity, self._table.worth.nines
        )

    def _is_covered(
        self, pods: int, cost: int, watts: float, capacity: int, nines: int, read: int | None = None
    ) -> bool:
        """Return whether a design that was found is as good as these best figures."""
        worth = self._table.worth
        return self._table.incumbents.cover(worth.vector(
            pods * (cost + self._fixed) + self._shelf, capacity,
            worth.read if read is None else read, nines, pods * watts,
        ))  # fmt: skip

    def designs(self) -> Iterator[tuple[Vector, Found]]:
        """Yield every design worth trying that meets the need."""
        grouped: dict[tuple[int, bool], list[Filling]] = defaultdict(list)
        for filling, pods in (*self._pools(), *self._clusters()):
            if not self._beaten(filling, pods):
                grouped[pods, filling.osds].append(filling)
        merits = self._table.fillings.merits
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
        for shelf in self._table.fillings.alone(self._drives):
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
                (alone := stream(disks, shelf.read_share, net, WHOLE)) >= need.read_alone
                and pods * alone >= need.read
                and pods * stream(disks, shelf.write_share, net, WHOLE) >= need.write
                and any(self._is_within(option, pods) for option in alike)
            ):
                return True
        return False

    def _is_within(self, option: Option, pods: int) -> bool:
        """Return whether so many pods stay within the bounds of cost, draw, space and number."""
        cost, watts = pods * (option.cost + self._fixed) + self._shelf, pods * option.watts
        return self._table.bounds.hold(cost, watts, pods, self._rack_units)

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
        if self._read(filling, option) < need.read_alone:
            return need.pods_max + 1
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
        fillings, need = self._table.fillings, self._need
        waiting = {layout: fillings.fewest(layout, self._drives) for layout in fillings.clusters()}
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
        offer, worth = self._offer(False), self._table.worth
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
        bounded = self._table.bounds.are_of_designs
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
        need, table = self._need, self._table
        capacity, nines = filling.total(pods), filling.nines_of(pods)
        for option in options:
            table.evaluated += 1
            alone = self._read(filling, option)
            read = pods * alone
            if not filling.pods and alone < need.read_alone:
                continue
            if read < need.read or pods * self._write(filling, option) < need.write:
                continue
            cost = pods * (option.cost + self._fixed) + self._shelf
            watts = pods * option.watts
            if not table.bounds.hold(cost, watts, pods, self._rack_units):
                continue
            yield (
                table.worth.vector(cost, capacity, read, nines, watts),
                Found(self._case, option, self._rail, self._pace, self._drives, filling, pods),
            )
