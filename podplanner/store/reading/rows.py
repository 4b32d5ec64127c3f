"""Which rows of a version's tables belong to which bytes of which file."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from podplanner.errors import ObjectCorruptError
from podplanner.store.digest import NO_DIGEST
from podplanner.store.manifest import Manifest
from podplanner.store.reader import OpenVersion
from podplanner.store.tables import MOST_PIECES, NO_OBJECT, Piece, PieceTable, Place, PlaceTable


class Row(NamedTuple):
    """A piece of a version and where its stored form lies."""

    piece: Piece
    place: Place


class Segment(NamedTuple):
    """The rows of one file in one table."""

    file: int
    """Index into the manifest's files."""
    first: int
    """Number in the table of the first row."""
    rows: int
    offset: int
    """Where the first row's piece begins in the file, in bytes."""
    last: bool
    """Whether the file ends here."""


@dataclass(frozen=True, slots=True)
class TableRows:
    """One pair of tables, with the file and the offset of every row."""

    first: int
    """The number in the version of the table's first row."""
    pieces: PieceTable
    places: PlaceTable
    files: "array[int]"
    """Of each row: index into the manifest's files."""
    offsets: "array[int]"
    """Of each row: where its piece begins in the file, in bytes."""

    def row(self, number: int) -> Row:
        """Return a row that is no hole."""
        place = self.places[number]
        if place is None:
            raise ValueError(f"row {number} is a hole")
        return Row(self.pieces[number], place)

    def is_hole(self, number: int) -> bool:
        """Return whether a row is a hole: zeros that are stored nowhere."""
        return self.places.object[number] == NO_OBJECT


def check_numbers(manifest: Manifest, what: str) -> None:
    """Refuse a manifest whose numbers contradict each other.

    Args:
        manifest: The manifest.
        what: How to name it in an error.

    Raises:
        ObjectCorruptError: They do.
    """
    pieces = size = 0
    for entry in manifest.files:
        if entry.size < 0 or entry.pieces < 0 or (entry.size == 0) != (entry.pieces == 0):
            raise _contradiction(what)
        pieces += entry.pieces
        size += entry.size
    for table in manifest.tables:
        if not 0 < table.pieces <= MOST_PIECES:
            raise _contradiction(what)
        pieces -= table.pieces
        size -= table.bytes
    if pieces or size:
        raise _contradiction(what)


def segments(manifest: Manifest) -> Iterator[list[Segment]]:
    """Yield, for each table, the files whose rows are in it; the manifest is checked already."""
    files = iter(enumerate(manifest.files))
    index, left, offset, size = -1, 0, 0, 0
    for table in manifest.tables:
        found: list[Segment] = []
        row = 0
        at = 0
        while row < table.pieces:
            while not left:
                index, entry = next(files)
                left, offset, size = entry.pieces, 0, entry.size
            count = min(left, table.pieces - row)
            left -= count
            found.append(Segment(index, row, count, offset, left == 0))
            row += count
            if left:
                offset += table.bytes - at
            else:
                at += size - offset
        yield found


def open_rows(version: OpenVersion, number: int, first: int, found: list[Segment]) -> TableRows:
    """Return one pair of tables with what belongs to each row.

    Args:
        version: The version.
        number: Of the pair of tables.
        first: The number in the version of the table's first row.
        found: The table's segments.

    Raises:
        ObjectCorruptError: The tables contradict the manifest or each other.
    """
    what = f"table {number} of {version.version}"
    pieces, places = version.tables(number)
    if sum(pieces.lengths) != version.manifest.tables[number].bytes:
        raise _contradiction(what)
    files, offsets = array("I"), array("Q")
    for segment in found:
        lengths = pieces.lengths[segment.first : segment.first + segment.rows]
        end = segment.offset + sum(lengths)
        size = version.manifest.files[segment.file].size
        if segment.offset < 0 or end > size or (segment.last and end != size):
            raise _contradiction(what)
        offsets.extend(accumulate(lengths[:-1], initial=segment.offset))
        files.extend([segment.file] * segment.rows)
    check_holes(pieces, places, what)
    return TableRows(first, pieces, places, files, offsets)


def check_holes(pieces: PieceTable, places: PlaceTable, what: str) -> None:
    """Refuse tables of which one has a hole where the other has a piece."""
    for number, index in enumerate(places.object):
        if (index == NO_OBJECT) != (pieces.digests[32 * number : 32 * number + 32] == NO_DIGEST):
            raise _contradiction(what)


class Positions:
    """Finds rows by their position in all of a version's bytes; usable from threads."""

    def __init__(self, version: OpenVersion) -> None:
        self._version = version
        tables = version.manifest.tables
        self._starts = [0, *accumulate(table.bytes for table in tables)]
        self._last: tuple[int, list[int], PieceTable, PlaceTable] | None = None

    def at(self, position: int) -> tuple[int, Piece, Place | None]:
        """Return the row that holds a byte of the version, and where the row begins.

        Raises:
            ObjectCorruptError: The tables contradict the manifest or each other.
        """
        number = bisect_right(self._starts, position) - 1
        last = self._last
        if last is None or last[0] != number:
            last = self._last = self._open(number)
        _, starts, pieces, places = last
        row = bisect_right(starts, position) - 1
        return starts[row], pieces[row], places[row]

    def _open(self, number: int) -> tuple[int, list[int], PieceTable, PlaceTable]:
        what = f"table {number} of {self._version.version}"
        pieces, places = self._version.tables(number)
        starts = list(accumulate(pieces.lengths, initial=self._starts[number]))
        if starts.pop() != self._starts[number + 1]:
            raise _contradiction(what)
        check_holes(pieces, places, what)
        return number, starts, pieces, places


def _contradiction(what: str) -> ObjectCorruptError:
    return ObjectCorruptError(
        f"{what} contradicts itself", hint="Run `podplanner store check --repair-from OTHER`."
    )
