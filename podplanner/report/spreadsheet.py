"""Report models as a workbook: numbers are numbers, and no text is ever a formula."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from podplanner.errors import OutputError
from podplanner.report.values import BillReport, LineEntry
from podplanner.report.wording import UNKNOWN

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

Value = str | Decimal | int | None
"""What a cell holds; None is a number that is not known."""

_AMOUNT = "#,##0.00########"
_COUNT = "#,##0.######"
_SHARE = "0.0%"
_LONGEST = 32_000
# A cell holds 32,767 characters; a longer text is cut, with a mark.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# What XML, and so a workbook, cannot hold.


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its heading, its width in characters, its number format."""

    heading: str
    width: int
    format: str = ""


_LINES = (
    Column("#", 6, "0"), Column("Id", 16), Column("Part", 18), Column("Title", 34),
    Column("Description", 44), Column("Category", 18), Column("Section", 16),
    Column("Quantity", 11, _COUNT), Column("Unit", 8), Column("Unit price", 14, _AMOUNT),
    Column("Discount %", 11, _COUNT), Column("Stated total", 16, _AMOUNT),
    Column("Currency", 10), Column("Computed", 16, _AMOUNT), Column("Difference", 14, _AMOUNT),
    Column("Match", 18), Column("Findings", 20),
)  # fmt: skip
_FINDINGS = (
    Column("Code", 10), Column("Severity", 20), Column("Line", 8, "0"), Column("Id", 16),
    Column("Title", 44), Column("Message", 70), Column("Fix", 50), Column("Place", 24),
)  # fmt: skip
_COST = (
    Column("What", 44), Column("Lines", 8, "0"), Column("Amount", 18, _AMOUNT),
    Column("Share", 10, _SHARE), Column("Running share", 14, _SHARE), Column("Covers", 60),
)  # fmt: skip


def write_xlsx(report: BillReport, path: Path) -> None:
    """Write a workbook with the sheets Lines, Findings and Cost.

    Raises:
        OutputError: The file cannot be written.
    """
    from openpyxl import Workbook

    book = Workbook()
    if (first := book.active) is not None:
        book.remove(first)
    _lines(book, report)
    _findings(book, report)
    _cost(book, report)
    book.properties.creator = "podplanner"
    book.properties.created = datetime.combine(report.made_on, time())
    try:
        book.save(path)
    except OSError as error:
        raise OutputError(
            f"cannot write {path}: {error.strerror or error}",
            hint="Name another file, or close the program that holds this one open.",
        ) from error


def _lines(book: "Workbook", report: BillReport) -> None:
    _sheet(book, "Lines", _LINES, (_line(line) for line in report.lines))


def _line(line: LineEntry) -> tuple[Value, ...]:
    return (
        line.position, line.id, line.part, line.title, line.description, line.category,
        line.section, line.quantity.value, line.unit, line.unit_price.value,
        line.discount.value if line.discount else "", line.total.value, line.currency,
        line.computed.value, line.difference.value, line.match,
        " ".join(marker.code for marker in line.markers),
    )  # fmt: skip


def _findings(book: "Workbook", report: BillReport) -> None:
    rows = (
        (f.code, f.severity_label, "" if f.position is None else f.position, f.line_id, f.title,
         f.message, f.fix, f.place)
        for f in report.findings
    )  # fmt: skip
    _sheet(book, "Findings", _FINDINGS, rows)


def _cost(book: "Workbook", report: BillReport) -> None:
    cost, code = report.cost, report.currency or "no currency"
    rows: list[tuple[Value, ...]] = [
        (f"{total.label}, {code}", "", total.figure.value, "", "", total.coverage)
        for total in report.totals
    ]
    rows += [
        (f"{cost.order_words}, {code}", "", cost.total.value, "", "", cost.total_note),
        (f"Per data bay, {code}", "", cost.per_bay.value, "", "", cost.bays_note),
        (f"Per raw TB, {code}", "", cost.per_tb.value, "", "", cost.capacity_note),
        *((sentence, "", "", "", "", "") for sentence in cost.lacks),
        ("", "", "", "", "", ""),
        *(
            (e.category, e.lines, e.amount.value, e.share.value, e.cumulative.value, "")
            for e in cost.categories
        ),
        *((charge.title, "", charge.amount.value, "", "", "charge") for charge in cost.charges),
    ]
    _sheet(book, "Cost", _COST, rows)


def _sheet(
    book: "Workbook", title: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]]
) -> None:
    """Add a sheet with a frozen heading; unknown numbers say so."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(title)
    for number, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
        cell = sheet.cell(row=1, column=number, value=column.heading)
        cell.font = Font(bold=True)
    for down, row in enumerate(rows, 2):
        for number, (column, value) in enumerate(zip(columns, row, strict=True), 1):
            cell = sheet.cell(row=down, column=number)
            cell.alignment = Alignment(vertical="top", wrap_text=not column.format)
            if isinstance(value, Decimal | int):
                cell.value = value
                cell.number_format = column.format
            elif value is None or value:
                cell.value = UNKNOWN if value is None else _held(value)
                cell.data_type = "s"
                # A text stays a text: `=1+1` is never computed, `#N/A` never an error.
    sheet.freeze_panes = "A2"


def _held(text: str) -> str:
    """Return a text as a cell can hold it."""
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} […]"
