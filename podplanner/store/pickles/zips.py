"""Members of zip archives, read strictly: where the two lists of an archive differ, it is unsafe.

A zip archive says everything twice, before each member and in the list at its end. Loaders
believe one or the other, so a scanner that believes one can be shown something else than what
is loaded.

Source: PKWARE, APPNOTE 6.3.10.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from podplanner.store.pickles.window import Lost, ReadAt

STORED, DEFLATED, BZIP2 = 0, 8, 12
_END = struct.Struct("<4s4H2IH")
_END_MAGIC = b"PK\x05\x06"
_LOCATOR = struct.Struct("<4sIQI")
_LOCATOR_MAGIC = b"PK\x06\x07"
_END64 = struct.Struct("<4sQ2H2I4Q")
_END64_MAGIC = b"PK\x06\x06"
_ENTRY = struct.Struct("<4s6H3I5H2I")
_ENTRY_MAGIC = b"PK\x01\x02"
_LOCAL = struct.Struct("<4s5H3I2H")
LOCAL_MAGIC = b"PK\x03\x04"
_LONGEST_COMMENT = 65_535
_LARGEST_LIST = 64 * 2**20
# Bytes of the list: some 700,000 members.
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
# Flags: encrypted, strongly encrypted, list encrypted.
_AFTERWARDS = 0x0008
# Flag: sizes and CRC stand behind the member.
_SAME_FLAGS = _ENCRYPTED | _AFTERWARDS
_IN_EXTRA = 0xFFFFFFFF
_ZIP64_EXTRA = 1


class Member(NamedTuple):
    """One member of an archive."""

    name: str
    offset: int
    """Where its packed bytes begin in the file."""
    packed: int
    size: int
    method: int
    crc: int


class _Entry(NamedTuple):
    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    at: int


class _List(NamedTuple):
    """Where the list of an archive lies."""

    offset: int
    size: int
    entries: int
    shift: int


class Archive:
    """A zip archive in a file, and what is strange about it."""

    def __init__(self, read_at: ReadAt, size: int) -> None:
        self._read_at = read_at
        self._size = size
        self.oddities: list[str] = []
        self.shift = 0
        """Bytes before the archive, by which all its offsets are wrong."""

    @staticmethod
    def ends_here(read_at: ReadAt, size: int) -> bool:
        """Return whether a file ends as an archive without a comment does."""
        tail = read_at(size - _END.size, _END.size) if size >= _END.size else b""
        return tail.startswith(_END_MAGIC) and tail.endswith(b"\0\0")

    def members(self) -> Iterator[Member]:
        """Yield the members; note what is strange in `oddities`.

        Raises:
            Lost: There is no list that could be followed.
        """
        place = self._find_list()
        self.shift = place.shift
        seen: set[bytes] = set()
        for entry in self._entries(place):
            name = entry.name.decode("utf-8", "backslashreplace")
            if entry.name in seen:
                self.oddities.append(f"has two members called {name}")
            seen.add(entry.name)
            if place.shift and self._read_at(entry.at - place.shift, 4) == LOCAL_MAGIC:
                self.oddities.append(f"has {name} in two places")
            member = self._member(entry, name, place)
            if member is not None:
                yield member

    def _find_list(self) -> _List:
        length = min(self._size, _END.size + _LONGEST_COMMENT)
        tail = self._read_at(self._size - length, length)
        at = tail.rfind(_END_MAGIC)
        if at < 0 or at + _END.size > len(tail):
            raise Lost("is an archive without a list of its members")
        end = self._size - length + at
        _, disk, _, _, entries, size, offset, comment = _END.unpack_from(tail, at)
        if at + _END.size + comment != len(tail) or disk not in (0, 0xFFFF):
            self.oddities.append("is an archive that does not end where it says")
        end, entries, size, offset = self._find_list64(end, entries, size, offset)
        shift = end - size - offset
        if shift < 0 or size > _LARGEST_LIST:
            raise Lost("is an archive whose list of members cannot be followed")
        return _List(end - size, size, entries, shift)

    def _find_list64(
        self, end: int, entries: int, size: int, offset: int
    ) -> tuple[int, int, int, int]:
        locator = self._read_at(max(end - _LOCATOR.size, 0), _LOCATOR.size)
        if len(locator) < _LOCATOR.size or locator[:4] != _LOCATOR_MAGIC:
            return end, entries, size, offset
        at = _LOCATOR.unpack(locator)[2]
        record = self._read_at(at, _END64.size) if at < self._size else b""
        if len(record) < _END64.size or record[:4] != _END64_MAGIC:
            raise Lost("is an archive whose list of members cannot be followed")
        fields = _END64.unpack(record)
        if at + 12 + fields[1] != end - _LOCATOR.size:
            self.oddities.append("is an archive with bytes before its end")
        small = (entries, 0xFFFF), (size, _IN_EXTRA), (offset, _IN_EXTRA)
        if any(
            said not in (large, top) for (said, top), large in zip(small, fields[7:10], strict=True)
        ):
            self.oddities.append("is an archive with two different ends")
        return at, fields[7], fields[8], fields[9]

    def _entries(self, place: _List) -> Iterator[_Entry]:
        listing = self._read_at(place.offset, place.size)
        at, count = 0, 0
        while at + _ENTRY.size <= len(listing) and listing[at : at + 4] == _ENTRY_MAGIC:
            fields = _ENTRY.unpack_from(listing, at)
            flags, method, crc, packed, size = fields[3], fields[4], fields[7], fields[8], fields[9]
            name_bytes, extra_bytes, comment_bytes, offset = *fields[10:13], fields[16]
            at += _ENTRY.size
            name = listing[at : at + name_bytes]
            extra = listing[at + name_bytes : at + name_bytes + extra_bytes]
            at += name_bytes + extra_bytes + comment_bytes
            size, packed, offset = _large(extra, size, packed, offset)
            count += 1
            yield _Entry(name, flags, method, crc, packed, size, offset + place.shift)
        if count != place.entries or at != len(listing):
            self.oddities.append("is an archive whose list of members is damaged")

    def _member(self, entry: _Entry, name: str, place: _List) -> Member | None:
        """Return where a member lies; None where nobody could know."""
        head = self._read_at(entry.at, _LOCAL.size) if entry.at < place.offset else b""
        if len(head) < _LOCAL.size or head[:4] != LOCAL_MAGIC:
            self.oddities.append(f"says that {name} is where it is not")
            return None
        fields = _LOCAL.unpack(head)
        flags, method, crc, packed, size = fields[2], fields[3], fields[6], fields[7], fields[8]
        name_bytes, extra_bytes = fields[9:11]
        behind = self._read_at(entry.at + _LOCAL.size, name_bytes + extra_bytes)
        start = entry.at + _LOCAL.size + name_bytes + extra_bytes
        if behind[:name_bytes] != entry.name or method != entry.method:
            self.oddities.append(f"says two different things of {name}")
        if (flags ^ entry.flags) & _SAME_FLAGS:
            self.oddities.append(f"has two different flags for {name}")
        size, packed, _ = _large(behind[name_bytes:], size, packed, 0)
        stated = (crc, packed, size)
        later = bool(flags & _AFTERWARDS) and not any(stated[:2])
        if not later and stated != (entry.crc, entry.packed, entry.size):
            self.oddities.append(f"says two different things of {name}")
        if (flags | entry.flags) & _ENCRYPTED:
            self.oddities.append(f"says that {name} is encrypted")
        if start + entry.packed > place.offset:
            self.oddities.append(f"says that {name} is longer than it can be")
            return None
        return Member(name, start, entry.packed, entry.size, entry.method, entry.crc)


def _large(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """Return the numbers of a member, from the extra field where they did not fit."""
    values = [size, packed, offset]
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == _ZIP64_EXTRA:
            field = extra[at + 4 : at + 4 + length]
            for index, value in enumerate(values):
                if value == _IN_EXTRA and len(field) >= 8:
                    values[index] = int.from_bytes(field[:8], "little")
                    field = field[8:]
            break
        at += 4 + length
    return values[0], values[1], values[2]
