"""Pasted text whose columns stand apart: by tabs, by wide gaps, or one cell under the other."""

import re
from collections.abc import Iterator, Sequence

from podplanner.catalog.readers.amounts import is_amount
from podplanner.catalog.readers.grid import Grid, GridRow
from podplanner.catalog.readers.headings import Role, heading_strength, roles_of
from podplanner.catalog.readers.sums import label_of

_TRIPLE = (Role.QUANTITY, Role.UNIT_PRICE, Role.TOTAL)
_MOST_STARTS = 20
# A text has a handful of tables; one of nothing but headings must not be searched for ever.


def grids_of_text(text: str) -> Iterator[Grid]:
    """Yield the tables that text shows by tabs, by wide gaps, or cell under cell."""
    lines = text.split("\n")
    yield from _blocks(lines, "\t")
    yield from _aligned(lines)
    if (grid := _vertical(lines)) is not None:
        yield grid


def _blocks(lines: Sequence[str], mark: str) -> Iterator[Grid]:
    """Yield runs of lines that hold `mark`; one line without is allowed between (a heading)."""
    rows: list[GridRow] = []
    gap = 0
    for number, line in enumerate(lines, 1):
        if mark in line:
            rows.append(GridRow(number, tuple(cell.strip() for cell in line.split(mark))))
            gap = 0
        elif rows and (gap := gap + bool(line.strip())) > 1:
            if len(rows) > 1:
                yield Grid.of(rows)
            rows, gap = [], 0
    if len(rows) > 1:
        yield Grid.of(rows)


def _aligned(lines: Sequence[str]) -> Iterator[Grid]:
    """Yield tables whose cells stand under their headings, two or more spaces apart."""
    after = tables = 0
    for index, line in enumerate(lines):
        if index < after or tables == _MOST_STARTS or "  " not in line.strip():
            continue
        heads = _spans(line)
        if len(heads) < 2 or heading_strength([words for _, _, words in heads]) < 2:
            continue
        rows = [GridRow(index + 1, tuple(words for _, _, words in heads))]
        blanks = 0
        for number, below in enumerate(lines[index + 1 :], index + 2):
            cells = _spans(below)
            if not cells:
                if (blanks := blanks + 1) > 1 and len(rows) > 1:
                    break
                continue
            blanks = 0
            rows.append(GridRow(number, _under(cells, heads)))
        after, tables = rows[-1].number, tables + 1
        yield Grid.of(rows)


def _spans(line: str) -> list[tuple[int, int, str]]:
    """Return (start, end, words) of every cell; cells are two spaces apart."""
    return [(m.start(), m.end(), m[0]) for m in re.finditer(r"\S+(?: \S+)*", line)]


def _under(
    cells: Sequence[tuple[int, int, str]], heads: Sequence[tuple[int, int, str]]
) -> tuple[str, ...]:
    """Put each cell under the heading that it overlaps most, or else the nearest."""
    if len(cells) == len(heads):
        return tuple(words for _, _, words in cells)
    placed = [""] * len(heads)
    for start, end, words in cells:
        best = max(
            range(len(heads)),
            key=lambda i: min(end, heads[i][1]) - max(start, heads[i][0]),
        )
        placed[best] = f"{placed[best]} {words}".strip()
    return tuple(placed)


def _vertical(lines: Sequence[str]) -> Grid | None:
    """Return a table that was pasted cell under cell: n headings, then n cells a row."""
    filled = [(n, line.strip()) for n, line in enumerate(lines, 1) if line.strip()]
    known = [bool(roles_of(words)) for _, words in filled]
    for index in range(len(filled) - 2):
        if not (known[index] and known[index + 1] and known[index + 2]):
            continue
        heads: list[str] = []
        for _, words in filled[index:]:
            if not roles_of(words) or words in heads:
                break
            heads.append(words)
        if len(heads) < 3 or heading_strength(heads) < 3:
            continue
        rows = [GridRow(filled[index][0], tuple(heads))]
        rest = filled[index + len(heads) :]
        numeric = [i for i, h in enumerate(heads) if set(roles_of(h)) & {*_TRIPLE, Role.PRICE}]
        while len(rest) >= 2:
            if label_of(rest[0][1]) is not None and is_amount(rest[1][1]):
                cells = [""] * len(heads)
                cells[0], cells[-1] = rest[0][1], rest[1][1]
                rows.append(GridRow(rest[0][0], tuple(cells)))
                rest = rest[2:]
                continue
            chunk = rest[: len(heads)]
            if len(chunk) < len(heads) or not all(is_amount(chunk[i][1]) for i in numeric):
                break
            rows.append(GridRow(chunk[0][0], tuple(words for _, words in chunk)))
            rest = rest[len(heads) :]
        if len(rows) > 1:
            return Grid.of(rows)
    return None
