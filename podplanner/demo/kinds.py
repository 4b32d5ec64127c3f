"""What is drawn: cats, and other things that a network has to tell them from.

Each function paints one kind of thing onto many pictures at once, in as many forms as `random`
gives. Ears, eyes and whiskers stand where they stand on the animal, so that what tells a cat is
what tells it in life: pointed ears, a short face, whiskers.
"""

from collections.abc import Callable

import numpy as np

from podplanner.demo.shapes import Floats, Grid, box, ellipse, paint, stroke, triangle


class Brush:
    """Paints onto pictures; knows how many there are, and draws lots for their forms."""

    def __init__(self, canvas: Floats, grid: Grid, shades: tuple[Floats, Floats, Floats],
                 random: np.random.Generator) -> None:  # fmt: skip
        self.canvas = canvas
        self.at = grid
        self.main, self.light, self.dark = shades
        self._random = random

    def between(self, low: float, high: float) -> Floats:
        """Return a number for each picture, of shape (n, 1, 1)."""
        shape = (len(self.canvas), 1, 1)
        return self._random.uniform(low, high, shape).astype(np.float32)

    def some(self, share: float) -> Floats:
        """Return 1 for that share of the pictures, else 0: for what not every one has."""
        return (self.between(0, 1) < share).astype(np.float32)

    def put(self, mask: Floats, shade: Floats) -> None:
        """Paint a shape."""
        self.canvas = paint(self.canvas, mask, shade)


def cat(brush: Brush) -> None:
    """Paint heads with pointed ears, slanted eyes, a small nose and whiskers."""
    wide, high = brush.between(0.58, 0.72), brush.between(0.5, 0.62)
    tip, spread = brush.between(0.85, 1.08), brush.between(0.46, 0.62)
    for side in (-1, 1):
        brush.put(
            triangle(brush.at, (side * spread, -tip), (side * 0.14, -0.4), (side * 0.62, -0.12)),
            brush.main,
        )
        brush.put(
            triangle(
                brush.at, (side * spread, -tip + 0.2), (side * 0.28, -0.42), (side * 0.54, -0.24)
            ),
            brush.light,
        )
    brush.put(ellipse(brush.at, (0, 0), (wide, high)), brush.main)
    _eyes(brush, apart=0.27, at=-0.08, radii=(0.12, 0.1))
    brush.put(triangle(brush.at, (-0.09, 0.14), (0.09, 0.14), (0, 0.25)), brush.dark)
    _whiskers(brush, share=0.9)


def dog(brush: Brush) -> None:
    """Paint heads with ears that hang, a long muzzle and a broad nose."""
    wide, high = brush.between(0.46, 0.58), brush.between(0.6, 0.72)
    brush.put(ellipse(brush.at, (0, 0), (wide, high)), brush.main)
    hang, out = brush.between(-0.05, 0.25), brush.between(0.5, 0.64)
    for side in (-1, 1):
        brush.put(
            ellipse(brush.at, (side * out, hang - 0.1), (0.17, brush.between(0.4, 0.52))),
            brush.dark * 0.5 + brush.main * 0.5,
        )
    brush.put(ellipse(brush.at, (0, 0.34), (0.3, 0.32)), brush.light)
    _eyes(brush, apart=0.22, at=-0.16, radii=(0.09, 0.09))
    brush.put(ellipse(brush.at, (0, 0.2), (0.16, 0.1)), brush.dark)


def rabbit(brush: Brush) -> None:
    """Paint round heads with long ears that stand up, and sometimes whiskers."""
    lean, long = brush.between(0.05, 0.28), brush.between(0.5, 0.62)
    for side in (-1, 1):
        brush.put(ellipse(brush.at, (side * (0.2 + lean * 0.5), -0.55), (0.15, long)), brush.main)
        brush.put(
            ellipse(brush.at, (side * (0.2 + lean * 0.5), -0.55), (0.07, long - 0.14)), brush.light
        )
    brush.put(ellipse(brush.at, (0, 0.28), (brush.between(0.44, 0.54), 0.46)), brush.main)
    _eyes(brush, apart=0.22, at=0.2, radii=(0.08, 0.1))
    brush.put(ellipse(brush.at, (0, 0.42), (0.07, 0.06)), brush.dark)
    _whiskers(brush, share=0.4, at=0.46)


