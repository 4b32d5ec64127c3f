"""How the bays of a map lie: in the rows of their case where it is known, else in neat rows.

Plain geometry, for the picture and for the terminal; the front row comes first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise

from podplanner.catalog.bay_map import BayMap, MappedBay
from podplanner.catalog.library import find_part, library
from podplanner.catalog.parts import Chassis, Part
from podplanner.errors import UnknownNameError
from podplanner.report.layout import Bay, Block, Box, Layout, lay_out
from podplanner.report.shape import FACE_WIDTH, Refusal, shape_of_case

ABREAST = 15
"""Most bays in a row of a case that is not known: as in pods of 45 and 60, and fit to read."""
_MOST_BAYS = 240
# A picture with more is a misread map, or cannot be read.
_BODY = Decimal(440)
# Width in which unknown cases are drawn: a body that passes a 19 in rack (EIA-310-D).
_CELL = (Decimal("26.1"), Decimal("101.6"))
# A 3.5 in drive on its connector, from above (SFF-8301), like in cases that are known.
_GAP, _APART, _BETWEEN_ROWS = Decimal(2), Decimal(6), Decimal(14)


@dataclass(frozen=True, slots=True)
class Rows:
    """The bays as they lie.

    Attributes:
        rows: The front row first, each from the left.
        layout: Where everything lies, its bays in the order of the rows.
        known: The rows are those of the case; else they are only neat.
    """

    rows: tuple[tuple[MappedBay, ...], ...]
    layout: Layout
    known: bool


def rows_of(bay_map: BayMap, parts: Mapping[str, Part] | None = None) -> Rows | Refusal:
    """Return how the bays of a map lie, or why they cannot be shown.

    Args:
        bay_map: The bays, with the case that they are in.
        parts: Where to look for the case; None: the catalog of this machine.
    """
    if not bay_map.bays:
        return Refusal("The bay map has no bays.")
    if len(bay_map.bays) > _MOST_BAYS:
        return Refusal(f"More than {_MOST_BAYS} bays cannot be shown readably.")
    return _in_case(bay_map, parts) or _neat(bay_map)


def _in_case(bay_map: BayMap, parts: Mapping[str, Part] | None) -> Rows | None:
    """Return the rows of the case; None where it is not known, or the map is not of it."""
    chassis = _chassis(bay_map, parts)
    bays = sorted(bay_map.bays, key=lambda bay: bay.number)
    if chassis is None or chassis.data_bays != len(bays):
        return None
    backplanes = _backplanes(bays)
    if [bay.number for bay in bays] != list(range(1, len(bays) + 1)) or backplanes is None:
        return None
    shape = shape_of_case(chassis, len(bays), backplanes)
    layout = shape if isinstance(shape, Refusal) else lay_out(shape)
    if isinstance(shape, Refusal) or isinstance(layout, Refusal):
        return None
    step = shape.bays_in_row
    rows = tuple(tuple(bays[first : first + step]) for first in range(0, len(bays), step))
    return Rows(rows, layout, known=True)


def _chassis(bay_map: BayMap, parts: Mapping[str, Part] | None) -> Chassis | None:
    if bay_map.chassis is None:
        return None
    try:
        part = find_part(library() if parts is None else parts, bay_map.chassis)
    except UnknownNameError:
        return None
    return part if isinstance(part, Chassis) else None


def _backplanes(bays: Sequence[MappedBay]) -> tuple[int, ...] | None:
    """Return the bays of each backplane; None where they are not numbered through."""
    if all(bay.backplane is None for bay in bays):
        return ()
    runs = [(number, len(list(run))) for number, run in groupby(bay.backplane for bay in bays)]
    if [number for number, _ in runs] != list(range(1, len(runs) + 1)):
        return None
    return tuple(length for _, length in runs)


def _neat(bay_map: BayMap) -> Rows:
    """Return rows in which the bays of a backplane stay together as far as they can."""
    rows: list[list[MappedBay]] = [[]]
    for backplane, run in groupby(bay_map.bays, key=lambda bay: bay.backplane):
        bays = list(run)
        free = 0 if not rows[-1] else ABREAST - len(rows[-1])
        if backplane is not None and free and len(bays) > free:
            rows.append([])
        even = -(-len(bays) // -(-len(bays) // ABREAST))
        # Twenty bays are two rows of ten, not one of fifteen and one of five.
        limit = ABREAST if rows[-1] or len(bays) <= ABREAST else even
        for bay in bays:
            if len(rows[-1]) >= limit:
                rows.append([])
            rows[-1].append(bay)
    kept = tuple(tuple(row) for row in rows)
    return Rows(kept, _grid(kept), known=False)


def _grid(rows: Sequence[Sequence[MappedBay]]) -> Layout:
    """Return a grid, the front row at the bottom, each row in the middle."""
    width, depth = _CELL
    body = Box(Decimal(0), Decimal(0), min(_BODY, FACE_WIDTH),
               len(rows) * (depth + _BETWEEN_ROWS) + _BETWEEN_ROWS)  # fmt: skip
    bays: list[Bay] = []
    blocks: list[Block] = []
    for index, row in enumerate(rows):
        y = body.depth - (index + 1) * (depth + _BETWEEN_ROWS)
        steps = [_APART if a.backplane != b.backplane else _GAP for a, b in pairwise(row)]
        used = len(row) * width + sum(steps, Decimal(0))
        scale = min(Decimal(1), (body.width - 8) / used)
        x = (body.width - used * scale) / 2
        placed: list[Bay] = []
        for bay, step in zip(row, [*steps, Decimal(0)], strict=True):
            placed.append(Bay(bay.number, Box(x, y, width * scale, depth), filled=True))
            x += (width + step) * scale
        bays += placed
        blocks += _around(row, placed)
    return Layout(body, tuple(bays), tuple(blocks), (), 0, ())


def _around(row: Sequence[MappedBay], placed: Sequence[Bay]) -> list[Block]:
    blocks: list[Block] = []
    paired = zip(row, placed, strict=True)
    for backplane, run in groupby(paired, key=lambda pair: pair[0].backplane):
        if backplane is None:
            continue
        boxes = [bay.box for _, bay in run]
        first, last = boxes[0], boxes[-1]
        blocks.append(
            Block(f"backplane {backplane}",
                  Box(first.x - 1, first.y - 3, last.x + last.width - first.x + 2,
                      first.depth + 6))
        )  # fmt: skip
    return blocks
