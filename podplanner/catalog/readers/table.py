"""From a table whose columns are known to a bill of materials."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from podplanner.catalog.bill import BillOfMaterials, Charge, Line, Place, Section
from podplanner.catalog.naming import line_ids
from podplanner.catalog.readers.amounts import (
    Amount,
    Number,
    amount_of,
    find_currency,
    is_amount,
    unit_of,
)
from podplanner.catalog.readers.columns import Layout, layout_of
from podplanner.catalog.readers.grid import Grid, GridRow
from podplanner.catalog.readers.headings import Role
from podplanner.catalog.readers.rows import Reader, RowKind, Sorted, sort_rows
from podplanner.catalog.readers.sums import label_of, statements_of
from podplanner.catalog.vocabulary import fold
from podplanner.errors import NotABillError

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@dataclass(slots=True)
class _Draft:
    """What has been read so far, while the rows of one table are gone through."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    charges: list[dict[str, Any]] = field(default_factory=list)
    sections: dict[str, Section] = field(default_factory=dict)
    sums: list[tuple[Sorted, int, str | None]] = field(default_factory=list)
    """Each sum with the number of lines before it and the section it stood in."""
    notices: list[str] = field(default_factory=list)
    currencies: Counter[str] = field(default_factory=Counter)
    assumed: set[str] = field(default_factory=set)


def bill_of_grid(grid: Grid, file: str, layout: Layout | None = None) -> BillOfMaterials | None:
    """Return the bill that a table is; None when it holds no parts.

    Raises:
        NotABillError: The table is understood, and is something else.
        FormatError: A cell cannot be read; the message has its row and column.
    """
    layout = layout or layout_of(grid)
    if layout is None:
        return None
    if layout.refusal:
        raise NotABillError(
            f"{file} holds a table that is no bill of materials: {layout.refusal}",
            hint="Give a list with one part a row.",
        )
    reader = Reader(layout, file)
    entries = sort_rows(grid, reader)
    if Role.PRICE in reader.layout.columns:
        reader = Reader(_settle_price(reader, entries, grid), file)
    draft = _Draft(notices=list(reader.layout.notices))
    _go_through(entries, reader, draft)
    if not draft.lines:
        return None
    return _finish(draft, grid, reader, file)


def _settle_price(reader: Reader, entries: Sequence[Sorted], grid: Grid) -> Layout:
    """Decide whether `price` is for one piece or for the line, by which adds up to the total."""
    layout = reader.layout
    lines = [e.row for e in entries if e.kind is RowKind.LINE]
    prices = [reader.amount(row, Role.PRICE).value for row in lines]
    role, notice = Role.UNIT_PRICE, ""
    if Role.QUANTITY not in layout.columns:
        role = Role.TOTAL
    else:
        quantities = [reader.quantity(row)[0] for row in lines]
        stated = [e.amount.value for e in entries if e.kind is RowKind.SUM and e.amount]
        stated += [v for v in (statements_of(grid.comments).total,) if v is not None]
        as_totals = sum((p for p in prices if p is not None), Decimal(0))
        as_units = sum(
            (
                p * q
                for p, q in zip(prices, quantities, strict=True)
                if p is not None and q is not None
            ),
            Decimal(0),
        )
        others = sum(
            (e.amount.value for e in entries
             if e.kind is RowKind.CHARGE and e.amount and e.amount.value), Decimal(0),
        )  # fmt: skip
        heading = layout.heading(Role.PRICE)
        if any(v is not None and v in (as_totals, as_totals + others) for v in stated):
            role = Role.TOTAL
        elif as_units != as_totals and not any(v in (as_units, as_units + others) for v in stated):
            notice = (
                f"column {heading!r} is taken as the price of one piece: "
                "nothing in the list says which it is"
            )
    columns = {role if r is Role.PRICE else r: i for r, i in layout.columns.items()}
    currencies = {role if r is Role.PRICE else r: c for r, c in layout.currencies.items()}
    notices = (*layout.notices, notice) if notice else layout.notices
    return Layout(columns, layout.first, layout.headings, layout.mark, currencies, notices,
                  layout.fit)  # fmt: skip


def _go_through(entries: Iterable[Sorted], reader: Reader, draft: _Draft) -> None:
    section: str | None = None
    for entry in entries:
        place = Place(reader.file, entry.row.number)
        if entry.kind is RowKind.SECTION:
            section = entry.words.strip().rstrip(":").strip()
            draft.sections.setdefault(section, Section(name=section, place=place))
        elif entry.kind is RowKind.SUM:
            draft.sums.append((entry, len(draft.lines), section))
            if entry.label and entry.label.kind == "subtotal":
                section = None
        elif entry.kind is RowKind.CHARGE:
            _take_charge(entry, reader, draft, place, section)
        elif entry.kind is RowKind.LINE:
            _take_line(entry.row, reader, draft, place, section)
        elif entry.kind is RowKind.CONTINUATION and draft.lines:
            last = draft.lines[-1]
            last["description"] = f"{last.get('description', '')} {entry.words}".strip()


