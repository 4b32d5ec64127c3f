"""Settle what each column of a table is: by its heading, and by what adds up."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import permutations

from podplanner.catalog.arithmetic import Agreement, agreement
from podplanner.catalog.readers.amounts import (
    Cell,
    NotANumberError,
    Number,
    amount_of,
    decimal_mark,
    quantity_of,
)
from podplanner.catalog.readers.grid import Grid, GridRow
from podplanner.catalog.readers.headings import (
    NAMES,
    Role,
    heading_currency,
    heading_strength,
    roles_of,
)
from podplanner.catalog.readers.sums import label_of
from podplanner.catalog.vocabulary import fold, kind_of_words

_SAMPLE = 400
# Rows that are looked at to settle the columns; more would only cost time.
_HEADING_ROWS = 80
# Letterheads are shorter than this.

_MAKERS_OWN = re.compile(r"\b(?:manufacturer|mfr|mfg|mpn|hersteller|fabricant|fabricante|model)")
_PRICES = (Role.UNIT_PRICE, Role.PRICE, Role.TOTAL)
_NAME_OR_NUMBER = ("part", "value", "part name", "material", "item", "artikel")
_UNUSED = {Role.IGNORED, Role.SYSTEM, Role.FIGURE}


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of a grid are.

    Attributes:
        columns: Role -> index of the column, from 0.
        first: Index of the first row below the headings.
        headings: The heading of each column; empty strings where the table has none.
        mark: The decimal mark of its numbers, None where nothing shows it.
        currencies: Role -> the currency that the heading names, and whether it is assumed.
        notices: What was decided by arithmetic or by default, for a person to know.
        fit: Share of the rows with all three numbers that satisfy quantity x unit = total.
        refusal: Why the table is no bill of materials, judging by its headings; empty if it is.
    """

    columns: dict[Role, int]
    first: int
    headings: tuple[str, ...]
    mark: str | None
    currencies: dict[Role, tuple[str | None, bool]]
    notices: tuple[str, ...]
    fit: float
    refusal: str = ""

    @property
    def has_headings(self) -> bool:
        """Return whether the table names its columns."""
        return any(self.headings)

    def heading(self, role: Role) -> str:
        """Return what the table calls a column, or the name of its role."""
        index = self.columns.get(role)
        words = self.headings[index] if index is not None and index < len(self.headings) else ""
        return words or role.value.replace("_", " ")


def layout_of(grid: Grid) -> Layout | None:
    """Return what the columns of `grid` are, or None when it cannot be a list of parts."""
    first, headings = _headings(grid)
    body = [row for row in grid.rows[first : first + _SAMPLE] if len(row.filled) > 1]
    if not body:
        body = [row for row in grid.rows[first : first + _SAMPLE] if row.filled]
    if not body:
        return None
    options = [list(roles_of(heading)) for heading in headings]
    options += [[] for _ in range(grid.widest - len(options))]
    columns = _by_heading(options, headings)
    numeric = {i for i in range(grid.widest) if _is_numeric(body, i)}
    mark = decimal_mark(_texts(body, sorted(numeric)))
    notices: list[str] = []
    _settle_unit_column(columns, numeric, body)
    fit = _settle_numbers(columns, numeric, options, body, mark, notices, bool(any(headings)))
    if mark is None and fit < 0.5 and (other := _fit_of(columns, body, ",")) > fit:
        mark, fit = ",", other
    mark = mark or grid.mark
    _settle_names(columns, numeric, options, body, headings)
    if not any(role in columns for role in NAMES):
        return None
    named = {
        role: heading_currency(headings[index])
        for role, index in columns.items()
        if role in _PRICES and index < len(headings)
    }
    currencies = {role: found for role, found in named.items() if found[0]}
    refusal = _refusal(columns, options, headings)
    return Layout(columns, first, headings, mark, currencies, tuple(notices), fit, refusal)


