"""One figure of one drive over time, as inline SVG.

As in `charts`, lengths across are percentages of the width that the page gives, lengths down and
letters are pixels; colours are the page's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import pairwise
from math import ceil, floor, log10
from statistics import median

from podplanner.report.drive_values import Point

_LEFT, _RIGHT = 13.0, 98.0
# Percent of the width; the numbers of the upright scale stand left of it.
_TOP, _BOTTOM, _FOOT = 26, 150, 26
_STEPS = 4
# Marks of the upright scale, at most.
_MOST_DATES = 4
# Of the foot: 300 px of a phone hold four of 70 px.
_MOST_DOTS = 40
# More would touch each other.
_GAP = 3.5
# Usual distances between two readings, beyond which nothing is known of what lay between.
_LEAST_GAP = timedelta(days=2)
_MOVE = timedelta(days=1)
# Charts that last a day or less are marked by the hour.
_SHORT = (
    (10**15, "P"), (10**12, "T"), (10**9, "G"), (10**6, "M"),
)  # fmt: skip
# Large numbers are written short, or they would not fit left of the scale.


def trend_chart(
    points: Sequence[Point], *, name: str, title: str, description: str, unit: str = "",
    accepted: int | None = None, limit: int | None = None,
) -> str:  # fmt: skip
    """Return how a figure went; empty where there are not two readings at different times.

    A line joins readings that follow each other at the usual distance. Over a longer silence there
    is none: what the figure did then is not known.

    Args:
        points: The oldest first.
        name: Prefix of the ids in the page, unique in it.
        title: Read out before the chart.
        description: What the chart shows, for those who do not see it.
        unit: Written above the scale.
        accepted: Value that the user accepted; a line across.
        limit: At which something happens, a line across; drawn where the figure comes near it.
    """
    if len(points) < 2 or points[0].at >= points[-1].at:
        return ""
    plane = _plane(points, accepted, limit)
    return "".join(
        (
            f'<svg class="chart trend" role="img" aria-labelledby="{escape(name)}-title '
            f'{escape(name)}-text" width="100%" height="{_BOTTOM + _FOOT}" '
            'xmlns="http://www.w3.org/2000/svg">',
            f'<title id="{escape(name)}-title">{escape(title)}</title>',
            f'<desc id="{escape(name)}-text">{escape(description)}</desc>',
            *_grid(plane, unit),
            *_dates(plane),
            *_across(plane, accepted, "accepted"),
            *_across(plane, limit, "limit"),
            *_line(plane, points),
            *_dots(plane, points),
            "</svg>",
        )
    )


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where a time and a value lie."""

    since: datetime
    until: datetime
    low: int
    high: int
    step: int

    def across(self, at: datetime) -> float:
        """Return a place in percent of the width."""
        share = (at - self.since) / (self.until - self.since)
        return _LEFT + min(max(share, 0.0), 1.0) * (_RIGHT - _LEFT)

    def down(self, value: float) -> float:
        """Return a place in pixels from the top."""
        return _BOTTOM - (value - self.low) / (self.high - self.low) * (_BOTTOM - _TOP)


def _plane(points: Sequence[Point], accepted: int | None, limit: int | None) -> _Plane:
    values = [point.value for point in points]
    low, high = min(values), max(values)
    if accepted is not None:
        low, high = min(low, accepted), max(high, accepted)
    if limit is not None and abs(limit - high) <= max(high - low, 1):
        low, high = min(low, limit), max(high, limit)
    step = _round_step(max((high - low) / _STEPS, 1.0))
    bottom = floor(low / step) * step
    return _Plane(points[0].at, points[-1].at, bottom,
                  max(ceil(high / step) * step, bottom + step), step)  # fmt: skip


def _round_step(least: float) -> int:
    """Return 1, 2 or 5 times a power of ten that is at least so much; from 1 on.

    >>> _round_step(1.0), _round_step(3.2), _round_step(130.0)
    (1, 5, 200)
    """
    power = int(10 ** floor(log10(least)))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)


