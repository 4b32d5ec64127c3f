"""Make what was written survive a power cut, as fast as the disk lets it."""

import os
import platform
import re
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from podplanner.store.worktree.failures import write_failure
from podplanner.store.worktree.linux_calls import (
    AbsentCallError,
    file_system_kind,
    sync_file_system,
)
from podplanner.store.worktree.readable import OPEN_FLAGS
from podplanner.store.worktree.tree import Tree, settle_names

_AT_ONCE = 4
# Files whose way to the disk is awaited together: a file server answers each in its own time.
_MANY = 64
# Files from which on the whole file system is settled at once: each file alone takes 1 to 3 ms
# on a disk that others use too (measured, ext4), the whole about 50 ms.
_TRUSTED_KINDS = (0xEF53, 0x58465342, 0x9123683E, 0xF2F52010, 0x01021994)
# ext2 to ext4, XFS, Btrfs, F2FS, tmpfs (linux/magic.h). File servers and FUSE are not among
# them: what they do when the whole is to be settled differs.
_TELLS_OF_ERRORS = (5, 8)
# Linux from which on settling the whole tells of a failed write. Source: syncfs(2).


def settle_files(tree: Tree, paths: Collection[str], *, resumed: bool) -> None:
    """Make files survive a power cut.

    Args:
        tree: Opened before they were written.
        paths: The files.
        resumed: Whether some were written before the tree was opened.

    Raises:
        PodplannerError: The disk did not take one. It is removed, where it is known which:
            a failure is told once, and asking again would get a good answer for lost bytes.
    """
    if len(paths) >= _MANY and not resumed and _can_settle_all(tree):
        try:
            sync_file_system(tree.descriptor())
        except AbsentCallError:
            pass
        except OSError as error:
            for path in paths:
                with suppress(OSError):
                    tree.remove(path)
            raise write_failure(error, tree.root) from error
        else:
            return

    def settle(path: str) -> None:
        fd = tree.open(path, OPEN_FLAGS)
        try:
            os.fsync(fd)
        except OSError as error:
            with suppress(OSError):
                tree.remove(path)
            raise write_failure(error, path) from error
        finally:
            os.close(fd)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for _ in pool.map(settle, sorted(paths)):
            pass


def settle_directory(path: str) -> None:
    """Make the names in a directory survive a power cut."""
    if os.name != "posix":
        return
    fd = os.open(path, os.O_RDONLY)
    try:
        settle_names(fd)
    finally:
        os.close(fd)


def _can_settle_all(tree: Tree) -> bool:
    release = re.match(r"(\d+)\.(\d+)", platform.release())
    if release is None or (int(release[1]), int(release[2])) < _TELLS_OF_ERRORS:
        return False
    return tree.descriptor() >= 0 and file_system_kind(tree.descriptor()) in _TRUSTED_KINDS
