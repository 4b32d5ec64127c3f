"""The way of a pod's data drawn as pipes, from the drives above to the network below, as SVG.

Full width is what the drives read together (or, where that is unknown, the widest row), so that a
pipe is as narrow as it is oversubscribed. Lengths across are shares of the width that the page
gives, lengths down and letters are pixels: the letters stay readable on a phone. Narrow, unknown
and other pipes are told apart by outline and words too, not by colour alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from html import escape

from podplanner.planning.bandwidth import Bandwidth
from podplanner.planning.bandwidth_words import brief, headlines, say_drives, say_rate
from podplanner.planning.chain import OUTWARD, Step
from podplanner.planning.loads import Stage

_WIDTH = 1000
# Units across; they stretch with the page.
_ROW, _BAR, _WORDS = 74, 16, 44
# A row: two lines of words over the pipes that come from above, then its own pipe.
_TOP, _KEY = 4, 18
_GAP = Fraction(1, 8)
# Of the place of one link: what is left free beside it.
_LEAST = Fraction(3)
# Narrower pipes would not be seen: 0.3 % of the width.
_MOST_BARS = 120
# Of more links than this the drawing shows one pipe: single ones would be thinner than a pixel.

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


@dataclass(frozen=True, slots=True)
class _Pipe:
    """A link in its row.

    Attributes:
        place: Left and right of the place that its drives have.
        span: Left and right of the pipe itself.
        sure: Left and right of what it carries whatever is missing; None: as `span`, or nothing.
        bays: Bays whose data it carries.
        way: Number of the adapter or of the network card that it is of; None: it meets any.
        style: Of the pipe; empty: nothing is there, the data goes by.
    """

    place: tuple[Fraction, Fraction]
    span: tuple[Fraction, Fraction]
    bays: frozenset[int]
    way: int | None
    style: str
    sure: tuple[Fraction, Fraction] | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of pipes with its words.

    Attributes:
        step: What it is.
        figures: What each carries.
        right: What it leaves a drive.
        state: `narrow`, `unknown` or empty: how the words at the right are marked.
    """

    pipes: tuple[_Pipe, ...]
    step: str
    figures: str
    right: str
    state: str


def draw_bandwidth(bandwidth: Bandwidth, *, name: str = "bandwidth") -> str:
    """Return the drawing as one SVG element, for a page or a file of its own.

    Args:
        bandwidth: What is drawn.
        name: Prefix of its ids, unique in the page.
    """
    rows = tuple(_rows(bandwidth))
    key = tuple(_key(bandwidth, rows))
    height = _TOP + len(rows) * _ROW + len(key) * _KEY + 6
    description = " ".join((*headlines(bandwidth), *(f"{r.step}: {r.figures}." for r in rows)))
    return "".join((
        f'<svg class="bandwidth" role="img" aria-labelledby="{escape(name)}-title '
        f'{escape(name)}-text" width="100%" height="{height}" '
        'xmlns="http://www.w3.org/2000/svg">',
        f'<title id="{escape(name)}-title">The way of the data, from drives to network</title>',
        f'<desc id="{escape(name)}-text">{escape(description)}</desc>',
        f"<style>{_STYLE}</style>",
        '<rect class="paper" width="100%" height="100%"/>',
        f'<svg width="100%" height="{height}" viewBox="0 0 {_WIDTH} {height}" '
        'preserveAspectRatio="none">',
        *_shapes(rows),
        "</svg>",
        *(piece for number, row in enumerate(rows) for piece in _words(number, row)),
        *(
            f'<text class="soft" x="0" y="{_TOP + len(rows) * _ROW + (number + 1) * _KEY}">'
            f"{escape(words)}</text>"
            for number, words in enumerate(key)
        ),
        "</svg>",
    ))  # fmt: skip