def _refusal(columns: dict[Role, int], options: list[list[Role]], headings: Sequence[str]) -> str:
    """Return why the headings are not those of a bill, in words; empty when they may be."""
    if not any(headings) or Role.QUANTITY in columns:
        return ""
    firsts = [roles[0] if roles else None for roles in options]
    telling = [
        h.strip() for h, role in zip(headings, firsts, strict=False)
        if role in (Role.SYSTEM, Role.FIGURE)
    ]  # fmt: skip
    if firsts.count(Role.SYSTEM) >= 2 or (Role.SYSTEM in firsts and Role.FIGURE in firsts):
        return f"each row is a whole system, not a part (columns {', '.join(telling)})"
    kinds = {k: h for h in headings if (k := kind_of_words(h)) and not roles_of(h)}
    if Role.SYSTEM in firsts and kinds:
        telling += kinds.values()
        return f"each row is a whole system, not a part (columns {', '.join(telling)})"
    if len(kinds) >= 3:
        return (
            f"each row is a whole system, with its parts as columns ({', '.join(kinds.values())})"
        )
    if not set(columns) & {*_PRICES, Role.MPN, Role.SKU, Role.UNIT}:
        return f"it has no column of quantities, prices or part numbers ({', '.join(headings)})"
    return ""


def _headings(grid: Grid) -> tuple[int, tuple[str, ...]]:
    """Return the index of the first row of data, and the headings above it."""
    best, at = 0, -1
    texts: tuple[str, ...] = ()
    size = 1
    rows = grid.rows[:_HEADING_ROWS]
    for index, row in enumerate(rows):
        cells = tuple(row.text(i) for i in range(len(row.cells)))
        strength = heading_strength(cells)
        if strength > best:
            best, at, texts, size = strength, index, cells, 1
        if index + 1 < len(rows) and not any(isinstance(c, Number) for c in rows[index + 1].cells):
            both = _two_rows(row, rows[index + 1])
            if (strength := heading_strength(both)) > best + 1:
                best, at, texts, size = strength, index, both, 2
    if at < 0:
        return _unknown_headings(rows)
    return at + size, texts


def _unknown_headings(rows: Sequence[GridRow]) -> tuple[int, tuple[str, ...]]:
    """Return the first row as headings when it has words where every row below has numbers."""
    if len(rows) < 3:
        return 0, ()
    first, width = rows[0], len(rows[0].cells)
    if any(_value(cell, None) is not None for cell in first.cells):
        return 0, ()
    below = [
        i for i in range(width)
        if first.text(i) and all(
            i < len(row.cells) and _value(row.cells[i], None) is not None for row in rows[1:]
        )
    ]  # fmt: skip
    if len(below) < 2:
        return 0, ()
    return 1, tuple(first.text(i) for i in range(width))


def _two_rows(upper: GridRow, lower: GridRow) -> tuple[str, ...]:
    width = max(len(upper.cells), len(lower.cells))
    return tuple(f"{upper.text(i)} {lower.text(i)}".strip() for i in range(width))


def _by_heading(options: list[list[Role]], headings: Sequence[str]) -> dict[Role, int]:
    """Give each role its column: headings with one meaning first, then the others in order."""
    columns: dict[Role, int] = {}
    coded = [i for i, roles in enumerate(options) if roles and roles[0] is Role.MPN]
    for index in coded:
        # `Part Number` beside `Manufacturer Part Number` is the shop's own.
        if len(coded) > 1 and not _MAKERS_OWN.search(fold(headings[index])):
            options[index] = [Role.SKU]
    for single in (True, False):
        for index, roles in enumerate(options):
            if (len(roles) == 1) is single:
                for role in roles:
                    if role not in _UNUSED and role not in columns:
                        if index not in columns.values():
                            columns[role] = index
                        break
    return columns


def _texts(rows: Iterable[GridRow], indexes: Sequence[int]) -> Iterator[str]:
    for row in rows:
        for index in indexes:
            if index < len(row.cells) and isinstance(cell := row.cells[index], str):
                yield cell


