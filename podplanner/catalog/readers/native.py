"""Our own format, TOML, as docs/parts-list.md specifies it."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import tomli
from pydantic import BaseModel, ValidationError

from podplanner.catalog.bill import (
    SCHEMA,
    BillOfMaterials,
    Charge,
    Line,
    Link,
    Place,
    Quote,
    Section,
)
from podplanner.catalog.naming import line_ids
from podplanner.errors import FormatError

_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*(line|charge|section|link|quote)[ \t]*\]\]", re.MULTILINE)
_LIMITS_HINT = "See docs/parts-list.md for the keys that a parts list has."


def bill_of_toml(text: str, name: str) -> BillOfMaterials:
    """Return the bill that a TOML file of our format holds.

    Raises:
        FormatError: No TOML, or a key or value that the format does not know; with its row.
    """
    try:
        document = tomli.loads(text, parse_float=_exact)
    except (tomli.TOMLDecodeError, RecursionError) as error:
        raise FormatError(
            f"{name} is no TOML: {error}", hint="Correct the file there; strings need quotes."
        ) from error
    except (ValueError, ArithmeticError) as error:
        raise FormatError(f"{name}: a number is out of range") from error
    return bill_of_document(document, name, _rows(text))


def _exact(text: str) -> Decimal:
    return Decimal(text.replace("_", ""))


def bill_of_document(
    document: Mapping[str, Any], name: str, rows: Mapping[str, list[int]] | None = None
) -> BillOfMaterials:
    """Return the bill that a mapping of our format is (TOML or JSON, already parsed).

    Args:
        document: Keys as in docs/parts-list.md.
        name: The file, for messages.
        rows: Table -> the row in the file at which each of its entries begins.

    Raises:
        FormatError: A key or value that the format does not know.
    """
    values = dict(document)
    schema = values.setdefault("schema", SCHEMA)
    if schema != SCHEMA:
        raise FormatError(
            f"{name} is of the format {schema!r}; this version reads {SCHEMA!r}",
            hint="Update podplanner, or correct the key `schema`.",
        )
    _refuse_inner_keys(values, BillOfMaterials, name)
    for table in ("line", "charge", "section", "link", "quote"):
        entries = values.get(table)
        if entries is None:
            values.pop(table, None)
            continue
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            raise FormatError(f"{name}: `{table}` must be tables, written [[{table}]]",
                              hint=_LIMITS_HINT)  # fmt: skip
        at = (rows or {}).get(table, [])
        for entry in entries:
            _refuse_inner_keys(entry, _MODELS[table], name)
        places = at if len(at) == len(entries) else [None] * len(entries)
        if table == "link":
            continue
        values[table] = [
            {**e, "place": Place(name, p)} for e, p in zip(entries, places, strict=True)
        ]
    _give_ids(values)
    try:
        bill = BillOfMaterials.model_validate(values)
    except ValidationError as error:
        raise _explained(error, name, rows or {}) from error
    _refuse_twins(bill.lines, name)
    return bill.model_copy(update={"file": name})


_MODELS: dict[str, type[BaseModel]] = {
    "line": Line, "charge": Charge, "section": Section, "link": Link, "quote": Quote,
}  # fmt: skip


def _refuse_inner_keys(values: Mapping[str, Any], model: type[BaseModel], name: str) -> None:
    """Refuse keys that only the program sets: where a line stands is no part of the format."""
    for key, info in model.model_fields.items():
        if info.exclude and key in values:
            raise FormatError(f"{name}: `{key}`: there is no such key", hint=_LIMITS_HINT)


def _give_ids(values: dict[str, Any]) -> None:
    """Give an id to lines without one: a title and a quantity are enough in a file."""
    lines = values.get("line", [])
    if all("id" in line for line in lines):
        return
    taken = {line["id"] for line in lines if isinstance(line.get("id"), str)}
    for line, new in zip(lines, line_ids(lines), strict=True):
        if "id" not in line:
            number, name = 2, new
            while name in taken:
                name, number = f"{new}_{number}", number + 1
            taken.add(name)
            line["id"] = name


def _refuse_twins(lines: tuple[Line, ...], name: str) -> None:
    seen: dict[str, Line] = {}
    for line in lines:
        if line.id in seen:
            first = seen[line.id].place
            where = f" (first in row {first.row})" if first and first.row else ""
            raise FormatError(
                f"{line.place or name}: the id {line.id!r} is used twice{where}",
                hint="Give each line its own id.",
            )
        seen[line.id] = line


def _rows(text: str) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    number, at = 1, 0
    for match in _HEADER.finditer(text):
        number += text.count("\n", at, match.start())
        at = match.start()
        rows.setdefault(match[1], []).append(number)
    return rows


def _explained(error: ValidationError, name: str, rows: Mapping[str, list[int]]) -> FormatError:
    """Say the first thing that is wrong, where, and how many more there are."""
    problems = error.errors(include_url=False)
    first = problems[0]
    where = [str(part) for part in first["loc"]]
    place, path = name, ".".join(where)
    if len(where) >= 2 and where[0] in rows and where[1].isdigit():
        index = int(where[1])
        if index < len(rows[where[0]]):
            place = f"{name}, row {rows[where[0]][index]}"
        path = f"{where[0]} {index + 1}" + (f", key `{'.'.join(where[2:])}`" if where[2:] else "")
    elif where:
        path = f"key `{path}`"
    said = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        said = "there is no such key"
    elif first["type"] == "string_pattern_mismatch" and where[-1] == "currency":
        said = f"{first['input']!r} is no currency code such as USD or EUR"
    elif first["type"] == "string_pattern_mismatch":
        said = f"{first['input']!r} may hold no spaces and none of the signs . : ="
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return FormatError(f"{place}: {path}: {said}{more}", hint=_LIMITS_HINT)
