"""Where everything lies in a pod seen from above, in millimetres: plain geometry.

The origin is the left end of the rear wall; `y` grows towards the front. Drives stand in rows
behind a first bank of fans; a second bank stands between drives and electronics, and the
board with the supplies beside it lies at the rear. No source gives positions, so these are
schematic; sizes and counts are not. Boxes never overlap: what does not fit is refused.
"""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from podplanner.report.shape import Refusal, Shape, millimetres

_NOTHING = Decimal(0)
_EDGE, _BETWEEN, _APART = Decimal(2), Decimal(1), Decimal(4)
# Weights of the free width of a row: at its ends, between two drives, between two backplanes.
_WIDEST = Decimal("2.5")
# One weight of free width at most, in mm; a wider case keeps the rest at both sides.
_LONGEST = Decimal(16)
# Free depth between two neighbours at most, in mm; the rest lies before the electronics.


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with its sides along the case."""

    x: Decimal
    y: Decimal
    width: Decimal
    depth: Decimal


@dataclass(frozen=True, slots=True)
class Bay:
    """A numbered place for a drive, counted from the left of the front row."""

    number: int
    box: Box
    filled: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Anything else in the case, with what is written on it."""

    label: str
    box: Box


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything inside the body.

    Attributes:
        backplanes: Around the bays of each; one that goes on in the next row has two blocks.
        front_fans: How many of `fans` stand in the first bank.
    """

    body: Box
    bays: tuple[Bay, ...]
    backplanes: tuple[Block, ...]
    fans: tuple[Block, ...]
    front_fans: int
    rear: tuple[Block, ...]


def lay_out(shape: Shape) -> Layout | Refusal:
    """Return where everything lies, or why it does not fit into the case."""
    drive = shape.drive
    if shape.height is not None and drive.height > shape.height:
        return Refusal(
            f"A drive that stands on its connector is {millimetres(drive.height)} high, the case "
            f"{millimetres(shape.height)}: its bays lie in a way that no source describes."
        )
    narrow = shape.bays_in_row * drive.thickness
    if narrow > shape.body_width:
        return Refusal(
            f"{shape.bays_in_row} drives side by side take {millimetres(narrow)}, the body of the "
            f"case is {millimetres(shape.body_width)} wide."
        )
    if shape.fans and shape.fan[0] > shape.body_width:
        return Refusal(f"A fan of {millimetres(shape.fan[0])} is wider than the body of the case.")
    shelves = _shelves(shape)
    if shelves is None:
        return Refusal("The board or a supply is wider than the body of the case.")
    banks = _banks(shape)
    rear_depth = sum((max(block.box.depth for block in shelf) for shelf in shelves), Decimal(0))
    needed = shape.rows * drive.width + len(banks) * shape.fan[1] + rear_depth
    if needed > shape.depth:
        return Refusal(
            "Drives, fans and electronics one behind the other take "
            f"{millimetres(needed)}, the case is {millimetres(shape.depth)} deep: they lie in a "
            "way that no source describes."
        )
    gap = min((shape.depth - needed) / (shape.rows + len(banks) + 2), _LONGEST)
    return _placed(shape, banks, shelves, gap)


def _banks(shape: Shape) -> list[int]:
    """Return how many fans stand in each bank, the front one first."""
    if shape.fans == 0:
        return []
    abreast = max(1, int(shape.body_width // shape.fan[0]))
    number = max(min(2, shape.fans), -(-shape.fans // abreast))
    base, more = divmod(shape.fans, number)
    return [base + (index < more) for index in range(number)]


def _shelves(shape: Shape) -> list[list[Block]] | None:
    """Return board and supplies side by side at the rear, in further shelves when they must."""
    pieces: list[tuple[str, tuple[Decimal, Decimal]]] = []
    if shape.board is not None:
        pieces.append((f"board {shape.board_name}", shape.board))
    pieces += [(f"supply {number}", shape.supply) for number in range(1, shape.supplies + 1)]
    shelves: list[list[Block]] = []
    x = y = _NOTHING
    for label, (width, depth) in pieces:
        if width > shape.body_width:
            return None
        if not shelves or x + width > shape.body_width:
            y += max(block.box.depth for block in shelves[-1]) if shelves else 0
            shelves.append([])
            x = _NOTHING
        shelves[-1].append(Block(label, Box(x, y, width, depth)))
        x += width
    return [_spread(shelf, shape.body_width) for shelf in shelves]


def _spread(shelf: list[Block], width: Decimal) -> list[Block]:
    """Return the blocks of one shelf with equal room around each."""
    room = (width - sum(block.box.width for block in shelf)) / (len(shelf) + 1)
    return [
        Block(b.label, Box(b.box.x + room * n, b.box.y, b.box.width, b.box.depth))
        for n, b in enumerate(shelf, 1)
    ]


def _placed(shape: Shape, banks: list[int], shelves: list[list[Block]], gap: Decimal) -> Layout:
    y = shape.depth - gap
    fans: list[Block] = []
    bays: list[Bay] = []
    backplanes: list[Block] = []
    if banks:
        y -= shape.fan[1]
        fans += _bank(shape, banks[0], y, 1)
        y -= gap
    owners = [n for n, ports in enumerate(shape.backplanes, 1) for _ in range(ports)]
    for row in range(shape.rows):
        y -= shape.drive.width
        first = row * shape.bays_in_row + 1
        numbers = range(first, min(first + shape.bays_in_row, shape.bays + 1))
        placed = _row(shape, numbers, owners, y)
        bays += placed
        backplanes += _around(placed, owners, gap)
        y -= gap
    for number in banks[1:]:
        y -= shape.fan[1]
        fans += _bank(shape, number, y, len(fans) + 1)
        y -= gap
    return Layout(
        body=Box(Decimal(0), Decimal(0), shape.body_width, shape.depth),
        bays=tuple(bays),
        backplanes=tuple(backplanes),
        fans=tuple(fans),
        front_fans=banks[0] if banks else 0,
        rear=tuple(block for shelf in shelves for block in shelf),
    )


def _bank(shape: Shape, number: int, y: Decimal, first: int) -> list[Block]:
    size, thickness = shape.fan
    room = (shape.body_width - number * size) / (number + 1)
    return [
        Block(f"fan {first + n}", Box(room * (n + 1) + size * n, y, size, thickness))
        for n in range(number)
    ]


def _row(shape: Shape, numbers: range, owners: list[int], y: Decimal) -> list[Bay]:
    """Return one row of bays, with more room where one backplane ends and the next begins."""
    if not numbers:
        return []
    owned = [owners[n - 1] if n <= len(owners) else 0 for n in numbers]
    steps = [_APART if a != b else _BETWEEN for a, b in pairwise(owned)]
    thickness = shape.drive.thickness
    used = len(numbers) * thickness
    unit = min((shape.body_width - used) / (sum(steps) + 2 * _EDGE), _WIDEST)
    x = (shape.body_width - used - unit * sum(steps)) / 2
    bays: list[Bay] = []
    for number, step in zip(numbers, [*steps, Decimal(0)], strict=True):
        box = Box(x, y, thickness, shape.drive.width)
        bays.append(Bay(number, box, number <= shape.filled))
        x += thickness + step * unit
    return bays


def _around(bays: list[Bay], owners: list[int], gap: Decimal) -> list[Block]:
    """Return a block round the neighbouring bays of each backplane of one row."""
    runs: dict[int, list[Bay]] = {}
    for bay in bays:
        if bay.number <= len(owners):
            runs.setdefault(owners[bay.number - 1], []).append(bay)
    margin = min(gap / 3, Decimal(3))
    spare = [b.box.x - a.box.x - a.box.width for a, b in pairwise(bays)]
    side = min([margin, bays[0].box.x / 2, *(max(spare) / 3,)] if spare else [margin])
    return [
        Block(
            f"backplane {number}",
            Box(
                run[0].box.x - side,
                run[0].box.y - margin,
                run[-1].box.x + run[-1].box.width - run[0].box.x + 2 * side,
                run[0].box.depth + 2 * margin,
            ),
        )
        for number, run in runs.items()
    ]
