"""Piece tables and place tables, read by docs/store-format.md alone."""

import re
import struct
from dataclasses import dataclass

from support.second_encodings import RefusedError, require

NO_DIGEST = bytes(32)
NONE = 0xFFFFFFFF
DELTA = 3
MOST_OBJECT = 16 << 20
MOST_ROWS = 65_536
MOST_HOLE = (1 << 53) - 1
WORD = re.compile(r"([0-9a-f]{64})(?:-([1-9][0-9]*))?")


class TooNewError(RefusedError):
    """Something in the store asks for a reader that knows more."""


@dataclass(frozen=True)
class Key:
    """Digest and epoch; the epoch belongs to the key and not to the content."""

    digest: bytes
    epoch: int = 0

    @classmethod
    def read(cls, word: str) -> "Key":
        found = WORD.fullmatch(word)
        require(found is not None, f"no key: {word!r}")
        return cls(bytes.fromhex(found[1]), int(found[2] or 0))

    @property
    def word(self) -> str:
        return self.digest.hex() + (f"-{self.epoch}" if self.epoch else "")


@dataclass(frozen=True)
class Stored:
    """Where bytes lie and how they are encoded."""

    object: Key
    object_bytes: int
    offset: int
    stored: int
    encoding: int


@dataclass(frozen=True)
class Base:
    digest: bytes
    length: int
    place: Stored


@dataclass(frozen=True)
class Row:
    """One piece of the sequence; `place` is None for a hole."""

    length: int
    digest: bytes
    place: Stored | None = None
    base: Base | None = None


Place = tuple[Stored, Base | None]


def piece_table(content: bytes) -> list[Row]:
    """Return the pieces, without their places."""
    (count,) = _head(content, b"PODPIECE", 1)
    require(len(content) == 16 + 40 * count, "a piece table of another size")
    column = _Columns(content, 16)
    lengths = struct.unpack(f"<{count}Q", column.take(8 * count))
    rows = [Row(length, column.take(32)) for length in lengths]
    for row in rows:
        most = MOST_HOLE if row.digest == NO_DIGEST else MOST_OBJECT
        require(1 <= row.length <= most, f"a piece of {row.length} bytes")
    return rows


def place_table(content: bytes) -> list[Place | None]:
    """Return where each piece lies, with its base; None for a hole."""
    count, objects, bases = _head(content, b"PODPLACE", 3)
    require(
        len(content) == 24 + 40 * objects + 17 * count + 88 * bases,
        "a place table of another size",
    )
    column = _Columns(content, 24)
    keys = column.objects(objects)
    which, offsets, stored, based = (column.numbers(count) for _ in range(4))
    encodings = column.take(count)
    heads = [struct.unpack("<32sIIIB3s", column.take(48)) for _ in range(bases)]
    found = []
    for (digest, length, offset, size, encoding, filler), key in zip(
        heads, column.objects(bases), strict=True
    ):
        require(filler == bytes(3) and encoding < DELTA, "no base")
        found.append(Base(digest, length, _inside(Stored(*key, offset, size, encoding))))
    rows: list[Place | None] = []
    for index, row in enumerate(zip(which, offsets, stored, encodings, based, strict=True)):
        if which[index] == NONE:
            require(row == (NONE, 0, 0, 0, NONE), "a hole that lies somewhere")
            rows.append(None)
            continue
        require(which[index] < objects, "no such object")
        place = _inside(Stored(*keys[which[index]], *row[1:4]))
        require(place.encoding <= DELTA, f"encoding {place.encoding}")
        has_base = based[index] != NONE
        require((place.encoding == DELTA) == has_base, "a base out of place")
        require(not has_base or based[index] < bases, "no such base")
        rows.append((place, found[based[index]] if has_base else None))
    return rows


def _head(content: bytes, magic: bytes, numbers: int) -> tuple[int, ...]:
    require(content[:8] == magic and len(content) >= 12 + 4 * numbers, "no table")
    version, *counts = struct.unpack_from(f"<I{numbers}I", content, 8)
    if version > 1:
        raise TooNewError(f"{magic.decode()} {version}")
    require(version == 1 and max(counts) <= MOST_ROWS, "no table")
    return tuple(counts)


def _inside(place: Stored) -> Stored:
    require(1 <= place.object_bytes <= MOST_OBJECT, "an object of no size")
    require(place.stored >= 1, "a stored form of nothing")
    require(place.offset + place.stored <= place.object_bytes, "beyond the end of its object")
    return place


class _Columns:
    """Takes one column after the other."""

    def __init__(self, content: bytes, at: int) -> None:
        self.content = content
        self.at = at

    def take(self, size: int) -> bytes:
        self.at += size
        return self.content[self.at - size : self.at]

    def numbers(self, count: int) -> tuple[int, ...]:
        return struct.unpack(f"<{count}I", self.take(4 * count))

    def objects(self, count: int) -> list[tuple[Key, int]]:
        digests = [self.take(32) for _ in range(count)]
        epochs, lengths = self.numbers(count), self.numbers(count)
        keys = [Key(*pair) for pair in zip(digests, epochs, strict=True)]
        return list(zip(keys, lengths, strict=True))
