"""The rows of a version in the making: pieces and places, spooled block by block."""

import tempfile
from collections.abc import Iterator
from typing import IO

from podplanner.store.pushing.bundling import Slot
from podplanner.store.pushing.ends import TableEnds
from podplanner.store.tables import Piece, PieceTable, Place, PlaceTable
from podplanner.store.temporary import temporary


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
        with temporary():
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
