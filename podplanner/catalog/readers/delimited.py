"""Tables with a character between their cells: CSV, TSV, and their relatives."""

import csv
import io
from collections import Counter
from dataclasses import replace
from typing import Literal

from podplanner.catalog.readers.grid import Grid, GridRow
from podplanner.catalog.readers.headings import heading_strength
from podplanner.errors import FormatError

_DELIMITERS = (",", ";", "\t", "|")
_MAX_FIELD = 1_000_000
# A cell of a megabyte is an unclosed quote that swallowed the rest of the file.


def grid_of_delimited(text: str, name: str) -> tuple[Grid, float] | None:
    """Return the table that `text` is, and how surely it is one (0 to 1); None when it is none.

    Raises:
        FormatError: A quote is opened and never closed.
    """
    csv.field_size_limit(_MAX_FIELD)
    best: tuple[float, str] | None = None
    lines = [line for line in text.split("\n", 4000)[:4000] if _is_data(line)]
    if lines and lines[0].lower().startswith("sep=") and len(lines[0]) == 5:
        best = (1.0, lines[0][4])
    else:
        for delimiter in _DELIMITERS:
            score = _score(lines, delimiter)
            if score > 0 and (best is None or score > best[0]):
                best = (score, delimiter)
    if best is None:
        return None
    score, delimiter = best
    return _parse(text, delimiter, name), score


def _is_data(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith(("#", "//"))


def _score(lines: list[str], delimiter: str) -> float:
    """Return how alike the rows are when they are cut at `delimiter`, 0 to about 2."""
    try:
        rows = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return 0.0
    widths = Counter(len(row) for row in rows if row)
    if not widths:
        return 0.0
    width, hits = max(widths.items(), key=lambda entry: (entry[1] * (entry[0] > 1), entry[0]))
    if width < 2:
        return 0.0
    strength = max(heading_strength(row) for row in rows[:80])
    return hits / len(rows) + (0.5 + strength / 10 if strength >= 2 else 0.0)


def _parse(text: str, delimiter: str, name: str) -> Grid:
    """Cut text into cells; a quote that is never closed is no quote if every row says so."""
    try:
        return _cut(text, delimiter, quoting=csv.QUOTE_MINIMAL, strict=True)
    except _UnreadableError as error:
        if not error.unclosed:
            return _cut(text, delimiter, quoting=csv.QUOTE_MINIMAL, strict=False)
        plain = _cut(text, delimiter, quoting=csv.QUOTE_NONE, strict=False)
        if len({len(row.cells) for row in plain.rows}) == 1:
            return plain
        raise FormatError(
            f"{name}, row {error.row}: a quote is opened and never closed",
            hint="Close the quote in that row, or remove it.",
        ) from error


class _UnreadableError(Exception):
    """The csv module cannot go on."""

    def __init__(self, row: int, *, unclosed: bool) -> None:
        super().__init__(row)
        self.row, self.unclosed = row, unclosed


def _cut(text: str, delimiter: str, *, quoting: Literal[0, 3], strict: bool) -> Grid:
    rows: list[GridRow] = []
    comments: list[tuple[int, str]] = []
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True,
        quoting=quoting, strict=strict,
    )  # fmt: skip
    before = 0
    try:
        for cells in reader:
            number, before = before + 1, reader.line_num
            first = cells[0].lstrip() if cells else ""
            if number == 1 and len(cells) >= 1 and first.lower().startswith("sep="):
                continue
            if first.startswith(("#", "//")) and heading_strength(cells) < 2:
                comments.append((number, delimiter.join(cells).strip().lstrip("#/").strip()))
            elif any(cell.strip() for cell in cells):
                rows.append(GridRow(number, tuple(cells)))
    except csv.Error as error:
        said = str(error)
        unclosed = "unexpected end" in said or "field larger" in said
        raise _UnreadableError(before + 1, unclosed=unclosed) from error
    grid = Grid.of(rows, comments=tuple(comments))
    # A spreadsheet program writes `;` where its decimal mark is the comma.
    return replace(grid, mark=",") if delimiter == ";" else grid
