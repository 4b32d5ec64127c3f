"""Digests of files, read side by side, in memory that does not grow with them."""

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from blake3 import blake3

from podplanner.store.side_by_side import side_by_side
from podplanner.store.worktree import SourceFile, open_source

_BLOCK_BYTES = 4 * 2**20
# Read and hashed at a time: large enough that BLAKE3 hashes without the interpreter's lock nearly
# all of the time, and a few of them are little memory.
_MOST_THREADS = 4
# As a push: more do not read faster from one disk.
_LINED = (".csv", ".tsv", ".jsonl", ".ndjson", ".txt")


class FileDigest(NamedTuple):
    """What reading a file found."""

    digest: bytes
    lines: int | None
    """Of a file of lines; the last counts with and without a line feed. None: it is none."""


def digests(files: Sequence[SourceFile]) -> Iterator[FileDigest]:
    """Yield the digest of each file, in order.

    Raises:
        SourceChangedError: One changed since the scan that found it.
        FileAccessError: One cannot be read.
    """
    threads = min(_MOST_THREADS, (os.cpu_count() or 1) + 1)
    if len(files) == 1:
        # One file alone: it is hashed by several threads instead.
        yield _digest(files[0], threads)
        return
    yield from side_by_side(_digest, files, threads)


def _digest(file: SourceFile, threads: int = 1) -> FileDigest:
    hasher = blake3(max_threads=threads)
    counted = file.path.lower().endswith(_LINED)
    lines, last = 0, ord("\n")
    opened = open_source(file)
    try:
        block = bytearray(min(_BLOCK_BYTES, max(file.identity.size, 1)))
        view = memoryview(block)
        offset = 0
        while got := opened.read_into(offset, view):
            hasher.update(view[:got])
            offset += got
            if counted:
                lines += block.count(b"\n", 0, got)
                last = block[got - 1]
        opened.require_unchanged()
    finally:
        opened.close()
    return FileDigest(hasher.digest(), lines + (last != ord("\n")) if counted else None)
