"""The board: which rows of a version are where they belong, and which files are whole."""

import threading
from collections.abc import Sequence

from podplanner.store.reader import OpenVersion
from podplanner.store.reading.jobs import tables_of


class Board:
    """What is done of a pull; its methods may be called from several threads.

    Attributes:
        done: Of each row of the version: whether nothing is left to do for it.
        needed: Of each file, in the manifest's order: bytes of its rows that are not done.
    """

    def __init__(self, version: OpenVersion, chosen: Sequence[int]) -> None:
        """Enter the rows of the chosen files; holes are done from the beginning.

        Args:
            version: Its manifest's numbers are checked already.
            chosen: Indexes into the manifest's files.

        Raises:
            ObjectCorruptError: A table contradicts the manifest.
        """
        files = version.manifest.files
        self._lock = threading.Lock()
        self._left = [0] * len(files)
        self._marked = 0
        self.needed = [0] * len(files)
        self.done = _rows_of_others(version, chosen)
        for table in tables_of(version, self.done):
            for number, file in enumerate(table.files):
                row = table.first + number
                if self.done[row]:
                    continue
                if table.is_hole(number):
                    self.done[row] = 1
                else:
                    self._left[file] += 1
                    self.needed[file] += table.pieces.lengths[number]

    @property
    def marked(self) -> int:
        """How many rows have been marked."""
        return self._marked

    def is_whole(self, file: int) -> bool:
        """Return whether all rows of a file are done."""
        return not self._left[file]

    def mark(self, file: int, row: int, size: int) -> bool:
        """Mark a row of so many bytes as done; return whether this makes its file whole."""
        with self._lock:
            if self.done[row]:
                return False
            self.done[row] = 1
            self._left[file] -= 1
            self.needed[file] -= size
            self._marked += 1
            return not self._left[file]

    def drop(self, file: int, first: int, count: int) -> None:
        """Mark all rows of a file that needs nothing."""
        with self._lock:
            self.done[first : first + count] = b"\1" * count
            self._left[file] = self.needed[file] = 0


def _rows_of_others(version: OpenVersion, chosen: Sequence[int]) -> bytearray:
    """Return, for each row of the version, whether its file is not chosen."""
    wanted = set(chosen)
    rows = bytearray()
    for number, entry in enumerate(version.manifest.files):
        rows += (b"\0" if number in wanted else b"\1") * entry.pieces
    return rows
