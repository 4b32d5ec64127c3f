"""Pixels as PNG, alone and within a page: what is drawn on is data, not an outside file."""

import struct
import zlib
from base64 import b64encode
from collections.abc import Sequence

from podplanner.report.story_values import Picture, Tile

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
# Bytes a pixel -> colour type (PNG, 3rd edition, table 8): grey, colours, colours with opacity.
_NEGATIVE, _POSITIVE = (58, 134, 196), (224, 112, 32)
# Of weights: blue against orange is told apart by all but the rarest eyes, by day and in the dark.
_ACROSS, _GAP = 4, 1
# Tiles in a row, and pixels between two of them.
_MIDDLE = 128
# The byte of a weight of 0.
_STEPS = 12
# Levels of a weight that are told apart: more cost bytes and show noise.


def png_of(pixels: bytes, width: int, height: int) -> bytes:
    """Return a PNG of pixels of 1 byte (grey), 3 (red, green, blue) or 4 (and opacity).

    >>> png_of(b"\\0\\xff\\xff\\0", 2, 2)[1:4]
    b'PNG'
    """
    line = len(pixels) // height
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[line // width], 0, 0, 0)
    # Every line begins with its filter: 0, none.
    rows = b"".join(b"\0" + pixels[row * line : (row + 1) * line] for row in range(height))
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _within(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode()}"


def picture_data(picture: Picture) -> str:
    """Return a picture as the address of an image that lies in the page itself."""
    return _within(png_of(picture.pixels, picture.side, picture.side))


def tiles_data(tiles: Sequence[Tile]) -> tuple[str, int, int]:
    """Return weights as one image, orange above 0 and blue below, with its width and height.

    A weight of 0 is clear, so that the picture stands on light and on dark paper.
    """
    side = tiles[0].side
    across = min(_ACROSS, len(tiles))
    down = -(-len(tiles) // across)
    width, height = across * (side + _GAP) - _GAP, down * (side + _GAP) - _GAP
    colours = [_colour(level) for level in range(256)]
    canvas = bytearray(width * height * 4)
    for number, tile in enumerate(tiles):
        left, top = number % across * (side + _GAP), number // across * (side + _GAP)
        for row in range(side):
            line = b"".join(colours[one] for one in tile.pixels[row * side : (row + 1) * side])
            start = ((top + row) * width + left) * 4
            canvas[start : start + len(line)] = line
    return _within(png_of(bytes(canvas), width, height)), width, height


def _colour(level: int) -> bytes:
    away = level - _MIDDLE
    strength = round(abs(away) / _MIDDLE * _STEPS) / _STEPS
    return bytes((*(_POSITIVE if away > 0 else _NEGATIVE), round(strength * 255)))
