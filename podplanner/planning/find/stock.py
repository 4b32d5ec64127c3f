"""The parts that designs are made of: sold now, and with every figure that a design needs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from podplanner.catalog.completeness import missing_figures
from podplanner.catalog.parts import (
    Accessory,
    Adapter,
    Backplane,
    Board,
    Chassis,
    Drive,
    Fan,
    Memory,
    Nic,
    Part,
    Processor,
    Supply,
)

CHECKED_ONLY: frozenset[str] = frozenset({
    "depth", "weight", "length", "low_profile", "slot_height", "pwdis", "feeds_pin3",
    "drive_connectors", "cpu_connectors", "power_connectors", "load_max", "height", "fan_places",
    "sector_format", "unrecoverable", "thickness", "wires", "size", "cores", "drives_max",
    "interface_rate", "idle_power", "price_date", "price_source",
})  # fmt: skip
"""Figures that decide whether parts fit and enter no sum: `--allow-unknown` does without them."""

_P = TypeVar("_P", bound=Part)


@dataclass(frozen=True, slots=True)
class Withheld:
    """A part that is sold now and is not offered, and the figures that it lacks."""

    sku: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stock:
    """Parts by what they do in a pod, each kind in the order of its numbers.

    Attributes:
        boots: Solid-state drives that can hold the operating system.
        parts: Every part of the catalog by SKU: what comes with a case is looked up here.
        withheld: Parts that are sold now and lack a figure.
    """

    chassis: tuple[Chassis, ...]
    boards: tuple[Board, ...]
    processors: tuple[Processor, ...]
    coolers: tuple[Accessory, ...]
    memories: tuple[Memory, ...]
    adapters: tuple[Adapter, ...]
    nics: tuple[Nic, ...]
    supplies: tuple[Supply, ...]
    cables: tuple[Accessory, ...]
    rails: tuple[Accessory, ...]
    drives: tuple[Drive, ...]
    boots: tuple[Drive, ...]
    parts: Mapping[str, Part]
    withheld: tuple[Withheld, ...] = ()

    def backplane_of(self, chassis: Chassis) -> Backplane | None:
        """Return the backplane that a case is made for."""
        part = self.parts.get(chassis.backplane or "")
        return part if isinstance(part, Backplane) else None

    def included(self, chassis: Chassis) -> tuple[tuple[Part, int], ...]:
        """Return what comes with a case and is in the catalog."""
        return tuple(
            (self.parts[sku], number)
            for sku, number in chassis.included.items()
            if sku in self.parts
        )


def stock_of(
    parts: Mapping[str, Part], *, currency: str = "USD", allow_unknown: bool = False,
    ecc: bool = True,
) -> Stock:  # fmt: skip
    """Return what a catalog offers for new pods.

    Args:
        parts: The catalog by SKU.
        currency: Prices in another one are not offered: nothing here knows exchange rates.
        allow_unknown: Also offer parts that lack figures which enter no sum (`CHECKED_ONLY`).
        ecc: Only boards, processors and memory that correct errors.
    """
    offered: list[Part] = []
    withheld: list[Withheld] = []
    for sku in sorted(parts):
        part = parts[sku]
        if not part.current:
            continue
        missing = _missing(part, parts)
        if missing and not (allow_unknown and set(missing) <= CHECKED_ONLY):
            withheld.append(Withheld(sku, missing))
        elif part.price is None or part.price_currency == currency:
            offered.append(part)
    accessories = list(_of(offered, Accessory))
    drives = tuple(_of(offered, Drive))
    return Stock(
        chassis=tuple(case for case in _of(offered, Chassis) if case.price is not None),
        boards=tuple(board for board in _of(offered, Board) if board.ecc or not ecc),
        processors=tuple(cpu for cpu in _of(offered, Processor) if cpu.ecc or not ecc),
        coolers=tuple(part for part in accessories if part.kind == "cooler"),
        memories=tuple(module for module in _of(offered, Memory) if module.ecc or not ecc),
        adapters=tuple(_of(offered, Adapter)), nics=tuple(_of(offered, Nic)),
        supplies=tuple(_of(offered, Supply)),
        cables=tuple(part for part in accessories if part.kind == "cable" and part.connector),
        rails=tuple(part for part in accessories if part.kind == "rail"),
        drives=tuple(drive for drive in drives if _goes_into_a_bay(drive)),
        boots=tuple(drive for drive in drives if _boots(drive)),
        parts=parts, withheld=tuple(withheld),
    )  # fmt: skip


def _of(parts: Iterable[Part], kind: type[_P]) -> Iterator[_P]:
    return (part for part in parts if isinstance(part, kind))


def _missing(part: Part, parts: Mapping[str, Part]) -> tuple[str, ...]:
    """Return what a part lacks; a case lacks what its backplanes, fans and rails lack, too."""
    missing = list(missing_figures(part))
    if isinstance(part, Chassis):
        backplane = parts.get(part.backplane or "")
        if not isinstance(backplane, Backplane):
            missing.append("backplane")
        else:
            missing += missing_figures(backplane)
        for sku in part.included:
            inner = parts.get(sku)
            if inner is None or (isinstance(inner, Fan) and inner.power is None):
                missing.append("included")
    return tuple(dict.fromkeys(missing))


def _goes_into_a_bay(drive: Drive) -> bool:
    """Return whether a drive can hold data behind a SATA or SAS backplane.

    Host-managed shingled drives want a file system that writes their bands in order: no layout
    here does.
    """
    return (
        drive.interface in ("SATA", "SAS")
        and drive.form_factor in ("3.5in", "2.5in")
        and drive.recording != "HM-SMR"
    )


def _boots(drive: Drive) -> bool:
    return drive.recording == "SSD" and (
        drive.form_factor == "M.2" or (drive.form_factor == "2.5in" and drive.interface == "SATA")
    )