def _is_numeric(rows: Sequence[GridRow], index: int) -> bool:
    """Return whether most filled cells of a column read as amounts or quantities."""
    filled = [
        cell for row in rows
        if row.has(index)
        and (isinstance(cell := row.cells[index], Number) or label_of(cell) is None)
    ]  # fmt: skip
    if not filled:
        return False
    return sum(_value(cell, None) is not None for cell in filled) * 2 > len(filled)


def _value(cell: Cell, mark: str | None) -> Decimal | None:
    try:
        return amount_of(cell, mark).value
    except NotANumberError:
        pass
    try:
        return quantity_of(cell, mark)[0]
    except NotANumberError:
        return None


def _settle_unit_column(columns: dict[Role, int], numeric: set[int], body: list[GridRow]) -> None:
    """`Unit` is the price of one where its column holds amounts, else a unit of measure."""
    index = columns.get(Role.UNIT)
    if index is not None and index in numeric and Role.UNIT_PRICE not in columns:
        columns[Role.UNIT_PRICE] = columns.pop(Role.UNIT)


def _settle_numbers(
    columns: dict[Role, int], numeric: set[int], options: list[list[Role]],
    body: list[GridRow], mark: str | None, notices: list[str], headed: bool,
) -> float:  # fmt: skip
    """Find quantity, unit price and total among the columns that hold numbers."""
    has = columns.keys()
    if Role.PRICE in has and Role.TOTAL in has and Role.UNIT_PRICE not in has:
        columns[Role.UNIT_PRICE] = columns.pop(Role.PRICE)
    if Role.PRICE in has and Role.UNIT_PRICE in has and Role.TOTAL not in has:
        columns[Role.TOTAL] = columns.pop(Role.PRICE)
    triple = (Role.QUANTITY, Role.UNIT_PRICE, Role.TOTAL)
    fit = _fit_of(columns, body, mark)
    if all(role in columns for role in triple) and (fit >= 0.5 or len(body) < 2):
        return fit
    fixed = {i for r, i in columns.items() if r not in (*triple, Role.PRICE, Role.POSITION)}
    free = [
        i for i in sorted(numeric - fixed)
        if not _UNUSED & set(options[i])
    ]  # fmt: skip
    best, chosen = max(fit, 0.0), None
    for triplet in permutations(free[:8], 3) if len(free) >= 3 else ():
        trial = dict(zip(triple, triplet, strict=True))
        if headed and not _possible(trial, options, columns):
            continue
        if _is_trivial(body, triplet, mark):
            continue
        if (score := _fit_of(trial, body, mark)) > best + 1e-9 and score >= 0.6:
            best, chosen = score, trial
    if chosen is not None:
        for role in (*triple, Role.PRICE, Role.POSITION):
            if role in chosen or columns.get(role) in chosen.values() or role is Role.PRICE:
                columns.pop(role, None)
        columns.update(chosen)
        notices.append("the columns were told apart by quantity x unit price = total")
        return best
    if not headed:
        _default_numbers(columns, free, body, mark)
    return fit


def _possible(trial: dict[Role, int], options: list[list[Role]], columns: dict[Role, int]) -> bool:
    """Return whether a trial keeps what headings say plainly: at most two may be re-read."""
    quantity = trial[Role.QUANTITY]
    if Role.QUANTITY in columns and columns[Role.QUANTITY] != quantity:
        return False
    money = {Role.UNIT_PRICE, Role.PRICE, Role.TOTAL}
    if options[quantity] and set(options[quantity]) <= money - {Role.TOTAL}:
        return False
    return all(Role.QUANTITY not in options[trial[r]] for r in (Role.UNIT_PRICE, Role.TOTAL))


def _is_trivial(body: list[GridRow], triplet: tuple[int, ...], mark: str | None) -> bool:
    """Return whether a quantity column is 1 (or empty) all the way: then anything fits."""
    quantity = triplet[0]
    return (
        all(
            _value(row.cells[quantity], mark) in (None, Decimal(1), Decimal(0))
            for row in body
            if quantity < len(row.cells)
        )
        and len(body) > 1
    )


