"""Bars as inline SVG without words: the page prints those above each bar, and breaks their lines.

Lengths across are percentages of the width that the page gives; colours are the page's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

_HEIGHT = 14
_LEAST = Decimal("0.4")
# Percent of the width: a narrower piece would not be seen.


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a bar: from and to as shares of its whole length, and its style in the page."""

    start: Decimal
    end: Decimal
    style: str


def bar(pieces: Sequence[Piece], *, marks: Sequence[Decimal] = ()) -> str:
    """Return a bar: pieces over a track, and marks across it; places are shares, 0 to 1.

    It says nothing that the words beside it do not, so it is hidden from those who listen.
    """
    return "".join(
        (
            f'<svg class="chart bar-line" aria-hidden="true" width="100%" height="{_HEIGHT}" '
            'xmlns="http://www.w3.org/2000/svg">',
            f'<rect class="track" width="100%" height="{_HEIGHT}"/>',
            *(_piece(piece) for piece in pieces if piece.end > piece.start),
            *(f'<line class="mark" x1="{_across(at)}%" x2="{_across(at)}%" y1="0" '
              f'y2="{_HEIGHT}"/>' for at in marks),
            "</svg>",
        )
    )  # fmt: skip


def _piece(piece: Piece) -> str:
    start = _percent(piece.start)
    width = max(_percent(piece.end) - start, _LEAST)
    return (
        f'<rect class="{piece.style}" x="{min(start, 100 - width):.2f}%" width="{width:.2f}%" '
        f'height="{_HEIGHT}"/>'
    )


def _percent(share: Decimal) -> Decimal:
    return min(max(share, Decimal(0)), Decimal(1)) * 100


def _across(share: Decimal) -> str:
    return f"{_percent(share):.2f}"
