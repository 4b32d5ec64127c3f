"""What commands print: tables and findings for people, one JSON object for machines."""

import json
import os
import re
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import typer

_COLOURS = {"error": "red", "warning": "yellow", "note": "blue", "unknown": "magenta"}


def say(words: str = "") -> None:
    """Print words about the results, to standard error."""
    typer.echo(_harmless(words), err=True)


def show(words: str = "", *, before: str = "") -> None:
    """Print a result, to standard output; `before` may be coloured."""
    typer.echo(before + _harmless(words))


def _harmless(words: str) -> str:
    """Return words without control characters: a title in a list must not steer a terminal."""
    return _CONTROL.sub(" ", words)


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Tab and line break stay.


def emit(schema: str, payload: Mapping[str, Any]) -> None:
    """Print one JSON object: exact numbers as strings, days as ISO 8601."""
    document = {"schema": f"podplanner/{schema}/1", **payload}
    typer.echo(json.dumps(document, default=_plain, ensure_ascii=False, indent=2))


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} is no JSON")


def coloured(word: str, severity: str) -> str:
    """Return a word in the colour of a severity; none where nobody sees it or wants it.

    `NO_COLOR` (no-color.org) turns colours off.
    """
    if os.environ.get("NO_COLOR"):
        return word
    return typer.style(word, fg=_COLOURS.get(severity), bold=severity == "error")


def width() -> int:
    """Return how many characters a line may have."""
    return max(shutil.get_terminal_size((100, 24)).columns, 40) if sys.stdout.isatty() else 100


def wrapped(words: str, indent: int, room: int | None = None) -> str:
    """Return words in lines of the terminal's width, all but the first indented."""
    lines = textwrap.wrap(
        words, max((room or width()) - indent, 20), break_long_words=True, break_on_hyphens=False
    )
    return f"\n{' ' * indent}".join(lines) if lines else ""


def table(
    rows: Iterable[Sequence[str]], headings: Sequence[str], *, right: Sequence[int] = ()
) -> str:
    """Return rows in columns; the widest text column gives way when the terminal is narrow.

    Args:
        rows: Cells of each row.
        headings: One a column.
        right: Indexes of the columns that are set flush right (numbers).
    """
    cells = [list(headings), *([_one_line(cell) for cell in row] for row in rows)]
    widths = [max(_columns(row[i]) for row in cells) for i in range(len(headings))]
    over = sum(widths) + 2 * (len(widths) - 1) - width()
    flexible = [i for i in range(len(widths)) if i not in right]
    while over > 0 and flexible:
        widest = max(flexible, key=lambda i: widths[i])
        if widths[widest] <= 12:
            break
        cut = min(over, widths[widest] - 12)
        widths[widest] -= cut
        over -= cut
    lines = []
    for number, row in enumerate(cells):
        fields = [_fit(cell, widths[i], right=i in right) for i, cell in enumerate(row)]
        lines.append("  ".join(fields).rstrip())
        if number == 0:
            lines.append("  ".join("-" * w for w in widths))
    return "\n".join(lines)


def _one_line(cell: str) -> str:
    """Return a cell without line breaks or control characters, which would move the cursor."""
    return "".join(c if c.isprintable() else " " for c in cell)


def _fit(cell: str, room: int, *, right: bool) -> str:
    """Return a cell that fills its column, cut where it is too wide."""
    wide = _columns(cell)
    if wide > room:
        while _columns(cell) > room - 1:
            cell = cell[:-1]
        cell += "…"
        wide = _columns(cell)
    filling = " " * (room - wide)
    return filling + cell if right else cell + filling


def _columns(cell: str) -> int:
    """Return how many columns of a terminal a cell takes: East Asian signs take two, marks none."""
    if cell.isascii():
        return len(cell)
    return sum(
        0
        if unicodedata.category(sign) in _MARKS
        else 1 + (unicodedata.east_asian_width(sign) in _WIDE)
        for sign in cell
    )


_MARKS = ("Mn", "Me", "Cf")
# Unicode's categories of what is written over the sign before it, or not at all.
_WIDE = ("W", "F")
# Of Unicode Standard Annex 11.


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 line`, `2 lines`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def money(amount: Decimal | None, currency: str | None = None) -> str:
    """Return an amount for people: `1,942.59 USD`; `unknown` when it is not known."""
    if amount is None:
        return "unknown"
    shown = f"{amount:,f}"
    return f"{shown} {currency}" if currency else shown


def percent(share: Decimal | None) -> str:
    """Return a share of 0 to 1 as a percentage with one decimal."""
    return "" if share is None else f"{share * 100:.1f} %"


def changed(before: Decimal | None, after: Decimal | None, currency: str | None) -> str:
    """Return a change in cost: `1,942.60 -> 7,342.60 USD (+5,400.00)`."""
    if before is None or after is None:
        return "unknown: the amounts are in several currencies"
    return f"{money(before)} -> {money(after, currency)} ({after - before:+,f})"
