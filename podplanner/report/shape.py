"""The figures that a drawing of a pod rests on, taken from its bill, its parts and standards.

Lengths are in millimetres. Whatever is assumed is said in `Shape.assumed`.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from podplanner.catalog import facts
from podplanner.catalog.parts import Board, Chassis, Drive, Fan
from podplanner.catalog.pod import Item, Pod, count

RACK_UNIT = Decimal("44.45")
# EIA-310-D: one rack unit is 1.75 in.
FACE_WIDTH = Decimal("482.6")
# EIA-310-D: a 19 in panel.
OPENING = Decimal(450)
# EIA-310-D: the least width between the posts of a 19 in rack.

_BODY_WIDTH = Decimal(440)
# No source gives the body of an unnamed case: what commonly passes an opening of 450 mm.
_MOST_PIECES = 200
# A drawing with more bays, fans or supplies than this is a misread list, or cannot be read.


@dataclass(frozen=True, slots=True)
class DriveSize:
    """How much room a drive takes, standing on its connector.

    Attributes:
        width: The long side of its footprint.
        thickness: The short side.
        height: Upwards.
    """

    width: Decimal
    thickness: Decimal
    height: Decimal
    source: str


_DRIVES = {
    "3.5in": DriveSize(Decimal("101.6"), Decimal("26.1"), Decimal("146.99"), "SFF-8301"),
    "2.5in": DriveSize(Decimal("69.85"), Decimal(15), Decimal("100.45"), "SFF-8201, 15 mm"),
    "U.2": DriveSize(Decimal("69.85"), Decimal(15), Decimal("100.45"), "SFF-8201, 15 mm"),
}

_BOARDS = {
    "microatx": (Decimal(244), Decimal(244)),
    "matx": (Decimal(244), Decimal(244)),
    "atx": (Decimal(305), Decimal(244)),
    "miniitx": (Decimal(170), Decimal(170)),
    "eatx": (Decimal(305), Decimal(330)),
}
# Width along the rear wall and depth: ATX 2.2, microATX 1.2, Mini-ITX 2.0, SSI EEB 3.61.

_SUPPLY = (Decimal(86), Decimal(140))
# Width when it stands on its side, and depth: the ATX supply of 150 x 86 x 140 mm (ATX12V).
_FAN = (Decimal(120), Decimal(38))
# Size and thickness of a common 4U fan, where the part does not say.


@dataclass(frozen=True, slots=True)
class Shape:
    """What is drawn: sizes and counts.

    Attributes:
        filled: Data drives that the bill buys, at most `bays`; those bays are drawn full.
        rows: Rows of drives, from the front to the rear.
        backplanes: Drives that each backplane takes, in the order of the bill.
        fan: Size and thickness of one fan.
        board: Width and depth of the motherboard; None when the bill holds none.
        assumed: What no source gives, one sentence each.
        remarks: What else the caption says.
    """

    depth: Decimal
    depth_assumed: bool
    body_width: Decimal
    body_assumed: bool
    height: Decimal | None
    bays: int
    filled: int
    rows: int
    drive: DriveSize
    backplanes: tuple[int, ...]
    fans: int
    fan: tuple[Decimal, Decimal]
    supplies: int
    supply: tuple[Decimal, Decimal]
    board: tuple[Decimal, Decimal] | None
    board_name: str
    assumed: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def bays_in_row(self) -> int:
        """Return the bays of a full row; the last row may hold fewer."""
        return -(-self.bays // self.rows)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not drawn, in a sentence."""

    reason: str


def millimetres(length: Decimal) -> str:
    """Write a length to a tenth of a millimetre: `712.8 mm`, `440 mm`."""
    words = f"{length.quantize(Decimal('0.1'), ROUND_HALF_UP):f}"
    return f"{words.removesuffix('.0')} mm"


def chassis_of(pod: Pod) -> Chassis | Refusal:
    """Return the case of a pod, or why there is none to draw."""
    cases = pod.of_kind("chassis")
    if not cases:
        return Refusal("The list holds no case.")
    if len(cases) > 1:
        return Refusal(f"The list holds {len(cases)} cases; which of them is the pod is unknown.")
    part = cases[0].part
    if not isinstance(part, Chassis):
        return Refusal("The case of the list is not in the catalog, so its size is unknown.")
    return part


def body_width_of(chassis: Chassis) -> tuple[Decimal, bool]:
    """Return the width of the body, and whether it is assumed."""
    if chassis.body_width is not None:
        return chassis.body_width, "body_width" in chassis.assumptions
    return _BODY_WIDTH, True


def height_of(chassis: Chassis) -> Decimal | None:
    """Return the height of the face: rack units x 44.45 mm."""
    return None if chassis.rack_units is None else chassis.rack_units * RACK_UNIT


