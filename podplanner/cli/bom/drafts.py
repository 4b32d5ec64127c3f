"""Files in our format while a command edits them: read, cost before and after, saved whole."""

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.bill import BillOfMaterials
from podplanner.catalog.editing import Draft
from podplanner.catalog.library import library
from podplanner.catalog.opening import open_bill
from podplanner.catalog.readers import read_bill
from podplanner.catalog.readers.source import Source, load, text_of
from podplanner.catalog.writers.files import write_whole
from podplanner.catalog.writers.toml_bill import write_toml
from podplanner.errors import ConflictError
from podplanner.units.money import add_up, trimmed

EditedFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A parts list in our own format (TOML).")
]


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that a command edits: its bytes as they were read, and a draft of it.

    Attributes:
        line_end: What ends its lines; it is kept.
        mark: The byte-order mark at its start, or nothing; it is kept too.
    """

    path: Path
    data: bytes
    draft: Draft
    line_end: str
    mark: bytes

    def save(self, after: Draft) -> tuple[Decimal | None, Decimal | None]:
        """Write the edited file, and return the cost before and after.

        Raises:
            ConflictError: Another program changed the file meanwhile.
            OutputError: The file cannot be written.
        """
        cost_before, cost_after = cost_of_draft(self.draft), cost_of_draft(after)
        if cost_before != cost_after:
            kept = self._with_stated_lines(cost_before)
            after = Draft(after.name, (kept.blocks[0], *after.blocks[1:]))
        text = after.text.replace("\n", self.line_end)
        write_whole(self.path, self.mark + text.encode(), expect=self.data)
        return cost_before, cost_after

    def _with_stated_lines(self, cost: Decimal | None) -> Draft:
        """Note what the lines added up to before the first change, beside the stated total."""
        bill = self.draft.bill
        if bill.stated_total is None or bill.stated_lines is not None or cost is None:
            return self.draft
        return self.draft.with_head({"stated_lines": cost})


def open_draft(path: Path) -> Opened:
    """Open a file in our format for editing.

    Raises:
        ConflictError: The file has another format, or lays its lines out in another way.
    """
    source = load(path)
    text = text_of(source)
    if source.suffix != "toml" and "[[line]]" not in text and "schema =" not in text:
        raise ConflictError(
            f"{source.name} is not in our format, so it cannot be edited in place",
            hint=f"Run `podplanner bom import {source.name} -o pod.toml` and edit that.",
        )
    mark = codecs.BOM_UTF8 if source.data.startswith(codecs.BOM_UTF8) else b""
    line_end = "\r\n" if b"\r\n" in source.data else "\n"
    return Opened(path, source.data, Draft.of(text, source.name), line_end, mark)


def cost_of_draft(draft: Draft) -> Decimal | None:
    """Return what the lines with a known amount and the charges cost, bills in it included.

    None when the amounts are in several currencies.
    """
    bill = open_bill(draft.name, library(), read=_reads(draft))
    sums = add_up(bill.amounts())
    if len(sums) > 1:
        return None
    return trimmed(next(iter(sums.values()), Decimal(0)))


def _reads(draft: Draft) -> Callable[..., BillOfMaterials]:
    """Return a reader that takes the draft for its own file, and other files from the disk."""

    def read(path: str | Path, **options: str | None) -> BillOfMaterials:
        return draft.bill if str(path) == draft.name else read_bill(path, **options)

    return read


def draft_of_any(source: Source, encoding: str | None = None) -> Draft:
    """Return a draft of any parts list: ours as it is written, others as import writes them."""
    if not source.is_zip:
        text = text_of(source, encoding)
        if source.suffix == "toml" or "[[line]]" in text:
            return Draft.of(text, source.name)
    bill = open_bill(source.name, library(), encoding=encoding)
    return Draft.of(write_toml(bill, [f"Read from {source.name} by podplanner."]), source.name)