def _take_line(
    row: GridRow, reader: Reader, draft: _Draft, place: Place, section: str | None
) -> None:
    values: dict[str, Any] = {"place": place}
    quantity, unit = reader.quantity(row)
    unit_price = reader.amount(row, Role.UNIT_PRICE)
    total = reader.amount(row, Role.TOTAL)
    values["quantity"], values["unit"] = quantity, unit_of(reader.text(row, Role.UNIT)) or unit
    values["unit_price"], values["total"] = unit_price.value, total.value
    if (total.value or 0) < 0 < (unit_price.value or 0):
        values["total"], values["note"] = None, "optional: its total stands in brackets"
    values["approximate"] = unit_price.approximate or total.approximate
    values["currency"] = _note_currency(row, reader, draft, unit_price, total)
    for name, role in _TEXTS:
        if role in reader.layout.columns and (words := reader.text(row, role)):
            values.setdefault(name, words)
    if (vendor := values.get("vendor") or total.vendor or unit_price.vendor) is not None:
        values["vendor"] = vendor
    if "title" not in values:
        values["title"] = values.pop("description", "") or values.get("mpn", "")
    values["title"] = values["title"] or values.get("category", "")
    _more_columns(row, reader, values)
    if column := reader.text(row, Role.SECTION):
        draft.sections.setdefault(column, Section(name=column, place=place))
        section = column
    values["section"] = section
    draft.lines.append(values)


_TEXTS = (
    ("title", Role.TITLE), ("description", Role.DESCRIPTION), ("mpn", Role.MPN), ("mpn", Role.SKU),
    ("maker", Role.MAKER), ("category", Role.CATEGORY), ("vendor", Role.VENDOR),
    ("link", Role.LINK), ("note", Role.NOTE),
)  # fmt: skip


def _more_columns(row: GridRow, reader: Reader, values: dict[str, Any]) -> None:
    if Role.SPARES in reader.layout.columns:
        values["spares"] = reader.quantity(row, Role.SPARES)[0]
    if (found := _DATE.search(reader.text(row, Role.DATE))) is not None:
        try:
            values["price_date"] = date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError as error:
            raise reader.bad_cell(row, Role.DATE, f"{found[0]} is no date") from error
    if Role.DISCOUNT in reader.layout.columns:
        discount = reader.amount(row, Role.DISCOUNT)
        percent = discount.percent or "%" in reader.layout.heading(Role.DISCOUNT)
        if discount.value and (percent or _explains(values, discount.value)):
            values["discount_percent"] = abs(discount.value)


def _explains(values: dict[str, Any], percent: Decimal) -> bool:
    quantity, unit, total = (values[name] for name in ("quantity", "unit_price", "total"))
    if quantity is None or unit is None or total is None:
        return False
    return bool(abs(quantity * unit * (100 - percent) / 100 - total) <= Decimal("0.01"))


def _note_currency(row: GridRow, reader: Reader, draft: _Draft, *amounts: Amount) -> str | None:
    """Return the currency of a row: of its amounts, its currency column, or a heading."""
    found: tuple[str | None, bool] = (None, False)
    if named := reader.text(row, Role.CURRENCY):
        code = amount_of(f"1 {named}") if not any(c.isdigit() for c in named) else Amount(None)
        found = (code.currency, code.assumed)
    if found[0] is None:
        found = next(((a.currency, a.assumed) for a in amounts if a.currency), found)
    if (found[0] is None or found[1]) and any(a.value is not None for a in amounts):
        headings = reader.layout.currencies
        found = next((headings[r] for r in (Role.TOTAL, Role.UNIT_PRICE) if r in headings), found)
    if found[0] is not None:
        draft.currencies[found[0]] += 1
        if found[1]:
            draft.assumed.add(found[0])
    return found[0]


def _take_charge(
    entry: Sorted, reader: Reader, draft: _Draft, place: Place, section: str | None
) -> None:
    label, amount = entry.label, entry.amount
    assert label is not None  # noqa: S101  sorted as a charge by its label
    value = amount.value if amount else None
    if value is not None and label.kind == "discount":
        value = -abs(value)
    draft.charges.append({
        "kind": label.kind, "title": entry.words.strip(" :*"), "amount": value,
        "percent": label.percent, "included": label.included, "place": place,
        "currency": amount.currency if amount else None,
        "section": reader.text(entry.row, Role.SECTION) or section,
    })  # fmt: skip