def shape_of(pod: Pod) -> Shape | Refusal:
    """Return the figures for a drawing from above, or why it cannot be drawn."""
    chassis = chassis_of(pod)
    if isinstance(chassis, Refusal):
        return chassis
    bays = facts.data_bays(pod)
    if chassis.depth is None:
        return Refusal("No source gives the depth of the case.")
    if not bays or bays < 1:
        return Refusal("The number of its bays is unknown.")
    assumed: list[str] = []
    remarks: list[str] = []
    width, width_assumed = body_width_of(chassis)
    if chassis.body_width is None:
        assumed.append(f"the body of the case is {width} mm wide, to pass a {OPENING} mm opening")
    drive = _drive_size(pod, assumed)
    if drive is None:
        return Refusal("Drives of this form do not stand in bays.")
    fans, supplies = _pieces(pod.of_kind("fan")), _pieces(pod.of_kind("supply"))
    backplanes = _backplanes(pod, bays, remarks)
    if max(bays, fans, supplies, len(backplanes)) > _MOST_PIECES:
        return Refusal(f"More than {_MOST_PIECES} pieces of one kind cannot be drawn readably.")
    board, board_name = _board(pod, assumed)
    if supplies:
        assumed.append(f"a supply is {_SUPPLY[0]} mm wide and {_SUPPLY[1]} mm deep (ATX12V)")
    return Shape(
        depth=chassis.depth,
        depth_assumed="depth" in chassis.assumptions,
        body_width=width,
        body_assumed=width_assumed,
        height=height_of(chassis),
        bays=bays,
        filled=_filled(pod, bays, remarks),
        rows=_rows(chassis, bays, width, drive, assumed),
        drive=drive,
        backplanes=backplanes,
        fans=fans,
        fan=_fan_size(pod, assumed) if fans else _FAN,
        supplies=supplies,
        supply=_SUPPLY,
        board=board,
        board_name=board_name,
        assumed=tuple(assumed),
        remarks=tuple(remarks),
    )


def shape_of_case(chassis: Chassis, bays: int, backplanes: tuple[int, ...]) -> Shape | Refusal:
    """Return the figures of a case by itself, without the list that fills it.

    Args:
        chassis: The case.
        bays: Its bays.
        backplanes: Drives that each backplane takes; empty: unknown.
    """
    if chassis.depth is None:
        return Refusal("No source gives the depth of the case.")
    drive = _DRIVES.get(chassis.bay_form or "3.5in")
    if drive is None:
        return Refusal("Drives of this form do not stand in bays.")
    fans, supplies = chassis.fan_places or 0, chassis.supply_places or 0
    if max(bays, fans, supplies, len(backplanes)) > _MOST_PIECES:
        return Refusal(f"More than {_MOST_PIECES} pieces of one kind cannot be drawn readably.")
    width, width_assumed = body_width_of(chassis)
    assumed: list[str] = []
    return Shape(
        depth=chassis.depth,
        depth_assumed="depth" in chassis.assumptions,
        body_width=width,
        body_assumed=width_assumed,
        height=height_of(chassis),
        bays=bays,
        filled=bays,
        rows=_rows(chassis, bays, width, drive, assumed),
        drive=drive,
        backplanes=backplanes,
        fans=fans,
        fan=_FAN,
        supplies=supplies,
        supply=_SUPPLY,
        board=None,
        board_name="",
        assumed=tuple(assumed),
        remarks=(),
    )


def _pieces(items: tuple[Item, ...]) -> int:
    """Return how many pieces to draw; an unknown quantity draws none."""
    return int(count(items) or 0)


def _drive_size(pod: Pod, assumed: list[str]) -> DriveSize | None:
    forms = {item.part.form_factor for item in pod.data_drives if isinstance(item.part, Drive)}
    forms.discard(None)
    if len(forms) == 1:
        return _DRIVES.get(str(forms.pop()))
    assumed.append("the bays take 3.5 in drives")
    return _DRIVES["3.5in"]


def _filled(pod: Pod, bays: int, remarks: list[str]) -> int:
    bought = count(pod.data_drives)
    if bought is None:
        remarks.append("How many data drives the list buys is unknown: all bays are drawn empty.")
        return 0
    if bought > bays:
        remarks.append(f"The list buys {int(bought)} data drives; {bays} of them have a bay.")
    elif bought == 0:
        remarks.append("The list buys no data drives: all bays are drawn empty.")
    return min(int(bought), bays)


def _rows(chassis: Chassis, bays: int, width: Decimal, drive: DriveSize, assumed: list[str]) -> int:
    if chassis.drive_rows:
        return min(chassis.drive_rows, bays)
    abreast = max(1, int(width // drive.thickness) - 1)
    rows = -(-bays // abreast)
    assumed.append(f"the drives stand in {rows} {'row' if rows == 1 else 'rows'}")
    return rows


def _backplanes(pod: Pod, bays: int, remarks: list[str]) -> tuple[int, ...]:
    found: list[int] = []
    for item in pod.of_kind("backplane"):
        ports, quantity = facts.ports(item), int(item.quantity or 0)
        if not ports:
            remarks.append(f"The drives that {item.line.name} takes are unknown: it is not drawn.")
            continue
        found += [ports] * min(quantity, _MOST_PIECES + 1)
    places = sum(found)
    if found and places != bays:
        remarks.append(f"The backplanes take {places} drives, the case has {bays} bays.")
    return tuple(found)


def _fan_size(pod: Pod, assumed: list[str]) -> tuple[Decimal, Decimal]:
    parts = [item.part for item in pod.of_kind("fan") if isinstance(item.part, Fan)]
    sizes = {(p.size, p.thickness) for p in parts if p.size is not None and p.thickness is not None}
    if not sizes:
        assumed.append(f"a fan is {_FAN[0]} mm wide and {_FAN[1]} mm thick")
        return _FAN
    if len(sizes) > 1 or len(parts) < len(pod.of_kind("fan")):
        assumed.append("all fans are as large as the largest of known size")
    return max((size, thickness) for size, thickness in sizes)


def _board(pod: Pod, assumed: list[str]) -> tuple[tuple[Decimal, Decimal] | None, str]:
    boards = pod.of_kind("board")
    if not boards:
        return None, ""
    part = boards[0].part
    form = part.form_factor if isinstance(part, Board) else None
    if form and (size := _BOARDS.get("".join(c for c in form.lower() if c.isalnum()))):
        return size, form
    assumed.append("the motherboard is MicroATX, 244 x 244 mm")
    return _BOARDS["microatx"], "MicroATX"
