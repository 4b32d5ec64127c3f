"""A placement in words and rows: the bays as they stand in the case, and the table of failures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from podplanner.catalog.pod import Pod
from podplanner.planning.placement import Failure, Placement
from podplanner.report.shape import Shape, shape_of

_MOST_CELLS = 16
# Bays in one line of text: 16 labels of five characters fit a terminal of 100.


@dataclass(frozen=True, slots=True)
class FailureRow:
    """One row of the table: like components in a run are one row (`backplane 1-9`)."""

    component: str
    drives: str
    worst: str
    verdict: str
    reason: str


def bay_lines(pod: Pod, placement: Placement) -> tuple[str, ...]:
    """Return the bays as `group.member`, a line for each row of the case, the front row first.

    Above each line stand the names of its backplanes; `-` is an empty bay. Where the rows of the
    case are not known, each backplane has lines of its own.
    """
    cells = [
        (bay.backplane, seat.label or "-")
        for bay, seat in zip(placement.topology.bays, placement.seats, strict=True)
    ]
    width = max((len(label) for _, label in cells), default=1)
    shape = shape_of(pod)
    lines: list[str] = []
    if isinstance(shape, Shape) and shape.bays == len(cells):
        step = shape.bays_in_row
        for row, first in enumerate(range(0, len(cells), step), 1):
            lines.append(f"row {row}{' (front)' if row == 1 else ''}")
            lines += _lines(cells[first : first + step], width)
    else:
        for _, run in groupby(cells, key=lambda cell: cell[0]):
            lines += _lines(list(run), width)
    return tuple(lines)


def _lines(cells: Sequence[tuple[int | None, str]], width: int) -> Iterator[str]:
    for start in range(0, len(cells), _MOST_CELLS):
        yield from _line(cells[start : start + _MOST_CELLS], width)


def _line(cells: Sequence[tuple[int | None, str]], width: int) -> list[str]:
    """Return a line of bays below the numbers of their backplanes."""
    heads, labels = [], []
    for backplane, run in groupby(cells, key=lambda pair: pair[0]):
        words = " ".join(label.ljust(width) for _, label in run)
        name = "" if backplane is None else f"backplane {backplane}"
        if len(name) > len(words):
            name = f"b{backplane}"
        heads.append(name.ljust(len(words)))
        labels.append(words.ljust(len(name)))
    head = "   ".join(heads).rstrip()
    return [*([f"  {head}"] if head else []), f"  {' | '.join(labels).rstrip()}"]


def failure_rows(placement: Placement) -> tuple[FailureRow, ...]:
    """Return the table of failures, with runs of like components as one row."""
    return tuple(_rows(placement.failures))


def _rows(failures: Sequence[Failure]) -> Iterator[FailureRow]:
    def alike(row: Failure) -> tuple[object, ...]:
        named = row.component if row.number in (None, 0) else ""
        return row.kind, named, row.drives, row.worst, row.verdict, row.reason

    for _, found in groupby(failures, key=alike):
        run = list(found)
        first, last = run[0], run[-1]
        name = first.component if len(run) == 1 else f"{first.component}-{last.number}"
        yield FailureRow(name, _count(first.drives), _count(first.worst), first.verdict,
                         first.reason)  # fmt: skip


def _count(number: int | None) -> str:
    return "unknown" if number is None else str(number)
