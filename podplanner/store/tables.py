"""Tables: the pieces of a version, and where they lie in one store, in binary columns.

docs/store-format.md gives the bytes. Both kinds of table cover at most 65,536 pieces; piece
number i of a place table is piece number i of the piece table beside it.
"""

import struct
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from podplanner.errors import FormatVersionError, ObjectCorruptError
from podplanner.store.digest import NO_DIGEST, SIZE

MOST_PIECES = 65_536
LARGEST_OBJECT = 16 * 2**20
NO_OBJECT = 0xFFFFFFFF
"""In the column `object`: a hole. In the column `base`: no base."""
LARGEST_TABLE = 16 * 2**20
"""Bytes of a table, unpacked: 65,536 pieces, each in an object of its own with a base."""

RAW, ZSTD, FAST, DELTA = 0, 1, 2, 3
"""Encodings of a piece; `encoding` says what each is."""

_PIECES = b"PODPIECE"
_PLACES = b"PODPLACE"
_HEAD = struct.Struct("<8sII")
_PLACES_HEAD = struct.Struct("<8sIIII")
_VERSION = 1
_BASE = struct.Struct("<32sIIIB3x")
_MOST_BYTES = 2**53 - 1
# Of a hole: what a number in a document may be.


class Piece(NamedTuple):
    """A run of bytes of a file, named by the digest of its plain bytes."""

    length: int
    digest: bytes
    """`NO_DIGEST` for a hole: `length` zero bytes that are stored nowhere."""


class ObjectKey(NamedTuple):
    """The name of an object: the digest of its stored bytes, and the epoch that renamed it."""

    digest: bytes
    epoch: int = 0
    """0: none."""

    @property
    def key(self) -> str:
        """The key in the backend."""
        name = self.digest.hex()
        return f"objects/{name[:2]}/{name}" + (f"-{self.epoch}" if self.epoch else "")

    @classmethod
    def from_key(cls, key: str) -> "ObjectKey | None":
        """Return the object's name that a key writes; None when it is no key of an object."""
        name, dash, epoch = key.rpartition("/")[2].partition("-")
        if len(name) != 2 * SIZE or (dash and not (epoch.isascii() and epoch.isdigit())):
            return None
        try:
            found = cls(bytes.fromhex(name), int(epoch) if dash else 0)
        except ValueError:
            return None
        return found if found.key == key else None


class Base(NamedTuple):
    """The piece against which another is encoded: stored whole, in this very store."""

    digest: bytes
    length: int
    object: ObjectKey
    object_bytes: int
    offset: int
    stored: int
    encoding: int


class Place(NamedTuple):
    """Where the stored form of one piece lies."""

    object: ObjectKey
    object_bytes: int
    """Length of the whole object."""
    offset: int
    stored: int
    """Bytes of the stored form."""
    encoding: int
    base: Base | None = None


@dataclass(frozen=True, slots=True)
class PieceTable:
    """Columns: lengths and digests of consecutive pieces."""

    lengths: Sequence[int]
    digests: bytes

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, number: int) -> Piece:
        start = number * SIZE
        return Piece(self.lengths[number], self.digests[start : start + SIZE])

    def __iter__(self) -> Iterator[Piece]:
        digests = self.digests
        for number, length in enumerate(self.lengths):
            yield Piece(length, digests[number * SIZE : number * SIZE + SIZE])

    def encode(self) -> bytes:
        """Return the table's bytes."""
        return b"".join(
            (
                _HEAD.pack(_PIECES, _VERSION, len(self.lengths)),
                _little("Q", self.lengths),
                self.digests,
            )
        )

    @classmethod
    def of(cls, pieces: Sequence[Piece]) -> "PieceTable":
        """Return the table of these pieces, at most `MOST_PIECES`."""
        return cls([piece.length for piece in pieces], b"".join(p.digest for p in pieces))

    @classmethod
    def decode(cls, content: bytes, *, what: str) -> "PieceTable":
        """Return the table that bytes write, every number of it checked.

        Raises:
            ObjectCorruptError: It is no such table.
        """
        magic, version, count = _head(_HEAD, content, what)
        wanted = _HEAD.size + count * (8 + SIZE)
        _check_version(magic == _PIECES, version, what)
        if magic != _PIECES or version != _VERSION or count > MOST_PIECES or len(content) != wanted:
            raise _corrupt(what)
        lengths = _column("Q", content, _HEAD.size, count)
        digests = content[_HEAD.size + 8 * count :]
        table = cls(lengths, digests)
        for length, digest in table:
            hole = digest == NO_DIGEST
            if not 0 < length <= (_MOST_BYTES if hole else LARGEST_OBJECT):
                raise _corrupt(what)
        return table


