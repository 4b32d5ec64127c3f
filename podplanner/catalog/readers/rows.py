"""Rows of a table sorted into what they are: lines, sums, charges, headings of sections."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto

from podplanner.catalog.bill import Place
from podplanner.catalog.readers.amounts import (
    Amount,
    Cell,
    NotANumberError,
    Number,
    amount_of,
    quantity_of,
)
from podplanner.catalog.readers.columns import Layout
from podplanner.catalog.readers.grid import Grid, GridRow
from podplanner.catalog.readers.headings import NAMES, Role, heading_strength, roles_of
from podplanner.catalog.readers.sums import Label, charge_kind, label_of, names_charge
from podplanner.catalog.vocabulary import fold
from podplanner.errors import FormatError


class RowKind(Enum):
    """What a row of a table is."""

    LINE = auto()
    SUM = auto()
    CHARGE = auto()
    SECTION = auto()
    CONTINUATION = auto()
    """More words about the line above."""
    WORDS = auto()
    """A note that is no part: it stands after the total."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """A row and what it is; `label` for sums and charges, `amount` of those."""

    kind: RowKind
    row: GridRow
    label: Label | None = None
    words: str = ""
    amount: Amount | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the cells of one table; errors name the file, the row and the column."""

    layout: Layout
    file: str

    def cell(self, row: GridRow, role: Role) -> Cell:
        """Return a cell by its role; an absent one is empty."""
        index = self.layout.columns.get(role)
        return row.cells[index] if index is not None and index < len(row.cells) else ""

    def text(self, row: GridRow, role: Role) -> str:
        """Return the words of a cell by its role."""
        index = self.layout.columns.get(role)
        return "" if index is None else row.text(index)

    def name(self, row: GridRow) -> str:
        """Return the first words of a row that name a thing."""
        return next((words for role in NAMES if (words := self.text(row, role))), "")

    def amount(self, row: GridRow, role: Role) -> Amount:
        """Return the amount in a cell; empty and `TBD` have no value.

        Raises:
            FormatError: The cell holds something else.
        """
        try:
            return amount_of(self.cell(row, role), self.layout.mark)
        except NotANumberError as error:
            raise self.bad_cell(row, role, str(error)) from error

    def quantity(
        self, row: GridRow, role: Role = Role.QUANTITY
    ) -> tuple[Decimal | None, str | None]:
        """Return the quantity in a cell and its unit.

        Raises:
            FormatError: The cell holds something else, or a negative number.
        """
        try:
            return quantity_of(self.cell(row, role), self.layout.mark)
        except NotANumberError as error:
            raise self.bad_cell(row, role, str(error)) from error

    def has(self, row: GridRow, role: Role) -> bool:
        """Return whether a cell holds an amount; never raises."""
        return _lenient(self.cell(row, role), self.layout.mark) is not None

    def bad_cell(self, row: GridRow, role: Role, what: str) -> FormatError:
        """Return the error for a cell, with its place."""
        place = Place(self.file, row.number, self.layout.columns.get(role, 0) + 1)
        heading = self.layout.heading(role)
        return FormatError(
            f"{place} ({heading}): {what}", hint="Correct the cell, or leave it empty if unknown."
        )


def _lenient(cell: Cell, mark: str | None) -> Decimal | None:
    try:
        return amount_of(cell, mark).value
    except NotANumberError:
        return None


def sort_rows(grid: Grid, reader: Reader) -> list[Sorted]:
    """Return every row below the headings with what it is, in order."""
    found = _with_names_above(list(_first_look(grid, reader)), reader)
    return list(_with_sections(_section_above(grid, reader, found), reader))


def _section_above(grid: Grid, reader: Reader, found: list[Sorted]) -> list[Sorted]:
    """Return the rows with the section whose name stands above the first headings, if each has.

    Only where the headings come again under later names of sections.
    """
    first, rows = reader.layout.first, grid.rows
    named = {e.row.number for e in found if e.kind is RowKind.SECTION}
    again = any(
        upper.number in named and _repeats_headings(lower, reader.layout)
        for upper, lower in zip(rows[first:], rows[first + 1 :], strict=False)
    )
    if not again or first < 2 or len(rows[first - 2].filled) != 1:
        return found
    above = rows[first - 2]
    return [Sorted(RowKind.SECTION, above, words=above.text(above.filled[0])), *found]


