"""Which rows of a version an earlier pull is said to have left on this machine."""

from podplanner.store.pulling.earlier import NOWHERE, Earlier
from podplanner.store.reader import OpenVersion
from podplanner.store.reading.jobs import tables_of


def add_known(version: OpenVersion, rows: bytearray, earlier: Earlier) -> None:
    """Mark the rows that lie somewhere in the files of an earlier pull.

    Args:
        version: Its manifest's numbers are checked already.
        rows: Of each row of the version: whether it is marked already.
        earlier: What was pulled.
    """
    import numpy as np

    for table in tables_of(version, rows):
        count = len(table.files)
        found = earlier.find(table.pieces.digests) != NOWHERE
        before = np.frombuffer(rows, np.uint8, count, table.first)
        rows[table.first : table.first + count] = (before | found).tobytes()
