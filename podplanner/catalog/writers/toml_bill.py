"""A bill as a file of our own format, laid out for hands: one short table a line."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from pydantic import BaseModel

from podplanner.catalog.bill import SCHEMA, BillOfMaterials

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f",
            "\r": "\\r"}  # fmt: skip
_PLAIN_NUMBERS = frozenset({"quantity", "minimum", "pack", "spares"})
# Counts read best without quotes; amounts keep theirs, so that 269.00 keeps its zeros.


def quoted(text: str) -> str:
    """Return `text` as a TOML basic string.

    >>> quoted('12" fan')
    '"12\\\\" fan"'
    """
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if "\ud800" <= character <= "\udfff":
        character = "\ufffd"  # half a pair, from a name in no encoding, is no character
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable() and character != "\ufffd":
        return character
    return f"\\u{ord(character):04X}" if character <= "\uffff" else f"\\U{ord(character):08X}"


def toml_value(key: str, value: object) -> str:
    """Return one value as TOML writes it: amounts as strings, counts as numbers."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        if key in _PLAIN_NUMBERS and abs(value) < 2**53:
            return f"{int(value)}" if value == value.to_integral_value() else f"{value:f}"
        return quoted(f"{value:f}")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return quoted(str(value))


def _table(header: str, model: BaseModel) -> Iterator[str]:
    yield f"\n[[{header}]]"
    inner: list[tuple[str, Sequence[BaseModel]]] = []
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        if info.exclude or value is None or value == info.get_default(call_default_factory=True):
            continue
        if isinstance(value, tuple):
            inner.append((name, value))
            continue
        key = info.alias or name
        yield f"{key} = {toml_value(key, value)}"
    for name, models in inner:
        for entry in models:
            yield from _table(f"{header}.{name}", entry)


def table_text(header: str, model: BaseModel) -> str:
    """Return one table as a block of a file, an empty line first."""
    return "\n".join(_table(header, model)) + "\n"


def write_toml(bill: BillOfMaterials, comments: Sequence[str] = ()) -> str:
    """Return `bill` as a parts-list file; docs/parts-list.md is its specification.

    Args:
        bill: What to write; where it was read from is not written.
        comments: Lines of words to put at the top, without `#`.
    """
    words = [line for comment in comments for line in comment.splitlines()]
    text = ["# " + "".join(c if c.isprintable() else " " for c in line).rstrip() for line in words]
    text.append(f"schema = {quoted(SCHEMA)}")
    for name in ("title", "currency", "currency_assumed", "day", "source", "note", "layout",
                 "stated_total", "stated_lines"):  # fmt: skip
        info = BillOfMaterials.model_fields[name]
        value = getattr(bill, name)
        if value is not None and value != info.default:
            key = info.alias or name
            text.append(f"{key} = {toml_value(key, value)}")
    for header, models in (
        ("section", bill.sections), ("line", bill.lines), ("charge", bill.charges),
        ("link", bill.links), ("quote", bill.quotes),
    ):  # fmt: skip
        for model in models:
            text.extend(_table(header, model))
    return "\n".join(text) + "\n"
