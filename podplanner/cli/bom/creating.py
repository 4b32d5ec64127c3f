"""`bom new`, `bom add`: begin a parts list, and put parts of the catalog into it."""

import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from podplanner.catalog.bill import BillOfMaterials, Line
from podplanner.catalog.editing import Draft
from podplanner.catalog.library import find_part, library
from podplanner.catalog.naming import base_id, free_id
from podplanner.catalog.parts import Part
from podplanner.catalog.readers.amounts import NotANumberError, amount_of
from podplanner.catalog.readers.source import load
from podplanner.catalog.vocabulary import kinds
from podplanner.catalog.writers.files import write_whole
from podplanner.catalog.writers.toml_bill import quoted
from podplanner.cli.bom.drafts import EditedFile, open_any, open_draft
from podplanner.cli.bom.opening import Json, day_of, part_numbers, pod_names, shipped
from podplanner.cli.console import changed, emit, say, show
from podplanner.errors import (
    ConflictError,
    FormatError,
    OutputError,
    UnknownNameError,
    WrongUsageError,
)

_TIMES = re.compile(r"(?P<sku>.+?)\s*[x×*](?P<number>\d+(?:\.\d+)?)", re.IGNORECASE)
_TIMES_FIRST = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*[x×*]\s*(?P<sku>.+)", re.IGNORECASE)
_COUNT = re.compile(r"[x×*]?(?P<number>\d+(?:\.\d+)?)[x×*]?", re.IGNORECASE)

_TEMPLATE = """\
# A parts list; docs/parts-list.md describes every key. A title and a quantity are enough:
#
#   [[line]]
#   title = "SATA cable, 1 m"
#   quantity = 9
#   unit_price = "1.50"
#
# `podplanner bom add {name} SKUx45` adds a part of the catalog.
schema = "podplanner/bill/1"
title = {title}
currency = "{currency}"
"""


def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make.")],
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="POD", autocompletion=pod_names,
                     help="Begin with a shipped pod (see `bom list`) or another parts list."),
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="What to call it.")] = None,
    currency: Annotated[str, typer.Option("--currency", help="ISO 4217 code.")] = "USD",
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Make a new parts list, empty or from a shipped pod.

    \b
    Examples:
      podplanner bom new pod.toml --from storage-pod-3.0
      podplanner bom new mine.toml --title "Lab pod" --currency EUR
    """
    if file.exists() and not force:
        raise OutputError(f"{file} is there already", hint="Add --force to write over it.")
    if source is None:
        text = _TEMPLATE.format(name=file, title=quoted(title or file.stem), currency=currency)
        draft = _checked_draft(text, str(file))
        data = draft.text.encode(errors="replace")
    else:
        opened = open_any(load(shipped(source)))
        draft = opened.draft
        if title is not None:
            draft = draft.with_head({"title": title})
        data = opened.bytes_of(draft)
    bill = draft.bill
    write_whole(file, data, fresh=not force)
    if as_json:
        emit("bom-new", {"file": str(file), "lines": len(bill.lines), "title": bill.title})
        return
    show(f"{file}: {len(bill.lines)} lines")
    say(f"next: podplanner bom check {file}")


def _checked_draft(text: str, name: str) -> Draft:
    try:
        return Draft.of(text, name)
    except FormatError as error:
        raise WrongUsageError(error.message, hint=error.hint) from error


def _new_line(values: dict[str, object]) -> Line:
    """Return a line of what a command was given.

    Raises:
        WrongUsageError: A value does not fit its key.
    """
    try:
        return Line.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = first["loc"][0] if first["loc"] else "line"
        said = first["msg"].removeprefix("Value error, ")
        if key == "id":
            said = "an id may hold no spaces and none of the signs . : ="
        raise WrongUsageError(f"{key} {first['input']}: {said}") from error


def _wanted(words: Sequence[str]) -> list[tuple[Part, Decimal]]:
    """Return the parts and quantities that words such as `SKUx45` or `SKU x45` mean."""
    found: list[tuple[Part, Decimal | None]] = []
    parts = library()
    for word in words:
        if word in ("x", "X", "×", "*") and found:
            continue  # `SKU x 45`
        count = _COUNT.fullmatch(word)
        if count and found and (word[0] in "x×*X" or word[-1] in "x×*X" or word.isdigit()):
            part, already = found[-1]
            if already is not None:
                raise WrongUsageError(f"{part.sku} has two quantities: {already:f} and {word}")
            found[-1] = (part, Decimal(count["number"]))
            continue
        try:
            found.append((find_part(parts, word), None))
        except UnknownNameError:
            times = _TIMES.fullmatch(word) or _TIMES_FIRST.fullmatch(word)
            if times is None:
                raise
            found.append((find_part(parts, times["sku"]), Decimal(times["number"])))
    if any(quantity == 0 for _, quantity in found):
        raise WrongUsageError("a quantity of 0 adds nothing", hint="Give 1 or more.")
    return [(part, Decimal(1) if quantity is None else quantity) for part, quantity in found]


def add(
    file: EditedFile,
    skus: Annotated[
        list[str],
        typer.Argument(metavar="SKU[xN]...", autocompletion=part_numbers,
                       help="Part numbers, each with its quantity: ST4000DM000x45."),
    ],
    price: Annotated[
        str | None, typer.Option("--price", help="Price of one piece, in the list's currency.")
    ] = None,
    title: Annotated[
        str | None,
        typer.Option("--title", help="Add a line of free text under this title; SKU is its "
                     "part number then, and need not be in the catalog."),
    ] = None,
    line_id: Annotated[str | None, typer.Option("--id", help="What to call the line.")] = None,
    section: Annotated[str | None, typer.Option("--section", help="Put it there.")] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Add parts of the catalog to a list.

    Without --price a price that the catalog knows with its date is taken, if it is in the list's
    currency; else the price stays unknown.

    \b
    Examples:
      podplanner bom add pod.toml ST4000DM000x45
      podplanner bom add pod.toml WUH721816ALE6L4 x45 --price 249.00
      podplanner bom add pod.toml RAIL-26 --title "Slide rails, 26 in" --price 70
    """
    opened = open_draft(file)
    draft = opened.draft
    amount = _price_of(price, draft.bill)
    lines: list[tuple[Line, list[str]]] = []
    if title is not None:
        lines.append((_free_line(draft.bill, skus, title, amount, line_id), []))
    else:
        wanted = _wanted(skus)
        if (amount or line_id is not None) and len(wanted) > 1:
            raise WrongUsageError("--price and --id are for one part", hint="Add one at a time.")
        for part, quantity in wanted:
            have = [*draft.bill.lines, *(line for line, _ in lines)]
            lines.append(_catalog_line(draft.bill, have, part, quantity, amount, line_id))
    draft = draft.with_lines(
        line.model_copy(update={"section": section}) if section else line for line, _ in lines
    )
    costs = opened.save(file, draft)
    if as_json:
        emit("bom-add", {
            "file": str(file), "currency": draft.bill.currency,
            "added": [{"id": line.id, "part": line.part, "quantity": line.quantity,
                       "unit_price": line.unit_price} for line, _ in lines],
            "cost_before": costs[0], "cost_after": costs[1],
            "notes": [note for _, notes in lines for note in notes],
        })  # fmt: skip
        return
    for line, notes in lines:
        unit = "price unknown" if line.unit_price is None else f"at {line.unit_price:f}"
        show(f"add {line.id}: {line.quantity:f} x {line.name}, {unit}")
        for note in notes:
            say(f"  {note}")
    show(f"cost {changed(*costs, draft.bill.currency)}")


