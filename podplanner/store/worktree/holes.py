"""Holes of sparse files: runs of zeros that take no space on the disk."""

import errno
import os
from collections.abc import Iterator
from typing import NamedTuple

_UNITS = 512
# Bytes in which POSIX counts `st_blocks`.
_CANNOT = (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
# Answers of a file system that knows nothing of holes.


class Extent(NamedTuple):
    """A run of bytes of a file."""

    offset: int
    length: int


def may_have_holes(found: os.stat_result) -> bool:
    """Return whether a file takes less space than it has bytes, so that looking is worthwhile."""
    blocks = getattr(found, "st_blocks", None)
    return blocks is not None and blocks * _UNITS < found.st_size


def holes(fd: int, size: int) -> Iterator[Extent]:
    """Yield the holes of a file's first `size` bytes, in order."""
    end = 0
    for extent in data(fd, size):
        if extent.offset > end:
            yield Extent(end, extent.offset - end)
        end = extent.offset + extent.length
    if end < size:
        yield Extent(end, size - end)


def data(fd: int, size: int) -> Iterator[Extent]:
    """Yield the runs of a file's first `size` bytes that are no holes, in order.

    A file system that knows nothing of holes has one run, the whole file. Runs begin and end
    where the file system's blocks do, so their edges may hold zeros that nobody wrote.
    """
    if not hasattr(os, "SEEK_DATA"):
        if size:
            yield Extent(0, size)
        return
    at = 0
    while at < size:
        start = _seek(fd, at, os.SEEK_DATA)
        if start is None:
            yield Extent(at, size - at)
            return
        if start >= size:
            return
        end = _seek(fd, start, os.SEEK_HOLE)
        end = size if end is None else min(end, size)
        if end <= start:
            return
        yield Extent(start, end - start)
        at = end


def _seek(fd: int, at: int, whence: int) -> int | None:
    """Return where the next data or hole begins; None where the file system cannot say."""
    try:
        return os.lseek(fd, at, whence)
    except OSError as error:
        if error.errno == errno.ENXIO:
            return 2**63 - 1
            # Beyond the last data: there is only a hole.
        if error.errno in _CANNOT:
            return None
        raise