def _with_names_above(found: list[Sorted], reader: Reader) -> list[Sorted]:
    """Give a row of numbers without a name the rows of words right above it (a shop's cart)."""
    column = next((reader.layout.columns[r] for r in NAMES if r in reader.layout.columns), None)
    if column is None:
        return found
    kept: list[Sorted] = []
    for entry in found:
        row = entry.row
        if entry.kind is RowKind.LINE and not reader.name(row) and column < len(row.cells):
            words: list[str] = []
            while kept and kept[-1].kind is RowKind.SECTION:
                words.insert(0, kept.pop().words)
            if words:
                cells = list(row.cells)
                cells[column] = " ".join(words)
                entry = Sorted(RowKind.LINE, GridRow(row.number, tuple(cells)))
        kept.append(entry)
    return kept


def _first_look(grid: Grid, reader: Reader) -> Iterator[Sorted]:
    layout = reader.layout
    ended = paid = False
    counted = Role.QUANTITY in layout.columns
    for row in grid.rows[layout.first :]:
        if _is_plainly_a_line(row, reader):
            ended = False
            yield Sorted(RowKind.LINE, row)
            continue
        filled = row.filled
        if not filled or _is_rule(row, filled) or _repeats_headings(row, layout):
            continue
        if len(filled) == 1 and _PAGE.fullmatch(fold(row.text(filled[0])).strip(" -–.")):
            continue
        sorted_row = _sum_or_charge(row, filled, reader)
        if sorted_row is not None:
            kind = sorted_row.label.kind if sorted_row.label else ""
            ended, paid = ended or kind == "total", paid or (ended and kind == "paid")
            if paid and sorted_row.kind is RowKind.SUM:
                # What is left to pay is no total of the list.
                sorted_row = Sorted(RowKind.WORDS, row, words=sorted_row.words)
            yield sorted_row
            continue
        words = " ".join(row.text(i) for i in filled if not isinstance(row.cells[i], Number))
        has_number = any(_numeric(row, role, reader) for role in _NUMBERS)
        if ended and counted and not _numeric(row, Role.QUANTITY, reader):
            # Below the total of a list that counts everything: a budget, what is left of it.
            yield Sorted(RowKind.WORDS, row, words=words)
            continue
        if has_number:
            ended = False
            counted = counted and _numeric(row, Role.QUANTITY, reader)
        if len(filled) == 1 and not has_number:
            yield Sorted(RowKind.WORDS if ended else RowKind.SECTION, row, words=words)
        elif not has_number and ended:
            yield Sorted(RowKind.WORDS, row, words=words)
        elif not has_number and _continues(row, filled, reader):
            yield Sorted(RowKind.CONTINUATION, row, words=words)
        elif not reader.name(row) and not has_number:
            yield Sorted(RowKind.WORDS, row, words=words)
        else:
            yield Sorted(RowKind.LINE, row, words=words)


_DIGIT = re.compile(r"\d")
_PAGE = re.compile(r"(?:page|seite|pagina|blatt|folio)\s*:?\s*\d+(?:\s*(?:of|von|de|sur|/)\s*\d+)?")
_NUMBERS = (Role.QUANTITY, Role.UNIT_PRICE, Role.PRICE, Role.TOTAL)


def _numeric(row: GridRow, role: Role, reader: Reader) -> bool:
    cell = reader.cell(row, role)
    return isinstance(cell, Number) or any(c.isdigit() for c in cell)


def _is_rule(row: GridRow, filled: list[int]) -> bool:
    """Return whether a row is a drawn line (`-----`, `=====`)."""
    return all(
        not isinstance(row.cells[i], Number) and not row.text(i).strip("-=_*+:| –—.")
        for i in filled
    )