@dataclass(frozen=True, slots=True)
class PlaceTable:
    """Columns: objects once each, and for every piece its object, offset, length, encoding."""

    objects: Sequence[ObjectKey]
    object_bytes: Sequence[int]
    bases: Sequence[Base]
    object: Sequence[int]
    """Index into `objects` for each piece; `NO_OBJECT` for a hole."""
    offset: Sequence[int]
    stored: Sequence[int]
    encoding: bytes
    base: Sequence[int]
    """Index into `bases` for each piece; `NO_OBJECT` for none."""

    def __len__(self) -> int:
        return len(self.object)

    def __getitem__(self, number: int) -> Place | None:
        """Return where a piece lies; None for a hole."""
        index = self.object[number]
        if index == NO_OBJECT:
            return None
        base = self.base[number]
        return Place(
            self.objects[index],
            self.object_bytes[index],
            self.offset[number],
            self.stored[number],
            self.encoding[number],
            None if base == NO_OBJECT else self.bases[base],
        )

    def __iter__(self) -> Iterator[Place | None]:
        return (self[number] for number in range(len(self)))

    def all_objects(self) -> Iterator[tuple[ObjectKey, int]]:
        """Yield every object that the table needs with its length, bases too; some twice."""
        yield from zip(self.objects, self.object_bytes, strict=True)
        for base in self.bases:
            yield base.object, base.object_bytes

    @classmethod
    def of(cls, places: Sequence[Place | None]) -> "PlaceTable":
        """Return the table of these places; None stands for a hole."""
        objects: dict[ObjectKey, int] = {}
        sizes: list[int] = []
        bases: dict[Base, int] = {}
        rows: list[tuple[int, int, int, int, int]] = []
        for place in places:
            if place is None:
                rows.append((NO_OBJECT, 0, 0, RAW, NO_OBJECT))
                continue
            index = objects.setdefault(place.object, len(objects))
            if index == len(sizes):
                sizes.append(place.object_bytes)
            base = NO_OBJECT if place.base is None else bases.setdefault(place.base, len(bases))
            rows.append((index, place.offset, place.stored, place.encoding, base))
        columns = list(zip(*rows, strict=True)) or [(), (), (), (), ()]
        return cls(
            list(objects),
            sizes,
            list(bases),
            columns[0],
            columns[1],
            columns[2],
            bytes(columns[3]),
            columns[4],
        )

    def encode(self) -> bytes:
        """Return the table's bytes."""
        head = _PLACES_HEAD.pack(
            _PLACES, _VERSION, len(self.object), len(self.objects), len(self.bases)
        )
        return b"".join(
            (
                head,
                b"".join(key.digest for key in self.objects),
                _little("I", [key.epoch for key in self.objects]),
                _little("I", self.object_bytes),
                _little("I", self.object),
                _little("I", self.offset),
                _little("I", self.stored),
                _little("I", self.base),
                self.encoding,
                *(
                    _BASE.pack(b.digest, b.length, b.offset, b.stored, b.encoding)
                    for b in self.bases
                ),
                b"".join(b.object.digest for b in self.bases),
                _little("I", [b.object.epoch for b in self.bases]),
                _little("I", [b.object_bytes for b in self.bases]),
            )
        )

    @classmethod
    def decode(cls, content: bytes, *, what: str) -> "PlaceTable":
        """Return the table that bytes write, every number of it checked.

        Raises:
            ObjectCorruptError: It is no such table.
        """
        magic, version, count, objects, bases = _head(_PLACES_HEAD, content, what)
        _check_version(magic == _PLACES, version, what)
        wanted = (
            _PLACES_HEAD.size + objects * (SIZE + 8) + count * 17 + bases * (_BASE.size + SIZE + 8)
        )
        if (
            magic != _PLACES
            or version != _VERSION
            or max(count, objects, bases) > MOST_PIECES
            or len(content) != wanted
        ):
            raise _corrupt(what)
        at = _PLACES_HEAD.size
        keys, at = _keys(content, at, objects)
        sizes = _column("I", content, at, objects)
        at += 4 * objects
        columns = []
        for _ in range(4):
            columns.append(_column("I", content, at, count))
            at += 4 * count
        encoding = content[at : at + count]
        at += count
        rows = [_BASE.unpack_from(content, at + i * _BASE.size) for i in range(bases)]
        at += bases * _BASE.size
        base_keys, at = _keys(content, at, bases)
        base_sizes = _column("I", content, at, bases)
        table = cls(
            keys,
            sizes,
            [
                Base(row[0], row[1], base_keys[i], base_sizes[i], row[2], row[3], row[4])
                for i, row in enumerate(rows)
            ],
            columns[0],
            columns[1],
            columns[2],
            encoding,
            columns[3],
        )
        table._check(what)
        return table

    def _check(self, what: str) -> None:
        """Refuse indexes, ranges and encodings that cannot be."""
        for size in self.object_bytes:
            if not 0 < size <= LARGEST_OBJECT:
                raise _corrupt(what)
        for base in self.bases:
            if base.encoding == DELTA or not _inside(base.offset, base.stored, base.object_bytes):
                raise _corrupt(what)
            if not 0 < base.length <= LARGEST_OBJECT:
                raise _corrupt(what)
        for number, index in enumerate(self.object):
            if index == NO_OBJECT:
                continue
            if index >= len(self.objects) or self.encoding[number] > DELTA:
                raise _corrupt(what)
            base_index = self.base[number]
            if (self.encoding[number] == DELTA) != (base_index != NO_OBJECT):
                raise _corrupt(what)
            if base_index != NO_OBJECT and base_index >= len(self.bases):
                raise _corrupt(what)
            if not _inside(self.offset[number], self.stored[number], self.object_bytes[index]):
                raise _corrupt(what)