def _price_of(written: str | None, bill: BillOfMaterials) -> dict[str, object]:
    """Return the keys of a line that `--price` sets: it is a price of today."""
    if written is None:
        return {}
    try:
        amount = amount_of(written)
    except NotANumberError as error:
        raise WrongUsageError(f"--price {written}: {error}") from error
    if amount.value is None or amount.value < 0:
        raise WrongUsageError(f"--price {written}: give an amount of 0 or more")
    keys: dict[str, object] = {"unit_price": amount.value, "price_date": day_of(None)}
    if amount.currency not in (None, bill.currency) and not amount.assumed:
        keys["currency"] = amount.currency
    return keys


def _catalog_line(
    bill: BillOfMaterials, have: Sequence[Line], part: Part, quantity: Decimal,
    price: dict[str, object], line_id: str | None,
) -> tuple[Line, list[str]]:  # fmt: skip
    notes: list[str] = []
    for line in have:
        if line.part == part.sku and line_id is None:
            raise ConflictError(
                f"line {line.id!r} is {part.sku} already",
                hint=f"Run `podplanner bom set FILE {line.id} quantity=N`, or name a second line "
                "with --id.",
            )
    if not price and part.price is not None:
        if part.price_currency == bill.currency:
            price = {"unit_price": part.price, "price_date": part.price_date}
            notes.append(f"price of {part.price_date} from: {part.price_source}")
        else:
            notes.append(f"the catalog knows a price in {part.price_currency}, the list is in "
                         f"{bill.currency}: left unknown")  # fmt: skip
    base = kinds()[part.kind].id if part.kind in kinds() else base_id(part.title, None)
    taken = [line.id for line in have]
    return _new_line({
        "id": line_id or free_id(base, taken), "part": part.sku, "title": part.title,
        "maker": part.maker, "quantity": quantity, **price,
    }), notes  # fmt: skip


def _free_line(
    bill: BillOfMaterials,
    skus: Sequence[str],
    title: str,
    price: dict[str, object],
    line_id: str | None,
) -> Line:
    number, quantity = skus[0], Decimal(1)
    if len(skus) > 1 and (count := _COUNT.fullmatch(skus[1])):
        quantity = Decimal(count["number"])
    elif len(skus) > 1:
        raise WrongUsageError("--title adds one line", hint="Add one at a time.")
    elif (times := _TIMES.fullmatch(number)) is not None:
        number, quantity = times["sku"], Decimal(times["number"])
    taken = [line.id for line in bill.lines]
    return _new_line({
        "id": line_id or free_id(base_id(title, None), taken), "title": title, "mpn": number,
        "quantity": quantity, **price,
    })  # fmt: skip