def _finish(draft: _Draft, grid: Grid, reader: Reader, file: str) -> BillOfMaterials:
    statements = statements_of(grid.comments)
    currency = draft.currencies.most_common(1)[0][0] if draft.currencies else None
    if currency is None:
        for entry, _, _ in draft.sums:
            if entry.amount and entry.amount.currency:
                currency = entry.amount.currency
                if entry.amount.assumed:
                    draft.assumed.add(currency)
            elif (named := find_currency(entry.words))[0] is not None:
                currency = named[0]
                if named[1]:
                    draft.assumed.add(named[0] or "")
    for values in (*draft.lines, *draft.charges):
        if values["currency"] == currency:
            values["currency"] = None
    for values, line_id in zip(draft.lines, line_ids(draft.lines), strict=True):
        values["id"] = line_id
    total = _settle_sums(draft)
    if total is None:
        total = _total_above(grid, reader)
    for name, amount in statements.sections.items():
        match = next((s for s in draft.sections if fold(s) == fold(name)), None)
        if match is not None:
            draft.sections[match] = draft.sections[match].model_copy(
                update={"stated_total": amount}
            )
    used = {line["section"] for line in draft.lines}
    lines = tuple(Line.model_validate(values) for values in draft.lines)
    charges = tuple(Charge.model_validate(values) for values in draft.charges)
    bill = BillOfMaterials(
        title=grid.name,
        currency=currency,
        currency_assumed=currency in draft.assumed,
        source=statements.source,
        stated_total=total if total is not None else statements.total,
        lines=lines,
        sections=tuple(s for s in draft.sections.values() if s.name in used),
        charges=charges,
        file=file,
        columns={role.value: index + 1 for role, index in reader.layout.columns.items()},
        notices=tuple(draft.notices),
    )
    return _with_included_tax(bill)


def _total_above(grid: Grid, reader: Reader) -> Decimal | None:
    """Return the grand total that stands above the headings."""
    for row in grid.rows[: reader.layout.first]:
        labels = [label for i in row.filled if (label := label_of(row.text(i))) is not None]
        amounts = [
            amount_of(cell, reader.layout.mark).value
            for cell in row.cells
            if isinstance(cell, Number) or is_amount(cell)
        ]
        if amounts and any(label.kind == "total" for label in labels):
            return amounts[-1]
    return None


def _settle_sums(draft: _Draft) -> Decimal | None:
    """Give subtotals to their sections, and return the grand total."""
    grand: Decimal | None = None
    last = max((i for i, (e, _, _) in enumerate(draft.sums)
                if e.label and e.label.kind == "total"), default=None)  # fmt: skip
    for index, (entry, before, section) in enumerate(draft.sums):
        value = entry.amount.value if entry.amount else None
        if value is None or entry.label is None:
            continue
        if index == last:
            grand = value
            continue
        name = _section_of_sum(entry, before, section, draft)
        if name is not None:
            known = draft.sections.get(name, Section(name=name))
            draft.sections[name] = known.model_copy(update={"stated_total": value})
        elif (
            last is None
            and before == len(draft.lines)
            and not any(charge["amount"] for charge in draft.charges)
        ):
            grand = value
    return grand


def _section_of_sum(entry: Sorted, before: int, section: str | None, draft: _Draft) -> str | None:
    said = fold(entry.label.section) if entry.label else ""
    for name in draft.sections:
        if said and (fold(name) in said or said in fold(name)):
            return name
    if section is not None:
        return section
    above = draft.lines[before - 1]["section"] if before else None
    return above if above in draft.sections and not said else None


def _with_included_tax(bill: BillOfMaterials) -> BillOfMaterials:
    """Mark a tax as included where the stated total holds only without adding it."""
    taxes = [c for c in bill.charges if c.kind == "tax" and c.amount and not c.included]
    amounts = [line.amount for line in bill.lines]
    if not taxes or bill.stated_total is None or any(a is None for a in amounts):
        return bill
    others = sum((c.amount for c in bill.charges
                  if c.amount and not c.included and c not in taxes), Decimal(0))  # fmt: skip
    plain = sum((a for a in amounts if a is not None), Decimal(0)) + others
    taxed = plain + sum((c.amount for c in taxes if c.amount), Decimal(0))
    if abs(plain - bill.stated_total) < abs(taxed - bill.stated_total):
        charges = tuple(
            c.model_copy(update={"included": True}) if c in taxes else c for c in bill.charges
        )
        return bill.model_copy(update={"charges": charges})
    return bill
