"""Lists as strangers write them: each file in tests/data/lists beside what it must give."""

import re
import runpy
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from podplanner import errors
from podplanner.catalog.bill import BillOfMaterials, Line
from podplanner.catalog.readers import read_bill
from podplanner.planning.totals import totals_of

LISTS = Path(__file__).parents[2] / "data" / "lists"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(
    (LISTS / "expected.toml").read_text(encoding="utf-8")
)
READ = [name for name, expected in EXPECTED.items() if "error" not in expected]
REFUSED = [name for name, expected in EXPECTED.items() if "error" in expected]
NOT_LISTS = {"expected.toml", "make_binary_lists.py", ".gitattributes"}
UNKNOWN, UNCHECKED = "-", "?"


@pytest.mark.parametrize("name", READ)
def test_list_is_read(name: str) -> None:
    expected = EXPECTED[name]
    bill = read_bill(LISTS / name)
    differences = [*_in_lines(bill, expected), *_in_sums(bill, expected)]
    assert not differences, "\n".join([f"{name}: {expected['trap']}", *differences])


@pytest.mark.parametrize("name", READ)
def test_list_is_read_alike_by_its_written_path(name: str) -> None:
    assert read_bill(str(LISTS / name)).lines == read_bill(LISTS / name).lines


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_list_gets_one_clear_error(name: str) -> None:
    expected = EXPECTED[name]
    with pytest.raises(errors.PodplannerError) as caught:
        read_bill(LISTS / name)
    message = caught.value.message
    assert type(caught.value).__name__ == expected["error"], message
    assert name in message
    assert "\n" not in message
    for word in ("row", "column"):
        if word in expected:
            assert re.search(rf"\b{word} {expected[word]}\b", message), message
    assert expected.get("message_contains", "").casefold() in message.casefold()


def test_folder_is_no_list() -> None:
    with pytest.raises(errors.FileAccessError, match="lists"):
        read_bill(LISTS)


def test_every_list_has_its_expectation() -> None:
    files = {path.name for path in LISTS.iterdir() if path.is_file()} - NOT_LISTS
    missing = {name for name in REFUSED if EXPECTED[name]["error"] == "FileAccessError"}
    assert files == set(EXPECTED) - missing


def test_binary_lists_are_what_the_script_writes() -> None:
    made = runpy.run_path(str(LISTS / "make_binary_lists.py"))["make"]()
    assert {name: (LISTS / name).read_bytes() for name in made} == made


def _in_lines(bill: BillOfMaterials, expected: dict[str, Any]) -> Iterator[str]:
    yield from _unlike("lines", len(bill.lines), expected["lines"])
    for index, (line, item) in enumerate(zip(bill.lines, expected["items"], strict=False)):
        where = f"line {index} ({line.name})"
        if item[0] not in " ".join(line.text.split()):
            yield f"{where}: {line.text!r} does not hold {item[0]!r}"
        if len(item) == 2:
            yield from _price_unlike(where, line, item[1])
            continue
        for field, printed in zip(("quantity", "unit_price", "total"), item[1:], strict=True):
            if printed != UNCHECKED:
                yield from _unlike(f"{where}, {field}", getattr(line, field), _number(printed))
    for index, more in expected.get("at", {}).items():
        if int(index) < len(bill.lines):
            yield from _more_unlike(f"line {index}", bill.lines[int(index)], more)


def _price_unlike(where: str, line: Line, printed: str) -> Iterator[str]:
    found = [line.unit_price, line.total]
    price = _number(printed)
    if (price is None and found != [None, None]) or price not in found:
        yield f"{where}: unit price and total are {found}, not {price}"


def _more_unlike(where: str, line: Line, more: dict[str, Any]) -> Iterator[str]:
    for key, value in more.items():
        found: object
        wanted: object = value
        if key == "quantities":
            found = {line.quantity} | {reading.quantity for reading in line.readings}
            wanted = {Decimal(quantity) for quantity in value}
        elif key == "readings":
            found = len(line.readings)
        elif key == "discount_percent":
            found, wanted = line.discount_percent, Decimal(value)
        else:
            found = getattr(line, key)
            wanted = None if value == UNKNOWN else value
        yield from _unlike(f"{where}, {key}", found, wanted)


def _in_sums(bill: BillOfMaterials, expected: dict[str, Any]) -> Iterator[str]:
    totals = totals_of(bill)
    found: dict[str, object] = {
        "currency": bill.currency,
        "currency_assumed": bill.currency_assumed,
        "stated_total": bill.stated_total,
        "sum_lines": totals.lines.whole,
        "sum_computed": totals.computed.whole,
    }
    for key, value in found.items():
        if key in expected.get("unsure", ()):
            continue
        wanted = expected.get(key, False if key == "currency_assumed" else None)
        amount = key in {"stated_total", "sum_lines", "sum_computed"} and wanted is not None
        yield from _unlike(key, value, Decimal(wanted) if amount else wanted)
    if "by_currency" in expected:
        by_currency = {code: Decimal(value) for code, value in expected["by_currency"].items()}
        yield from _unlike("by_currency", totals.lines.by_currency, by_currency)
    for key, included in (("charges", False), ("included", True)):
        charges = [(c.kind, c.amount) for c in bill.charges if c.included is included]
        wanted_charges = [(kind, Decimal(amount)) for kind, amount in expected.get(key, ())]
        yield from _unlike(key, charges, wanted_charges)
    sections = {section.name: section.stated_total for section in bill.sections}
    for name, subtotal in expected.get("sections", {}).items():
        yield from _unlike(f"section {name}", sections.get(name), _number(subtotal))


def _number(printed: str) -> Decimal | None:
    return None if printed == UNKNOWN else Decimal(printed)


def _unlike(what: str, found: object, wanted: object) -> Iterator[str]:
    if found != wanted:
        yield f"{what}: {found!r}, not {wanted!r}"
