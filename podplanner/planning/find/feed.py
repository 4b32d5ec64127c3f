"""The supplies of a pod: what they carry, and whether they start so many drives."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from podplanner.catalog.naming import normal
from podplanner.catalog.parts import Drive, Supply
from podplanner.planning.draw import VOLTS_5, VOLTS_12
from podplanner.planning.find.exact import load, mills, rating
from podplanner.planning.find.stock import Stock
from podplanner.planning.find.wiring import Frame
from podplanner.planning.power_limits import band


@dataclass(frozen=True)
class Feed:
    """Supplies of one model: one alone, or several on one bus.

    Supplies without a common bus are not put side by side: each would be a budget of its own, and
    losing one stops its drives (`plan check`, PWR005).
    """

    supply: Supply
    count: int

    @cached_property
    def cost(self) -> int:
        """Return the price in mills."""
        return self.count * mills(self.supply.price)

    @cached_property
    def room_12v(self) -> int:
        """Return the milliwatts at 12 V up to which protection cannot act."""
        amps = (self.supply.rail_12v or 0) * self._fine
        return self.count * rating(amps * VOLTS_12)

    @cached_property
    def room_5v(self) -> int:
        """Return the milliwatts at 5 V up to which protection cannot act."""
        amps = (self.supply.rail_5v or 0) * self._fine
        return self.count * rating(amps * VOLTS_5)

    @property
    def _fine(self) -> Decimal:
        return band(self.supply.overload_from, self.supply.overload_to).fine

    @cached_property
    def power(self) -> int:
        """Return the rated milliwatts."""
        return self.count * rating(self.supply.power)

    @cached_property
    def efficiency(self) -> float:
        """Return output over input."""
        return float(self.supply.efficiency or 0)

    @property
    def cpu_plugs(self) -> int | None:
        """Return the eight-pin plugs for processors; None: not stated."""
        return None if (plugs := self.supply.cpu_connectors) is None else self.count * plugs

    @property
    def drive_plugs(self) -> int | None:
        """Return the plugs for drives and backplanes; None: not stated."""
        return None if (plugs := self.supply.drive_connectors) is None else self.count * plugs

    def carries(self, rest: int, drives: int, load: "DriveLoad") -> bool:
        """Return whether it starts that many drives at once, and carries them at work.

        The same limits as in `plan check` (PWR001 to PWR004), without its warnings: rails below
        the band of their protection, watts at most as rated.

        Args:
            rest: Milliwatts of everything else.
            drives: How many.
            load: Of one drive.
        """
        return (
            rest + drives * load.start_12v <= self.room_12v
            and drives * load.start_5v <= self.room_5v
            and rest + drives * (load.start_12v + load.start_5v) <= self.power
            and rest + drives * load.active <= self.power
        )


@dataclass(frozen=True, slots=True)
class DriveLoad:
    """What a drive takes, in milliwatts: while it starts, and at work."""

    start_12v: int
    start_5v: int
    active: int

    @classmethod
    def of(cls, drive: Drive) -> "DriveLoad":
        """Return what the data sheet of a drive says."""
        return cls(
            load((drive.start_12v or 0) * VOLTS_12), load((drive.start_5v or 0) * VOLTS_5),
            load(drive.active_power),
        )  # fmt: skip


def feeds_of(frame: Frame, stock: Stock) -> Iterator[Feed]:
    """Yield the supplies that a case takes, with plugs for all of its backplanes."""
    form = normal(frame.chassis.supply_form or "?")
    places = frame.chassis.supply_places or 1
    most = places if frame.chassis.shared_supplies else 1
    for supply in stock.supplies:
        if normal(supply.form or "") != form:
            continue
        for count in range(1, most + 1):
            if count == 1 or supply.redundant:
                yield Feed(supply, count)


def plugs_wanted(frame: Frame) -> int:
    """Return the plugs for power that the backplanes want."""
    return frame.planes * (frame.backplane.power_connectors or 0)