def _inside(offset: int, stored: int, size: int) -> bool:
    return stored > 0 and offset + stored <= size


def _keys(content: bytes, at: int, count: int) -> tuple[list[ObjectKey], int]:
    """Return names of objects: their digests, then their epochs."""
    epochs = _column("I", content, at + SIZE * count, count)
    keys = [
        ObjectKey(content[at + SIZE * i : at + SIZE * (i + 1)], epochs[i]) for i in range(count)
    ]
    return keys, at + (SIZE + 4) * count


def _head(form: struct.Struct, content: bytes, what: str) -> tuple[Any, ...]:
    if len(content) < form.size:
        raise _corrupt(what)
    return form.unpack_from(content)


def _check_version(ours: bool, version: int, what: str) -> None:
    if ours and version > _VERSION:
        raise FormatVersionError(
            f"{what} is of version {version}; this podplanner reads up to {_VERSION}",
            hint="Install a newer podplanner.",
        )


def _little(code: str, numbers: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(numbers)}{code}", *numbers)


def _column(code: str, content: bytes, at: int, count: int) -> Sequence[int]:
    return array(code, struct.unpack_from(f"<{count}{code}", content, at))


def _corrupt(what: str) -> ObjectCorruptError:
    return ObjectCorruptError(
        f"{what} is no table of a store, or one that contradicts itself",
        hint="Run `podplanner store check --repair-from OTHER` to mend it from a second store.",
    )
