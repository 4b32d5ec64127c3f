"""Charts as inline SVG, from numbers alone.

Lengths across are percentages of the width that the page gives, lengths down and letters are
pixels: the letters stay readable on a phone and small on a desk. Colours are the page's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from itertools import pairwise

_ROW = 46
_BAR = 14
_LABEL_BASE = 14
_BAR_TOP = 21
_SCALE = Decimal(98)
# Percent of the width that stand for a share of 1: the last dot keeps its right half.
_ROOM = Decimal("0.16")
# A cumulative share is written beside its dot where at least this much free width is left of it.


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a Pareto chart.

    Attributes:
        words: What stands at the right: amount and share.
        share: 0 to 1; what is beyond is drawn at the end of the scale.
        cumulative: Share of this bar and all before it.
        cumulative_words: The same, as it is printed.
    """

    label: str
    words: str
    share: Decimal
    cumulative: Decimal
    cumulative_words: str


def pareto_chart(
    bars: Sequence[Bar], *, name: str, title: str, description: str, mark: Decimal
) -> str:
    """Return horizontal bars with a line of cumulative shares; empty when there are no bars.

    Args:
        bars: The longest first.
        name: Prefix of the ids in the page, unique in it.
        title: Read out before the chart.
        description: What the chart shows, for those who do not see it.
        mark: Share (0 to 1) at which every row carries a tick.
    """
    if not bars:
        return ""
    height = len(bars) * _ROW + 4
    return "".join(
        (
            f'<svg class="chart" role="img" aria-labelledby="{escape(name)}-title '
            f'{escape(name)}-text" width="100%" height="{height}" '
            'xmlns="http://www.w3.org/2000/svg">',
            f'<title id="{escape(name)}-title">{escape(title)}</title>',
            f'<desc id="{escape(name)}-text">{escape(description)}</desc>',
            *(_track(row, bar, mark) for row, bar in enumerate(bars)),
            *_line(bars),
            *(piece for row, bar in enumerate(bars) for piece in _words(row, bar)),
            "</svg>",
        )
    )


def _across(share: Decimal) -> str:
    """Return a place on the scale in percent of the width."""
    return f"{min(max(share, Decimal(0)), Decimal(1)) * _SCALE:.2f}%"


def _middle(row: int) -> int:
    return row * _ROW + _BAR_TOP + _BAR // 2


def _track(row: int, bar: Bar, mark: Decimal) -> str:
    top = row * _ROW + _BAR_TOP
    return (
        f'<rect class="track" x="0" y="{top}" width="{_across(Decimal(1))}" height="{_BAR}"/>'
        f'<rect class="bar" x="0" y="{top}" width="{_across(bar.share)}" height="{_BAR}"/>'
        f'<line class="mark" x1="{_across(mark)}" x2="{_across(mark)}" y1="{top}" '
        f'y2="{top + _BAR}"/>'
    )


def _line(bars: Sequence[Bar]) -> Iterator[str]:
    for row, (above, below) in enumerate(pairwise(bars)):
        yield (
            f'<line class="cumulative" x1="{_across(above.cumulative)}" y1="{_middle(row)}" '
            f'x2="{_across(below.cumulative)}" y2="{_middle(row + 1)}"/>'
        )
    for row, bar in enumerate(bars):
        yield f'<circle class="dot" cx="{_across(bar.cumulative)}" cy="{_middle(row)}" r="4"/>'


def _words(row: int, bar: Bar) -> Iterator[str]:
    base = row * _ROW + _LABEL_BASE
    # The amount follows the name: at the right end it would stand under the cumulative line.
    yield (
        f'<text class="label" x="0" y="{base}">{escape(bar.label)}'
        f'<tspan class="value" dx="10">{escape(bar.words)}</tspan></text>'
    )
    if bar.cumulative - bar.share >= _ROOM:
        yield (
            f'<text class="running" x="{_across(bar.cumulative)}" dx="-8" '
            f'y="{_middle(row) + 4}" text-anchor="end">{escape(bar.cumulative_words)}</text>'
        )
