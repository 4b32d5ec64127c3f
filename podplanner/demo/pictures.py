"""The data set: small grey pictures, drawn by a program from a seed.

They are drawn, not photographed, and every place that shows them says so. They are made hard
enough that a small network errs: things are turned, moved, scaled and shaded at random, clutter
lies behind and before them, and the sensor is noisy. Pictures by night are darker and flatter.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from podplanner.demo.kinds import KINDS, Brush
from podplanner.demo.shapes import Floats, Grid, paint, stroke

SIZE = 32
"""Pixels on a side."""
Bytes = NDArray[np.uint8]
Labels = NDArray[np.int64]
Light = Literal["day", "night"]

_TURN = 0.45
# Radians to either side: a head that is held aslant.
_NOISE = {"day": 0.05, "night": 0.05}
# Standard deviation of each pixel, of the whole range; at night the signal is weaker as well.
_NIGHT = (0.12, 0.45)
# Least brightness and share of the contrast that is left of a picture by night.


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures of shape (n, 32, 32), and for each the number of its kind."""

    images: Bytes
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)

    def __add__(self, other: "Pictures") -> "Pictures":
        """Return both, those of the other behind."""
        return Pictures(
            np.concatenate((self.images, other.images)),
            np.concatenate((self.labels, other.labels)),
        )


def draw(count: int, light: Light, random: np.random.Generator) -> Pictures:
    """Return pictures, as many of each kind as come out even, in a shuffled order."""
    numbers = np.arange(count, dtype=np.int64) % len(KINDS)
    images = np.empty((count, SIZE, SIZE), np.uint8)
    for number, (_, painter) in enumerate(KINDS):
        where = np.flatnonzero(numbers == number)
        canvas = _background(len(where), random)
        brush = Brush(canvas, _pose(len(where), random), _shades(canvas, random), random)
        painter(brush)
        images[where] = _seen(_clutter(brush.canvas, 1, random), light, random)
    order = random.permutation(count)
    return Pictures(images[order], numbers[order])


def _uniform(random: np.random.Generator, count: int, low: float, high: float) -> Floats:
    return random.uniform(low, high, (count, 1, 1)).astype(np.float32)


def _pose(count: int, random: np.random.Generator) -> Grid:
    middle = (_uniform(random, count, -0.22, 0.22), _uniform(random, count, -0.16, 0.22))
    scale = _uniform(random, count, 0.62, 0.9)
    return Grid.turned(SIZE, middle, scale, _uniform(random, count, -_TURN, _TURN))


def _background(count: int, random: np.random.Generator) -> Floats:
    """Return grounds that grow lighter to one side, with clutter on them."""
    line = np.linspace(-1, 1, SIZE, dtype=np.float32)
    slope = _uniform(random, count, -0.12, 0.12) * line[None, None, :]
    slope = slope + _uniform(random, count, -0.12, 0.12) * line[None, :, None]
    return _clutter(_uniform(random, count, 0.3, 0.7) + slope, 2, random)


def _clutter(canvas: Floats, strokes: int, random: np.random.Generator) -> Floats:
    """Return pictures with some lines across them, in any shade and direction."""
    count = len(canvas)
    grid = Grid.turned(
        SIZE, (np.zeros((count, 1, 1), np.float32),) * 2, np.ones((count, 1, 1), np.float32),
        np.zeros((count, 1, 1), np.float32),
    )  # fmt: skip
    for _ in range(strokes):
        start = (_uniform(random, count, -1, 1), _uniform(random, count, -1, 1))
        end = (start[0] + _uniform(random, count, -0.7, 0.7),
               start[1] + _uniform(random, count, -0.7, 0.7))  # fmt: skip
        mask = stroke(grid, start, end, _uniform(random, count, 0.02, 0.12))
        canvas = paint(canvas, mask, _uniform(random, count, 0, 1))
    return canvas


def _shades(canvas: Floats, random: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Return shades of a thing: its own, lighter than the ground or darker, and two beside it."""
    count = len(canvas)
    ground = canvas.mean(axis=(1, 2), keepdims=True)
    away = _uniform(random, count, 0.24, 0.46)
    main = np.clip(np.where(_uniform(random, count, 0, 1) < 0.5, ground - away, ground + away),
                   0.14, 0.86).astype(np.float32)  # fmt: skip
    light = np.clip(main + _uniform(random, count, 0.22, 0.45), 0, 1).astype(np.float32)
    dark = np.clip(main - _uniform(random, count, 0.22, 0.45), 0, 1).astype(np.float32)
    return main, light, dark


def _seen(canvas: Floats, light: Light, random: np.random.Generator) -> Bytes:
    """Return pictures as a poor camera sees them."""
    if light == "night":
        canvas = _NIGHT[0] * canvas.mean() + _NIGHT[1] * canvas**1.6
    noisy = canvas + random.normal(0, _NOISE[light], canvas.shape)
    return (np.clip(noisy, 0, 1) * 255).round().astype(np.uint8)
