"""Chunks: rows of one file that one thread looks after in one go."""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from podplanner.store.reader import OpenVersion
from podplanner.store.reading.jobs import tables_of
from podplanner.store.reading.rows import TableRows
from podplanner.store.reading.turns import in_turns

_SIZE = 64 * 2**20
# Bytes: large enough that opening the file costs nothing, small enough that threads share a file.


class Chunk(NamedTuple):
    """Consecutive rows of one file in one table."""

    table: TableRows
    file: int
    """Index into the manifest's files."""
    rows: range
    """Numbers in the table."""


def chunks(version: OpenVersion, files: frozenset[int]) -> Iterator[Chunk]:
    """Yield all rows of some files; two files take turns, each in order.

    Args:
        version: Its manifest's numbers are checked already.
        files: Indexes into the manifest's files.
    """
    if not files:
        return
    others = bytearray()
    for number, entry in enumerate(version.manifest.files):
        others += (b"\0" if number in files else b"\1") * entry.pieces
    for table in tables_of(version, others):
        by_file = groupby(_of_table(table, files), key=lambda chunk: chunk.file)
        yield from in_turns(list(some) for _, some in by_file)


def _of_table(table: TableRows, files: frozenset[int]) -> Iterator[Chunk]:
    first, size = 0, 0
    lengths = table.pieces.lengths
    for number, file in enumerate(table.files):
        if number > first and (file != table.files[first] or size + lengths[number] > _SIZE):
            if table.files[first] in files:
                yield Chunk(table, table.files[first], range(first, number))
            first, size = number, 0
        size += lengths[number]
    if table.files[first] in files:
        yield Chunk(table, table.files[first], range(first, len(table.files)))