def _repeats_headings(row: GridRow, layout: Layout) -> bool:
    if not layout.has_headings:
        return False
    texts = [row.text(i) for i in range(len(row.cells))]
    if any(_DIGIT.search(text) for text in texts) and texts[0] != layout.headings[0].strip():
        return False
    if [fold(t) for t in texts] == [fold(h) for h in layout.headings[: len(texts)]]:
        return True
    return heading_strength(texts) >= 3 and not any(any(c.isdigit() for c in t) for t in texts)


def _sum_or_charge(row: GridRow, filled: list[int], reader: Reader) -> Sorted | None:
    """Return a row as a sum or a charge when its label says so and its numbers allow it."""
    texts = _label_cells(row, filled, reader)
    if filled == [reader.layout.columns.get(Role.TOTAL)] and reader.has(row, Role.TOTAL):
        return Sorted(RowKind.SUM, row, Label("total"), "", reader.amount(row, Role.TOTAL))
    label, words = None, ""
    for text in texts:
        if (label := label_of(text)) is not None:
            words = text
            break
    kind = charge_kind(reader.text(row, Role.CATEGORY)) if label is None else None
    if kind is not None:
        label, words = Label(kind), reader.text(row, Role.CATEGORY)
    if label is None:
        label, words = _discount(row, reader)
    if label is None:
        return None
    is_sum = label.kind in ("total", "subtotal", "carried", "paid")
    if is_sum and reader.has(row, Role.UNIT_PRICE) and reader.has(row, Role.QUANTITY):
        return None
    if not is_sum and not _single(row, reader):
        return None
    if not is_sum and words and kind is None and _buys(row, reader):
        # `Drive (free shipping)`, 1 piece at 150.00, is a drive.
        own = names_charge(words) if words == reader.name(row) else charge_kind(words)
        if not own:
            return None
    amount = _amount_of_row(row, filled, reader)
    if label.kind in ("carried", "paid") or (
        not is_sum and amount is None and label.percent is None and len(words.split()) > 3
    ):
        return Sorted(RowKind.WORDS, row, label, words)
    if kind is not None or not is_sum:
        words = _charge_title(row, words, reader)
    return Sorted(RowKind.SUM if is_sum else RowKind.CHARGE, row, label, words, amount)


_UNLABELLED = {
    Role.IGNORED, Role.NOTE, Role.VENDOR, Role.LINK, Role.UNIT, Role.CURRENCY, Role.DATE,
    Role.DISCOUNT,
}  # fmt: skip


def _label_cells(row: GridRow, filled: Sequence[int], reader: Reader) -> list[str]:
    """Return the cells that may say that a row is a sum or a charge.

    A note (`free shipping`), a rate of tax or a measure in its own column says nothing of the kind
    on a row that has a name.
    """
    named = bool(reader.name(row))
    headings = reader.layout.headings
    found = []
    for index in filled:
        if isinstance(row.cells[index], Number):
            continue
        roles = roles_of(headings[index]) if index < len(headings) else ()
        if not (named and roles and roles[0] in _UNLABELLED):
            found.append(row.text(index))
    return found


def _buys(row: GridRow, reader: Reader) -> bool:
    """Return whether a row has a quantity and a price of one, as lines have."""
    priced = reader.has(row, Role.UNIT_PRICE) or reader.has(row, Role.PRICE)
    return priced and reader.has(row, Role.QUANTITY)


def _is_plainly_a_line(row: GridRow, reader: Reader) -> bool:
    """Return whether a row buys several pieces at a price: no sum and no charge does."""
    quantity = _lenient(reader.cell(row, Role.QUANTITY), reader.layout.mark)
    if quantity is None or quantity <= 1:
        return False
    unit = _lenient(reader.cell(row, Role.UNIT_PRICE), reader.layout.mark)
    return unit is not None and unit >= 0


def _charge_title(row: GridRow, words: str, reader: Reader) -> str:
    for role in (Role.TITLE, Role.DESCRIPTION):
        if (text := reader.text(row, role)) and not _lenient(text, None):
            return text
    return words


