"""What a link carries, and, where a figure of one of its ends is missing, all that it may carry."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from podplanner.catalog.parts import Slot
from podplanner.planning.rates import (
    PCIE_GENERATIONS,
    PCIE_LANES,
    ethernet_rate,
    pcie_rate,
    serial_rate,
)
from podplanner.planning.slotting import link_rate

_SERIAL = tuple(map(Decimal, ("1.5", "3", "6", "12", "22.5")))
# Line rates of SATA and SAS in Gb/s (Serial ATA Revision 3.0; T10 SAS to SAS-4).
_SATA_MOST = Decimal(6)
# SATA ends at 6 Gb/s (Serial ATA Revision 3.5).
_CHIPSET_LANES = (4, 8)
# Chipset links that were sold: four lanes, eight from Intel's Z590 (2021) on.
_NETWORK = tuple(map(Decimal, ("1", "10", "25", "100")))
# Common rates of Ethernet ports on servers, in Gb/s.


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of the rates that a link may have.

    Attributes:
        first, second: What it would have to be, in words: `x4` and `PCIe 2`; `second` may be empty.
        rate: Bytes per second.
    """

    first: str
    second: str
    rate: int

    @property
    def name(self) -> str:
        """Return both words: `x4, PCIe 2`."""
        return f"{self.first}, {self.second}" if self.second else self.first


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a link carries one way, in bytes per second.

    Attributes:
        rate: The most that its known ends allow; None where none is known.
        alternatives: What it may be, where a figure is missing.
        wants: The figures that are missing, in words; empty: the rate is known.
    """

    rate: int | None
    alternatives: tuple[Alternative, ...] = ()
    wants: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Return whether nothing is missing."""
        return not self.wants

    @property
    def least(self) -> int | None:
        """Return the least that it may be; None where nothing bounds it from below."""
        if self.is_known:
            return self.rate
        return min((alternative.rate for alternative in self.alternatives), default=None)


def pcie_capacity(
    generation: int | None, lanes: int | None, slot: Slot | None, *, card: str, board: str
) -> Capacity:
    """Return what the PCI Express link of a card carries: the lesser of card and slot, each way.

    Args:
        generation: Of the card.
        lanes: Of the card.
        slot: Where it sits; None: unknown.
        card: What to call the card.
        board: What to call the board.
    """
    generation, lanes = _count(generation), _count(lanes)
    wants = [
        f"the PCI Express {name} of {card}"
        for name, figure in (("generation", generation), ("lanes", lanes))
        if figure is None
    ]
    if slot is None:
        wants.append(f"the slots of {board}, with a free one for {card}")
    rate = link_rate(generation, lanes, slot)
    if not wants:
        return _settled(rate, f"a PCI Express generation of {card} that is known")
    options = _options(generation, slot.generation if slot else None, PCIE_GENERATIONS)
    generations = [option for option in options if option in PCIE_GENERATIONS]
    widths = _options(lanes, slot.lanes if slot else None, PCIE_LANES)
    return Capacity(rate, tuple(_grid(widths, generations)), tuple(wants))


def chipset_capacity(generation: int | None, lanes: int | None, *, board: str) -> Capacity:
    """Return what the link between chipset and CPU carries."""
    lanes = _count(lanes)
    if generation in PCIE_GENERATIONS and lanes:
        return Capacity(pcie_rate(generation, lanes))
    generations = [generation] if generation in PCIE_GENERATIONS else PCIE_GENERATIONS[:-1]
    # Chipset links of desktop and entry server boards go up to generation 4 (AMD X570, Intel Z690).
    widths = [lanes] if lanes else _CHIPSET_LANES
    return Capacity(
        None, tuple(_grid(widths, generations)),
        (f"the chipset link of {board} (lanes and generation)",),
    )  # fmt: skip


def _settled(rate: int | None, wish: str) -> Capacity:
    return Capacity(rate) if rate is not None else Capacity(None, (), (wish,))


def _options(one: int | None, other: int | None, all_of_them: Sequence[int]) -> list[int]:
    """Return what a figure may be that is the lesser of two ends: unknown ends may have less."""
    most = min((figure for figure in (one, other) if figure is not None), default=None)
    if one is not None and other is not None and most is not None:
        return [most]
    return [figure for figure in all_of_them if most is None or figure <= most]


def _grid(widths: Sequence[int], generations: Sequence[int]) -> Iterator[Alternative]:
    for width in widths:
        for generation in generations:
            yield Alternative(f"x{width}", f"PCIe {generation}", pcie_rate(generation, width))


@dataclass(frozen=True, slots=True)
class Port:
    """One end of a SATA or SAS link.

    Attributes:
        name: What to call it.
        gigabits: Its line rate; None: not stated.
    """

    name: str
    gigabits: Decimal | None


def serial_capacity(ends: Sequence[Port], *, lanes: int = 1, sata: bool = False) -> Capacity:
    """Return what a SATA or SAS link of several lanes carries: its ends agree on the lesser rate.

    Args:
        ends: Both, or those that can be named.
        lanes: Links side by side.
        sata: Whether an end is SATA for certain, so that the line is not above 6 Gb/s.
    """
    rates = {end.name: _rate(end.gigabits) for end in ends}
    stated = [gigabits for gigabits in rates.values() if gigabits is not None]
    wants = tuple(f"the line rate of {name}" for name, gigabits in rates.items() if not gigabits)
    if sata:
        stated.append(_SATA_MOST)
    most = min(stated, default=None)
    rate = None if most is None else lanes * serial_rate(most)
    if not wants:
        return _settled(rate, "an end of the link")
    alternatives = tuple(
        Alternative(f"{gigabits} Gb/s", "", lanes * serial_rate(gigabits))
        for gigabits in _SERIAL
        if most is None or gigabits <= most
    )
    return Capacity(rate, alternatives, wants)


def ethernet_capacity(ports: int | None, gigabits: Decimal | None, *, name: str) -> Capacity:
    """Return the payload that all ports of a network card, or of a board, carry together."""
    gigabits = _rate(gigabits)
    ports = ports if ports is None or ports >= 0 else None
    if ports is not None and gigabits is not None:
        return Capacity(ports * ethernet_rate(gigabits))
    wants = [f"the network ports of {name}"] if ports is None else []
    wants += [f"the rate of a network port of {name}"] if gigabits is None else []
    counts = (1, 2) if ports is None else (ports,)
    # Boards and cards have one or two ports as a rule, and rarely four.
    rates = _NETWORK if gigabits is None else (gigabits,)
    alternatives = tuple(
        Alternative(f"{count} x {rate:f} Gb/s", "", count * ethernet_rate(rate))
        for rate in rates
        for count in counts
        if count
    )
    return Capacity(None, alternatives, tuple(wants))


def _rate(gigabits: Decimal | None) -> Decimal | None:
    """Return a line rate that is above 0: what is not can only be a slip, and is unknown."""
    return gigabits if gigabits is not None and gigabits > 0 else None


def _count(figure: int | None) -> int | None:
    """Return a count that is above 0: what is not can only be a slip, and is unknown."""
    return figure if figure is not None and figure > 0 else None