def bandwidth_file(bandwidth: Bandwidth) -> str:
    """Return the drawing as a file of its own."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{draw_bandwidth(bandwidth)}\n'


# --- What stands where ---


def _rows(bandwidth: Bandwidth) -> Iterator[_Row]:
    whole = _whole(bandwidth)
    bays = frozenset(drive.bay for drive in bandwidth.drives)
    yield _drives(bandwidth, bays)
    stages = [stage for stage in bandwidth.stages if _is_shown(bandwidth, stage)]
    for stage in stages:
        if stage.step not in OUTWARD:
            yield _row(bandwidth, stage, bays, whole)
    yield _host(bandwidth, bays, whole)
    for stage in stages:
        if stage.step in OUTWARD:
            yield _row(bandwidth, stage, bays, whole)


def _whole(bandwidth: Bandwidth) -> Fraction:
    """Return the rate for which the full width stands."""
    if bandwidth.demand:
        return Fraction(bandwidth.demand)
    known = [stage.capacity for stage in bandwidth.stages
             if stage.step is not Step.PORT and stage.capacity]  # fmt: skip
    return Fraction(max(known, default=1))


def _is_shown(bandwidth: Bandwidth, stage: Stage) -> bool:
    """Return whether a step has a row: drive ports only where something hangs on them."""
    if stage.step is Step.OUTWARD:
        return bandwidth.limiting in stage.loads
    if stage.step is not Step.PORT:
        return True
    held = any(drive.limit in stage.loads for drive in bandwidth.drives if drive.limit)
    return held or bandwidth.stage(Step.UPLINK) is None


def _drives(bandwidth: Bandwidth, bays: frozenset[int]) -> _Row:
    number = len(bandwidth.drives)
    step = Fraction(_WIDTH, number)
    pipes = tuple(
        _pipe(
            (step * index, step * (index + 1)), Fraction(1), frozenset((drive.bay,)), None, "pipe"
        )
        for index, drive in enumerate(bandwidth.drives)
    )
    reads = [drive.reads for drive in bandwidth.drives]
    known = [rate for rate in reads if rate is not None]
    figures = "what they read is unknown"
    if len(known) == number:
        least, most = say_rate(min(known)), say_rate(max(known))
        figures = f"{least if least == most else f'{least}-{most}'} MB/s each, "
        figures += f"{say_rate(bandwidth.demand)} together"
    return _Row(_thinned(pipes, bays), say_drives(Fraction(number)), figures, "", "")


def _row(bandwidth: Bandwidth, stage: Stage, bays: frozenset[int], whole: Fraction) -> _Row:
    narrow = any(o.limit in stage.loads for o in (bandwidth.host, bandwidth.network) if o.limit)
    state = "unknown" if stage.rate is None else "narrow" if narrow else ""
    outward = stage.step in OUTWARD
    loads = sorted(stage.loads, key=lambda load: sum(load.bays) / max(len(load.bays), 1))
    shares = [Fraction(len(bays), len(loads)) if outward else load.drives for load in loads]
    left, pipes = Fraction(0), []
    unit = Fraction(_WIDTH, len(bays))
    for number, (load, share) in enumerate(zip(loads, shares, strict=True), 1):
        place = (left, left + share * unit)
        style = "unknown" if load.rate is None else "narrow" if narrow else "pipe"
        if not load.link.capacity.is_known:
            style = "unknown"
        wanted = share * whole / len(bays)
        way = number if outward and len(loads) > 1 else load.link.adapter
        pipe = _pipe(place, _filled(load.rate, wanted), frozenset(load.bays), way, style)
        if not load.link.capacity.is_known and (least := load.link.capacity.least):
            pipe = replace(pipe, sure=_span(place, _filled(least, wanted)))
        pipes.append(pipe)
        left = place[1]
    if left < _WIDTH:
        passing = bays.difference(*(pipe.bays for pipe in pipes))
        pipes.append(_Pipe((left, Fraction(_WIDTH)), (left, Fraction(_WIDTH)), passing, None, ""))
    figures = f"{len(loads)} x {say_rate(stage.rate)} MB/s"
    if stage.rate is None:
        asked = (question for question in bandwidth.questions if question.step is stage.step)
        figures = ", ".join(map(brief, asked)) or "rate unknown, but not limiting"
    if stage.oversubscription is not None:
        figures += f", wanted {stage.oversubscription} times"
    most = "" if stage.is_known else "at most "
    right = f"{most}{say_rate(stage.per_drive)} MB/s a drive"
    if stage.per_drive is None:
        right = "unknown"
    return _Row(tuple(pipes) if len(pipes) <= _MOST_BARS else _thinned(tuple(pipes), bays),
                str(stage.step), figures, right, state)  # fmt: skip


def _host(bandwidth: Bandwidth, bays: frozenset[int], whole: Fraction) -> _Row:
    total = bandwidth.host.total
    share = Fraction(1) if total is None else min(Fraction(total) / whole, Fraction(1))
    place = (Fraction(0), Fraction(_WIDTH))
    certain = bandwidth.host_is_certain
    figures = (
        "unknown" if total is None else f"{'' if certain else 'at most '}{say_rate(total)} MB/s"
    )
    right = "" if total is None else f"{say_rate(bandwidth.host.per_drive)} MB/s a drive"
    right = right if certain or not right else f"at most {right}"
    pipe = _pipe(place, share, bays, None, "pipe" if certain and total else "unknown")
    least = bandwidth.least_host.total if bandwidth.least_host else None
    if not certain and least is not None:
        pipe = replace(pipe, sure=_span(place, _filled(least, whole)))
        figures += f", at least {say_rate(least)}"
    return _Row((pipe,), "host", figures, right, "")


def _filled(rate: int | None, wanted: Fraction) -> Fraction:
    """Return how much of its place a link fills: all of it if it carries what is wanted."""
    if rate is None or not wanted:
        return Fraction(1)
    return min(Fraction(rate) / wanted, Fraction(1))


def _pipe(
    place: tuple[Fraction, Fraction], filled: Fraction, bays: frozenset[int],
    way: int | None, style: str,
) -> _Pipe:  # fmt: skip
    return _Pipe(place, _span(place, filled), bays, way, style)


def _span(place: tuple[Fraction, Fraction], filled: Fraction) -> tuple[Fraction, Fraction]:
    """Return the middle of a place, as wide as the share of it that is filled."""
    room = place[1] - place[0]
    half = max(room * filled * (1 if room == _WIDTH else 1 - _GAP), _LEAST) / 2
    middle = (place[0] + place[1]) / 2
    return middle - half, middle + half


def _thinned(pipes: tuple[_Pipe, ...], bays: frozenset[int]) -> tuple[_Pipe, ...]:
    """Return one pipe for all where single ones would be too thin."""
    if len(pipes) <= _MOST_BARS:
        return pipes
    filled = sum((p.span[1] - p.span[0] for p in pipes), Fraction(0)) / _WIDTH
    return (_pipe((Fraction(0), Fraction(_WIDTH)), filled, bays, None, pipes[0].style),)


# --- What is written ---


def _shapes(rows: Sequence[_Row]) -> Iterator[str]:
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


def _box(style: str, span: tuple[Fraction, Fraction], top: int) -> str:
    return (
        f'<rect class="{style}" x="{_number(span[0])}" y="{top}" '
        f'width="{_number(span[1] - span[0])}" height="{_BAR}"/>'
    )


def _streams(above: Sequence[_Pipe], below: Sequence[_Pipe], number: int) -> Iterator[str]:
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


def _meet(upper: _Pipe, lower: _Pipe) -> bool:
    return upper.way is None or lower.way is None or upper.way == lower.way


def _dealt(
    span: tuple[Fraction, Fraction], weights: Sequence[tuple[int, Fraction]]
) -> dict[int, tuple[Fraction, Fraction]]:
    """Return the part of a pipe that each of its streams has, in their order."""
    whole = sum((weight for _, weight in weights), Fraction(0))
    found, left = {}, span[0]
    for number, weight in weights:
        right = left + (span[1] - span[0]) * weight / whole
        found[number] = (left, right)
        left = right
    return found


def _words(number: int, row: _Row) -> Iterator[str]:
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


def _key(bandwidth: Bandwidth, rows: Sequence[_Row]) -> Iterator[str]:
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
