"""Members of tar archives, as torch wrote them before 2018 and as `.nemo` files are.

Source: POSIX.1-2017, pax interchange format, and GNU tar's `tar.h`.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from podplanner.store.pickles.window import Lost, Window

_BLOCK = 512
_CHECKSUM = slice(148, 156)
_SIZE = slice(124, 136)
_KIND = 156
_FILES = b"\x0007S"
# Regular, as old tars write it, contiguous, and GNU's sparse files.
_EXTENDED = b"xX"
_LARGEST_EXTENDED = 2**20
_SIZE_RECORD = re.compile(rb"\d+ size=(\d{1,18})\n")


class TarMember(NamedTuple):
    """One file of an archive, whose bytes lie where the window is."""

    name: str
    size: int


def is_tar(head: bytes) -> bool:
    """Return whether bytes are the first block of a tar archive, by its checksum."""
    if len(head) < _BLOCK or not head[0]:
        return False
    try:
        stated = _number(head[_CHECKSUM])
    except Lost:
        return False
    plain = sum(head[:_BLOCK]) - sum(head[_CHECKSUM]) + 8 * ord(" ")
    return stated == plain


def members(window: Window) -> Iterator[TarMember]:
    """Yield the files of an archive; the caller may read from the window what it wants.

    Raises:
        Lost: A member is longer than the archive.
    """
    size_said: int | None = None
    while is_tar(head := window.peek(_BLOCK)):
        window.skip(_BLOCK)
        size = _number(head[_SIZE])
        kind = head[_KIND]
        if kind in _EXTENDED:
            record = window.peek(min(size, _LARGEST_EXTENDED))
            said = _SIZE_RECORD.search(record)
            size_said = int(said[1]) if said else None
        elif kind in _FILES:
            size = size if size_said is None else size_said
            size_said = None
            start = window.offset
            yield TarMember(head[:100].rstrip(b"\0").decode("utf-8", "backslashreplace"), size)
            size -= window.offset - start
            window.skip(size + (-(window.offset + size)) % _BLOCK)
            continue
        window.skip(-(-size // _BLOCK) * _BLOCK)


def _number(field: bytes) -> int:
    """Return a number as tar writes it: octal digits, or 256-base where the first bit is set."""
    if field[0] & 0x80:
        return int.from_bytes(field, "big") & ((1 << (8 * len(field) - 1)) - 1)
    digits = field.strip(b" \0")
    try:
        return int(digits, 8) if digits else 0
    except ValueError as error:
        raise Lost("is an archive with a size that is none") from error
