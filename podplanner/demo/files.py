"""Pictures as bytes: a sheet to look at, PGM to ask about, an archive of arrays to train on."""

import io
import re

import numpy as np
from numpy.typing import NDArray

from podplanner.demo.pictures import SIZE, Pictures
from podplanner.errors import FormatError

_PGM = re.compile(rb"P5\s+(\d{1,4})\s+(\d{1,4})\s+255\s")
# Header of a raw PGM of one byte a pixel; comments, which we never write, are not read.


def sheet_of(pictures: NDArray[np.uint8], across: int) -> NDArray[np.uint8]:
    """Return pictures side by side in rows; the last row is filled with white."""
    rows = -(-len(pictures) // across)
    sheet = np.full((rows * (SIZE + 2) - 2, across * (SIZE + 2) - 2), 255, np.uint8)
    for number, picture in enumerate(pictures):
        top, left = number // across * (SIZE + 2), number % across * (SIZE + 2)
        sheet[top : top + SIZE, left : left + SIZE] = picture
    return sheet


def pgm_of(picture: NDArray[np.uint8]) -> bytes:
    """Return one grey picture as PGM: a line of words, then its pixels."""
    height, width = picture.shape
    return b"P5 %d %d 255\n" % (width, height) + picture.tobytes()


def picture_of(data: bytes, name: str) -> NDArray[np.uint8]:
    """Return the picture of a PGM.

    Raises:
        FormatError: It is none, or has another size than the network takes.
    """
    header = _PGM.match(data)
    hint = f"Give a raw PGM (P5) of {SIZE} x {SIZE} grey pixels, such as the demo writes."
    if header is None:
        raise FormatError(f"{name} is no picture that can be read here", hint=hint)
    width, height = int(header[1]), int(header[2])
    pixels = data[header.end() :]
    if (width, height) != (SIZE, SIZE) or len(pixels) != width * height:
        raise FormatError(f"{name} has {width} x {height} pixels in {len(pixels)} bytes", hint=hint)
    return np.frombuffer(pixels, np.uint8).reshape(height, width)


def archive_of(pictures: Pictures) -> bytes:
    """Return pictures and labels as an .npz, the same bytes for the same pictures."""
    buffer = io.BytesIO()
    np.savez(buffer, images=pictures.images, labels=pictures.labels)
    return buffer.getvalue()