def bird(brush: Brush) -> None:
    """Paint birds from the side: a round body, a head with a beak, a tail, a wing, legs."""
    facing = np.where(brush.between(0, 1) < 0.5, -1, 1).astype(np.float32)
    for leg in (-0.12, 0.14):
        brush.put(stroke(brush.at, (leg, 0.5), (leg, 0.98), 0.05), brush.dark)
    brush.put(
        triangle(brush.at, (-facing * 0.4, 0.1), (-facing * 1.05, brush.between(-0.3, 0.1)),
                 (-facing * 0.95, 0.35)),
        brush.main,
    )  # fmt: skip
    brush.put(
        triangle(brush.at, (facing * 0.5, -0.52), (facing * 1.0, -0.38), (facing * 0.5, -0.26)),
        brush.dark,
    )
    brush.put(ellipse(brush.at, (0, 0.15), (0.58, brush.between(0.38, 0.48))), brush.main)
    brush.put(ellipse(brush.at, (facing * 0.38, -0.38), (0.3, 0.28)), brush.main)
    brush.put(ellipse(brush.at, (-facing * 0.12, 0.12), (0.34, 0.2)), brush.light)
    brush.put(ellipse(brush.at, (facing * 0.45, -0.44), (0.08, 0.08)), brush.dark)


def cup(brush: Brush) -> None:
    """Paint cups with a handle on one side, and often steam."""
    side = np.where(brush.between(0, 1) < 0.5, -1, 1).astype(np.float32)
    wide, high = brush.between(0.4, 0.5), brush.between(0.42, 0.56)
    ring = ellipse(brush.at, (side * wide, 0.2), (0.38, 0.32)) - ellipse(
        brush.at, (side * wide, 0.2), (0.22, 0.17)
    )
    brush.put(np.clip(ring, 0, 1), brush.main)
    brush.put(box(brush.at, (0, 0.22), (wide, high)), brush.main)
    brush.put(ellipse(brush.at, (0, 0.22 - high), (wide, 0.14)), brush.light)
    for place in (-0.18, 0.16):
        steam = stroke(brush.at, (place, -0.6), (place + 0.1, -1.0), 0.06) * brush.some(0.6)
        brush.put(steam, brush.light)


def house(brush: Brush) -> None:
    """Paint houses: walls, a pointed roof, a door, a window, sometimes a chimney."""
    wide, eaves = brush.between(0.5, 0.64), brush.between(-0.2, 0.0)
    chimney = box(brush.at, (0.36, -0.6), (0.1, 0.3)) * brush.some(0.5)
    brush.put(chimney, brush.dark)
    brush.put(box(brush.at, (0, (eaves + 0.85) / 2), (wide, (0.85 - eaves) / 2)), brush.main)
    brush.put(
        triangle(brush.at, (0, brush.between(-1.02, -0.85)), (-wide - 0.2, eaves),
                 (wide + 0.2, eaves)),
        brush.dark * 0.6 + brush.main * 0.4,
    )  # fmt: skip
    brush.put(box(brush.at, (brush.between(-0.3, 0.0), 0.58), (0.12, 0.27)), brush.dark)
    brush.put(box(brush.at, (0.28, 0.28), (0.13, 0.13)), brush.light)


def _eyes(brush: Brush, *, apart: float, at: float, radii: tuple[float, float]) -> None:
    for side in (-1, 1):
        brush.put(ellipse(brush.at, (side * apart, at), radii), brush.light)
        brush.put(ellipse(brush.at, (side * apart, at), (radii[0] * 0.55, radii[1])), brush.dark)


def _whiskers(brush: Brush, *, share: float, at: float = 0.24) -> None:
    having, long = brush.some(share), brush.between(0.75, 1.05)
    for side in (-1, 1):
        for tilt in (-0.12, 0.04, 0.2):
            line = stroke(brush.at, (side * 0.2, at), (side * long, at + tilt), 0.03)
            brush.put(line * having, brush.light)


KINDS: tuple[tuple[str, Callable[[Brush], None]], ...] = (
    ("cat", cat),
    ("dog", dog),
    ("rabbit", rabbit),
    ("bird", bird),
    ("cup", cup),
    ("house", house),
)
"""Name -> painter; the place in this list is the number by which a network knows the kind."""
NAMES: tuple[str, ...] = tuple(name for name, _ in KINDS)
CAT = NAMES.index("cat")
