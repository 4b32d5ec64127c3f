"""Shapes on a grid of pixels, many pictures at once: masks of 0 to 1 with soft edges.

The first axis of every array is the picture; coordinates are those of the thing that is drawn, from
-1 to 1, with y downwards.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Place = tuple[float | Floats, float | Floats]

_EDGE = 0.09
# Width of the soft edge of a shape in its own coordinates: about one pixel of 32.


@dataclass(frozen=True, slots=True)
class Grid:
    """Where each pixel of each picture lies in the coordinates of its thing."""

    x: Floats
    y: Floats

    @classmethod
    def turned(cls, size: int, middle: Place, scale: Floats, angle: Floats) -> "Grid":
        """Return the grid of things that are moved, scaled and turned.

        Args:
            size: Pixels on a side.
            middle: Of the thing, in -1 to 1 of the picture; one a picture, of shape (n, 1, 1).
            scale: Half the thing's size, of the picture's half.
            angle: In radians.
        """
        line = (np.arange(size, dtype=np.float32) + 0.5) * (2 / size) - 1
        across, down = line[None, None, :] - middle[0], line[None, :, None] - middle[1]
        cosine, sine = np.cos(angle), np.sin(angle)
        return cls((across * cosine + down * sine) / scale, (down * cosine - across * sine) / scale)


def _soft(distance: Floats) -> Floats:
    """Return 1 inside, 0 outside, and what is between on the edge."""
    return np.asarray(np.clip(distance / _EDGE + 0.5, 0, 1), np.float32)


def ellipse(at: Grid, middle: Place, radii: Place) -> Floats:
    """Return the mask of an ellipse."""
    across, down = (at.x - middle[0]) / radii[0], (at.y - middle[1]) / radii[1]
    return _soft((1 - np.sqrt(across**2 + down**2)) * np.minimum(*radii))


def box(at: Grid, middle: Place, halves: Place) -> Floats:
    """Return the mask of a rectangle, by half its width and height."""
    inside = np.minimum(halves[0] - np.abs(at.x - middle[0]), halves[1] - np.abs(at.y - middle[1]))
    return _soft(inside)


def stroke(at: Grid, start: Place, end: Place, width: float | Floats) -> Floats:
    """Return the mask of a line with round ends."""
    along = (end[0] - start[0], end[1] - start[1])
    length = along[0] ** 2 + along[1] ** 2 + 1e-9
    share = np.clip(((at.x - start[0]) * along[0] + (at.y - start[1]) * along[1]) / length, 0, 1)
    off = np.hypot(at.x - start[0] - share * along[0], at.y - start[1] - share * along[1])
    return _soft(width - off)


def triangle(at: Grid, first: Place, second: Place, third: Place) -> Floats:
    """Return the mask of a triangle, whichever way round its corners are given."""
    corners = (first, second, third)
    turn = np.sign(
        (second[0] - first[0]) * (third[1] - first[1])
        - (second[1] - first[1]) * (third[0] - first[0])
    )
    nearest: Floats = np.full(at.x.shape, np.inf, np.float32)
    for here, there in zip(corners, (*corners[1:], first), strict=True):
        side = (there[0] - here[0], there[1] - here[1])
        off = (at.y - here[1]) * side[0] - (at.x - here[0]) * side[1]
        nearest = np.minimum(nearest, turn * off / np.hypot(*side))
    return _soft(nearest)


def paint(canvas: Floats, mask: Floats, shade: float | Floats) -> Floats:
    """Return pictures with a shape painted over them."""
    return (canvas + (shade - canvas) * mask).astype(np.float32)
