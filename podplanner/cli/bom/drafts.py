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
from podplanner.catalog.matching import identify
from podplanner.catalog.opening import open_bill
from podplanner.catalog.pod import Pod, assemble
from podplanner.catalog.readers import is_native, read_bill, read_source
from podplanner.catalog.readers.source import Source, load, text_of
from podplanner.catalog.writers.files import write_whole
from podplanner.catalog.writers.toml_bill import write_toml
from podplanner.cli.bom.opening import day_of
from podplanner.errors import ConflictError, WrongUsageError
from podplanner.planning.cost import cost_of
from podplanner.units.money import add_up, trimmed

EditedFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A parts list in our own format (TOML).")
]


@dataclass(frozen=True, slots=True)
class Opened:
    """A parts list that a command edits: its bytes as they were read, and a draft of it.

    Attributes:
        line_end: What ends its lines; it is kept.
        mark: The byte-order mark at its start, or nothing; it is kept too.
    """

    source: Source
    draft: Draft
    line_end: str
    mark: bytes

    def bytes_of(self, draft: Draft) -> bytes:
        """Return a draft of this list as the bytes of a file."""
        return self.mark + draft.text.replace("\n", self.line_end).encode(errors="replace")

    def save(self, path: Path, after: Draft) -> tuple[Decimal | None, Decimal | None]:
        """Write the edited file, and return the cost before and after.

        Raises:
            ConflictError: Another program changed the file meanwhile.
            OutputError: The file cannot be written.
        """
        before, now = pod_of(self.draft), pod_of(after)
        bill = before.bill
        if bill.stated_total is not None and bill.stated_lines is None:
            was = _sum_of_lines(before)
            if was is not None and was != _sum_of_lines(now):
                # What the lines added up to when the total was printed, before the first change.
                after = after.with_head({"stated_lines": was})
        write_whole(path, self.bytes_of(after), expect=self.source.data)
        return _cost(before), _cost(now)


def open_draft(path: Path) -> Opened:
    """Open a file in our format for editing.

    Raises:
        WrongUsageError: The list comes from standard input.
        ConflictError: The file has another format, or lays its lines out in another way.
    """
    if str(path) == "-":
        raise WrongUsageError(
            "standard input cannot be edited in place",
            hint="Run `podplanner bom import - -o pod.toml` and edit that.",
        )
    source = load(path)
    if not source.is_zip and is_native(source, text := text_of(source)):
        return _opened(source, text)
    raise ConflictError(
        f"{source.name} is not in our format, so it cannot be edited in place",
        hint=f"Run `podplanner bom import {source.name} -o pod.toml` and edit that.",
    )


def open_any(source: Source) -> Opened:
    """Return a draft of any parts list: ours as it is written, others as import writes them."""
    if not source.is_zip and is_native(source, text := text_of(source)):
        return _opened(source, text)
    bill = identify(read_source(source), library())
    written = write_toml(bill, [f"Read from {source.name} by podplanner."])
    return Opened(source, Draft.of(written, source.name), "\n", b"")


def _opened(source: Source, text: str) -> Opened:
    mark = codecs.BOM_UTF8 if source.data.startswith(codecs.BOM_UTF8) else b""
    line_end = "\r\n" if b"\r\n" in source.data else "\n"
    return Opened(source, Draft.of(text, source.name), line_end, mark)


def pod_of(draft: Draft) -> Pod:
    """Return the pod that a draft describes, with the bills in it read from the disk."""
    bill = open_bill(draft.name, library(), read=_reads(draft))
    return assemble(bill, library(), as_of=day_of(None))


def _cost(pod: Pod) -> Decimal | None:
    """Return what `bom cost` says the list costs; None when it is in several currencies."""
    cost = cost_of(pod)
    return None if cost.other_currencies else cost.total


def _sum_of_lines(pod: Pod) -> Decimal | None:
    """Return what the lines with a known amount and the charges add up to, in one currency."""
    sums = add_up(pod.bill.amounts())
    return trimmed(next(iter(sums.values()), Decimal(0))) if len(sums) <= 1 else None


def _reads(draft: Draft) -> Callable[..., BillOfMaterials]:
    """Return a reader that takes the draft for its own file, and other files from the disk."""

    def read(path: str | Path, **options: str | None) -> BillOfMaterials:
        if str(path) == draft.name:
            return draft.bill
        return read_bill(path, encoding=options.get("encoding"))

    return read
