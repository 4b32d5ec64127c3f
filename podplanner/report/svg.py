"""Pieces of SVG that the pictures of a case share; lengths in millimetres, colours by class."""

from collections.abc import Iterator
from decimal import Decimal
from html import escape

from podplanner.report.layout import Block, Box

_WIDE, _NARROW = frozenset("MWmw@%—…"), frozenset(" .,:;!|'()[]/ijlftrI-")
_WIDTHS = {"wide": Decimal("15.2"), "narrow": Decimal("6.2"), "other": Decimal("10.4")}
# Of letters of 15 mm in DejaVu Sans, the widest of the fonts that systems commonly have.
BAND_HEIGHT = Decimal(17)
# Height of the strip that carries the name of a backplane, in mm.


def mm(value: Decimal) -> str:
    """Write a coordinate to a hundredth of a millimetre, without idle zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def lines_of(words: str, room: Decimal) -> list[str]:
    """Return words in lines that fit a width in mm, in letters of 15 mm in any common font.

    >>> lines_of("narrow WWWWWWWW", Decimal(130))
    ['narrow', 'WWWWWWWW']
    """
    lines, line, used = [], "", Decimal(0)
    for word in words.split(" "):
        for piece in _pieces(word, room):
            wide = _width(piece)
            if line and used + _WIDTHS["narrow"] + wide > room:
                lines.append(line)
                line, used = "", Decimal(0)
            used += wide + (_WIDTHS["narrow"] if line else 0)
            line = f"{line} {piece}" if line else piece
    return [*lines, line] if line else lines


def _pieces(word: str, room: Decimal) -> list[str]:
    """Return a word in pieces of which each fits alone."""
    pieces, piece = [], ""
    for letter in word:
        if piece and _width(piece + letter) > room:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece] if piece else pieces


def _width(words: str) -> Decimal:
    return sum((_letter_width(letter) for letter in words), Decimal(0))


def _letter_width(letter: str) -> Decimal:
    if letter in _NARROW:
        return _WIDTHS["narrow"]
    wide = letter in _WIDE or ord(letter) > 0x24F  # beyond Latin nothing is known of widths
    return _WIDTHS["wide" if wide else "other"]


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
