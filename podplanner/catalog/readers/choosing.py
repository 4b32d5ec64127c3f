"""Which of several tables is the bill, and when several are one bill together."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from podplanner.catalog.bill import BillOfMaterials, Charge, Line, Section
from podplanner.catalog.naming import line_ids
from podplanner.catalog.readers.columns import Layout, layout_of
from podplanner.catalog.readers.grid import Grid
from podplanner.catalog.readers.headings import Role
from podplanner.catalog.readers.table import bill_of_grid
from podplanner.catalog.vocabulary import fold
from podplanner.errors import NotABillError


def best_bill(grids: Iterable[Grid], file: str) -> BillOfMaterials | None:
    """Return the bill among several tables: the one whose columns say most and add up best.

    Raises:
        NotABillError: None of them is a bill, and one is understood to be something else.
    """
    ranked: list[tuple[tuple[float, ...], Grid, Layout]] = []
    for grid in grids:
        layout = layout_of(grid)
        if layout is None:
            continue
        numbers = {Role.QUANTITY, Role.UNIT_PRICE, Role.PRICE, Role.TOTAL} & set(layout.columns)
        rows = sum(1 for row in grid.rows[layout.first :] if len(row.filled) > 1)
        score = (not layout.refusal, bool(layout.has_headings and numbers), len(numbers),
                 layout.fit, rows)  # fmt: skip
        ranked.append((score, grid, layout))
    refusal: NotABillError | None = None
    for _, grid, layout in sorted(ranked, key=lambda entry: entry[0], reverse=True):
        try:
            if (bill := bill_of_grid(grid, file, layout)) is not None:
                alike = [
                    (other, its)
                    for score, other, its in ranked
                    if score[0] and _same_headings(its, layout)
                ]
                return bill if len(alike) < 2 else _of_several(bill, alike, file)
        except NotABillError as error:
            refusal = refusal or error
    if refusal is not None:
        raise refusal
    return None


def _same_headings(one: Layout, other: Layout) -> bool:
    return one.has_headings and [fold(h) for h in one.headings] == [fold(h) for h in other.headings]


def _of_several(
    best: BillOfMaterials, grids: Sequence[tuple[Grid, Layout]], file: str
) -> BillOfMaterials:
    """Return the tables with the same headings as one bill, or the best alone.

    Tables that have no part in common are the sections of one list. Tables that share parts are
    versions of a list: only the best is read, and that is said.
    """
    bills = [
        (grid.name or f"table {number}", bill)
        for number, (grid, layout) in enumerate(grids, 1)
        if (bill := bill_of_grid(grid, file, layout)) is not None
    ]
    seen: set[str] = set()
    for _, bill in bills:
        names = {fold(line.text) for line in bill.lines}
        if names & seen:
            return best.model_copy(update={"notices": (*best.notices, _left_out(len(bills)))})
        seen |= names
    return _joined(bills) if len(bills) > 1 else best


def _left_out(tables: int) -> str:
    return (
        f"{tables} tables have the same headings and share parts, so they are taken for versions "
        "of one list: only one is read"
    )


def _joined(bills: Sequence[tuple[str, BillOfMaterials]]) -> BillOfMaterials:
    """Return one bill with a section for each of several, in their order."""
    first, last = bills[0][1], bills[-1][1]
    lines = [
        line.model_copy(update=_moved(line, name, bill, first))
        for name, bill in bills
        for line in bill.lines
    ]
    charges = [
        charge.model_copy(update=_moved(charge, name, bill, first))
        for name, bill in bills
        for charge in bill.charges
    ]
    everything = sum((money.amount for _, bill in bills for money in bill.amounts()), Decimal(0))
    own = sum((money.amount for money in last.amounts()), Decimal(0))
    grand = last.stated_total if last.stated_total == everything != own else None
    sections = [
        section
        for name, bill in bills
        for section in (
            Section(name=name, stated_total=None if bill is last and grand else bill.stated_total),
            *bill.sections,
        )
    ]
    notice = f"{len(bills)} tables with the same headings are read as the sections of one list"
    return first.model_copy(update={
        "lines": tuple(_with_ids(lines)), "charges": tuple(charges), "sections": tuple(sections),
        "stated_total": grand, "title": "",
        "currency_assumed": any(bill.currency_assumed for _, bill in bills),
        "notices": tuple(dict.fromkeys([notice, *(n for _, b in bills for n in b.notices)])),
    })  # fmt: skip


def _moved(
    item: Line | Charge, name: str, bill: BillOfMaterials, first: BillOfMaterials
) -> dict[str, str | None]:
    """Return the section of a line or charge, and its currency where it is not the first bill's."""
    foreign = bill.currency if bill.currency != first.currency else None
    return {"section": item.section or name, "currency": item.currency or foreign}


def _with_ids(lines: Sequence[Line]) -> Iterable[Line]:
    named = line_ids([{"title": line.title, "category": line.category} for line in lines])
    for line, name in zip(lines, named, strict=True):
        yield line.model_copy(update={"id": name})