def _grid(plane: _Plane, unit: str) -> Iterator[str]:
    for value in range(plane.low, plane.high + 1, plane.step):
        y = plane.down(value)
        yield (
            f'<line x1="{_LEFT}%" x2="{_RIGHT}%" y1="{y:.1f}" y2="{y:.1f}" '
            'style="stroke:var(--line,#d5dbe1)"/>'
            f'<text class="value" x="{_LEFT}%" dx="-8" y="{y + 5:.1f}" text-anchor="end">'
            f"{short(value)}</text>"
        )
    if unit:
        yield f'<text class="label" x="0" y="12">{escape(unit)}</text>'


def short(value: int) -> str:
    """Write a number in at most six signs or so.

    >>> short(0), short(40_000), short(12_500_000), short(3 * 10**13)
    ('0', '40,000', '12.5 M', '30 T')
    """
    for factor, letter in _SHORT:
        if abs(value) >= factor:
            return f"{value / factor:.4g} {letter}"
    return f"{value:,}"


def _dates(plane: _Plane) -> Iterator[str]:
    form = "%H:%M" if plane.until - plane.since <= _MOVE else "%Y-%m-%d"
    written: list[str] = []
    for number in range(_MOST_DATES):
        share = number / (_MOST_DATES - 1)
        at = plane.since + (plane.until - plane.since) * share
        words = f"{at.astimezone(UTC):{form}}"
        if words in written:
            continue
        written.append(words)
        x = plane.across(at)
        anchor = {0: "start", _MOST_DATES - 1: "end"}.get(number, "middle")
        yield (
            f'<line x1="{x:.2f}%" x2="{x:.2f}%" y1="{_BOTTOM}" y2="{_BOTTOM + 5}" '
            'style="stroke:var(--soft,#51606e)"/>'
            f'<text class="value" x="{x:.2f}%" y="{_BOTTOM + 20}" text-anchor="{anchor}">'
            f"{words}</text>"
        )


def _across(plane: _Plane, value: int | None, word: str) -> Iterator[str]:
    if value is None or not plane.low <= value <= plane.high:
        return
    y = plane.down(value)
    yield (
        f'<line class="mark" x1="{_LEFT}%" x2="{_RIGHT}%" y1="{y:.1f}" y2="{y:.1f}" '
        'style="stroke:var(--soft,#51606e);stroke-dasharray:3 2"/>'
        f'<text class="label" x="{_RIGHT}%" y="{y - 4:.1f}" text-anchor="end">'
        f"{word} {short(value)}</text>"
    )


def _line(plane: _Plane, points: Sequence[Point]) -> Iterator[str]:
    longest = _longest_step(points)
    for before, after in pairwise(points):
        if after.at - before.at <= longest:
            yield (
                f'<line x1="{plane.across(before.at):.2f}%" y1="{plane.down(before.value):.1f}" '
                f'x2="{plane.across(after.at):.2f}%" y2="{plane.down(after.value):.1f}" '
                'style="stroke:var(--bar,#2f6f9f);stroke-width:2;stroke-linecap:round"/>'
            )


def _longest_step(points: Sequence[Point]) -> timedelta:
    """Return the longest time between two readings that a line may bridge."""
    usual = median((after.at - before.at) / timedelta(seconds=1)
                   for before, after in pairwise(points))  # fmt: skip
    return max(timedelta(seconds=usual * _GAP), _LEAST_GAP)


def _dots(plane: _Plane, points: Sequence[Point]) -> Iterator[str]:
    """Mark every reading where there are few; else those that no line reaches, and the last."""
    longest = _longest_step(points)
    for number, point in enumerate(points):
        last = number == len(points) - 1
        joined = (number > 0 and point.at - points[number - 1].at <= longest) or (
            not last and points[number + 1].at - point.at <= longest
        )
        if last or not joined or len(points) <= _MOST_DOTS:
            yield (
                f'<circle class="dot" cx="{plane.across(point.at):.2f}%" '
                f'cy="{plane.down(point.value):.1f}" r="{4 if last else 2.5}" '
                'style="fill:var(--bar,#2f6f9f)"/>'
            )
