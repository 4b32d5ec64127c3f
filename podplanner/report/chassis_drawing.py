"""The case from above, each bay coloured by the verdict on its drive: one self-contained SVG.

A verdict is told three times: by colour, by a drawn sign, and by hatching or outline; a bay also
says its verdict in words when one points at it, and to those who do not see the picture.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from html import escape

from podplanner.catalog.bay_map import BayMap
from podplanner.catalog.parts import Part
from podplanner.drives.checked import CheckedPod
from podplanner.report.bay_cells import NAMES, BayCell, Cells, Look, cells_of, named, printable
from podplanner.report.bay_rows import Rows, rows_of
from podplanner.report.layout import Bay, Box
from podplanner.report.shape import FACE_WIDTH, Refusal
from podplanner.report.svg import BAND_HEIGHT, band, lines_of, mm, other, rectangle, text

COLOURS = {
    Look.REPLACE: "#a50026", Look.WARNING: "#f4a850", Look.UNKNOWN: "#d3bdec",
    Look.WATCH: "#9fd4f5", Look.OK: "#bfe5c9",
}  # fmt: skip
"""Of verdicts. Lightness falls with urgency, so that they differ in grey and for the colour-blind;
black letters have a contrast above 7 on all but the first, white ones on that (WCAG 2, AAA)."""

_MARGIN = Decimal(24)
_KEY_ROW, _KEY_COLUMNS = Decimal(26), 3
_LINE = Decimal(19)
_LETTER = Decimal("7.2")
# Room of one letter of a serial number, in mm; five of them leave the sign and the heat alone.
_MOST_NAMED = 6
# Drives in no bay that are named below; more are counted.
_STROKES = {
    Look.REPLACE: "M-5 -5L5 5M5 -5L-5 5", Look.WARNING: "M0 -6L6 5H-6ZM0 -2V1.6M0 3.2V3.8",
    Look.WATCH: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0", Look.OK: "M-5 0.5L-1.5 4L5 -4",
}  # fmt: skip
# Lines round the middle of a sign, in mm; the other looks are told by a letter.
_LETTERS = {Look.UNKNOWN: "?", Look.UNREAD: "?", Look.SPARE: "s"}

_STYLE = """
.chassis { background: var(--paper); }
.chassis { --paper: #ffffff; --ink: #1b2127; --soft: #51606e; --case: #f7f8fa; --tray: #e9eef3;
  --band: #35556e; --band-ink: #ffffff; --blank: #ffffff; --unread: #6a3fa0; --pull: #000000; }
@media (prefers-color-scheme: dark) { .chassis { --paper: #14181c; --ink: #e8ecf0;
  --soft: #a9b5c0; --case: #1b2127; --tray: #242c34; --band: #a9c7de; --band-ink: #0f1c27;
  --blank: #14181c; --unread: #c9aef0; --pull: #ffffff; } }
.chassis text { font-family: system-ui, sans-serif; font-size: 15px; fill: var(--ink); }
.chassis .paper { fill: var(--paper); }
.chassis .case { fill: var(--case); stroke: var(--ink); stroke-width: 2; }
.chassis .tray { fill: var(--tray); stroke: var(--band); stroke-width: 1.2; }
.chassis .band { fill: var(--band); }
.chassis .band-name { fill: var(--band-ink); font-size: 14px; font-weight: 600; }
.chassis .other { fill: none; stroke: var(--soft); stroke-width: 1; }
.chassis .soft { fill: var(--soft); }
.chassis .middle { text-anchor: middle; }
.chassis .filled { stroke: #1b2127; stroke-width: 1; }
.chassis .hatch { stroke: #1b2127; stroke-opacity: 0.45; stroke-width: 1.2; fill: none; }
.chassis .unread { fill: var(--blank); stroke: var(--unread); stroke-width: 1.6;
  stroke-dasharray: 6 3; }
.chassis .spare { fill: var(--blank); stroke: var(--soft); stroke-width: 1.8; }
.chassis .open { fill: var(--blank); stroke: var(--soft); stroke-dasharray: 2 2; }
.chassis .empty { fill: none; stroke: var(--soft); stroke-dasharray: 4 3; }
.chassis .pull { fill: none; stroke: var(--pull); stroke-width: 3.5; }
.chassis .number { font-size: 14px; font-weight: 650; text-anchor: middle; }
.chassis .serial { font-size: 11.5px; text-anchor: middle; }
.chassis .heat { font-size: 11px; text-anchor: middle; }
.chassis .letter { font-size: 17px; font-weight: 700; text-anchor: middle; }
.chassis .stroke { fill: none; stroke: var(--ink); stroke-width: 2.2; stroke-linecap: round;
  stroke-linejoin: round; }
.chassis .on-light { fill: #111111; }
.chassis .on-dark { fill: #ffffff; }
.chassis .stroke.on-light { fill: none; stroke: #111111; }
.chassis .stroke.on-dark { fill: none; stroke: #ffffff; }
.chassis .halo { stroke-width: 4px; stroke-linejoin: round; paint-order: stroke; }
"""


def draw_chassis(
    pod: CheckedPod, bay_map: BayMap, *, pull: int | None = None,
    parts: Mapping[str, Part] | None = None,
) -> str | Refusal:  # fmt: skip
    """Return the case with its drives as one self-contained SVG, or why it cannot be drawn.

    Args:
        pod: The drives, judged.
        bay_map: The bays. Where their case is in the catalog and they are numbered through its
            backplanes, it is drawn to scale; else they stand in neat rows.
        pull: The bay to outline; None: that of the worst drive to be replaced.
        parts: Where to look for the case; None: the catalog of this machine.
    """
    rows = rows_of(bay_map, parts)
    if isinstance(rows, Refusal):
        return rows
    return _svg(rows, cells_of(pod, bay_map, pull), bay_map.title)


def _svg(rows: Rows, cells: Cells, title: str) -> str:
    layout = rows.layout
    side, depth = (FACE_WIDTH - layout.body.width) / 2, layout.body.depth
    counts = cells.counts()
    key_rows = -(-len(counts) // _KEY_COLUMNS)
    said = _sentences(rows, cells)
    below = depth + 30 + key_rows * _KEY_ROW + 14
    height = below + len(said) * _LINE
    box = Box(-_MARGIN, -_MARGIN, FACE_WIDTH + 2 * _MARGIN, height + 2 * _MARGIN)
    name = f"Drives of {title}" if title else "Drives"
    front = ", front below" if rows.known else ""
    verdicts = ", ".join(f"{count} {NAMES[look]}" for look, count in counts)
    summary = f"{len(cells.of)} bays{front}: {verdicts}."
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chassis" role="img" '
        f'aria-labelledby="chassis-title chassis-text" viewBox="{mm(box.x)} {mm(box.y)} '
        f'{mm(box.width)} {mm(box.depth)}">',
        f'<title id="chassis-title">{_safe(name)}</title>',
        f'<desc id="chassis-text">{_safe(summary)}</desc>',
        f"<style>{_STYLE}</style>",
        '<defs><pattern id="chassis-unknown" width="7" height="7" patternUnits="userSpaceOnUse">'
        '<path class="hatch" d="M0 7L7 0"/></pattern></defs>',
        rectangle(box, "paper"),
        f'<g transform="translate({mm(side)} 0)">',
        rectangle(layout.body, "case"),
        *(rectangle(block.box, "tray") for block in layout.backplanes),
        *(_bay(bay, cells.of[bay.number]) for bay in layout.bays),
        *(rectangle(bay.box, "pull") for bay in layout.bays if cells.of[bay.number].pull),
        *(piece for block in layout.backplanes for piece in band(block)),
        *(piece for block in (*layout.fans, *layout.rear) for piece in other(block)),
        "</g>",
        *_ends(rows, depth),
        *_key(depth + 30, counts),
        *(text(line, Decimal(0), below + n * _LINE, "soft") for n, line in enumerate(said)),
        "</svg>",
    ]
    return "".join(parts) + "\n"


def _ends(rows: Rows, depth: Decimal) -> Iterator[str]:
    if rows.known:
        yield text("rear", FACE_WIDTH / 2, Decimal(-6), "soft middle")
        yield text("front", FACE_WIDTH / 2, depth + 16, "soft middle")


def _bay(bay: Bay, cell: BayCell) -> str:
    """Draw one bay, from the rear to the front: number, sign, serial number, temperature."""
    box = bay.box
    x, top = box.x + box.width / 2, box.y + BAND_HEIGHT
    fill, ink, halo = _ink(cell.look)
    style = f"{ink}{' halo' if halo else ''}"
    pieces = [
        f"<g><title>{_safe(cell.words)}</title>",
        _ground(box, cell.look, fill),
        text(str(cell.number), x, top + 13, f"number {style}", stroke=halo),
        _sign(cell.look, x, top + 26, ink, halo),
    ]
    if cell.serial_end:
        across = x + Decimal("4")
        pieces.append(_serial(cell.serial_end, across, top + 52, style, halo))
    if cell.temperature_c is not None:
        pieces.append(text(f"{cell.temperature_c}°", x + 1, box.y + box.depth - 3, f"heat {style}",
                           stroke=halo))  # fmt: skip
    return "".join([*pieces, "</g>"])


def _serial(end: str, x: Decimal, y: Decimal, style: str, halo: str | None) -> str:
    """Write the end of a serial number along its bay, as long as there is room in any font."""
    drawn = text(printable(end), x, y, f"serial {style}", turned=x, stroke=halo)
    length = mm(len(end) * _LETTER)
    return drawn.replace(">", f' textLength="{length}" lengthAdjust="spacingAndGlyphs">', 1)


def _ink(look: Look) -> tuple[str | None, str, str | None]:
    """Return the colour of a look, the class of what is written on it, and a halo for hatching."""
    fill = COLOURS.get(look)
    if fill is None:
        return None, "on-blank", None
    ink = "on-dark" if look is Look.REPLACE else "on-light"
    return fill, ink, fill if look is Look.UNKNOWN else None


def _ground(box: Box, look: Look, fill: str | None) -> str:
    if fill is None:
        return rectangle(box, look.value)
    over = rectangle(box, "", fill="url(#chassis-unknown)") if look is Look.UNKNOWN else ""
    return rectangle(box, "filled", fill=fill) + over


def _sign(look: Look, x: Decimal, y: Decimal, ink: str, halo: str | None) -> str:
    if look in _STROKES:
        return (
            f'<path class="stroke {ink}" transform="translate({mm(x)} {mm(y)})" '
            f'd="{_STROKES[look]}"/>'
        )
    style = f"letter {ink}{' halo' if halo else ''}"
    return text(_LETTERS[look], x, y + 6, style, stroke=halo) if look in _LETTERS else ""


def _key(top: Decimal, counts: Sequence[tuple[Look, int]]) -> Iterator[str]:
    step = FACE_WIDTH / _KEY_COLUMNS
    for position, (look, count) in enumerate(counts):
        row, column = divmod(position, _KEY_COLUMNS)
        box = Box(step * column, top + row * _KEY_ROW, Decimal(28), Decimal(20))
        fill, ink, halo = _ink(look)
        yield _ground(box, look, fill)
        yield _sign(look, box.x + box.width / 2, box.y + box.depth / 2, ink, halo)
        yield text(f"{NAMES[look]}: {count}", box.x + 36, box.y + 15, "")


def _sentences(rows: Rows, cells: Cells) -> list[str]:
    """Return what stands below: which to replace first, who is in no bay, what is schematic."""
    said = []
    pulled = next((cell for cell in cells.of.values() if cell.pull), None)
    if pulled is not None:
        said.append(f"Outlined: {pulled.words}")
    if cells.elsewhere:
        said.append(f"In no known bay: {named(cells.elsewhere, _MOST_NAMED)}.")
    said.append(
        "Positions are schematic; bays are numbered from the left of the front row."
        if rows.known
        else "How the bays lie in this case is not known: the rows are only neat."
    )
    return [line for words in said for line in lines_of(printable(words), FACE_WIDTH + _MARGIN)]


def _safe(words: str) -> str:
    return escape(printable(words))
