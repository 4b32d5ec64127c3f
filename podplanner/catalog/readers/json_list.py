"""Parts lists in JSON: our own, or any array of objects."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from podplanner.catalog.readers.amounts import Cell, Number, currency_code
from podplanner.catalog.readers.grid import Grid, GridRow
from podplanner.catalog.readers.headings import NAMES, Role, roles_of
from podplanner.catalog.readers.sums import label_of
from podplanner.errors import FormatError

_DEEPEST = 6
# Lists are kept near the top of a document; deeper ones are details of something else.


def grids_of_json(text: str, name: str) -> tuple[list[Grid], Mapping[str, Any]]:
    """Return every array of objects as a table, and the document when it is an object.

    Raises:
        FormatError: The text is no JSON, or holds NaN or Infinity.
    """

    def refuse(constant: str) -> NoReturn:
        raise FormatError(f"{name}: {constant} is not a number", hint="Write a number or null.")

    try:
        document = json.loads(text, parse_float=Decimal, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"{name}, row {error.lineno}, column {error.colno}: this is no JSON ({error.msg})",
            hint="Correct the file there, or give another format.",
        ) from error
    except RecursionError as error:
        raise FormatError(f"{name}: the JSON is nested too deeply") from error
    except (ValueError, ArithmeticError) as error:
        raise FormatError(f"{name}: a number in the JSON is out of range") from error
    grids: list[Grid] = []
    _collect(document, "", grids, 0)
    return grids, document if isinstance(document, dict) else {}


def _collect(value: Any, name: str, grids: list[Grid], depth: int) -> None:  # noqa: ANN401
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        before = len(grids)
        for key, inner in value.items():
            _collect(inner, str(key), grids, depth + 1)
        grids[before:] = _merged(grids[before:])
        sums = [(k, v) for k, v in _flat(value).items() if label_of(k) and not isinstance(v, list)]
        if sums and len(grids) == before + 1:
            grids[before] = _with_sums(grids[before], sums)
    elif isinstance(value, list):
        objects = [entry for entry in value if isinstance(entry, dict)]
        if objects and len(objects) == len(value):
            inner = [_inner(entry) for entry in objects]
            if any(inner):
                _collect(
                    {_name_of(entry) or f"{name} {i}": lists
                     for i, (entry, lists) in enumerate(zip(objects, inner, strict=True), 1)},
                    name, grids, depth + 1,
                )  # fmt: skip
            else:
                grids.append(_table(objects, name))
        elif value and all(isinstance(entry, list) for entry in value):
            rows = [GridRow(i, tuple(_cell(c) for c in row)) for i, row in enumerate(value, 1)]
            grids.append(Grid.of(rows, name))
        else:
            for inner in value:
                _collect(inner, name, grids, depth + 1)


def _inner(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the longest list of objects that an object holds: the parts of a category."""
    lists = [v for v in entry.values()
             if isinstance(v, list) and v and all(isinstance(e, dict) for e in v)]  # fmt: skip
    return max(lists, key=len, default=[])


def _name_of(entry: dict[str, Any]) -> str:
    wanted = {*NAMES, Role.SECTION}
    named = (v for k, v in entry.items() if isinstance(v, str) and set(roles_of(k)) & wanted)
    return next(named, "")


def _merged(grids: list[Grid]) -> list[Grid]:
    """Join tables of the same keys (a list a category) into one, each under its name."""
    heads = {tuple(g.rows[0].text(i) for i in range(len(g.rows[0].cells))) for g in grids}
    if len(grids) < 2 or len(heads) > 1:
        return grids
    rows = [GridRow(0, (*grids[0].rows[0].cells, "section"))]
    for grid in grids:
        rows += [GridRow(len(rows) + i, (*row.cells, grid.name))
                 for i, row in enumerate(grid.rows[1:])]  # fmt: skip
    return [Grid.of(rows)]


def _table(objects: list[dict[str, Any]], name: str) -> Grid:
    flat = [_flat(entry) for entry in objects]
    keys = list(dict.fromkeys(key for entry in flat for key in entry))
    rows = [GridRow(0, tuple(key.rsplit(".", 1)[-1] if key.count(".") else key for key in keys))]
    for number, entry in enumerate(flat, 1):
        rows.append(GridRow(number, tuple(_cell(entry.get(key)) for key in keys)))
    return Grid.of(rows, name)


def _with_sums(grid: Grid, sums: list[tuple[str, Any]]) -> Grid:
    """Return a table with the charges and totals that stand beside it in the document."""
    heads = [grid.rows[0].text(i) for i in range(len(grid.rows[0].cells))]
    name = next((i for i, h in enumerate(heads) if set(roles_of(h)) & set(NAMES)), None)
    amount = next((i for i, h in enumerate(heads) if Role.TOTAL in roles_of(h)), None)
    if amount is None:
        amount = next((i for i, h in enumerate(heads) if Role.PRICE in roles_of(h)), None)
    if name is None or amount is None:
        return grid
    rows = list(grid.rows)
    for key, value in sorted(sums, key=lambda entry: _is_total(entry[0])):
        cells: list[Cell] = [""] * len(heads)
        cells[name], cells[amount] = key, _cell(value)
        rows.append(GridRow(rows[-1].number + 1, tuple(cells)))
    return Grid.of(rows, grid.name)


def _is_total(key: str) -> bool:
    label = label_of(key)
    return label is not None and label.kind == "total"


def _flat(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with the objects in it opened: `price.amount`, `price.currency`."""
    flat: dict[str, Any] = {}
    for key, value in entry.items():
        if isinstance(value, dict):
            amount = next((value[k] for k in ("amount", "value") if k in value), None)
            currency = next((
                c for k in ("currency", "currencyCode", "currency_code", "unit")
                if isinstance(c := value.get(k), str) and currency_code(c)[0]
            ), None)  # fmt: skip
            if amount is not None:
                flat[key] = f"{amount} {currency}" if currency else amount
            else:
                flat |= {f"{key}.{inner}": v for inner, v in value.items()
                         if not isinstance(v, dict | list)}  # fmt: skip
        else:
            flat[_spaced(key)] = value
    return flat


def _spaced(key: str) -> str:
    """Return `unitPrice` as `unit Price`: keys in camel case are headings too."""
    spaced = ""
    for before, character in zip(f" {key}", key, strict=False):
        spaced += f" {character}" if character.isupper() and before.islower() else character
    return spaced


def _cell(value: Any) -> Cell:  # noqa: ANN401
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return Number(Decimal(value))
    if isinstance(value, list):
        return ", ".join(str(entry) for entry in value if not isinstance(entry, dict | list))
    return str(value)
