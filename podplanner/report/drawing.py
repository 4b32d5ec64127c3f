"""A drawing of a pod to scale, from the figures of its parts, as inline SVG in millimetres.

Colours come from the page through classes, so that the drawing follows its light and dark.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from podplanner.catalog.parts import Chassis
from podplanner.catalog.pod import Pod
from podplanner.report.layout import Bay, Block, Box, Layout, lay_out
from podplanner.report.shape import (
    FACE_WIDTH,
    RACK_UNIT,
    Refusal,
    Shape,
    body_width_of,
    chassis_of,
    height_of,
    millimetres,
    shape_of,
)

_MARGIN = Decimal(32)
# Room at the other sides, for words and dimension lines, in mm.
_FOOT = Decimal(52)
# Room for the dimension lines below, in mm.
_EAR_DEPTH = Decimal(3)
# Rack ears are sheet metal; drawn 3 mm thick so that they can be seen.
_HOLES = (Decimal("6.35"), Decimal("22.225"), Decimal("38.1"))
# Heights of the mounting holes in one rack unit: 12.7 - 15.875 - 15.875 mm (EIA-310-D).
_HOLE_SPAN = Decimal("465.1")
# From the left row of mounting holes to the right one (EIA-310-D).
_BAND = Decimal(17)
# Height of the strip that carries the name of a backplane, in mm.


@dataclass(frozen=True, slots=True)
class Drawing:
    """The views of a pod, or why there are none.

    Attributes:
        top: From above, as SVG; None when it cannot be drawn.
        face: The face in the rack, as SVG; None when it cannot be drawn.
        caption: What is to scale, what is assumed, what is schematic; a sentence each.
        missing: Why a view is not there, a sentence each.
    """

    top: str | None
    face: str | None
    caption: tuple[str, ...]
    missing: tuple[str, ...]


def draw(pod: Pod) -> Drawing:
    """Return the drawing of a pod, as far as its figures are known."""
    chassis = chassis_of(pod)
    if isinstance(chassis, Refusal):
        return Drawing(None, None, (), (f"{chassis.reason} There is nothing to draw.",))
    shape = shape_of(pod)
    layout = shape if isinstance(shape, Refusal) else lay_out(shape)
    face = _face_view(chassis, None if isinstance(layout, Refusal) else layout, shape)
    missing: list[str] = []
    top, caption = None, []
    if isinstance(shape, Refusal):
        missing.append(f"No view from above: {_lower(shape.reason)}")
    elif isinstance(layout, Refusal):
        missing.append(f"No view from above: {_lower(layout.reason)}")
    else:
        top, caption = _top_view(shape, layout), list(_caption(shape))
    if face is None:
        missing.append("No view of the face: no source gives the rack units of the case.")
    return Drawing(top, face, tuple(caption), tuple(missing))


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _caption(shape: Shape) -> Iterator[str]:
    yield (
        f"To scale. Drives are {shape.drive.width} x {shape.drive.thickness} mm from above "
        f"({shape.drive.source}); {shape.filled} of {shape.bays} bays hold a drive of the list, "
        "dashed bays are empty."
    )
    yield from shape.remarks
    if shape.assumed:
        yield f"Assumed, because no source says: {'; '.join(shape.assumed)}."
    yield (
        "Positions and the numbering of bays are schematic: no source gives them. Drives stand "
        "between the fans, board and supplies lie at the rear."
    )


def _number(value: Decimal) -> str:
    """Write a coordinate to a hundredth of a millimetre, without idle zeros."""
    words = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if words == "-0" else words


def _rectangle(box: Box, style: str, *, round_by: int = 0) -> str:
    corner = f' rx="{round_by}"' if round_by else ""
    return (
        f'<rect class="{style}" x="{_number(box.x)}" y="{_number(box.y)}" '
        f'width="{_number(box.width)}" height="{_number(box.depth)}"{corner}/>'
    )


def _text(words: str, x: Decimal, y: Decimal, style: str, *, turn: int = 0) -> str:
    turned = f' transform="rotate({turn} {_number(x)} {_number(y)})"' if turn else ""
    return (
        f'<text class="{style}" x="{_number(x)}" y="{_number(y)}" text-anchor="middle"'
        f"{turned}>{escape(words)}</text>"
    )


def _open(name: str, width: Decimal, height: Decimal, title: str, description: str) -> str:
    return (
        f'<svg class="drawing drawing--{name}" role="img" '
        f'aria-labelledby="pod-{name}-title pod-{name}-text" '
        f'viewBox="{_number(-_MARGIN)} {_number(-_MARGIN)} {_number(width + 2 * _MARGIN)} '
        f'{_number(height + _MARGIN + _FOOT)}" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="pod-{name}-title">{escape(title)}</title>'
        f'<desc id="pod-{name}-text">{escape(description)}</desc>'
    )


def _across(x: Decimal, width: Decimal, y: Decimal, words: str) -> str:
    """Draw a horizontal dimension with its words below it."""
    left, right = _number(x), _number(x + width)
    return (
        f'<path class="dimension" d="M{left} {_number(y - 4)}v8M{right} {_number(y - 4)}v8'
        f'M{left} {_number(y)}H{right}"/>{_text(words, x + width / 2, y + 16, "measure")}'
    )


def _upright(x: Decimal, y: Decimal, height: Decimal, words: str) -> str:
    """Draw a vertical dimension with its words turned, to the left of it."""
    top, bottom = _number(y), _number(y + height)
    return (
        f'<path class="dimension" d="M{_number(x - 4)} {top}h8M{_number(x - 4)} {bottom}h8'
        f'M{_number(x)} {top}V{bottom}"/>'
        f"{_text(words, x - 6, y + height / 2, 'measure', turn=-90)}"
    )


def _top_view(shape: Shape, layout: Layout) -> str:
    side = (FACE_WIDTH - shape.body_width) / 2
    description = (
        f"Case {millimetres(shape.depth)} deep, {millimetres(shape.body_width)} wide, front below: "
        f"{shape.bays} bays in {shape.rows} rows, {shape.filled} of them filled, "
        f"{len(shape.backplanes)} backplanes, {shape.fans} fans, {shape.supplies} supplies."
    )
    parts = [
        _open("top", FACE_WIDTH, shape.depth, "The pod from above", description),
        f'<g transform="translate({_number(side)} 0)">',
        _rectangle(layout.body, "case"),
        *(_rectangle(block.box, "backplane", round_by=2) for block in layout.backplanes),
        *(piece for bay in layout.bays for piece in _bay(bay)),
        *(piece for block in layout.backplanes for piece in _band(block)),
        *(piece for block in layout.fans for piece in _labelled(block, "fan")),
        *(piece for block in layout.rear for piece in _labelled(block, "electronics")),
        "</g>",
        _rectangle(Box(Decimal(0), shape.depth, FACE_WIDTH, _EAR_DEPTH), "face"),
        _upright(
            side - 10,
            Decimal(0),
            shape.depth,
            f"{millimetres(shape.depth)} deep{_said(shape.depth_assumed)}",
        ),
        _text("rear", FACE_WIDTH / 2, Decimal(-5), "measure"),
        _across(side, shape.body_width, shape.depth + 14, _body_words(shape)),
        "</svg>",
    ]
    return "".join(parts)


def _body_words(shape: Shape) -> str:
    return f"front: body {millimetres(shape.body_width)} wide{_said(shape.body_assumed)}"


def _said(assumed: bool) -> str:
    return " (assumed)" if assumed else ""


def _bay(bay: Bay) -> Iterator[str]:
    box = bay.box
    state = "filled" if bay.filled else "empty"
    yield _rectangle(box, f"bay {state}", round_by=1)
    size = " long" if bay.number > 99 else ""
    middle = box.y + (box.depth + _BAND) / 2 + 6
    yield _text(str(bay.number), box.x + box.width / 2, middle, f"number {state}{size}")


def _band(block: Block) -> Iterator[str]:
    """Draw the name of a backplane across its rear edge, short where the run is short."""
    box = block.box
    yield _rectangle(Box(box.x, box.y, box.width, _BAND), "band", round_by=2)
    words = block.label if box.width > 100 else block.label.rpartition(" ")[2]
    yield _text(words, box.x + box.width / 2, box.y + _BAND - Decimal("4.5"), "band-name")


def _labelled(block: Block, style: str) -> Iterator[str]:
    box = block.box
    yield _rectangle(box, style, round_by=2)
    first, _, second = block.label.partition(" ")
    x, y = box.x + box.width / 2, box.y + box.depth / 2
    if box.depth < 50 or not second:
        yield _text(block.label, x, y + 5, "name")
        return
    yield _text(first, x, y - 4, "name")
    yield _text(second, x, y + 14, "name")


def _face_view(chassis: Chassis, layout: Layout | None, shape: Shape | Refusal) -> str | None:
    height = height_of(chassis)
    if height is None:
        return None
    width = chassis.face_width or FACE_WIDTH
    body, assumed = body_width_of(chassis)
    units = chassis.rack_units or 0
    fans = layout.front_fans if layout is not None else 0
    words = f"{units}U = {millimetres(height)}"
    description = (
        f"Face {millimetres(width)} wide and {millimetres(height)} high: {units} rack units"
        + (f", with {fans} fans behind it." if fans else ".")
    )
    parts = [
        _open("face", width, height, "The face in the rack", description),
        _rectangle(Box(Decimal(0), Decimal(0), width, height), "face", round_by=2),
        _rectangle(Box((width - body) / 2, Decimal(0), body, height), "behind"),
        *_holes(width, units),
        *(_fan_circles(shape, layout, (width - body) / 2, height) if fans else ()),
        _across(Decimal(0), width, height + 14, _face_words(width, body, assumed=assumed)),
        _upright(Decimal(-8), Decimal(0), height, words),
        "</svg>",
    ]
    return "".join(parts)


def _face_words(width: Decimal, body: Decimal, *, assumed: bool) -> str:
    return f"{millimetres(width)} face, body {millimetres(body)}{_said(assumed)}"


def _holes(width: Decimal, units: int) -> Iterator[str]:
    for unit in range(units):
        for hole in _HOLES:
            for x in ((width - _HOLE_SPAN) / 2, (width + _HOLE_SPAN) / 2):
                y = unit * RACK_UNIT + hole
                yield f'<circle class="hole" cx="{_number(x)}" cy="{_number(y)}" r="3.3"/>'


def _fan_circles(
    shape: Shape | Refusal, layout: Layout | None, left: Decimal, height: Decimal
) -> Iterator[str]:
    if layout is None or isinstance(shape, Refusal):
        return
    for block in layout.fans[: layout.front_fans]:
        x = left + block.box.x + block.box.width / 2
        radius = min(shape.fan[0], height) / 2
        yield (
            f'<circle class="behind" cx="{_number(x)}" cy="{_number(height / 2)}" '
            f'r="{_number(radius)}"/>'
        )
        yield _text(block.label, x, height / 2 + 6, "name")
