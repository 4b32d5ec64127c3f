"""Figures over time as one line of blocks, for terminals."""

from collections.abc import Sequence
from datetime import datetime

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII = "_.-:=+*#"
"""Where the terminal's encoding has no blocks."""


def sparkline(values: Sequence[int | float | None], *, blocks: str = BLOCKS) -> str:
    """Return a sign for each value, the lowest first; a space where there is none.

    Values that are all the same lie at the bottom: nothing moved.

    >>> sparkline([0, 1, 2, None, 7]), sparkline([3, 3]), sparkline([0, 9], blocks=ASCII)
    ('▁▂▃ █', '▁▁', '_#')
    """
    known = [value for value in values if value is not None]
    if not known:
        return " " * len(values)
    low, span = min(known), max(known) - min(known)
    top = len(blocks) - 1
    return "".join(
        " " if value is None else blocks[round((value - low) / span * top) if span else 0]
        for value in values
    )


def sampled(points: Sequence[tuple[datetime, int]], width: int) -> list[int | None]:
    """Return at most so many values, evenly over the time of the points.

    Each is the last of its share of the time; None where nothing was read in it: what lies between
    two readings is not known. Few points stand side by side, one each.

    Args:
        points: The oldest first.
        width: Above 0.
    """
    if len(points) <= width:
        return [value for _, value in points]
    start, span = points[0][0], points[-1][0] - points[0][0]
    found: list[int | None] = [None] * width
    for moment, value in points:
        share = (moment - start) / span if span else 0.0
        found[min(int(share * width), width - 1)] = value
    return found


def blocks_for(encoding: str | None) -> str:
    """Return the signs that an encoding has."""
    try:
        BLOCKS.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return BLOCKS
