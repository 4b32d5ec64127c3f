"""Excel workbooks (.xlsx), read cell by cell with the digits that they show."""

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from podplanner.catalog.readers.amounts import Cell, Number, find_currency
from podplanner.catalog.readers.columns import layout_of
from podplanner.catalog.readers.grid import MAX_COLUMNS, Grid, GridRow
from podplanner.catalog.readers.headings import Role
from podplanner.errors import FormatError

_MAX_UNPACKED = 256 * 1024 * 1024
# A workbook unpacks to some ten times its size; one that unpacks to more is made to do harm.
_SHOWN_DECIMALS = re.compile(r"0\.(0+)")
_CODE = re.compile(r"\[\$([^\-\]]+)")


def grids_of_workbook(data: bytes, name: str) -> list[Grid]:
    """Return every visible sheet that holds something, for reading a bill from it.

    Raises:
        FormatError: No workbook, truncated, password-protected, far too large inside, or a cell
            that the list needs holds a formula without a stored value.
    """
    grids = sheets_of_workbook(data, name)
    _check_formulas(data, name, grids)
    return grids


def sheets_of_workbook(data: bytes, name: str) -> list[Grid]:
    """Return every visible sheet that holds something.

    Raises:
        FormatError: No workbook, truncated, password-protected, or far too large inside.
    """
    from openpyxl import load_workbook

    _check_archive(data, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of decorations it does not keep
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            grids = [
                Grid.of(list(_rows(sheet.iter_rows(max_col=MAX_COLUMNS))), sheet.title)
                for sheet in book.worksheets
                if sheet.sheet_state == "visible"
            ]
            book.close()
    except FormatError:
        raise
    except Exception as error:
        raise _broken(name, error) from error
    return [grid for grid in grids if grid.rows]


def _check_archive(data: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise _broken(name, error) from error
    if not any(entry.startswith("xl/") for entry in names):
        raise FormatError(
            f"{name} is a zip archive, but no Excel workbook",
            hint="Unpack it and name the parts list in it.",
        )
    if unpacked > _MAX_UNPACKED:
        raise FormatError(
            f"{name} unpacks to {unpacked / 10**6:,.0f} MB: that is no parts list",
            hint="Save the one sheet with the list as CSV.",
        )


def _broken(name: str, error: Exception) -> FormatError:
    return FormatError(
        f"{name} is no whole Excel workbook: it is truncated or damaged "
        f"({' '.join(str(error).split())})",
        hint="Copy the file again, or save it as CSV.",
    )


def _rows(rows: Iterable[Iterable[Any]]) -> Iterator[GridRow]:
    blank: tuple[Any, ...] | None = None
    for index, row in enumerate(rows, 1):
        cells = tuple(row)
        if cells is blank:
            # openpyxl fills every gap with one and the same row: a million of them cost nothing.
            continue
        filled = [cell.value is not None for cell in cells]
        if True in filled:
            last = len(filled) - filled[::-1].index(True)
            yield GridRow(index, tuple(_cell(cell) for cell in cells[:last]))
        else:
            blank = cells


def _cell(cell: Any) -> Cell:  # noqa: ANN401  openpyxl's cells have several unrelated types
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value, getattr(cell, "number_format", "") or "")
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _number(value: float, number_format: str) -> Cell:
    """Return the exact number at the precision that matters: stored digits, shown decimals."""
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    number = Decimal(str(value)) if isinstance(value, int) else Decimal(f"{value:.15g}")
    if int(number.as_tuple().exponent) > 0:
        number = number.quantize(Decimal(1))
    currency, assumed = None, False
    if number_format and number_format != "General":
        shown = _SHOWN_DECIMALS.search(number_format.split(";")[0])
        decimals = len(shown[1]) if shown else 0
        if -int(number.as_tuple().exponent) < decimals and abs(number) < 10**12:
            number = number.quantize(Decimal(1).scaleb(-decimals))
        currency, assumed = _format_currency(number_format)
        if "%" in number_format:
            return f"{(number * 100).normalize():f} %"
    return Number(number, currency, assumed)


def _format_currency(number_format: str) -> tuple[str | None, bool]:
    if (code := _CODE.search(number_format)) is not None:
        return find_currency(code[1])
    return find_currency(number_format.replace('"', "").replace("\\", ""))


def _check_formulas(data: bytes, name: str, grids: list[Grid]) -> None:
    """Refuse a formula without a stored value in a column of numbers, naming the cell."""
    from openpyxl import load_workbook
    from openpyxl.utils import get_column_letter

    if b"<f" not in _sheets_xml(data, name):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False)
        for grid in grids:
            layout = layout_of(grid)
            if layout is None or layout.refusal:
                continue
            values = {row.number: row for row in grid.rows}
            wanted = {
                layout.columns[r]: r for r in
                (Role.QUANTITY, Role.UNIT_PRICE, Role.PRICE, Role.TOTAL) if r in layout.columns
            }  # fmt: skip
            for number, row in enumerate(book[grid.name].iter_rows(max_col=MAX_COLUMNS), 1):
                for cell in row:
                    index = (getattr(cell, "column", None) or 0) - 1
                    if cell.data_type != "f" or index not in wanted or number not in values:
                        continue
                    if values[number].text(index) == "":
                        place = f"{get_column_letter(index + 1)}{number}"
                        raise FormatError(
                            f"{name}, sheet {grid.name!r}, row {number}, column {index + 1} "
                            f"(cell {place}): the formula {cell.value} has no stored value",
                            hint="Open the file in a spreadsheet program, save it, and try again.",
                        )
        book.close()


def _sheets_xml(data: bytes, name: str) -> bytes:
    """Return the text of every sheet, also of those that no reader of values opens."""
    found = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.namelist():
                if entry.startswith("xl/worksheets/") and entry.endswith(".xml"):
                    found.append(archive.read(entry))
    except Exception as error:  # as many sorts as there are ways to damage an archive
        raise _broken(name, error) from error
    return b"".join(found)
