"""Open a parts list for work: read it, open the bills in it, and find its parts."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from podplanner.catalog.bill import BillOfMaterials, Line
from podplanner.catalog.matching import identify
from podplanner.catalog.parts import Part
from podplanner.catalog.readers import read_bill
from podplanner.errors import ConflictError, FormatError
from podplanner.units.money import add_up, trimmed

_DEEPEST = 20
# Bills in bills: a cluster of racks of pods is three deep.


def open_bill(
    source: str | Path,
    parts: Mapping[str, Part],
    *,
    encoding: str | None = None,
    read: Callable[..., BillOfMaterials] = read_bill,
) -> BillOfMaterials:
    """Return the bill at `source` with its parts found and the bills in it read, each once.

    Raises:
        ConflictError: A bill holds itself, directly or through others.
        FileAccessError, FormatError: A file cannot be read.
    """
    bill = identify(read(source, encoding=encoding), parts)
    return _Opener(parts, read, {}).with_contents(bill, str(source), ())


def rebased(bill: BillOfMaterials, old: Path, new: Path) -> BillOfMaterials:
    """Return a bill that is moved from one folder to another, still holding the same bills."""
    if not any(line.bill for line in bill.lines):
        return bill
    lines = tuple(
        line.model_copy(update={"bill": rebased_path(line.bill, old, new)}) if line.bill else line
        for line in bill.lines
    )
    return bill.model_copy(update={"lines": lines})


def rebased_path(path: str, old: Path, new: Path) -> str:
    """Return a path relative to `new` that was relative to `old`; absolute ones stay."""
    if Path(path).is_absolute():
        return path
    return Path(os.path.relpath(os.path.realpath(old / path), os.path.realpath(new))).as_posix()


@dataclass(frozen=True, slots=True)
class _Opener:
    """Reads bills in bills; `opened` keeps each by its real path."""

    parts: Mapping[str, Part]
    read: Callable[..., BillOfMaterials]
    opened: dict[str, BillOfMaterials]

    def with_contents(
        self, bill: BillOfMaterials, path: str, above: tuple[str, ...]
    ) -> BillOfMaterials:
        if not any(line.bill for line in bill.lines):
            return bill
        above = (*above, os.path.realpath(path))
        if len(above) > _DEEPEST:
            raise ConflictError(f"{path}: bills are nested more than {_DEEPEST} deep")
        folder = Path(path).parent
        lines = tuple(
            _rolled_up(line, self._inner(line, folder / line.bill, above), bill.currency)
            if line.bill
            else line
            for line in bill.lines
        )
        return bill.model_copy(update={"lines": lines})

    def _inner(self, line: Line, path: Path, above: tuple[str, ...]) -> BillOfMaterials:
        if path.name == "-":
            raise FormatError(f"{line.place or line.id}: a bill in a bill is a file, not `-`")
        try:
            real = os.path.realpath(path)
        except (OSError, ValueError) as error:
            raise FormatError(
                f"{line.place or line.id}: {line.bill!r} is no path of a bill: {error}",
                hint="Correct the key `bill`.",
            ) from error
        if real in above:
            ring = " -> ".join(Path(p).name for p in (*above, real))
            raise ConflictError(
                f"{line.place or path}: the bill holds itself ({ring})",
                hint="Remove one of the `bill` keys.",
            )
        if real not in self.opened:
            inner = identify(self.read(path), self.parts)
            self.opened[real] = self.with_contents(inner, str(path), above)
        return self.opened[real]


def _rolled_up(line: Line, inner: BillOfMaterials, currency: str | None) -> Line:
    """Return a line that costs what the bill in it costs, if that is known in one currency."""
    update: dict[str, object] = {"contents": inner}
    if not line.title:
        update["title"] = inner.title or str(line.bill)
    sums = add_up(inner.amounts())
    if len(sums) == 1 and all(entry.amount is not None for entry in inner.lines):
        inner_currency, amount = next(iter(sums.items()))
        if line.unit_price is None:
            update["unit_price"] = trimmed(amount)
        if line.currency is None and inner_currency != currency:
            update["currency"] = inner_currency
    return line.model_copy(update=update)
