"""Pieces of SVG that the pictures of a case share; lengths in millimetres, colours by class."""

from collections.abc import Iterator
from decimal import Decimal
from html import escape

from podplanner.report.layout import Block, Box

BAND_HEIGHT = Decimal(17)
# Height of the strip that carries the name of a backplane, in mm.


def mm(value: Decimal) -> str:
    """Write a coordinate to a hundredth of a millimetre, without idle zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def rectangle(box: Box, style: str, *, fill: str | None = None) -> str:
    """Draw a box; its class gives the colours, unless `fill` gives one."""
    painted = f' fill="{fill}"' if fill else ""
    named = f' class="{style}"' if style else ""
    return (
        f'<rect{named} x="{mm(box.x)}" y="{mm(box.y)}" width="{mm(box.width)}" '
        f'height="{mm(box.depth)}" rx="1"{painted}/>'
    )


def text(
    words: str, x: Decimal, y: Decimal, style: str, *, turned: Decimal | None = None,
    stroke: str | None = None,
) -> str:  # fmt: skip
    """Write words; upwards where `turned` is given, with a halo where `stroke` is."""
    turn = "" if turned is None else f' transform="rotate(-90 {mm(x)} {mm(y)})"'
    halo = "" if stroke is None else f' stroke="{stroke}"'
    return f'<text class="{style}" x="{mm(x)}" y="{mm(y)}"{turn}{halo}>{escape(words)}</text>'


def band(block: Block) -> Iterator[str]:
    """Draw the strip with the name of a backplane over the rear end of its bays."""
    box = block.box
    yield rectangle(Box(box.x, box.y, box.width, BAND_HEIGHT), "band")
    words = block.label if box.width > 100 else block.label.rpartition(" ")[2]
    yield text(
        words, box.x + box.width / 2, box.y + BAND_HEIGHT - Decimal("4.5"), "band-name middle"
    )


def other(block: Block) -> Iterator[str]:
    """Draw a fan, a supply, a board."""
    yield rectangle(block.box, "other")
    box = block.box
    yield text(block.label, box.x + box.width / 2, box.y + box.depth / 2 + 5, "soft middle")
