"""Files in our format while a command edits them: read, cost before and after, saved whole."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.bill import BillOfMaterials
from podplanner.catalog.editing import Draft
from podplanner.catalog.library import library
from podplanner.catalog.opening import open_bill
from podplanner.catalog.readers.source import Source, load, text_of
from podplanner.catalog.writers.files import write_whole
from podplanner.catalog.writers.toml_bill import write_toml
from podplanner.errors import ConflictError
from podplanner.planning.totals import totals_of

EditedFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A parts list in our own format (TOML).")
]


def read_draft(path: Path) -> tuple[bytes, Draft]:
    """Return the bytes of a file in our format, and a draft of it.

    Raises:
        ConflictError: The file has another format, or lays its lines out in another way.
    """
    source = load(path)
    return source.data, _draft(source)


def _draft(source: Source) -> Draft:
    """Return a draft of a file in our format.

    Raises:
        ConflictError: The file has another format.
    """
    text = text_of(source)
    if source.suffix != "toml" and "[[line]]" not in text and "schema =" not in text:
        raise ConflictError(
            f"{source.name} is not in our format, so it cannot be edited in place",
            hint=f"Run `podplanner bom import {source.name} -o pod.toml` and edit that.",
        )
    return Draft.of(text, source.name)


def _cost(bill: BillOfMaterials) -> Decimal:
    """Return what the lines with a known amount cost together, charges included."""
    lines = totals_of(bill).lines
    known = lines.whole if lines.whole is not None else lines.partial
    computed = totals_of(bill).computed
    if known is None:
        known = computed.whole if computed.whole is not None else computed.partial
    return known if known is not None else Decimal(0)


def _keep_stated(draft: Draft) -> Draft:
    """Remember what the lines added up to before the first change, beside the stated total."""
    bill = draft.bill
    if bill.stated_total is None or bill.stated_lines is not None:
        return draft
    return draft.with_head({"stated_lines": _cost(bill)})


def save(path: Path, data: bytes, before: Draft, after: Draft) -> tuple[Decimal, Decimal]:
    """Write the edited file and return the cost before and after."""
    cost_before, cost_after = _cost(before.bill), _cost(after.bill)
    if cost_before != cost_after:
        kept = _keep_stated(before)
        after = Draft(after.name, (kept.blocks[0], *after.blocks[1:]))
    write_whole(path, after.text.encode(), expect=data)
    return cost_before, cost_after


def draft_of_any(source: Source, encoding: str | None = None) -> Draft:
    """Return a draft of any parts list: ours as it is written, others as import writes them."""
    if not source.is_zip:
        text = text_of(source, encoding)
        if source.suffix == "toml" or "[[line]]" in text:
            return Draft.of(text, source.name)
    bill = open_bill(source.name, library(), encoding=encoding)
    return Draft.of(write_toml(bill, [f"Read from {source.name} by podplanner."]), source.name)
