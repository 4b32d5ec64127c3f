"""Open a parts list for work: read it, open the bills in it, and find its parts."""

from collections.abc import Callable, Mapping
from pathlib import Path

from podplanner.catalog.bill import BillOfMaterials, Line
from podplanner.catalog.matching import identify
from podplanner.catalog.parts import Part
from podplanner.catalog.readers import read_bill
from podplanner.errors import ConflictError
from podplanner.units.money import add_up

_DEEPEST = 20
# Bills in bills: a cluster of racks of pods is three deep.


def open_bill(
    source: str | Path,
    parts: Mapping[str, Part],
    *,
    encoding: str | None = None,
    read: Callable[..., BillOfMaterials] = read_bill,
) -> BillOfMaterials:
    """Return the bill at `source` with its parts found and the bills in it read.

    Raises:
        ConflictError: A bill holds itself, directly or through others.
        FileAccessError, FormatError: A file cannot be read.
    """
    bill = identify(read(source, encoding=encoding), parts)
    return _with_contents(bill, Path(source), parts, read, ())


def _with_contents(
    bill: BillOfMaterials, path: Path, parts: Mapping[str, Part],
    read: Callable[..., BillOfMaterials], above: tuple[Path, ...],
) -> BillOfMaterials:  # fmt: skip
    if not any(line.bill for line in bill.lines):
        return bill
    above = (*above, path.resolve())
    if len(above) > _DEEPEST:
        raise ConflictError(f"{path}: bills are nested more than {_DEEPEST} deep")
    lines = tuple(
        _opened(line, path, parts, read, above, bill.currency) if line.bill else line
        for line in bill.lines
    )
    return bill.model_copy(update={"lines": lines})


def _opened(
    line: Line, path: Path, parts: Mapping[str, Part],
    read: Callable[..., BillOfMaterials], above: tuple[Path, ...], currency: str | None,
) -> Line:  # fmt: skip
    inner_path = path.parent / str(line.bill)
    if inner_path.resolve() in above:
        ring = " -> ".join(p.name for p in (*above, inner_path.resolve()))
        raise ConflictError(
            f"{line.place or path}: the bill holds itself ({ring})",
            hint="Remove one of the `bill` keys.",
        )
    inner = identify(read(inner_path), parts)
    inner = _with_contents(inner, inner_path, parts, read, above)
    update: dict[str, object] = {"contents": inner}
    if not line.title:
        update["title"] = inner.title or str(line.bill)
    sums = add_up(inner.amounts())
    if len(sums) == 1 and all(entry.amount is not None for entry in inner.lines):
        inner_currency, amount = next(iter(sums.items()))
        if line.unit_price is None:
            update["unit_price"] = amount
        if line.currency is None and inner_currency != currency:
            update["currency"] = inner_currency
    return line.model_copy(update=update)
