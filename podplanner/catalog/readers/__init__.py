"""Read a bill of materials from whatever people have.

`read_bill` looks at what a source holds, not at what it is called, and hands it to the reader of
that format; all of them but our own end in the same table (`grid`), whose columns are settled by
their headings and by what adds up (`columns`), and whose rows become lines (`table`).
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from podplanner.catalog.bill import SCHEMA, BillOfMaterials
from podplanner.catalog.readers.amounts import currency_code
from podplanner.catalog.readers.choosing import best_bill
from podplanner.catalog.readers.delimited import grid_of_delimited
from podplanner.catalog.readers.grid import Grid
from podplanner.catalog.readers.native import bill_of_document, bill_of_toml
from podplanner.catalog.readers.source import Source, load, text_of
from podplanner.errors import FormatError, NotABillError

_NATIVE = re.compile(rf'^[ \t]*(?:\[\[line\]\]|schema = "{SCHEMA}")[ \t]*(?:#.*)?$', re.MULTILINE)
# What begins a line so is our own format, whatever the file is called.

__all__ = ["is_native", "read_bill", "read_source"]


def read_bill(
    source: str | Path, *, stdin: BinaryIO | None = None, encoding: str | None = None
) -> BillOfMaterials:
    """Return the bill of materials that a file holds, or standard input for `-`.

    Args:
        source: Path of a TOML, CSV, TSV, XLSX, JSON, HTML, Markdown or text file, or `-`.
        stdin: What `-` reads; the process's own standard input by default.
        encoding: How the bytes are written, where that is known.

    Raises:
        FileAccessError: The file cannot be opened, or is far too large.
        FormatError: It holds no list of parts, or a cell that cannot be read.
        NotABillError: It holds a table of something else.
    """
    return read_source(load(source, stdin), encoding)


def read_source(source: Source, encoding: str | None = None) -> BillOfMaterials:
    """Return the bill that bytes already read hold; see `read_bill`."""
    if source.is_zip:
        from podplanner.catalog.readers.xlsx import grids_of_workbook

        return _or_refuse(
            best_bill(grids_of_workbook(source.data, source.name), source.name), source
        )
    text = text_of(source, encoding)
    if is_native(source, text):
        return bill_of_toml(text, source.name)
    if source.suffix == "json" or text.lstrip()[:1] in ("{", "["):
        bill = _from_json(text, source)
        if bill is not None:
            return bill
    return _or_refuse(_from_text(text, source), source)


def is_native(source: Source, text: str) -> bool:
    """Return whether a source is in our own format, by its name or by what it says."""
    return source.suffix == "toml" or _NATIVE.search(text) is not None


def _from_json(text: str, source: Source) -> BillOfMaterials | None:
    from podplanner.catalog.readers.json_list import grids_of_json

    try:
        grids, document = grids_of_json(text, source.name)
    except FormatError:
        if source.suffix == "json":
            raise
        return None
    if document.get("schema") == SCHEMA:
        return bill_of_document(document, source.name)
    bill = _or_refuse(best_bill(grids, source.name), source)
    named = (document.get(k) for k in ("currency", "currencyCode", "currency_code"))
    codes = (currency_code(word)[0] for word in named if isinstance(word, str))
    said = next((code for code in codes if code), None)
    if said and (bill.currency is None or bill.currency_assumed):
        return bill.model_copy(update={"currency": said, "currency_assumed": False})
    return bill


def _from_text(text: str, source: Source) -> BillOfMaterials | None:
    """Try what the text may be, the plainest first; a refusal holds only if nothing else reads."""
    from podplanner.catalog.readers import bullets, html, markdown, pasted, prose

    plain = markdown.strip_forum_code(text)
    in_markdown = markdown.grids_of_markdown(plain)
    refusal: NotABillError | None = None
    finders: tuple[Callable[[], list[Grid]], ...] = (
        lambda: html.grids_of_html(text) if html.looks_like_html(text) else [],
        lambda: in_markdown,
        lambda: [] if in_markdown else _delimited(text, source),
        lambda: list(pasted.grids_of_text(text)),
    )
    for find in finders:
        try:
            if (bill := best_bill(find(), source.name)) is not None:
                return bill
        except NotABillError as error:
            refusal = refusal or error
    for reader in (prose.run_together_bill, bullets.bullet_bill):
        if (bill := reader(plain, source.name)) is not None:
            return bill
    if refusal is not None:
        raise refusal
    return None


def _delimited(text: str, source: Source) -> list[Grid]:
    found = grid_of_delimited(text, source.name)
    if found is None:
        return []
    grid, score = found
    sure = 0.6 if source.suffix in ("csv", "tsv", "tab") else 1.0
    return [grid] if score >= sure else []


def _or_refuse(bill: BillOfMaterials | None, source: Source) -> BillOfMaterials:
    if bill is not None:
        return bill
    raise FormatError(
        f"{source.name} holds no list of parts that can be told apart from the text around it",
        hint="Give one part a row, with its quantity and price, under headings such as "
        "Item, Qty, Unit price, Total.",
    )
