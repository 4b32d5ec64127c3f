"""The placement of drives, drawn on the case seen from above: one colour and hatching a group.

Groups are told apart three times: by colour, by hatching, and by the label `group.member` on every
bay, so that the picture also serves in print and to those who see few colours.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape
from textwrap import wrap

from podplanner.catalog.pod import Pod
from podplanner.planning.placement import Placement, Seat
from podplanner.report.layout import Bay, Box, Layout, lay_out
from podplanner.report.shape import FACE_WIDTH, Refusal, Shape, shape_of
from podplanner.report.svg import BAND_HEIGHT, band, mm, other, rectangle, text

COLOURS = (
    "#77aadd", "#ee8866", "#eedd88", "#ffaabb", "#99ddff", "#44bb99", "#bbcc33", "#aaaa00",
)  # fmt: skip
# "Light" qualitative scheme of Paul Tol, Colour Schemes (2021): made for labelled areas under black
# letters, and distinct for the common colour-blindnesses.
_HATCHINGS = (
    "", "M0 10L10 0", "M0 0L10 10", "M0 5H10", "M5 0V10", "M0 5H10M5 0V10",
)  # fmt: skip
# Lines across a tile of 10 x 10 mm; the first has none.
_MARGIN = Decimal(24)
_KEY_ROW, _KEY_COLUMNS = Decimal(26), 5
_LINE = Decimal(19)
_MOST_KEYS = 20
# A key of more groups than this says less than the labels do.
_WIDTH_IN_LETTERS = 66
# Letters of 15 mm that fit the width of the face.

_STYLE = """
.placement { --paper: #ffffff; --ink: #1b2127; --soft: #51606e; --case: #f7f8fa; --tray: #e9eef3;
  --band: #35556e; --band-ink: #ffffff; --empty: #ffffff; --spare: #d5dbe1; }
@media (prefers-color-scheme: dark) { .placement { --paper: #14181c; --ink: #e8ecf0;
  --soft: #a9b5c0; --case: #1b2127; --tray: #242c34; --band: #a9c7de; --band-ink: #0f1c27;
  --empty: #14181c; --spare: #5a6670; } }
.placement text { font-family: system-ui, sans-serif; font-size: 15px; fill: var(--ink); }
.placement .paper { fill: var(--paper); }
.placement .case { fill: var(--case); stroke: var(--ink); stroke-width: 2; }
.placement .tray { fill: var(--tray); stroke: var(--band); stroke-width: 1.2; }
.placement .band { fill: var(--band); }
.placement .band-name { fill: var(--band-ink); font-size: 14px; font-weight: 600; }
.placement .other { fill: none; stroke: var(--soft); stroke-width: 1; }
.placement .soft { fill: var(--soft); }
.placement .data { stroke: #1b2127; stroke-width: 1; }
.placement .hatch { stroke: #1b2127; stroke-opacity: 0.4; stroke-width: 1.4; fill: none; }
.placement .spare { fill: var(--spare); stroke: var(--soft); }
.placement .empty { fill: var(--empty); stroke: var(--soft); stroke-dasharray: 4 3; }
.placement .label { font-size: 19px; font-weight: 650; text-anchor: middle; }
.placement .number { font-size: 12px; text-anchor: middle; }
.placement .on-data { fill: #111111; paint-order: stroke; stroke-width: 5px;
  stroke-linejoin: round; }
.placement .middle { text-anchor: middle; }
"""


def draw_placement(pod: Pod, placement: Placement) -> str | Refusal:
    """Return the placement as one self-contained SVG, or why its case cannot be drawn."""
    shape = shape_of(pod)
    if isinstance(shape, Refusal):
        return shape
    layout = lay_out(shape)
    if isinstance(layout, Refusal):
        return layout
    if len(layout.bays) != len(placement.seats):
        return Refusal(
            f"The case has {len(layout.bays)} bays and its backplanes take {len(placement.seats)} "
            "drives: how they lie is unknown."
        )
    return _svg(shape, layout, placement)


def _svg(shape: Shape, layout: Layout, placement: Placement) -> str:
    side = (FACE_WIDTH - shape.body_width) / 2
    groups = sorted({seat.group for seat in placement.seats if seat.group is not None})
    foot = list(_foot(shape.depth + 30, groups))
    lines = _sentences(placement)
    below = shape.depth + 30 + _key_rows(groups) * _KEY_ROW + 14
    words = [text(line, Decimal(0), below + n * _LINE, "soft") for n, line in enumerate(lines)]
    height = below + len(lines) * _LINE
    title = f"Placement of {placement.layout} in {len(placement.seats)} bays"
    box = Box(-_MARGIN, -_MARGIN, FACE_WIDTH + 2 * _MARGIN, height + 2 * _MARGIN)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="placement" role="img" '
        f'aria-labelledby="placement-title placement-text" viewBox="{mm(box.x)} '
        f'{mm(box.y)} {mm(box.width)} {mm(box.depth)}">',
        f'<title id="placement-title">{escape(title)}</title>',
        f'<desc id="placement-text">{escape(" ".join(placement.proof))}</desc>',
        f"<style>{_STYLE}</style>",
        f"<defs>{''.join(_patterns())}</defs>",
        rectangle(box, "paper"),
        f'<g transform="translate({mm(side)} 0)">',
        rectangle(layout.body, "case"),
        *(rectangle(block.box, "tray") for block in layout.backplanes),
        *(piece for bay, seat in zip(layout.bays, placement.seats, strict=True)
          for piece in _bay(bay, seat)),
        *(piece for block in layout.backplanes for piece in band(block)),
        *(piece for block in (*layout.fans, *layout.rear) for piece in other(block)),
        "</g>",
        text("rear", FACE_WIDTH / 2, Decimal(-6), "soft middle"),
        text("front", FACE_WIDTH / 2, shape.depth + 16, "soft middle"),
        *foot,
        *words,
        "</svg>",
    ]  # fmt: skip
    return "".join(parts) + "\n"


def look_of(group: int) -> tuple[str, int]:
    """Return the colour and the number of the hatching of a group, from 1.

    The first 48 groups all look different.
    """
    round_, place = divmod(group - 1, len(COLOURS))
    return COLOURS[place], (place + round_) % len(_HATCHINGS)


def _patterns() -> Iterator[str]:
    for number, lines in enumerate(_HATCHINGS):
        if lines:
            yield (
                f'<pattern id="hatching-{number}" width="10" height="10" '
                f'patternUnits="userSpaceOnUse"><path class="hatch" d="{lines}"/></pattern>'
            )


def _filled(box: Box, group: int) -> str:
    colour, hatching = look_of(group)
    over = rectangle(box, "", fill=f"url(#hatching-{hatching})") if hatching else ""
    return rectangle(box, "data", fill=colour) + over


def _bay(bay: Bay, seat: Seat) -> Iterator[str]:
    """Draw one bay: its number at the rear, its label along it."""
    box = bay.box
    x = box.x + box.width / 2
    if seat.group is None:
        yield rectangle(box, seat.role)
        style, stroke = "", None
    else:
        yield _filled(box, seat.group)
        style, stroke = " on-data", look_of(seat.group)[0]
    yield text(str(seat.bay), x, box.y + BAND_HEIGHT + 12, f"number{style}", stroke=stroke)
    middle = box.y + BAND_HEIGHT + 14 + (box.depth - BAND_HEIGHT - 14) / 2
    label = seat.label or "empty"
    yield text(label, x + Decimal("6.5"), middle, f"label{style}", turned=x + Decimal("6.5"),
                stroke=stroke)  # fmt: skip


# --- Key and sentences below ---


def _keyed(groups: Sequence[int]) -> bool:
    return 0 < len(groups) <= _MOST_KEYS


def _key_rows(groups: Sequence[int]) -> int:
    return -(-len(groups) // _KEY_COLUMNS) if _keyed(groups) else 0


def _foot(top: Decimal, groups: Sequence[int]) -> Iterator[str]:
    if not _keyed(groups):
        return
    step = FACE_WIDTH / _KEY_COLUMNS
    for position, group in enumerate(groups):
        row, column = divmod(position, _KEY_COLUMNS)
        box = Box(step * column, top + row * _KEY_ROW, Decimal(26), Decimal(18))
        yield _filled(box, group)
        yield text(f"group {group}", box.x + 32, box.y + 14, "")


def _sentences(placement: Placement) -> list[str]:
    """Return what stands below: what the labels mean, and what may go and what may not."""
    said = ["Small: number of the bay. Large: group.member. Positions are schematic."]
    may = [kind for kind in ("backplane", "cable", "adapter", "supply")
           if placement.survives_any(kind)]  # fmt: skip
    if may:
        said.append(f"Survives the loss of any one {' or '.join(may)}.")
    if placement.kills:
        names = ", ".join(kill.component.name for kill in placement.kills)
        said.append(f"Offline when it fails: {names}.")
    return [line for sentence in said for line in wrap(sentence, _WIDTH_IN_LETTERS)]
