"""The way of a pod's data drawn as pipes, from the drives above to the network below, as SVG.

Full width is what the drives read together (or, where that is unknown, the widest row), so that a
pipe is as narrow as it is oversubscribed. Lengths across are shares of the width that the page
gives, lengths down and letters are pixels: the letters stay readable on a phone. Narrow, unknown
and other pipes are told apart by outline and words too, not by colour alone.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from html import escape

from podplanner.planning.bandwidth import Bandwidth
from podplanner.planning.bandwidth_words import headlines
from podplanner.report.bandwidth_pipes import WIDTH, Pipe, PipeRow, Span, pipe_rows

_ROW, _BAR, _WORDS = 74, 16, 44
# A row: two lines of words over the pipes that come from above, then its own pipe.
_TOP, _KEY, _FOOT = 4, 18, 8

_STYLE = """
.bandwidth { --paper: #ffffff; --ink: #1b2127; --soft: #51606e; --track: #e4e9ee; --stream: #cfdde9;
  --bar: #2f6f9f; --narrow: #a8201a; --unknown: #5d4a94; }
@media (prefers-color-scheme: dark) { .bandwidth { --paper: #14181c; --ink: #e8ecf0;
  --soft: #a9b5c0; --track: #2a323a; --stream: #24384a; --bar: #5b9dcd; --narrow: #ff9f97;
  --unknown: #c5b6f4; } }
.bandwidth { display: block; max-width: 60rem; font-family: system-ui, sans-serif; }
.bandwidth text { font-size: 14px; fill: var(--ink); }
.bandwidth .step { font-weight: 600; }
.bandwidth .soft { fill: var(--soft); font-size: 13px; }
.bandwidth .narrow-word { fill: var(--narrow); font-weight: 600; }
.bandwidth .unknown-word { fill: var(--unknown); font-weight: 600; }
.bandwidth .paper { fill: var(--paper); }
.bandwidth .track { fill: var(--track); }
.bandwidth .stream { fill: var(--stream); fill-opacity: 0.6; }
.bandwidth .pipe { fill: var(--bar); }
.bandwidth .narrow { fill: var(--narrow); }
.bandwidth .unknown { fill: var(--unknown); fill-opacity: 0.12; stroke: var(--unknown);
  stroke-width: 1.5; stroke-dasharray: 4 3; vector-effect: non-scaling-stroke; }
.bandwidth .sure { fill: var(--unknown); fill-opacity: 0.7; }
"""


def draw_bandwidth(bandwidth: Bandwidth, *, name: str = "bandwidth") -> str:
    """Return the drawing as one SVG element for a page.

    Args:
        bandwidth: What is drawn.
        name: Prefix of its ids, unique in the page.
    """
    return _picture(bandwidth, name, margin=0)


def bandwidth_file(bandwidth: Bandwidth) -> str:
    """Return the drawing as a file of its own."""
    picture = _picture(bandwidth, "bandwidth", margin=2)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{picture}\n'


def _picture(bandwidth: Bandwidth, name: str, *, margin: int) -> str:
    """Return the drawing with a margin at either side, in percent of the width."""
    rows = pipe_rows(bandwidth)
    key = tuple(_key(bandwidth, rows))
    height = _TOP + len(rows) * _ROW + len(key) * _KEY + _FOOT
    description = " ".join((*headlines(bandwidth), *(f"{r.step}: {r.figures}." for r in rows)))
    return "".join((
        f'<svg class="bandwidth" role="img" aria-labelledby="{escape(name)}-title '
        f'{escape(name)}-text" width="100%" height="{height}" '
        'xmlns="http://www.w3.org/2000/svg">',
        f'<title id="{escape(name)}-title">The way of the data, from drives to network</title>',
        f'<desc id="{escape(name)}-text">{escape(description)}</desc>',
        f"<style>{_STYLE}</style>",
        '<rect class="paper" width="100%" height="100%"/>',
        f'<svg x="{margin}%" width="{100 - 2 * margin}%" height="{height}" overflow="visible">',
        f'<svg width="100%" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        'preserveAspectRatio="none">',
        *_shapes(rows),
        "</svg>",
        *(piece for number, row in enumerate(rows) for piece in _words(number, row)),
        *(
            f'<text class="soft" x="0" y="{_TOP + len(rows) * _ROW + (number + 1) * _KEY}">'
            f"{escape(words)}</text>"
            for number, words in enumerate(key)
        ),
        "</svg></svg>",
    ))  # fmt: skip


def _shapes(rows: Sequence[PipeRow]) -> Iterator[str]:
    for number, row in enumerate(rows):
        if number:
            yield from _streams(rows[number - 1].pipes, row.pipes, number)
    for number, row in enumerate(rows):
        top = _top(number)
        for pipe in row.pipes:
            if pipe.style:
                yield _box("track", pipe.place, top)
        for pipe in row.pipes:
            yield _box(pipe.style or "stream", pipe.span, top)
            if pipe.sure:
                yield _box("sure", pipe.sure, top)


def _top(number: int) -> int:
    return _TOP + number * _ROW + _WORDS


def _box(style: str, span: Span, top: int) -> str:
    return (
        f'<rect class="{style}" x="{_number(span[0])}" y="{top}" '
        f'width="{_number(span[1] - span[0])}" height="{_BAR}"/>'
    )


def _streams(above: Sequence[Pipe], below: Sequence[Pipe], number: int) -> Iterator[str]:
    """Draw what flows from the pipes of one row into those of the next."""
    start, end = _top(number - 1) + _BAR, _top(number)
    joined = [
        (i, j, Fraction(len(shared), max(len(upper.bays), len(lower.bays))))
        for i, upper in enumerate(above)
        for j, lower in enumerate(below)
        if (shared := upper.bays & lower.bays) and _meet(upper, lower)
    ]
    out = [_dealt(pipe.span, [(n, j[2]) for n, j in enumerate(joined) if j[0] == i])
           for i, pipe in enumerate(above)]  # fmt: skip
    into = [_dealt(pipe.span, [(n, j[2]) for n, j in enumerate(joined) if j[1] == i])
            for i, pipe in enumerate(below)]  # fmt: skip
    for n, (i, j, _) in enumerate(joined):
        (a, b), (c, d) = out[i][n], into[j][n]
        yield (
            f'<path class="stream" d="M{_number(a)} {start}H{_number(b)}L{_number(d)} {end}'
            f'H{_number(c)}Z"/>'
        )


def _meet(upper: Pipe, lower: Pipe) -> bool:
    return upper.way is None or lower.way is None or upper.way == lower.way


def _dealt(span: Span, weights: Sequence[tuple[int, Fraction]]) -> dict[int, Span]:
    """Return the part of a pipe that each of its streams has, in their order."""
    whole = sum((weight for _, weight in weights), Fraction(0))
    found, left = {}, span[0]
    for number, weight in weights:
        right = left + (span[1] - span[0]) * weight / whole
        found[number] = (left, right)
        left = right
    return found


def _words(number: int, row: PipeRow) -> Iterator[str]:
    base = _TOP + number * _ROW + 17
    mark = {"narrow": " narrow-word", "unknown": " unknown-word"}.get(row.state, "")
    yield f'<text class="step" x="0" y="{base}">{escape(row.step)}</text>'
    yield f'<text class="soft" x="0" y="{base + 18}">{escape(row.figures)}</text>'
    if row.right:
        yield (
            f'<text class="right{mark}" x="100%" y="{base}" text-anchor="end">'
            f"{escape(row.right)}</text>"
        )
    if row.state == "narrow":
        yield (
            f'<text class="soft{mark}" x="100%" y="{base + 18}" text-anchor="end">narrowest</text>'
        )


def _key(bandwidth: Bandwidth, rows: Sequence[PipeRow]) -> Iterator[str]:
    """Yield what the widths mean, in lines that stand on a phone."""
    if bandwidth.demand is not None:
        yield "Full width: what the drives read together."
    else:
        yield "Full width: the widest links together."
    if any(pipe.style == "unknown" for row in rows for pipe in row.pipes):
        yield "Dashed: not known; solid in it: the least it may be."


def _number(value: Fraction) -> str:
    """Write a coordinate to a hundredth, without idle zeros."""
    words = f"{float(value):.2f}".rstrip("0").rstrip(".")
    return "0" if words == "-0" else words
