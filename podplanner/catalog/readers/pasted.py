"""Pasted text: the table is found in the prose around it, and its columns are parted."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from podplanner.catalog.bill import BillOfMaterials, Line, Reading
from podplanner.catalog.readers.amounts import Amount, NotANumberError, Number, amount_of
from podplanner.catalog.readers.grid import Grid, GridRow
from podplanner.catalog.readers.headings import (
    Role,
    heading_strength,
    roles_of,
    split_headings,
)
from podplanner.catalog.readers.run_together import Fit, Split, splits_of
from podplanner.catalog.readers.sums import label_of
from podplanner.catalog.readers.table import bill_of_grid
from podplanner.catalog.readers.titles import split_title
from podplanner.catalog.vocabulary import kind_of_words

_TRIPLE = (Role.QUANTITY, Role.UNIT_PRICE, Role.TOTAL)
_ORDERS = (_TRIPLE, (Role.UNIT_PRICE, Role.QUANTITY, Role.TOTAL))
_MONEY_AT_END = re.compile(
    r"(?P<label>.*?)\s*(?P<amount>[-(]?\s*(?:[A-Z]{0,3}[$€£]|USD|EUR|GBP|CHF)?\s?"
    r"-?\d[\d.,'’ ]*\)?\s*(?:€|£|EUR|USD|GBP|CHF)?)\s*$"
)


_LONGEST_LABEL = 160
_MOST_STARTS = 20
# A text has a handful of tables; one of nothing but headings must not be searched for ever.


@dataclass(frozen=True, slots=True)
class _Found:
    """A run-together row: where it stands, and its equally good splits."""

    number: int
    splits: tuple[Split, ...]


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
            if label_of(rest[0][1]) is not None and _is_amount(rest[1][1]):
                cells = [""] * len(heads)
                cells[0], cells[-1] = rest[0][1], rest[1][1]
                rows.append(GridRow(rest[0][0], tuple(cells)))
                rest = rest[2:]
                continue
            chunk = rest[: len(heads)]
            if len(chunk) < len(heads) or not all(_is_amount(chunk[i][1]) for i in numeric):
                break
            rows.append(GridRow(chunk[0][0], tuple(words for _, words in chunk)))
            rest = rest[len(heads) :]
        if len(rows) > 1:
            return Grid.of(rows)
    return None


def _is_amount(words: str) -> bool:
    try:
        return amount_of(words).value is not None
    except NotANumberError:
        return False


def run_together_bill(text: str, file: str) -> BillOfMaterials | None:
    """Return the bill in text whose columns run together; None when there is none.

    Raises:
        FormatError: A row of it cannot be read.
    """
    lines = text.split("\n")
    best: tuple[tuple[int, ...], list[GridRow], dict[int, _Found]] | None = None
    for start, roles in _starts(lines):
        orders = [_order(roles)] if roles else list(_ORDERS)
        for order in orders:
            rows, found = _collect(lines, start, order, roles)
            exact = sum(f.splits[0].fit <= Fit.ROUNDED for f in found.values())
            if len(found) < (1 if roles else 2) or (not roles and exact * 2 < len(found)):
                continue
            score = (bool(roles), exact, len(found), len(order))
            if best is None or score > best[0]:
                best = (score, rows, found)
    if best is None:
        return None
    bill = bill_of_grid(Grid.of([_headings(best[2]), *best[1]]), file)
    return None if bill is None else _with_readings(bill, best[2])


def _starts(lines: Sequence[str]) -> Iterator[tuple[int, tuple[Role, ...]]]:
    """Yield (index of the first row, roles of the columns) of heading lines, then none."""
    starts = 0
    for index, line in enumerate(lines):
        heads = split_headings(line) if len(line) < 200 else ()
        roles = tuple(found[0] for head in heads if (found := roles_of(head)))
        if len(set(roles)) >= 2 and any(role in (*_TRIPLE, Role.PRICE) for role in roles):
            yield index + 1, roles
            if (starts := starts + 1) == _MOST_STARTS:
                break
    yield 0, ()


def _order(roles: Sequence[Role]) -> tuple[Role, ...]:
    """Return the numeric columns in the order of the headings; `price` as what is missing."""
    order: list[Role] = []
    for role in roles:
        if role is Role.PRICE:
            role = Role.UNIT_PRICE if Role.TOTAL in roles or Role.QUANTITY in roles else Role.TOTAL
        if role in _TRIPLE and role not in order:
            order.append(role)
    return tuple(order)


def _collect(
    lines: Sequence[str], start: int, order: Sequence[Role], roles: Sequence[Role]
) -> tuple[list[GridRow], dict[int, _Found]]:
    """Read rows from `start` on until the total, or until the text goes on without prices."""
    described = not roles or Role.DESCRIPTION in roles
    rows: list[GridRow] = []
    found: dict[int, _Found] = {}
    waiting = ""
    missed = 0
    for number, line in enumerate(lines[start:], start + 1):
        words = line.strip()
        if not words:
            missed += bool(rows) and 1
            if missed > 3 and roles:
                break
            continue
        if (summed := _sum_row(words, number)) is not None and (rows or roles):
            rows.append(summed)
            label = label_of(summed.text(0))
            if label is not None and label.kind == "total":
                break
            missed, waiting = 0, ""
            continue
        splits = splits_of(f"{waiting} {words}".strip() if waiting else words, order)
        if splits and splits[0].fit is Fit.DIFFERENT and not roles:
            splits = []
        if not splits:
            missed += 1
            waiting = words if roles and len(words) < 160 and not words.endswith(".") else ""
            if missed > 2 and rows and roles:
                break
            if waiting and rows and len(words) < 60:
                rows.append(GridRow(number, (words,)))
            continue
        if rows and rows[-1].cells == (waiting,) and waiting and not words[0].isdigit():
            splits = splits_of(words, order) or splits  # what waited heads a section
        elif rows and waiting and rows[-1].cells == (waiting,):
            rows.pop()
        missed, waiting = 0, ""
        found[number] = _Found(number, tuple(splits))
        rows.append(_grid_row(number, splits[0], described))
    while rows and len(rows[-1].cells) == 1:
        rows.pop()
    return rows, found


def _sum_row(words: str, number: int) -> GridRow | None:
    """Return a total or charge row, `Total$1,942.59`, as cells under our headings."""
    words = " ".join(words.split())
    if len(words) > _LONGEST_LABEL:
        return None
    match = _MONEY_AT_END.fullmatch(words)
    if match is None or not match["label"].strip(" :\t"):
        return None
    label = match["label"].strip(" :\t")
    if label_of(label) is None or not _is_amount(match["amount"]):
        return None
    return GridRow(number, (label, "", "", "", match["amount"].strip()))


def _headings(found: dict[int, _Found]) -> GridRow:
    first = min(found)
    return GridRow(max(first - 1, 0), ("item", "description", "quantity", "unit price", "total"))


def _grid_row(number: int, split: Split, described: bool) -> GridRow:
    title, description = split_title(split.title) if described else (split.title, "")
    quantity = "" if split.quantity is None else Number(split.quantity)
    return GridRow(
        number, (title, description, quantity, _money(split.unit_price), _money(split.total))
    )


def _money(amount: Amount | None) -> str | Number:
    if amount is None or amount.value is None:
        return ""
    return Number(amount.value, amount.currency, amount.assumed)


def _with_readings(bill: BillOfMaterials, found: dict[int, _Found]) -> BillOfMaterials:
    """Keep the other splits of every row that has several equally good ones."""
    lines: list[Line] = []
    for line in bill.lines:
        row = line.place.row if line.place else None
        splits = found[row].splits if row in found else ()
        others = tuple(
            Reading(
                title=s.title, quantity=s.quantity,
                unit_price=s.unit_price.value if s.unit_price else None,
                total=s.total.value if s.total else None,
            )
            for s in splits[1:] if s.quantity is not None
        )  # fmt: skip
        lines.append(line.model_copy(update={"readings": others}) if others else line)
    return bill.model_copy(update={"lines": tuple(lines), "columns": {}})


_NAMED = re.compile(r"(?P<kind>[^\W\d_][\w /-]{1,24}?)\s*:\s+")
_BULLET = re.compile(
    r"^\s*(?:[-*•–]|\d+[.)])?\s*(?:(?P<quantity>\d+(?:[.,]\d+)?)\s*[x×]\s+)?(?P<rest>.+)$"
)
_PRICES = re.compile(
    r"(?P<lead>=|@|à|at|total|:|-|–|—|for|je|each)?\s*(?P<money>(?:US)?[$€£]\s?\d[\d.,'’]*|\d[\d.,'’]*\s?(?:€|EUR|USD|GBP|CHF))"
    r"\s*(?P<trail>each|ea\.?|apiece|per\s+\w+|/\s*(?:ea|each|pc|piece|unit|stk)\.?|je\s+\w+|"
    r"pro\s+st\w+|[x×]\s*(?P<times>\d+)|total)?",
    re.IGNORECASE,
)


def bullet_bill(text: str, file: str) -> BillOfMaterials | None:
    """Return the bill that a list such as `- 2x Drive X - $95.00 each = $190.00` is."""
    rows: list[GridRow] = []
    lines = 0
    for number, line in enumerate(text.split("\n"), 1):
        words = line.strip()
        if (
            summed := _sum_row(words.lstrip("-*• ").replace("**", ""), number)
        ) is not None and lines:
            rows.append(summed)
            continue
        row = _bullet(words, number)
        if row is not None:
            rows.append(row)
            lines += 1
    if lines < 2:
        return None
    head = GridRow(0, ("item", "category", "quantity", "unit price", "total"))
    counted = any(row.text(2) for row in rows)
    if counted and not any(row.text(3) for row in rows):
        # One price a line: whether it is for one piece is settled by what adds up.
        rows = [GridRow(row.number, (*row.cells[:3], row.cells[4])) for row in rows]
        head = GridRow(0, ("item", "category", "quantity", "price"))
    return bill_of_grid(Grid.of([head, *rows]), file)


def _bullet(words: str, number: int) -> GridRow | None:
    match = _BULLET.match(words)
    if match is None or len(words) > 200 or (words[:1].isalpha() and words.endswith(".")):
        return None
    rest, quantity = match["rest"], match["quantity"]
    prices = list(_PRICES.finditer(rest))
    named = _NAMED.match(rest)
    category = named["kind"] if named and kind_of_words(named["kind"]) and prices else ""
    is_bullet = words[:1] in "-*•–" or quantity is not None or bool(category)
    if not is_bullet or (not prices and quantity is None):
        return None
    title = rest[: prices[0].start()].rstrip(" -–—:@(=,") if prices else rest
    if category and named:
        title = title[named.end() :].strip()
    unit = total = ""
    for price in prices:
        trail, lead = (price["trail"] or "").lower(), (price["lead"] or "").lower()
        if price["times"]:
            quantity = quantity or price["times"]
            unit = price["money"]
        elif lead in ("=", "total") or trail == "total":
            total = price["money"]
        elif trail or lead in ("@", "à", "at", "je", "each"):
            unit = price["money"]
        elif len(prices) > 1:
            unit, total = (price["money"], total) if not unit else (unit, price["money"])
        else:
            total = price["money"]
    if not title or not any(c.isalpha() for c in title):
        return None
    return GridRow(number, (title.strip("* "), category, quantity or "", unit, total))
