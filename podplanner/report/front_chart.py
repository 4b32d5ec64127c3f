"""Designs by what they cost and how much they store, as a scatter in SVG.

As in `charts`, lengths across are percentages of the width that the page gives, and lengths down
are pixels; colours are the page's, or those of `front_file` where there is no page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10

_LEFT, _RIGHT = 9.0, 96.0
# Percent of the width; the numbers of the upright scale stand left of it.
_TOP, _BOTTOM, _FOOT = 34, 340, 52
_STEPS = 6
# Marks on a scale, at most.
_RADIUS = 11
_WIDTH = 640
# The width in pixels for which labels are kept apart; on a wider page they only get more room.
_ROOM = (70, 18)
# Width and height in pixels that a label takes.

_STYLE = (
    "text{font:14px system-ui,sans-serif;fill:#1c2833}.value{fill:#566573}"
    ":root{color-scheme:light}svg{background:#fff}"
)


@dataclass(frozen=True, slots=True)
class Spot:
    """One design.

    Attributes:
        number: As it is called in the table.
        cost: In the currency of the chart.
        terabytes: Recommended to be stored.
        words: What is written beside it: its nines.
    """

    number: int
    cost: float
    terabytes: float
    words: str


def front_chart(
    spots: Sequence[Spot], *, name: str, title: str, description: str, currency: str,
    asked_terabytes: float | None = None, budget: float | None = None,
) -> str:  # fmt: skip
    """Return the designs as numbered dots; empty when there are none.

    Args:
        spots: In any order; of two at one place the first is drawn on top.
        name: Prefix of the ids in the page, unique in it.
        title: Read out before the chart.
        description: What the chart shows, for those who do not see it.
        currency: Of the costs.
        asked_terabytes: Drawn as a line that no design is below.
        budget: Drawn as a line that no design is right of.
    """
    if not spots:
        return ""
    costs = [spot.cost for spot in spots] + ([budget] if budget is not None else [])
    sizes = [spot.terabytes for spot in spots]
    sizes += [asked_terabytes] if asked_terabytes is not None else []
    plane = _Plane(_Scale.over(costs), _Scale.over(sizes))
    return "".join(
        (
            f'<svg class="chart" role="img" aria-labelledby="{escape(name)}-title '
            f'{escape(name)}-text" width="100%" height="{_BOTTOM + _FOOT}" '
            'xmlns="http://www.w3.org/2000/svg">',
            f'<title id="{escape(name)}-title">{escape(title)}</title>',
            f'<desc id="{escape(name)}-text">{escape(description)}</desc>',
            *_grid(plane, currency),
            *_bounds(plane, asked_terabytes, budget),
            *_dots(spots, plane),
            "</svg>",
        )
    )


def front_file(chart: str) -> str:
    """Return a chart as a file of its own, with the colours that a page would give it.

    The width is fixed, for a viewer has no page to fill.
    """
    start, _, rest = chart.partition(">")
    fixed = start.replace('width="100%"', f'width="{_WIDTH}"')
    return f"{fixed}><style>{_STYLE}</style>{rest}\n"


@dataclass(frozen=True, slots=True)
class _Scale:
    """A scale from `first` to `last`, with a mark at every `step`."""

    first: float
    last: float
    step: float

    @classmethod
    def over(cls, values: Sequence[float]) -> "_Scale":
        """Return the round scale that holds all values, with some room around them."""
        low, high = min(values), max(values)
        room = (high - low) * 0.08 or max(abs(high) * 0.1, 1.0)
        step = _round_step((high - low + 2 * room) / _STEPS)
        first = max(floor((low - room) / step), 0) * step
        last = (floor((high + room) / step) + 1) * step
        return cls(first, last, step)

    def share(self, value: float) -> float:
        """Return where a value lies, 0 at the first mark and 1 at the last."""
        return (value - self.first) / (self.last - self.first)

    def marks(self) -> Iterator[float]:
        """Yield the values of the marks."""
        for number in range(round((self.last - self.first) / self.step) + 1):
            yield self.first + number * self.step


def _round_step(least: float) -> float:
    """Return 1, 2 or 5 times a power of ten that is at least so much.

    >>> _round_step(130.0), _round_step(0.3), _round_step(7.0)
    (200.0, 0.5, 10.0)
    """
    power = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where a design lies: its cost across, its size upwards."""

    costs: _Scale
    sizes: _Scale

    def across(self, cost: float) -> float:
        """Return a place in percent of the width."""
        return _LEFT + self.costs.share(cost) * (_RIGHT - _LEFT)

    def down(self, terabytes: float) -> float:
        """Return a place in pixels from the top."""
        return _BOTTOM - self.sizes.share(terabytes) * (_BOTTOM - _TOP)


