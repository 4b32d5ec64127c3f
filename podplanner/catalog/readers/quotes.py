"""Lists of quotes: what vendors ask for parts, with packs, price breaks and dates."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError

from podplanner.catalog.bill import Place, Quote
from podplanner.catalog.readers.amounts import (
    NotANumberError,
    amount_of,
    currency_code,
    decimal_mark,
    find_currency,
    quantity_of,
)
from podplanner.catalog.readers.delimited import grid_of_delimited
from podplanner.catalog.readers.grid import Grid, GridRow
from podplanner.catalog.readers.headings import plain_heading
from podplanner.catalog.readers.source import load, text_of
from podplanner.catalog.vocabulary import fold, words_of
from podplanner.errors import FormatError

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_OTHER = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})")
_LEAD = re.compile(r"(?:ca\.?\s*|~\s*)?(\d+)(?:\s*[-–]\s*(\d+))?\s*(\D*)")
_DAYS = {"": 1, "d": 1, "day": 1, "days": 1, "tag": 1, "tage": 1, "jours": 1, "jour": 1,
         "dias": 1, "dia": 1, "w": 7, "wk": 7, "wks": 7, "week": 7, "weeks": 7, "woche": 7,
         "wochen": 7, "semaine": 7, "semaines": 7, "semana": 7, "semanas": 7, "month": 30,
         "months": 30, "monat": 30, "monate": 30, "mois": 30, "mes": 30, "meses": 30}  # fmt: skip


@cache
def _columns() -> dict[str, str]:
    return {
        key: name
        for name, words in reversed(words_of("quotes").items())
        for word in words
        for key in (fold(word), plain_heading(word))
    }


def read_quotes(path: str | Path) -> tuple[Quote, ...]:
    """Return the quotes in a CSV, TSV or XLSX file with headings.

    Needed are a part number and a price; vendor, date, currency, pack, price break (or minimum
    order), lead time, end of validity and link are read where there are columns for them.

    Raises:
        FileAccessError: The file cannot be opened.
        FormatError: No such table, or a cell that cannot be read; with row and column.
    """
    source = load(path)
    if source.is_zip:
        from podplanner.catalog.readers.xlsx import sheets_of_workbook

        grids = sheets_of_workbook(source.data, source.name)
    else:
        found = grid_of_delimited(text_of(source), source.name)
        grids = [found[0]] if found else []
    for grid in grids:
        for index, row in enumerate(grid.rows[:40]):
            columns = _heading_columns(row)
            if "part" in columns and "price" in columns:
                return tuple(_quotes(grid, index, columns, source.name))
    raise FormatError(
        f"{source.name} holds no table of quotes",
        hint="Give it headings such as part, vendor, date, currency, price, pack, break, lead.",
    )


def _heading_columns(row: GridRow) -> dict[str, int]:
    columns: dict[str, int] = {}
    for index in range(len(row.cells)):
        words = row.text(index)
        name = _columns().get(fold(words.replace("_", " "))) or _columns().get(plain_heading(words))
        if name is not None:
            columns.setdefault(name, index)
    return columns


def _quotes(grid: Grid, heading: int, columns: Mapping[str, int], file: str) -> Iterable[Quote]:
    body = [row for row in grid.rows[heading + 1 :] if row.filled]
    mark = decimal_mark(row.text(columns["price"]) for row in body)
    named = find_currency(grid.rows[heading].text(columns["price"]))[0]
    for row in body:
        yield _quote(row, columns, file, mark, named)


def _quote(
    row: GridRow, columns: Mapping[str, int], file: str, mark: str | None, named: str | None
) -> Quote:
    def refuse(name: str, what: str, error: Exception | None = None) -> NoReturn:
        place = Place(file, row.number, columns[name] + 1)
        raise FormatError(f"{place} ({name}): {what}", hint="Correct the cell.") from error

    def text(name: str) -> str:
        return row.text(columns[name]).strip() if name in columns else ""

    cell = row.cells[columns["price"]] if columns["price"] < len(row.cells) else ""
    try:
        price = amount_of(cell, mark)
    except NotANumberError as error:
        refuse("price", str(error), error)
    if price.value is None:
        refuse("price", "a quote needs a price")
    if not text("part"):
        refuse("part", "a quote needs a part number")
    numbers: dict[str, Decimal] = {}
    for name in ("pack", "minimum"):
        if text(name):
            try:
                number = quantity_of(row.cells[columns[name]], mark)[0]
            except NotANumberError as error:
                refuse(name, str(error), error)
            if number is not None:
                numbers[name] = number
    days = {}
    for name, field in (("date", "date"), ("valid", "valid_until")):
        if text(name):
            day = _day(text(name))
            if isinstance(day, str):
                refuse(name, day)
            days[field] = day
    lead = _lead_days(text("lead")) if text("lead") else None
    if text("lead") and lead is None:
        refuse("lead", f"{text('lead')!r} is no number of days or weeks")
    currency = currency_code(text("currency"))[0] or price.currency or named
    try:
        return Quote.model_validate({
            "part": text("part"), "vendor": text("vendor") or None, "currency": currency,
            "unit_price": price.value, "lead_days": lead, "link": text("link") or None,
            "place": Place(file, row.number), **numbers, **days,
        })  # fmt: skip
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = {"unit_price": "price"}.get(str(first["loc"][0]), str(first["loc"][0]))
        refuse(name if name in columns else "part", first["msg"], error)


def _day(written: str) -> date | str:
    """Return the day, or what is wrong with how it is written."""
    try:
        if match := _ISO.fullmatch(written):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _OTHER.fullmatch(written):
            first, second, year = int(match[1]), int(match[3]), int(match[4])
            if match[2] == "." or first > 12:
                return date(year, second, first)
            if second > 12 or first == second:
                return date(year, first, second)
            return f"{written} could be two days; write it as {year}-MM-DD"
    except ValueError:
        return f"{written} is no day"
    return f"{written!r} is no date; write it as 2026-11-23"


def _lead_days(written: str) -> int | None:
    match = _LEAD.fullmatch(fold(written))
    if match is None:
        return None
    factor = _DAYS.get(match[3].strip(" .()"))
    return None if factor is None else int(match[2] or match[1]) * factor
