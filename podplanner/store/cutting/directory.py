"""The central directory of a zip archive, and whether each local header agrees with it.

Readers of zip archives differ in which of the two they believe, which is how pickles are hidden
from scanners: so both are read, and what disagrees is said.

Source: APPNOTE.TXT 6.3.10 of PKWARE, sections 4.3.6 to 4.3.16, 4.5.3.
"""

import struct
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from podplanner.store.cutting.access import RandomAccess, read_exactly
from podplanner.store.cutting.anatomy import MOST_TENSORS, Member
from podplanner.store.cutting.zip_end import FULL16, FULL32, End

STORED, ENCRYPTED = 0, 1
"""A method; a flag."""
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_ENTRY = struct.Struct("<4sHHHHHHIIIHHHHHII")
LOCAL_MAGIC = b"PK\x03\x04"
_ENTRY_MAGIC = b"PK\x01\x02"
_ZIP64 = 1
# Number of its extra field.
_LATER = 8
# Flag: sizes and checksum follow the data, and may be zero in the local header (torch does so).
_UNICODE = 0x800
_LONGEST_DIRECTORY = 32 * 2**20
# Room for 131,072 members with names of 200 characters.
_USUAL_EXTRA = 192
# Bytes fetched with a local header beyond its name: torch pads with up to 64, numpy takes 20.


@dataclass(frozen=True, slots=True)
class Directory:
    """What an archive says of itself at its end."""

    members: tuple[Member, ...]
    """In the directory's order."""
    offset: int
    """Where the directory begins."""
    sound: bool
    """Whether all of it agrees, all members do, and nothing stands before the first."""


class _Entry(NamedTuple):
    """A member as the directory has it."""

    raw_name: bytes
    flags: int
    method: int
    crc: int
    length: int
    size: int
    begin: int


def read_directory(file: RandomAccess, end: End) -> Directory:
    """Return an archive's directory as far as it can be followed.

    As lenient as zipfile is about bytes before the archive and wrong counts, so that every member
    that some reader would find is found; `sound` is strict.
    """
    actual = end.position - end.length
    shift = actual - end.offset
    if min(actual, shift) < 0 or end.length > _LONGEST_DIRECTORY:
        return Directory((), max(actual, 0), False)
    entries, whole = _entries(read_exactly(file, actual, end.length))
    sound = end.sound and whole and shift == 0 and len(entries) == end.members
    members, begins = [], []
    names = Counter(entry.raw_name for entry in entries)
    for entry in entries:
        begin = entry.begin + shift
        member = _member(file, entry, begin, actual)
        alone = names[entry.raw_name] == 1
        members.append(member if alone else member._replace(sound=False))
        begins.append(begin)
    members = _without_overlaps(members, begins)
    sound = sound and all(member.sound for member in members)
    return Directory(tuple(members), actual, sound)


def _entries(directory: bytes) -> tuple[list[_Entry], bool]:
    """Return the entries of a directory, and whether it holds nothing else."""
    found: list[_Entry] = []
    at = 0
    while at + _ENTRY.size <= len(directory) and len(found) < MOST_TENSORS:
        fields = _ENTRY.unpack_from(directory, at)
        magic, _, _, flags, method, _, _, crc, length, size = fields[:10]
        name_length, extra_length, comment_length, disk = fields[10:14]
        name_at = at + _ENTRY.size
        extra_at = name_at + name_length
        after = extra_at + extra_length + comment_length
        if magic != _ENTRY_MAGIC or after > len(directory) or disk not in (0, FULL16):
            return found, False
        numbers = _widened(
            directory[extra_at : extra_at + extra_length], (size, length, fields[16])
        )
        if numbers is None:
            return found, False
        size, length, begin = numbers
        raw_name = directory[name_at:extra_at]
        found.append(_Entry(raw_name, flags, method, crc, length, size, begin))
        at = after
    return found, at == len(directory)


def _widened(extra: bytes, numbers: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return numbers with those that are full taken from the zip64 extra field, in order."""
    if FULL32 not in numbers:
        return numbers
    field = _zip64_field(extra)
    if field is None:
        return None
    wide, at = [], 0
    for number in numbers:
        if number != FULL32:
            wide.append(number)
            continue
        if at + 8 > len(field):
            return None
        wide.append(int.from_bytes(field[at : at + 8], "little"))
        at += 8
    return tuple(wide)


def _zip64_field(extra: bytes) -> bytes | None:
    at = 0
    while at + 4 <= len(extra):
        kind = int.from_bytes(extra[at : at + 2], "little")
        length = int.from_bytes(extra[at + 2 : at + 4], "little")
        if kind == _ZIP64:
            return extra[at + 4 : at + 4 + length]
        at += 4 + length
    return None


def _member(file: RandomAccess, entry: _Entry, begin: int, end: int) -> Member:
    """Return a member with the place of its bytes, and whether its local header agrees."""
    offset, agrees = -1, False
    if begin + _LOCAL.size <= end:
        usual = _LOCAL.size + len(entry.raw_name) + _USUAL_EXTRA
        head = read_exactly(file, begin, min(usual, end - begin))
        fields = _LOCAL.unpack_from(head)
        if fields[0] == LOCAL_MAGIC:
            long = _LOCAL.size + fields[9] + fields[10]
            if long > len(head) and begin + long <= end:
                head = read_exactly(file, begin, long)
            offset = begin + long
            agrees = len(head) >= long and _agrees(entry, head, fields)
    inside = 0 <= offset <= offset + entry.length <= end
    name = entry.raw_name.decode("utf-8" if entry.flags & _UNICODE else "cp437", "replace")
    sound = agrees and inside and b"\0" not in entry.raw_name and not entry.flags & ENCRYPTED
    if entry.method == STORED and entry.length != entry.size:
        sound = False
    return Member(
        name, offset, entry.length, entry.size, entry.method, entry.flags, entry.crc, sound
    )


def _agrees(entry: _Entry, head: bytes, fields: tuple[int, ...]) -> bool:
    """Return whether a local header says what the directory says."""
    _, _, flags, method, _, _, crc, length, size, name_length, extra_length = fields
    extra_at = _LOCAL.size + name_length
    if head[_LOCAL.size : extra_at] != entry.raw_name:
        return False
    if method != entry.method or flags != entry.flags:
        return False
    if flags & _LATER and crc == length == size == 0:
        return True
    numbers = _widened(head[extra_at : extra_at + extra_length], (size, length))
    if flags & _LATER and crc == 0 and numbers == (0, 0):
        return True
    return crc == entry.crc and numbers == (entry.size, entry.length)


def _without_overlaps(members: list[Member], begins: list[int]) -> list[Member]:
    """Return members, those that lie over another marked as not sound."""
    found = list(members)
    order = sorted(range(len(found)), key=lambda number: begins[number])
    last, reach = -1, 0
    for number in order:
        member = found[number]
        if begins[number] < reach:
            found[number] = member._replace(sound=False)
            found[last] = found[last]._replace(sound=False)
        after = max(member.offset, begins[number]) + max(member.length, 0)
        if after > reach:
            last, reach = number, after
    return found