def _grid(plane: _Plane, currency: str) -> Iterator[str]:
    for size in plane.sizes.marks():
        y = plane.down(size)
        yield (
            f'<line x1="{_LEFT}%" x2="{_RIGHT}%" y1="{y:.1f}" y2="{y:.1f}" '
            'style="stroke:var(--line,#d5dbe1)"/>'
            f'<text class="value" x="{_LEFT}%" dx="-8" y="{y + 5:.1f}" text-anchor="end">'
            f"{size:,.4g}</text>"
        )
    marks = list(plane.costs.marks())
    # Every other number where all of them would touch.
    every = 2 if len(marks) > 5 else 1
    for index, cost in enumerate(marks):
        x = plane.across(cost)
        yield (
            f'<line x1="{x:.2f}%" x2="{x:.2f}%" y1="{_TOP}" y2="{_BOTTOM + 5}" '
            'style="stroke:var(--line,#d5dbe1)"/>'
        )
        if index % every == 0:
            yield (
                f'<text class="value" x="{x:.2f}%" y="{_BOTTOM + 22}" text-anchor="middle">'
                f"{cost:,.0f}</text>"
            )
    yield '<text class="label" x="0" y="16">TB to store</text>'
    yield (
        f'<text class="label" x="{_RIGHT}%" y="{_BOTTOM + 44}" text-anchor="end">'
        f"cost of the parts, {escape(currency)}</text>"
    )


def _bounds(plane: _Plane, asked: float | None, budget: float | None) -> Iterator[str]:
    dashed = 'style="stroke:var(--soft,#566573);stroke-width:1.5;stroke-dasharray:5 3"'
    if asked is not None:
        y = plane.down(asked)
        yield f'<line x1="{_LEFT}%" x2="{_RIGHT}%" y1="{y:.1f}" y2="{y:.1f}" {dashed}/>'
        yield (
            f'<text class="value" x="{_RIGHT}%" y="{y + 16:.1f}" text-anchor="end">'
            f"asked for: {asked:,.4g} TB</text>"
        )
    if budget is not None:
        x = plane.across(budget)
        yield f'<line x1="{x:.2f}%" x2="{x:.2f}%" y1="{_TOP}" y2="{_BOTTOM}" {dashed}/>'
        yield (
            f'<text class="value" x="{x:.2f}%" dx="-6" y="{_TOP + 14}" text-anchor="end">'
            "budget</text>"
        )


def _dots(spots: Sequence[Spot], plane: _Plane) -> Iterator[str]:
    taken: list[tuple[float, float]] = []
    places = [(spot, plane.across(spot.cost), plane.down(spot.terabytes)) for spot in spots]
    for spot, x, y in reversed(places):
        yield (
            f'<circle cx="{x:.2f}%" cy="{y:.1f}" r="{_RADIUS}" '
            'style="fill:var(--bar,#2f6f9f);stroke:var(--paper,#fff);stroke-width:1.5"/>'
            f'<text x="{x:.2f}%" y="{y + 4:.1f}" text-anchor="middle" '
            f'style="font-size:12px;font-weight:600;fill:var(--paper,#fff)">{spot.number}</text>'
        )
    for spot, x, y in places:
        side = -1 if x > 80 else 1
        left = x * _WIDTH / 100 + side * (_RADIUS + 4) - (_ROOM[0] if side < 0 else 0)
        if any(abs(left - a) < _ROOM[0] and abs(y - b) < _ROOM[1] for a, b in taken):
            continue  # the table has its words
        taken.append((left, y))
        anchor = "end" if side < 0 else "start"
        yield (
            f'<text class="label" x="{x:.2f}%" dx="{side * (_RADIUS + 4)}" y="{y + 5:.1f}" '
            f'text-anchor="{anchor}">{escape(spot.words)}</text>'
        )
