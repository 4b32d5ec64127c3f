"""A bill with its lines joined to the catalog: what rules and planning work on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from podplanner.catalog.bill import BillOfMaterials, Line
from podplanner.catalog.parts import Part
from podplanner.catalog.vocabulary import fold, kind_of_words


@dataclass(frozen=True, slots=True)
class Item:
    """A line, the catalog part that it is (None: not in the catalog), and its kind."""

    position: int
    """1-based position of the line in the bill."""
    line: Line
    part: Part | None
    kind: str | None

    @property
    def name(self) -> str:
        """Return what to call the line: the number of its part, else its title."""
        return self.part.sku if self.part else self.line.name

    @property
    def quantity(self) -> Decimal | None:
        """Return how many pieces the line buys."""
        return self.line.quantity

    @property
    def is_boot_drive(self) -> bool:
        """Return whether this is a drive that holds the operating system, not data."""
        text = fold(f"{self.line.title} {self.line.description} {self.line.category or ''}")
        return self.kind == "drive" and ("boot" in text or "emmc" in text or "usb" in text)


@dataclass(frozen=True, slots=True)
class Pod:
    """A bill whose lines know their parts.

    Attributes:
        as_of: The day by which the age of prices is judged.
    """

    bill: BillOfMaterials
    items: tuple[Item, ...]
    as_of: date

    def of_kind(self, kind: str) -> tuple[Item, ...]:
        """Return the items of one kind, in the order of the bill."""
        return tuple(item for item in self.items if item.kind == kind)

    @property
    def boot_drives(self) -> tuple[Item, ...]:
        """Return the drives that hold the operating system."""
        return tuple(item for item in self.of_kind("drive") if item.is_boot_drive)

    @property
    def data_drives(self) -> tuple[Item, ...]:
        """Return the drives that hold data."""
        return tuple(item for item in self.of_kind("drive") if not item.is_boot_drive)

    @property
    def chassis(self) -> Item | None:
        """Return the one chassis, or None when there is none or several."""
        found = self.of_kind("chassis")
        return found[0] if len(found) == 1 else None


def count(items: tuple[Item, ...]) -> Decimal | None:
    """Return how many pieces `items` buy together; None when one quantity is unknown."""
    quantities = [item.quantity for item in items]
    if any(quantity is None for quantity in quantities):
        return None
    return sum((q for q in quantities if q is not None), Decimal(0))


def pieces(items: tuple[Item, ...]) -> int | None:
    """Return how many pieces `items` buy together; None when one quantity is unknown, or broken.

    Half a drive is a misread quantity, not a drive less.
    """
    number = count(items)
    whole = all(item.quantity == int(item.quantity) for item in items if item.quantity is not None)
    return int(number) if number is not None and whole else None


def assemble(bill: BillOfMaterials, parts: Mapping[str, Part], *, as_of: date) -> Pod:
    """Join every line of `bill` to its part by SKU, and settle its kind.

    The kind is that of the part, else what the category says, else what the title says.
    """
    return Pod(bill, tuple(_items(bill, parts)), as_of)


def _items(bill: BillOfMaterials, parts: Mapping[str, Part]) -> Iterator[Item]:
    for position, line in enumerate(bill.lines, 1):
        part = parts.get(line.part) if line.part else None
        kind = part.kind if part else _kind(line)
        yield Item(position, line, part, None if line.bill else kind)


def _kind(line: Line) -> str | None:
    for text in (line.category, line.title, line.description):
        if text and (kind := kind_of_words(text)) not in (None, "other"):
            return kind
    return kind_of_words(line.title) if line.title else None
