"""Nines of durability against the time of a rebuild, a line for each failure rate, as SVG.

As in `charts`, lengths across are percentages of the width that the page gives, and lengths down
are pixels; colours are the page's, or those of `as_file` where there is no page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import ceil, floor, log, log10

from podplanner.planning.durability.answer import (
    Model,
    Question,
    answer,
    at_rates_and_times,
)

_LEFT, _RIGHT = 7.0, 84.0
# Percent of the width: the numbers stand left of it, the names of the lines right of it.
_TOP, _BOTTOM, _FOOT = 30, 330, 52
_NAME_GAP = 17
# Pixels between the names of two lines, at 14 px letters.
_MOST_MARKS = 8
_HOURS = (1, 2, 4, 8, 24, 48, 96, 168, 336, 720, 1440, 2880, 8760)
# Marks of the rebuild time: hours, then days and weeks that people speak of.
_RATES = (0.25, 0.5, 1.0, 2.0, 4.0)
# Failure rates that are drawn, in shares of the one that was asked for.
_AROUND, _TIMES = 12.0, 49
# Rebuild times that are drawn: this many, from a twelfth of the asked one to twelve times it.
_SHORTEST, _LONGEST = 0.1, 8760.0


@dataclass(frozen=True, slots=True)
class Curve:
    """The losses at one failure rate.

    Attributes:
        label: The rate, as it is printed.
        losses: One for each rebuild time; 0 is left out, for it has no end of nines.
        asked: Whether it is the rate that was asked for.
    """

    label: str
    losses: tuple[float, ...]
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """What was asked: its rebuild time, its loss, and its words."""

    hours: float
    loss: float
    words: str


def chart_of(question: Question, model: Model, *, name: str = "durability") -> str:
    """Return the nines of a question at other failure rates and rebuild times than its own.

    Empty where nothing fails.
    """
    rate, asked_h = question.afr.cautious, question.rebuild.hours
    if not rate:
        return ""
    first, last = max(asked_h / _AROUND, _SHORTEST), min(asked_h * _AROUND, _LONGEST)
    hours = tuple(first * (last / first) ** (step / (_TIMES - 1)) for step in range(_TIMES - 1))
    rates = tuple(rate * share for share in _RATES)
    table = at_rates_and_times(question, model, rates, (*hours, last))
    curves = [
        Curve(f"{100 * rates[row]:.3g}%", losses, _RATES[row] == 1)
        for row, losses in enumerate(table)
    ]
    loss = answer(question).loss(model)
    spot = Spot(asked_h, loss, f"{say_hours(asked_h)}: {_nines(loss)}")
    return durability_chart(
        curves, (*hours, last), name=name, spot=spot,
        title="Nines of durability against rebuild time and failure rate",
        description=_described(curves, hours[0], last, spot, model),
    )  # fmt: skip


def _described(curves: Sequence[Curve], first: float, last: float, spot: Spot, model: Model) -> str:
    ends = "; ".join(
        f"{curve.label}: {_nines(curve.losses[0])} to {_nines(curve.losses[-1])}"
        for curve in curves
    )
    return (
        f"Nines by the {model} model for rebuilds of {say_hours(first)} to {say_hours(last)}, a "
        f"line for each failure rate. {ends}. Asked for: {say_hours(spot.hours)}, "
        f"{_nines(spot.loss)}."
    )


def _nines(loss: float) -> str:
    return f"{-log10(loss):.1f} nines" if loss > 0 else "no end of nines"


def durability_chart(
    curves: Sequence[Curve],
    hours: Sequence[float],
    *,
    name: str,
    title: str,
    description: str,
    spot: Spot | None = None,
) -> str:
    """Return the lines, the most durable on top; empty when there is nothing to draw.

    Args:
        curves: One for each failure rate.
        hours: Rebuild times, growing; the same for all curves.
        name: Prefix of the ids in the page, unique in it.
        title: Read out before the chart.
        description: What the chart shows, for those who do not see it.
        spot: Marked with a dot.
    """
    heights = [-log10(loss) for curve in curves for loss in curve.losses if loss > 0]
    if not heights or len(hours) < 2:
        return ""
    plane = _Plane(hours[0], hours[-1], floor(min(heights)), max(ceil(max(heights)), 1))
    return "".join(
        (
            f'<svg class="chart" role="img" aria-labelledby="{escape(name)}-title '
            f'{escape(name)}-text" width="100%" height="{_BOTTOM + _FOOT}" '
            'xmlns="http://www.w3.org/2000/svg">',
            f'<title id="{escape(name)}-title">{escape(title)}</title>',
            f'<desc id="{escape(name)}-text">{escape(description)}</desc>',
            *_grid(plane),
            *(piece for curve in curves for piece in _line(curve, hours, plane)),
            *_names(curves, plane),
            *(_dot(spot, plane) if spot is not None and spot.loss > 0 else ()),
            "</svg>",
        )
    )


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where a time and a loss lie: times by their logarithm, losses by their nines."""

    first: float
    last: float
    least: int
    most: int

    def across(self, hours: float) -> float:
        """Return a place in percent of the width."""
        share = log(hours / self.first) / log(self.last / self.first)
        return _LEFT + min(max(share, 0.0), 1.0) * (_RIGHT - _LEFT)

    def down(self, nines: float) -> float:
        """Return a place in pixels from the top."""
        share = (nines - self.least) / max(self.most - self.least, 1)
        return _BOTTOM - min(max(share, 0.0), 1.0) * (_BOTTOM - _TOP)


