"""A table before anyone has understood it: rows of cells, and where they stood."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from podplanner.catalog.readers.amounts import Cell, Number

MAX_COLUMNS = 200
# Lists have a dozen columns; a row with thousands is one that was cut at the wrong character.


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row; `number` is its row in the file, from 1."""

    number: int
    cells: tuple[Cell, ...]

    def text(self, index: int) -> str:
        """Return the words of a cell; an absent cell is empty."""
        if index >= len(self.cells):
            return ""
        cell = self.cells[index]
        return str(cell.value) if isinstance(cell, Number) else cell.strip()

    def has(self, index: int) -> bool:
        """Return whether a cell holds something."""
        if index >= len(self.cells):
            return False
        cell = self.cells[index]
        return isinstance(cell, Number) or bool(cell.strip())

    @property
    def filled(self) -> list[int]:
        """Return the indexes of the cells that hold something."""
        return [i for i, c in enumerate(self.cells) if isinstance(c, Number) or c.strip()]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as it was found.

    Attributes:
        name: Of the sheet, or a word for where it was found.
        comments: (row, text) of comment lines around the table.
    """

    rows: Sequence[GridRow]
    name: str = ""
    comments: tuple[tuple[int, str], ...] = ()
    widest: int = field(default=0)
    mark: str | None = None
    """The decimal mark of the place it comes from, where its numbers show none."""

    @classmethod
    def of(
        cls,
        rows: Sequence[GridRow],
        name: str = "",
        comments: tuple[tuple[int, str], ...] = (),
    ) -> "Grid":
        """Return a grid that knows its width; columns beyond the 200th are left out."""
        widest = max((len(row.cells) for row in rows), default=0)
        if widest > MAX_COLUMNS:
            rows = [GridRow(row.number, row.cells[:MAX_COLUMNS]) for row in rows]
        return cls(rows, name, comments, min(widest, MAX_COLUMNS))
