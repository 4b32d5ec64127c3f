"""Edit a parts-list file by hand's rules: comments, order and spelling stay as they are.

A file is cut into blocks, one a `[[line]]` with the comments that stand right above it. Only the
block that changes is parsed and written anew (by tomlkit, which keeps its comments); every other
byte stays. What comes out is read again before anybody may write it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import tomlkit
from tomlkit.exceptions import TOMLKitError

from podplanner.catalog.arithmetic import Agreement, agreement, printing_step
from podplanner.catalog.bill import BillOfMaterials, Line, Quote
from podplanner.catalog.readers.native import bill_of_toml
from podplanner.catalog.writers.toml_bill import table_text, toml_value
from podplanner.errors import ConflictError, FormatError, UnknownNameError, WrongUsageError
from podplanner.units.money import exactly

_INLINE = re.compile(r"^[ \t]*line[ \t]*=", re.MULTILINE)
_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*([A-Za-z_]+)[ \t]*\]\]|^[ \t]*\[[ \t]*[A-Za-z_]+[ \t]*\]")

EDITABLE = tuple(
    (info.alias or name)
    for name, info in Line.model_fields.items()
    if not info.exclude and name not in ("readings",)
)
"""Keys of a line that may be set."""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the file: the head (table is empty), or one table with its own comments."""

    table: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A parts-list file while it is edited.

    Attributes:
        name: The file, for messages.
        blocks: Their texts together are the file.
        bill: What the file says.
    """

    name: str
    blocks: tuple[Block, ...]
    bill: BillOfMaterials

    @classmethod
    def of(cls, text: str, name: str) -> "Draft":
        """Cut a file into blocks.

        Raises:
            FormatError: It is no parts list.
            ConflictError: Its lines are not written as `[[line]]` tables.
        """
        draft = cls(name, tuple(_blocks(text)), bill_of_toml(text, name))
        if len(draft._lines()) != len(draft.bill.lines) or _INLINE.search(draft.blocks[0].text):
            raise ConflictError(
                f"{name} does not write each line as a [[line]] table of its own",
                hint="Run `podplanner bom import FILE -o OUT` to lay it out so.",
            )
        return draft

    @property
    def text(self) -> str:
        """Return the whole file."""
        return "".join(block.text for block in self.blocks)

    def _lines(self) -> list[int]:
        return [i for i, block in enumerate(self.blocks) if block.table == "line"]

    def find(self, name: str) -> int:
        """Return the 0-based position of a line, by its id or its 1-based position.

        Raises:
            UnknownNameError: There is no such line.
        """
        ids = [line.id for line in self.bill.lines]
        if name in ids:
            return ids.index(name)
        if name.isascii() and name.isdigit() and 1 <= int(name) <= len(ids):
            return int(name) - 1
        from difflib import get_close_matches

        near = get_close_matches(name, ids, n=3)
        hint = (
            f"Did you mean {' or '.join(near)}?" if near else f"Lines are: {', '.join(ids[:12])}."
        )
        raise UnknownNameError(f"{self.name} has no line {name!r}", hint=hint)

    def with_values(self, position: int, values: Mapping[str, object]) -> "Draft":
        """Return the draft with keys of a line set; None removes a key.

        Raises:
            WrongUsageError: There is no such key, or a value does not fit it.
        """
        return self.with_edits({position: values})

    def with_edits(self, edits: Mapping[int, Mapping[str, object]]) -> "Draft":
        """Return the draft with keys of several lines set, by position; None removes a key.

        Raises:
            WrongUsageError: There is no such key, or a value does not fit it.
        """
        unknown = [key for values in edits.values() for key in values if key not in EDITABLE]
        if unknown:
            raise WrongUsageError(
                f"a line has no key {unknown[0]!r}", hint=f"Keys are: {', '.join(EDITABLE)}."
            )
        at = self._lines()
        blocks = list(self.blocks)
        for position, values in edits.items():
            block = blocks[at[position]]
            blocks[at[position]] = Block(block.table, _edited(block.text, values, table="line"))
        return self._with(blocks)

    def with_head(self, values: Mapping[str, object]) -> "Draft":
        """Return the draft with keys at the top of the file set; None removes a key."""
        return self._with([Block("", _edited(self.blocks[0].text, values)), *self.blocks[1:]])

    def with_lines(self, lines: Iterable[Line]) -> "Draft":
        """Return the draft with lines added after the last one."""
        same = self._lines()
        return self._inserted("line", lines, same[-1] + 1 if same else len(self.blocks))

    def with_quotes(self, quotes: Iterable[Quote]) -> "Draft":
        """Return the draft with quotes added at the end."""
        return self._inserted("quote", quotes, len(self.blocks))

    def without_line(self, position: int) -> "Draft":
        """Return the draft without a line and the comments right above it.

        Comments that stand apart below it, after an empty line, stay: they head what follows.
        """
        index = self._lines()[position]
        blocks = list(self.blocks)
        blocks[index] = Block("", _apart(blocks[index].text))
        return self._with(blocks)

    def _inserted(self, table: str, models: Iterable[Line | Quote], at: int) -> "Draft":
        added = [Block(table, table_text(table, model)) for model in models]
        if not added:
            return self
        before = [*self.blocks[: at - 1], _ended(self.blocks[at - 1])]
        return self._with([*before, *added, *self.blocks[at:]])

    def _with(self, blocks: Sequence[Block]) -> "Draft":
        """Return a draft of other blocks, once they are read and make sense.

        Raises:
            WrongUsageError: They do not.
        """
        try:
            bill = bill_of_toml("".join(block.text for block in blocks), self.name)
        except FormatError as error:
            raise WrongUsageError(
                f"that would make the file unreadable: {error.message}", hint=error.hint
            ) from error
        return Draft(self.name, tuple(blocks), bill)


def _ended(block: Block) -> Block:
    """Return a block whose last line ends, so that another may follow."""
    return Block(block.table, block.text if block.text.endswith("\n") or not block.text
                 else block.text + "\n")  # fmt: skip


def _apart(text: str) -> str:
    """Return the comments at the end of a block that an empty line parts from it."""
    rows = text.splitlines(keepends=True)
    first = len(rows)
    while first and (not rows[first - 1].strip() or rows[first - 1].lstrip().startswith("#")):
        first -= 1
    while first < len(rows) and rows[first].strip():
        first += 1
    kept = rows[first:]
    return "".join(kept[1:]) if any(row.strip() for row in kept) else ""


def _blocks(text: str) -> Iterable[Block]:
    """Cut before each top-level table, taking the comments right above it along."""
    rows = text.splitlines(keepends=True)
    starts: list[tuple[int, str]] = []
    inside: str | None = None
    for index, row in enumerate(rows):
        if inside is None and (match := _HEADER.match(row)):
            first = index
            while (
                first
                and rows[first - 1].lstrip().startswith("#")
                and (not starts or first - 1 > starts[-1][0])
            ):
                first -= 1
            starts.append((first, match[1] or "other"))
        inside = _inside_string(row, inside)
    ends = [first for first, _ in starts[1:]] + [len(rows)]
    yield Block("", "".join(rows[: starts[0][0]] if starts else rows))
    for (first, table), end in zip(starts, ends, strict=False):
        yield Block(table, "".join(rows[first:end]))


_OUTSIDE = re.compile(r"#.*|\"{3}|'{3}|\"(?:\\.|[^\"\\])*\"|'[^']*'")
_CLOSING = {
    '"' * 3: re.compile(r'(?:\\.|[^\\])*?"{3}', re.DOTALL),
    "'" * 3: re.compile(r".*?'{3}", re.DOTALL),
}


def _inside_string(row: str, inside: str | None) -> str | None:
    """Return the quotes of a multi-line string that is open after `row`."""
    at = 0
    while True:
        found = (_CLOSING[inside] if inside else _OUTSIDE).search(row, at)
        if found is None:
            return inside
        at = found.end()
        if inside:
            inside = None
        elif found[0].startswith("#"):
            return None
        elif found[0] in _CLOSING:
            inside = found[0]


def _edited(text: str, values: Mapping[str, object], table: str = "") -> str:
    """Return a block with keys set, of its one `table` or, without one, of the file's head."""
    body, tail = _split_tail(text)
    try:
        document = tomlkit.parse(body)
    except TOMLKitError as error:
        raise ConflictError(f"a part of the file cannot be edited: {error}") from error
    place = document[table][0] if table else document
    for key, value in values.items():
        if value is None:
            place.pop(key, None)
        else:
            place[key] = tomlkit.parse(f"{key} = {toml_value(key, value)}\n")[key]
    edited = tomlkit.dumps(document)
    return (edited if edited.endswith("\n") or not tail else f"{edited}\n") + tail


