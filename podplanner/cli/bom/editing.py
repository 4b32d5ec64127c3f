"""`bom set`, `bom remove`: change one line, keep everything else as it is."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.bill import BillOfMaterials, Line
from podplanner.catalog.editing import EDITABLE, matching_total, parsed_values
from podplanner.cli.bom.drafts import EditedFile, open_draft
from podplanner.cli.bom.opening import Json, day_of
from podplanner.cli.console import changed, counted, emit, say, show


def _report_change(
    verb: str, path: Path, line: Line, costs: tuple[Decimal | None, Decimal | None],
    bill: BillOfMaterials, *, as_json: bool, notes: Sequence[str] = (),
) -> None:  # fmt: skip
    if as_json:
        emit(f"bom-{verb}", {
            "file": str(path), "id": line.id, "part": line.part, "quantity": line.quantity,
            "unit_price": line.unit_price, "total": line.total, "currency": bill.currency,
            "cost_before": costs[0], "cost_after": costs[1], "notes": list(notes),
        })  # fmt: skip
        return
    quantity = "?" if line.quantity is None else f"{line.quantity:f}"
    show(f"{verb} {line.id}: {quantity} x {line.name}")
    for note in notes:
        say(f"  {note}")
    show(f"cost {changed(*costs, bill.currency)}")


def set_values(
    file: EditedFile,
    line: Annotated[str, typer.Argument(metavar="ID", help="Id of the line, or its number.")],
    pairs: Annotated[
        list[str],
        typer.Argument(metavar="KEY=VALUE...", help="Keys: " + ", ".join(EDITABLE) + "."),
    ],
    as_json: Json = False,
) -> None:
    """Set keys of a line; an empty value removes a key.

    When the quantity or the unit price changes, a total that fitted the old numbers follows; a
    new unit price is dated today unless price_date says otherwise.

    \b
    Examples:
      podplanner bom set pod.toml tape quantity=0.5
      podplanner bom set pod.toml psu unit_price=255.00 vendor="Example Ltd"
      podplanner bom set pod.toml 6 note=
    """
    opened = open_draft(file)
    before = opened.draft
    position = before.find(line)
    values = parsed_values(pairs)
    old = before.bill.lines[position]
    if "part" in values:
        values.setdefault("matched", None)  # a person says so now
    if values.get("unit_price") is not None and "price_date" not in values:
        values["price_date"] = day_of(None)
    after = before.with_values(position, values)
    notes = []
    total = None if "total" in values else matching_total(old, after.bill.lines[position])
    if total is not None:
        after = after.with_values(position, {"total": total})
        notes.append(f"its total follows: {old.total:f} -> {total:f}")
    if "id" in values and (links := _links_to(after.bill, old.id)):
        notes.append(f"{counted(links, 'link')} still name {old.id}: correct them by hand")
    costs = opened.save(file, after)
    _report_change("set", file, after.bill.lines[position], costs, after.bill, as_json=as_json,
                   notes=notes)  # fmt: skip


def _links_to(bill: BillOfMaterials, line_id: str) -> int:
    """Return how many links name a line."""
    return sum(
        any(
            end and end.split(".")[0].split(":")[0] == line_id
            for end in (link.start, link.end, link.power)
        )
        for link in bill.links
    )


def remove(
    file: EditedFile,
    line: Annotated[str, typer.Argument(metavar="ID", help="Id of the line, or its number.")],
    as_json: Json = False,
) -> None:
    """Remove a line, with the comments right above it.

    \b
    Examples:
      podplanner bom remove pod.toml switch
    """
    opened = open_draft(file)
    before = opened.draft
    position = before.find(line)
    gone = before.bill.lines[position]
    after = before.without_line(position)
    costs = opened.save(file, after)
    links = _links_to(after.bill, gone.id)
    notes = [f"{counted(links, 'link')} still name {gone.id}"] if links else []
    _report_change("remove", file, gone, costs, after.bill, as_json=as_json, notes=notes)
