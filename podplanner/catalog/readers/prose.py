"""A table whose columns run together, found in the prose around it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from podplanner.catalog.bill import BillOfMaterials, Line, Reading
from podplanner.catalog.readers.amounts import Amount, Number
from podplanner.catalog.readers.grid import Grid, GridRow
from podplanner.catalog.readers.headings import NAMES, Role, heading_splits, roles_of
from podplanner.catalog.readers.run_together import Fit, Split, splits_of
from podplanner.catalog.readers.sum_lines import sum_row
from podplanner.catalog.readers.sums import label_of
from podplanner.catalog.readers.table import bill_of_grid
from podplanner.catalog.readers.titles import split_title

_TRIPLE = (Role.QUANTITY, Role.UNIT_PRICE, Role.TOTAL)
_ORDERS = (_TRIPLE, (Role.UNIT_PRICE, Role.QUANTITY, Role.TOTAL))
_MOST_STARTS = 20
# A text has a handful of tables; one of nothing but headings must not be searched for ever.
_LAST_MONEY = re.compile(r".*(?:[$€£]\s?\d[\d.,'’]*|\d[\d.,'’]*\s?(?:€|£|EUR|USD|GBP|CHF))")


@dataclass(frozen=True, slots=True)
class _Found:
    """A run-together row: where it stands, and its equally good splits."""

    number: int
    splits: tuple[Split, ...]


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
        for heads in heading_splits(line):
            roles = tuple(found[0] for head in heads if (found := roles_of(head)))
            if len(set(roles)) >= 2 and any(role in (*_TRIPLE, Role.PRICE) for role in roles):
                yield index + 1, roles
                starts += 1
        if starts >= _MOST_STARTS:
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


def _leads(roles: Sequence[Role]) -> bool:
    """Return whether the quantity stands before the name."""
    names = [index for index, role in enumerate(roles) if role in NAMES]
    return Role.QUANTITY in roles and bool(names) and roles.index(Role.QUANTITY) < names[0]


def _collect(
    lines: Sequence[str], start: int, order: Sequence[Role], roles: Sequence[Role]
) -> tuple[list[GridRow], dict[int, _Found]]:
    """Read rows from `start` on until the total, or until the text goes on without prices."""
    described = not roles or Role.DESCRIPTION in roles
    leading = _leads(roles)
    trailing = bool(roles) and roles[-1] not in (*_TRIPLE, Role.PRICE)
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
        if (summed := sum_row(words, number)) is not None and (rows or roles):
            rows.append(summed)
            label = label_of(summed.text(0))
            if label is not None and label.kind == "total":
                break
            missed, waiting = 0, ""
            continue
        if trailing and (last := _LAST_MONEY.match(words)) is not None:
            words = last[0]  # what follows the last price belongs to a column of words
        row = f"{waiting} {words}".strip() if waiting else words
        splits = splits_of(row, order, leading=leading)
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
            # What waited heads a section.
            splits = splits_of(words, order, leading=leading) or splits
        elif rows and waiting and rows[-1].cells == (waiting,):
            rows.pop()
        missed, waiting = 0, ""
        found[number] = _Found(number, tuple(splits))
        rows.append(_grid_row(number, splits[0], described))
    while rows and len(rows[-1].cells) == 1:
        rows.pop()
    return rows, found


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
