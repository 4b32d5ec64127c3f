"""Open a file that a scan found, and be sure that it is the one."""

import os
from functools import partial

from podplanner.store.worktree.failures import reading
from podplanner.store.worktree.readable import NO_FOLLOW, OPEN_FLAGS, ReadableFile
from podplanner.store.worktree.scan import SourceFile


def open_source(file: SourceFile) -> ReadableFile:
    """Return an open file; what is read from it is what the scan saw as long as it is unchanged.

    Raises:
        SourceChangedError: It is gone, or another, or has changed since the scan.
        FileAccessError: It cannot be read.
    """
    with reading(file.path):
        fd = os.open(file.real, OPEN_FLAGS | (0 if file.followed else NO_FOLLOW))
    look = partial(os.stat, file.real, follow_symlinks=file.followed)
    opened = ReadableFile(fd, file.path, file.identity, look, sparse=file.sparse)
    try:
        opened.require_unchanged()
    except BaseException:
        opened.close()
        raise
    if hasattr(os, "posix_fadvise"):
        # Twice the read-ahead: files are read from their beginning to their end.
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_SEQUENTIAL)
    return opened
