"""Where the tables of a version end: the same rule in every push, so that they are shared."""

from podplanner.store.tables import MOST_PIECES

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