def _split_tail(text: str) -> tuple[str, str]:
    """Return a block's own rows, and the empty rows and comments behind them.

    A new key goes behind the last one, not behind a comment that heads what follows.
    """
    rows = text.splitlines(keepends=True)
    end = len(rows)
    while end and (not rows[end - 1].strip() or rows[end - 1].lstrip().startswith("#")):
        end -= 1
    return ("".join(rows[:end]), "".join(rows[end:])) if end else (text, "")


@exactly
def matching_total(old: Line, new: Line) -> Decimal | None:
    """Return the total that a line should have after its quantity or unit price was set.

    A total that was quantity x unit price stays so. One that showed a finer unit price than was
    printed (12 x 0.18 = 2.10) follows the quantity at that price. None means that the stated
    total stays: it is absent, or it did not fit the old numbers, so that nobody knows what it is
    of.
    """
    if old.total is None or new.computed is None or old.computed is None:
        return None
    fit = _agreement(old)
    if fit is Agreement.DIFFERENT or fit is None:
        return None
    meant = new.computed
    if fit is Agreement.ROUNDED and new.unit_price == old.unit_price and old.quantity:
        meant = old.total * (new.quantity or 0) / old.quantity
    step = min(printing_step(old.total), printing_step(new.unit_price or Decimal(0)))
    meant = meant.quantize(step, ROUND_HALF_UP)
    return None if meant == old.total else meant