def _discount(row: GridRow, reader: Reader) -> tuple[Label | None, str]:
    """A line with a negative total is a discount, whatever it is called."""
    total = _lenient(reader.cell(row, Role.TOTAL), reader.layout.mark)
    price = _lenient(reader.cell(row, Role.PRICE), reader.layout.mark)
    unit = _lenient(reader.cell(row, Role.UNIT_PRICE), reader.layout.mark)
    quantity = _lenient(reader.cell(row, Role.QUANTITY), reader.layout.mark)
    if quantity is not None and quantity < 0:
        return None, ""
    if quantity and unit is not None and unit > 0:
        return None, ""  # an optional position: `1 x 89.00 (89.00)`
    if any(value is not None and value < 0 for value in (total, price, unit)):
        return Label("discount"), reader.name(row)
    return None, ""


def _single(row: GridRow, reader: Reader) -> bool:
    """Return whether a charge is bought at most once, as charges are."""
    try:
        quantity, _ = quantity_of(reader.cell(row, Role.QUANTITY), reader.layout.mark)
    except NotANumberError:
        return True
    return quantity is None or quantity <= 1


def _amount_of_row(row: GridRow, filled: Sequence[int], reader: Reader) -> Amount | None:
    """Return the amount of a sum or a charge: in its column, else the last amount of the row."""
    for role in (Role.TOTAL, Role.PRICE):
        if role in reader.layout.columns and reader.has(row, role):
            return reader.amount(row, role)
    for index in reversed(filled):
        if index in (reader.layout.columns.get(r) for r in (Role.QUANTITY, Role.POSITION)):
            continue
        cell = row.cells[index]
        if _lenient(cell, reader.layout.mark) is not None:
            amount = amount_of(cell, reader.layout.mark)
            if not amount.percent:
                return amount
    return None


def _continues(row: GridRow, filled: list[int], reader: Reader) -> bool:
    """Return whether a row only goes on with the description of the line above."""
    columns = reader.layout.columns
    described = columns.get(Role.DESCRIPTION)
    return Role.TITLE in columns and not reader.text(row, Role.TITLE) and filled == [described]


def _with_sections(found: list[Sorted], reader: Reader) -> Iterator[Sorted]:
    """Settle which rows of a single cell head a section, and which are lines or go on with one."""
    numbered = any(s.kind is RowKind.LINE for s in found)
    singles = [i for i, s in enumerate(found) if s.kind is RowKind.SECTION]
    heads = {i for i in singles if numbered and _heads(found, i)}
    has_subtotals = any(s.label and s.label.kind == "subtotal" for s in found)
    described = reader.layout.columns.get(Role.DESCRIPTION)
    titled = reader.layout.columns.get(Role.TITLE)
    for index, entry in enumerate(found):
        if entry.kind is not RowKind.SECTION or (
            index in heads
            and (len(heads) > 1 or has_subtotals or _looks_like_heading(entry, reader))
        ):
            yield entry
        elif entry.row.filled == [described] and titled is not None and index:
            yield Sorted(RowKind.CONTINUATION, entry.row, words=entry.words)
        elif (numbered and not reader.name(entry.row)) or (numbered and len(entry.words) > 90):
            yield Sorted(RowKind.WORDS, entry.row, words=entry.words)
        else:
            yield Sorted(RowKind.LINE, entry.row, words=entry.words)


def _heads(found: list[Sorted], index: int) -> bool:
    """Return whether a line follows: headings stand above something."""
    after = found[index + 1] if index + 1 < len(found) else None
    return after is not None and after.kind is RowKind.LINE


def _looks_like_heading(entry: Sorted, reader: Reader) -> bool:
    words = entry.words.strip()
    first = fold(words).split(" ")[0] if words else ""
    in_name = any(entry.row.filled == [reader.layout.columns.get(role)] for role in NAMES)
    return words.endswith(":") or not in_name or words.isupper() or first in (
        "stage", "section", "phase", "part", "assembly", "group", "abschnitt", "baugruppe",
        "lot", "etape", "etapa", "seccion", "step", "gruppe", "groupe",
    )  # fmt: skip
