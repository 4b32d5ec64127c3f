"""One search through cases and drive models, with what is worth trying of each."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from podplanner.catalog.parts import Drive
from podplanner.planning.find.bay import Bay, Bounds, Found, Table
from podplanner.planning.find.cases import Case
from podplanner.planning.find.design import (
    Vector,
    Worth,
)
from podplanner.planning.find.dominance import Merits, undominated
from podplanner.planning.find.exact import mills
from podplanner.planning.find.feed import DriveLoad
from podplanner.planning.find.fillings import Fillings
from podplanner.planning.find.front import Incumbents, front
from podplanner.planning.find.layouts import Pace, cluster_layouts, layouts_of
from podplanner.planning.find.need import Need
from podplanner.planning.find.stock import Stock
from podplanner.planning.find.wiring import Frame

Progress = Callable[[int, int, int], None]
"""Called with drive models done, drive models in all, designs evaluated so far."""


class Hunt:
    """One search.

    Attributes:
        paces: The drive models worth trying, the cheapest byte first.
        cases: The cases worth trying, the cheapest bay first.
    """

    def __init__(
        self,
        need: Need,
        stock: Stock,
        *,
        worth: Worth | None = None,
        cases: tuple[Case, ...] | None = None,
        incumbents: Incumbents | None = None,
    ) -> None:
        """Take stock of cases and drives.

        Args:
            need: What is asked for.
            stock: The parts on offer.
            worth: What counts; by default what counts for the need.
            cases: Those of an earlier hunt in the same stock, to save drawing them up again.
            incumbents: Where designs that were found are kept; by default new ones.
        """
        self._need, self._stock = need, stock
        self._worth, self._bounds = worth or Worth.of(need), Bounds.of(need)
        self._incumbents = Incumbents() if incumbents is None else incumbents
        self._evaluated = 0
        self.paces = _paces(stock.drives)
        self.cases = cases_of(stock) if cases is None else cases

    def run(self, progress: Progress | None = None) -> list[tuple[Vector, Found]]:
        """Return the front of all designs that meet the need."""
        found: list[tuple[Vector, Found]] = []
        for number, pace in enumerate(self.paces, 1):
            for best in self.of_drive(pace, self.cases):
                found += best
            if progress is not None:
                progress(number, len(self.paces), self.evaluated)
        return front(found)

    def of_drive(self, pace: Pace, cases: Sequence[Case]) -> Iterator[list[tuple[Vector, Found]]]:
        """Yield, for each case, the best designs with one drive model that meet the need."""
        fillings = Fillings(self._need, pace, self._worth)
        table = Table(self._need, self._worth, self._bounds, self._incumbents, fillings)
        for case in cases:
            best = front(list(_designs(table, case, pace)))
            self._incumbents.add(vector for vector, _ in best)
            yield best
        self._evaluated += table.evaluated

    @property
    def evaluated(self) -> int:
        """Return the designs whose figures were computed so far."""
        return self._evaluated

    @cached_property
    def space(self) -> int:
        """Return how many designs there are in all."""
        clusters = len(cluster_layouts(self._need.pods_max))
        return sum(
            case.number * len(self._stock.drives)
            * sum(len(layouts_of(n)) + clusters for n in range(1, case.frame.bays + 1))
            for case in self.cases
        )  # fmt: skip


def _designs(table: Table, case: Case, pace: Pace) -> Iterator[tuple[Vector, Found]]:
    """Yield every design worth trying of one case and one drive that meets the need."""
    if not case.takes(pace.drive):
        return
    for drives in range(1, case.frame.bays + 1):
        rails = case.rails(pace.drive, drives)
        if not rails:
            return
        bay = Bay(table, case, pace, drives, rails[0])
        if not bay.is_hopeless:
            yield from bay.designs()


_LATEST: list[tuple[Stock, tuple[Case, ...]]] = []
# The stock that was searched last with its cases: to draw them up is half of a search, and they do
# not depend on the need. A process that searches anew, or looks for what to relax, has them.


def cases_of(stock: Stock) -> tuple[Case, ...]:
    """Return the cases that something can be built into, the cheapest bay first."""
    for known, cases in _LATEST:
        if known == stock:
            return cases
    cases = _drawn_up(stock)
    _LATEST[:] = [(stock, cases)]
    return cases


def _drawn_up(stock: Stock) -> tuple[Case, ...]:
    fastest = max((pace.rate for pace in _paces(stock.drives)), default=0)
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