def _fit_of(columns: dict[Role, int], body: Iterable[GridRow], mark: str | None) -> float:
    """Return the share of rows with all three numbers in which they agree; -1 without any."""
    triple = [columns.get(role) for role in (Role.QUANTITY, Role.UNIT_PRICE, Role.TOTAL)]
    if any(index is None for index in triple):
        return -1.0
    hits = tried = 0
    for row in body:
        values = [
            _value(row.cells[i], mark) if i is not None and i < len(row.cells) else None
            for i in triple
        ]
        quantity, unit, total = values
        if quantity is None or unit is None or total is None:
            continue
        tried += 1
        hits += agreement(quantity, unit, total) is not Agreement.DIFFERENT
    return hits / tried if tried else -1.0


def _default_numbers(
    columns: dict[Role, int], free: list[int], body: list[GridRow], mark: str | None
) -> None:
    """Without headings and without arithmetic: whole numbers first, then one price."""
    left = [i for i in free if i not in columns.values()]
    whole = [
        i for i in left
        if all(v is None or v == v.to_integral_value() for v in _column(body, i, mark))
    ]  # fmt: skip
    priced = [i for i in left if i not in whole]
    if not priced and len(whole) > 1:
        priced = whole[1:]
    if whole and Role.QUANTITY not in columns:
        columns[Role.QUANTITY] = whole[0]
    if priced and not set(columns) & set(_PRICES):
        columns[Role.PRICE] = priced[-1]


def _column(body: Iterable[GridRow], index: int, mark: str | None) -> list[Decimal | None]:
    return [_value(row.cells[index], mark) for row in body if index < len(row.cells)]


def _settle_names(
    columns: dict[Role, int], numeric: set[int], options: list[list[Role]],
    body: list[GridRow], headings: tuple[str, ...],
) -> None:  # fmt: skip
    """Find the title: `part` beside a description may be the number; without headings, by look."""
    index = columns.get(Role.TITLE)
    if index is not None and Role.DESCRIPTION in columns and Role.MPN not in columns:
        heading = headings[index].strip().casefold() if index < len(headings) else ""
        if heading in _NAME_OR_NUMBER and _holds_numbers(body, index):
            columns[Role.MPN] = columns.pop(Role.TITLE)
    twice = [i for i, roles in enumerate(options) if Role.TITLE in roles]
    for extra in twice:
        if extra not in columns.values():
            for role in (Role.DESCRIPTION, Role.NOTE):
                if role not in columns:
                    columns[role] = extra
                    break
    folded = [fold(heading).strip() for heading in headings]
    if Role.TITLE not in columns and "designator" in folded and "comment" in folded:
        # A list for an assembler: `Comment` is the value of the part.
        columns[Role.TITLE] = folded.index("comment")
        columns.pop(Role.NOTE, None)
    if any(role in columns for role in NAMES):
        return
    if (index := columns.get(Role.POSITION)) is not None and index not in numeric:
        columns[Role.TITLE] = columns.pop(Role.POSITION)  # `Position` names the thing
        return
    taken = set(columns.values())
    words = [
        i for i in range(len(options))
        if i not in numeric and i not in taken and Role.IGNORED not in options[i]
    ]  # fmt: skip
    named = [i for i in words if sum(bool(row.text(i)) for row in body) * 2 >= len(body)]
    for role, found in zip((Role.TITLE, Role.DESCRIPTION), named, strict=False):
        columns[role] = found


def _holds_numbers(body: list[GridRow], index: int) -> bool:
    """Return whether a column looks like part numbers rather than names."""
    texts = [row.text(index) for row in body]
    filled = [text for text in texts if text]
    coded = sum(
        any(len(w) > 3 and any(c.isdigit() for c in w) and any(c.isalpha() for c in w)
            for w in text.split())
        for text in filled
    )  # fmt: skip
    return bool(filled) and (len(filled) < len(texts) or coded * 2 >= len(filled))
