"""The way of a pod's data as rows of pipes: how wide each is, and what is written beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from podplanner.planning.bandwidth import Bandwidth
from podplanner.planning.bandwidth_words import brief, say_drives, say_rate
from podplanner.planning.chain import OUTWARD, Step
from podplanner.planning.loads import LinkLoad, Stage

WIDTH = 1000
"""Units across."""
_GAP = Fraction(1, 8)
# Of the place of one link: what is left free beside it.
_LEAST = Fraction(3)
# Narrower pipes would not be seen: 0.3 % of the width.
_MOST_BARS = 120
# Of more links than this the drawing shows one pipe: single ones would be thinner than a pixel.

Span = tuple[Fraction, Fraction]
"""Left and right of something, in units across."""


@dataclass(frozen=True, slots=True)
class Pipe:
    """A link in its row.

    Attributes:
        place: Left and right of the place that its drives have.
        span: Left and right of the pipe itself.
        sure: Left and right of what it carries whatever is missing; None: as `span`, or nothing.
        bays: Bays whose data it carries.
        way: Number of the adapter or of the network card that it is of; None: it meets any.
        style: Of the pipe; empty: nothing is there, the data goes by.
    """

    place: Span
    span: Span
    bays: frozenset[int]
    way: int | None
    style: str
    sure: Span | None = None


@dataclass(frozen=True, slots=True)
class PipeRow:
    """A row of pipes with its words.

    Attributes:
        step: What it is.
        figures: What each carries.
        right: What it leaves a drive.
        state: `narrow`, `unknown` or empty: how the words at the right are marked.
    """

    pipes: tuple[Pipe, ...]
    step: str
    figures: str
    right: str
    state: str


def pipe_rows(bandwidth: Bandwidth) -> tuple[PipeRow, ...]:
    """Return the rows from the drives to the network.

    Full width is what the drives read together (where that is unknown, the widest row), so that a
    pipe is as narrow as it is oversubscribed.
    """
    return tuple(_rows(bandwidth))


def _rows(bandwidth: Bandwidth) -> Iterator[PipeRow]:
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


def _drives(bandwidth: Bandwidth, bays: frozenset[int]) -> PipeRow:
    number = len(bandwidth.drives)
    step = Fraction(WIDTH, number)
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
    return PipeRow(_thinned(pipes, bays), say_drives(Fraction(number)), figures, "", "")


def _row(bandwidth: Bandwidth, stage: Stage, bays: frozenset[int], whole: Fraction) -> PipeRow:
    narrow = any(o.limit in stage.loads for o in (bandwidth.host, bandwidth.network) if o.limit)
    left, pipes = Fraction(0), []
    unit, wanted_each = Fraction(WIDTH, len(bays)), whole / len(bays)
    for number, (load, share) in enumerate(_places(stage, bays), 1):
        place = (left, left + share * unit)
        left = place[1]
        if load is None:
            passing = bays.difference(*(other.bays for other in stage.loads))
            pipes.append(Pipe(place, place, passing, None, ""))
            continue
        way = number if stage.step in OUTWARD and len(stage.loads) > 1 else load.link.adapter
        pipes.append(_of_load(load, place, share * wanted_each, way, narrow=narrow))
    state = "unknown" if stage.rate is None else "narrow" if narrow else ""
    return PipeRow(
        _thinned(tuple(pipes), bays), str(stage.step), _figures(bandwidth, stage),
        _left_over(stage), state,
    )  # fmt: skip


def _places(
    stage: Stage, bays: frozenset[int]
) -> list[tuple[LinkLoad | None, Fraction]]:  # fmt: skip
    """Return the links of a row from left to right, with the drives for which each has place.

    Drives whose data goes by have a place of their own, without a link.
    """
    if stage.step in OUTWARD:
        each = Fraction(len(bays), len(stage.loads))
        return [(load, each) for load in stage.loads]
    entries: list[tuple[Fraction, LinkLoad | None, Fraction]] = [
        (_middle(load.bays), load, load.drives) for load in stage.loads
    ]
    passing = bays.difference(*(load.bays for load in stage.loads))
    if passing:
        entries.append((_middle(tuple(passing)), None, Fraction(len(passing))))
    return [(load, share) for _, load, share in sorted(entries, key=lambda entry: entry[0])]


def _middle(bays: Sequence[int]) -> Fraction:
    return Fraction(sum(bays), max(len(bays), 1))


def _of_load(
    load: LinkLoad, place: Span, wanted: Fraction, way: int | None, *, narrow: bool
) -> Pipe:
    capacity = load.link.capacity
    style = "narrow" if narrow else "pipe"
    if load.rate is None or not capacity.is_known:
        style = "unknown"
    pipe = _pipe(place, _filled(load.rate, wanted), frozenset(load.bays), way, style)
    if capacity.is_known or capacity.least is None:
        return pipe
    return replace(pipe, sure=_span(place, _filled(capacity.least, wanted)))


def _figures(bandwidth: Bandwidth, stage: Stage) -> str:
    if stage.rate is None:
        asked = (question for question in bandwidth.questions if question.step is stage.step)
        return ", ".join(map(brief, asked)) or "rate unknown, but not limiting"
    figures = f"{len(stage.loads)} x {say_rate(stage.rate)} MB/s"
    if stage.oversubscription is None:
        return figures
    return f"{figures}, wanted {stage.oversubscription} times"


def _left_over(stage: Stage) -> str:
    if stage.per_drive is None:
        return "unknown"
    most = "" if stage.is_known else "at most "
    return f"{most}{say_rate(stage.per_drive)} MB/s a drive"


def _host(bandwidth: Bandwidth, bays: frozenset[int], whole: Fraction) -> PipeRow:
    total = bandwidth.host.total
    share = Fraction(1) if total is None else min(Fraction(total) / whole, Fraction(1))
    place = (Fraction(0), Fraction(WIDTH))
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
    return PipeRow((pipe,), "host", figures, right, "")


def _filled(rate: int | None, wanted: Fraction) -> Fraction:
    """Return how much of its place a link fills: all of it if it carries what is wanted."""
    if rate is None or not wanted:
        return Fraction(1)
    return min(Fraction(rate) / wanted, Fraction(1))


def _pipe(
    place: Span, filled: Fraction, bays: frozenset[int],
    way: int | None, style: str,
) -> Pipe:  # fmt: skip
    return Pipe(place, _span(place, filled), bays, way, style)


def _span(place: Span, filled: Fraction) -> Span:
    """Return the middle of a place, as wide as the share of it that is filled."""
    room = place[1] - place[0]
    half = max(room * filled * (1 if room == WIDTH else 1 - _GAP), _LEAST) / 2
    middle = (place[0] + place[1]) / 2
    return middle - half, middle + half


def _thinned(pipes: tuple[Pipe, ...], bays: frozenset[int]) -> tuple[Pipe, ...]:
    """Return one pipe for all where single ones would be too thin."""
    if len(pipes) <= _MOST_BARS:
        return pipes
    filled = sum((p.span[1] - p.span[0] for p in pipes), Fraction(0)) / WIDTH
    return (_pipe((Fraction(0), Fraction(WIDTH)), filled, bays, None, pipes[0].style),)
