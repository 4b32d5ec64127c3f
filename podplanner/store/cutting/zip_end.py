"""The records at the end of a zip archive, which say where its directory is.

Source: APPNOTE.TXT 6.3.10 of PKWARE, sections 4.3.14 to 4.3.16.
"""

import struct
from typing import NamedTuple

from podplanner.store.cutting.access import RandomAccess, read_exactly

END_MAGIC = b"PK\x05\x06"
FULL16, FULL32 = 0xFFFF, 0xFFFFFFFF
"""Stand for a number that is in a zip64 record or field."""
_END = struct.Struct("<4sHHHHIIH")
_END64 = struct.Struct("<4sQHHIIQQQQ")
_LOCATOR = struct.Struct("<4sIQI")
_END64_MAGIC = b"PK\x06\x06"
_LOCATOR_MAGIC = b"PK\x06\x07"
_LONGEST_COMMENT = 0xFFFF
# What its two bytes can state.


class End(NamedTuple):
    """What the records say."""

    members: int
    length: int
    offset: int
    """As stated."""
    position: int
    """Where the directory ends: at this record, or at the zip64 one before it."""
    sound: bool


def find_end(file: RandomAccess, size: int) -> End | None:
    """Return what the last record says, or the zip64 record before it; None where there is none.

    Raises:
        ContradictionError: The file is shorter than it was.
    """
    if size < _END.size:
        return None
    tail_start = max(0, size - _END.size - _LONGEST_COMMENT)
    tail = read_exactly(file, tail_start, size - tail_start)
    at = tail.rfind(END_MAGIC, 0, len(tail) - _END.size + 4)
    if at < 0:
        return None
    _, disk, first_disk, here, count, length, offset, comment = _END.unpack_from(tail, at)
    position = tail_start + at
    sound = position + _END.size + comment == size and here == count and disk == first_disk == 0
    sound = sound and not _another_end(tail, at)
    short = End(count, length, offset, position, sound)
    return _end64(file, short) or short


def _another_end(tail: bytes, last: int) -> bool:
    """Return whether an earlier record would do as well, the last one being in its comment."""
    at = tail.find(END_MAGIC, 0, last)
    while at >= 0:
        if at + _END.size + _END.unpack_from(tail, at)[7] == len(tail):
            return True
        at = tail.find(END_MAGIC, at + 1, last)
    return False


def _end64(file: RandomAccess, short: End) -> End | None:
    """Return the zip64 record that stands before the short one; None where there is none."""
    at = short.position - _LOCATOR.size
    if at < 0:
        return None
    magic, disk, offset, disks = _LOCATOR.unpack(read_exactly(file, at, _LOCATOR.size))
    if magic != _LOCATOR_MAGIC:
        return None
    position = at - _END64.size
    if position < 0:
        return None
    fields = _END64.unpack(read_exactly(file, position, _END64.size))
    if fields[0] != _END64_MAGIC:
        return None
    _, record, _, _, this_disk, first_disk, here, count, length, start = fields
    agrees = (
        short.sound
        and offset == position
        and record == _END64.size - 12
        and disk == this_disk == first_disk == 0
        and disks <= 1
        and here == count
        and short.members in (count, FULL16)
        and short.length in (length, FULL32)
        and short.offset in (start, FULL32)
    )
    return End(count, length, start, position, agrees)