def _grid(plane: _Plane) -> Iterator[str]:
    step = max(1, ceil((plane.most - plane.least) / _MOST_MARKS))
    for nines in range(plane.least, plane.most + 1, step):
        y = plane.down(nines)
        yield (
            f'<line x1="{_LEFT}%" x2="{_RIGHT}%" y1="{y:.1f}" y2="{y:.1f}" '
            'style="stroke:var(--line,#d5dbe1)"/>'
            f'<text class="value" x="{_LEFT}%" dx="-8" y="{y + 5:.1f}" text-anchor="end">'
            f"{nines}</text>"
        )
    for hours in _HOURS:
        if plane.first <= hours <= plane.last:
            x = plane.across(hours)
            yield (
                f'<line x1="{x:.2f}%" x2="{x:.2f}%" y1="{_TOP}" y2="{_BOTTOM + 5}" '
                'style="stroke:var(--line,#d5dbe1)"/>'
                f'<text class="value" x="{x:.2f}%" y="{_BOTTOM + 22}" text-anchor="middle">'
                f"{say_hours(hours)}</text>"
            )
    yield '<text class="label" x="0" y="14">nines</text>'
    yield (
        f'<text class="label" x="{_RIGHT}%" y="{_BOTTOM + 44}" text-anchor="end">'
        "time to rebuild a drive</text>"
    )
    yield '<text class="label" x="100%" y="14" text-anchor="end">failures a year</text>'


def say_hours(hours: float) -> str:
    """Return a time as people say it: `12 h`, `2 d`."""
    return f"{hours:g} h" if hours < 24 else f"{hours / 24:.3g} d"


def _line(curve: Curve, hours: Sequence[float], plane: _Plane) -> Iterator[str]:
    colour = "var(--cumulative,#a8480a)" if curve.asked else "var(--bar,#2f6f9f)"
    places = [
        (plane.across(time), plane.down(-log10(loss)))
        for time, loss in zip(hours, curve.losses, strict=True)
        if loss > 0
    ]
    for (x1, y1), (x2, y2) in pairwise(places):
        yield (
            f'<line x1="{x1:.2f}%" y1="{y1:.1f}" x2="{x2:.2f}%" y2="{y2:.1f}" '
            f'style="stroke:{colour};stroke-width:{3 if curve.asked else 2};'
            'stroke-linecap:round"/>'
        )


def _names(curves: Sequence[Curve], plane: _Plane) -> Iterator[str]:
    """Write each line's rate at its right end, moved where two would touch."""
    ends = sorted(
        (plane.down(-log10(curve.losses[-1])), curve.label, curve.asked)
        for curve in curves
        if curve.losses[-1] > 0
    )
    places: list[float] = []
    for y, _, _ in ends:
        places.append(max([y + 5, *(place + _NAME_GAP for place in places[-1:])]))
    # What has slid below the plane, onto the numbers of the axis, goes up again with those above.
    limit = _BOTTOM + 5.0
    for row in range(len(places) - 1, -1, -1):
        places[row] = min(places[row], limit)
        limit = places[row] - _NAME_GAP
    for place, (_, label, asked) in zip(places, ends, strict=True):
        weight = ' style="font-weight:600"' if asked else ""
        yield f'<text x="{_RIGHT}%" dx="8" y="{place:.1f}"{weight}>{escape(label)}</text>'


def _dot(spot: Spot, plane: _Plane) -> Iterator[str]:
    x, y = plane.across(spot.hours), plane.down(-log10(spot.loss))
    anchor = "start" if x < 2 * _LEFT else "end" if x > _RIGHT - _LEFT else "middle"
    # The words stand above the plane, where no line runs.
    yield (
        f'<line class="mark" x1="{x:.2f}%" x2="{x:.2f}%" y1="{_TOP - 4}" y2="{_BOTTOM}" '
        'style="stroke:var(--soft,#51606e);stroke-dasharray:3 2"/>'
        f'<circle class="dot" cx="{x:.2f}%" cy="{y:.1f}" r="6" style="fill:var(--ink,#1b2127)"/>'
        f'<text class="label" x="{x:.2f}%" y="{_TOP - 10}" text-anchor="{anchor}">'
        f"{escape(spot.words)}</text>"
    )


_STYLE = (
    ":root{--paper:#fff;--line:#d5dbe1;--ink:#1b2127;--soft:#51606e;--bar:#2f6f9f;"
    "--cumulative:#a8480a}"
    "@media(prefers-color-scheme:dark){:root{--paper:#14181c;--line:#333c45;--ink:#e8ecf0;"
    "--soft:#a9b5c0;--bar:#5b9dcd;--cumulative:#f2a66a}}"
    "text{font:14px system-ui,sans-serif;fill:var(--ink)}.value{fill:var(--soft)}"
    ".label{paint-order:stroke;stroke:var(--paper);stroke-width:6px;stroke-linejoin:round}"
)
_MARGIN = 16
_WIDTH = 760


def as_file(chart: str) -> str:
    """Return a chart as an SVG file of its own, with its colours and a ground to stand on."""
    height = _BOTTOM + _FOOT + 2 * _MARGIN
    inner = chart.replace(
        'width="100%"', f'x="{_MARGIN}" y="{_MARGIN}" width="{_WIDTH - 2 * _MARGIN}"', 1
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}"><style>{_STYLE}</style>'
        f'<rect width="100%" height="100%" style="fill:var(--paper)"/>{inner}</svg>\n'
    )
