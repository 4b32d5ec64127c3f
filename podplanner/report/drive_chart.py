"""The temperatures of all drives against their own limits, as inline SVG.

As in `charts`, lengths across are percentages of the width that the page gives, lengths down and
letters are pixels; colours are the page's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor

_LEFT, _RIGHT = 8.0, 99.0
# Percent of the width; the degrees stand left of it.
_TOP, _BOTTOM, _FOOT = 34, 284, 46
_STEP_C = 5
_MOST_LINES = 8
_LABEL_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_MOST_LABELS = 12
# Numbers of bays along the foot that fit a phone: 300 px hold twelve of 25 px.
MOST_SPOTS = 120
"""Drives in one chart; more would touch each other on any screen."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One drive.

    Attributes:
        bay: Its number, along the foot; None: unknown.
        limit_c: Its own; None: it gives none.
        severity: `error`, `warning`, or empty where its heat is no matter.
        words: Beside the dot; empty: none.
    """

    bay: int | None
    current_c: int
    limit_c: int | None
    severity: str = ""
    words: str = ""


def temperature_chart(
    spots: Sequence[Spot], *, name: str, title: str, description: str, foot: str
) -> str:
    """Return a column for each drive: a dot at its temperature, a bar at its limit.

    Empty when there is no drive.

    Args:
        spots: In the order in which they stand, at most `MOST_SPOTS`.
        name: Prefix of the ids in the page, unique in it.
        title: Read out before the chart.
        description: What the chart shows, for those who do not see it.
        foot: What the numbers along the foot are.
    """
    if not spots:
        return ""
    plane = _plane(spots)
    return "".join(
        (
            f'<svg class="chart temperatures" role="img" aria-labelledby="{escape(name)}-title '
            f'{escape(name)}-text" width="100%" height="{_BOTTOM + _FOOT}" '
            'xmlns="http://www.w3.org/2000/svg">',
            f'<title id="{escape(name)}-title">{escape(title)}</title>',
            f'<desc id="{escape(name)}-text">{escape(description)}</desc>',
            *_grid(plane),
            *(piece for number, spot in enumerate(spots) for piece in _column(plane, number, spot)),
            *(piece for number, spot in enumerate(spots) for piece in _words(plane, number, spot)),
            *_labels(plane, spots, foot),
            "</svg>",
        )
    )


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where a drive and a temperature lie."""

    number: int
    lowest: int
    highest: int

    @property
    def pitch(self) -> float:
        """Return the width of a column, in percent."""
        return (_RIGHT - _LEFT) / self.number

    def across(self, number: int) -> float:
        """Return the middle of a column, in percent."""
        return _LEFT + (number + 0.5) * self.pitch

    def down(self, celsius: float) -> float:
        """Return a height, in pixels from the top."""
        share = (celsius - self.lowest) / (self.highest - self.lowest)
        return _BOTTOM - min(max(share, 0.0), 1.0) * (_BOTTOM - _TOP)


def _plane(spots: Sequence[Spot]) -> _Plane:
    seen = [spot.current_c for spot in spots]
    limits = [spot.limit_c for spot in spots if spot.limit_c is not None]
    lowest = floor((min(seen) - 2) / _STEP_C) * _STEP_C
    highest = ceil((max((*seen, *limits)) + 1) / _STEP_C) * _STEP_C
    return _Plane(len(spots), lowest, max(highest, lowest + 2 * _STEP_C))


def _grid(plane: _Plane) -> Iterator[str]:
    lines = (plane.highest - plane.lowest) // _STEP_C
    step = _STEP_C * max(1, ceil(lines / _MOST_LINES))
    for celsius in range(plane.lowest, plane.highest + 1, step):
        y = plane.down(celsius)
        yield (
            f'<line class="grid" x1="{_LEFT}%" x2="{_RIGHT}%" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="value" x="{_LEFT}%" dx="-8" y="{y + 5:.1f}" text-anchor="end">'
            f"{celsius}</text>"
        )
    yield '<text class="label" x="0" y="14">°C</text>'


def _column(plane: _Plane, number: int, spot: Spot) -> Iterator[str]:
    x, y = plane.across(number), plane.down(spot.current_c)
    if spot.limit_c is not None:
        top, half = plane.down(spot.limit_c), 0.42 * plane.pitch
        yield f'<line class="room" x1="{x:.2f}%" x2="{x:.2f}%" y1="{y:.1f}" y2="{top:.1f}"/>'
        yield (
            f'<line class="limit" x1="{x - half:.2f}%" x2="{x + half:.2f}%" y1="{top:.1f}" '
            f'y2="{top:.1f}"/>'
        )
    if spot.severity:
        # A ring besides the colour, for those who see few colours and for print.
        yield f'<circle class="ring {spot.severity}" cx="{x:.2f}%" cy="{y:.1f}" r="7"/>'
    yield f'<circle class="spot {spot.severity}" cx="{x:.2f}%" cy="{y:.1f}" r="3"/>'


def _words(plane: _Plane, number: int, spot: Spot) -> Iterator[str]:
    if spot.words:
        # Above all that its column holds, where no dot of another drive is covered.
        x, y = plane.across(number), plane.down(max(spot.current_c, spot.limit_c or 0)) - 12
        anchor = "end" if x > (_LEFT + _RIGHT) / 2 else "start"
        yield (
            f'<text class="label" x="{x:.2f}%" y="{y:.1f}" text-anchor="{anchor}">'
            f"{escape(spot.words)}</text>"
        )


def _labels(plane: _Plane, spots: Sequence[Spot], foot: str) -> Iterator[str]:
    step = next((s for s in _LABEL_STEPS if len(spots) / s <= _MOST_LABELS), _LABEL_STEPS[-1])
    for number, spot in enumerate(spots):
        if spot.bay is not None and spot.bay % step == 0:
            yield (
                f'<text class="value" x="{plane.across(number):.2f}%" y="{_BOTTOM + 20}" '
                f'text-anchor="middle">{spot.bay}</text>'
            )
    yield (
        f'<text class="label" x="{_RIGHT}%" y="{_BOTTOM + 40}" text-anchor="end">'
        f"{escape(foot)}</text>"
    )