def _agreement(line: Line) -> Agreement | None:
    if line.quantity is None or line.unit_price is None or line.total is None:
        return None
    factor = (100 - (line.discount_percent or Decimal(0))) / 100
    return agreement(line.quantity, line.unit_price, line.total, factor=factor)


def parsed_values(pairs: Sequence[str]) -> dict[str, object]:
    """Return what `key=value` words mean: `quantity=0.5`, `note=` (removes), `approximate=true`.

    Raises:
        WrongUsageError: A word has no `=`.
    """
    values: dict[str, object] = {}
    for pair in pairs:
        key, sign, written = pair.partition("=")
        key, written = key.strip(), written.strip()
        if not sign:
            raise WrongUsageError(
                f"{pair!r} is no key=value", hint="Write for instance quantity=2 or total=538.00."
            )
        values[key] = _typed(key, written)
    return values


_NUMBERS = {"quantity", "unit_price", "total", "discount_percent", "spares"}


def _typed(key: str, written: str) -> object:
    from datetime import date

    if not written:
        return None
    if key in _NUMBERS:
        try:
            number = Decimal(written)
        except ArithmeticError:
            number = Decimal("NaN")
        if not number.is_finite():
            raise WrongUsageError(
                f"{key}={written}: not a number", hint="Write digits with a decimal point."
            )
        return number
    if key == "approximate":
        if written not in ("true", "false"):
            raise WrongUsageError(f"{key}={written}: write true or false")
        return written == "true"
    if key == "price_date":
        try:
            return date.fromisoformat(written)
        except ValueError as error:
            raise WrongUsageError(f"{key}={written}: write the day as 2026-11-23") from error
    return written
