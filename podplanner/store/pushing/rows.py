"""The rows of a version in the making: pieces and places, spooled block by block."""

import tempfile
from collections.abc import Iterator
from typing import IO

from podplanner.store.pushing.bundling import Slot
from podplanner.store.tables import MOST_PIECES, Piece, PieceTable, Place, PlaceTable

_FILE_END = 8_192
# Pieces after which a table ends with the file that it is in: a change in one file then leaves
# the tables of the files after it as they are.


class TableEnds:
    """Says where tables end, piece by piece and file by file: the same rule in every push."""

    def __init__(self) -> None:
        self.pieces = 0

    def after_piece(self) -> bool:
        """Count a piece and return whether the table ends after it."""
        self.pieces += 1
        if self.pieces == MOST_PIECES:
            self.pieces = 0
            return True
        return False

    def after_file(self) -> bool:
        """Return whether the table ends after a file."""
        if self.pieces >= _FILE_END:
            self.pieces = 0
            return True
        return False


def ends_after_file(pieces: int) -> list[int]:
    """Return the sizes of the tables that end with a file, at which so many pieces are waiting.

    The same rule as in `TableEnds`, for pieces that come a file at a time.
    """
    sizes = [MOST_PIECES] * (pieces // MOST_PIECES)
    rest = pieces % MOST_PIECES
    return [*sizes, rest] if rest >= _FILE_END else sizes


class Rows:
    """Takes the rows of a version in order; keeps one block in memory, the rest in a file."""

    def __init__(self) -> None:
        self._ends = TableEnds()
        self._pieces: list[Piece] = []
        self._slots: list[Slot | None] = []
        self._spool: IO[bytes] = tempfile.SpooledTemporaryFile(  # noqa: SIM115  closed by close
            max_size=16 * 2**20
        )
        self._blocks: list[tuple[int, int, int]] = []

    def add(self, piece: Piece, slot: Slot | None) -> bool:
        """Take a row; a hole has no slot. Return whether a block is full and must be ended."""
        self._pieces.append(piece)
        self._slots.append(slot)
        return self._ends.after_piece()

    def end_file(self) -> bool:
        """Return whether a block must be ended now that a file is through."""
        return self._ends.after_file()

    def end_block(self) -> None:
        """Put the block away; every slot of it must have its place by now."""
        if not self._pieces:
            return
        places = [None if slot is None else _place(slot) for slot in self._slots]
        table, place_table = PieceTable.of(self._pieces), PlaceTable.of(places)
        start = self._spool.tell()
        first, second = table.encode(), place_table.encode()
        self._spool.write(first)
        self._spool.write(second)
        self._blocks.append((start, len(first), len(second)))
        self._pieces, self._slots = [], []

    def blocks(self) -> Iterator[tuple[PieceTable, PlaceTable]]:
        """Yield the blocks that were put away, in order; any number of times."""
        for start, first, second in self._blocks:
            self._spool.seek(start)
            table = PieceTable.decode(self._spool.read(first), what="a table in the making")
            places = PlaceTable.decode(self._spool.read(second), what="a table in the making")
            yield table, places
        self._spool.seek(0, 2)

    def close(self) -> None:
        """Remove the temporary file."""
        self._spool.close()


def _place(slot: Slot) -> Place:
    if slot.place is None:
        raise RuntimeError("a piece has no place although its bundle is closed")
    return slot.place
