"""Put a finished file or directory in its place, in one step where the system has one."""

import errno
import os
import stat

from podplanner.store.worktree.linux_calls import (
    AbsentCallError,
    exchange_names,
    rename_if_free,
)
from podplanner.store.worktree.tree import BY_FOLDER, Name, Tree


def move(source: Tree, target: Tree, path: str, *, replace: bool) -> None:
    """Move a file to the same path in another tree.

    Args:
        source: The tree that has the file.
        target: The tree that shall have it; its folders are there.
        path: In both.
        replace: Whether what stands there may be replaced.

    Raises:
        FileExistsError: Something stands there, and may not be replaced.
        OSError: As `os.rename`.
    """
    with source.at(path) as old, target.at(path) as new:
        if replace:
            _replace(old, new)
        else:
            _move_if_free(old, new)


def exchange_directories(built: str, place: str, aside: str) -> str:
    """Put a directory in the place of another; return where the other is now.

    Args:
        built: The new one.
        place: Where the old one stands.
        aside: A free name beside `built`, for the old one where two steps are needed.

    Raises:
        OSError: As `os.rename`; the old one stands where it stood.
    """
    try:
        exchange_names((_HERE, built), (_HERE, place))
    except AbsentCallError:
        # Between the two steps there is nothing at the place; the old one is beside it.
        os.rename(place, aside)  # noqa: PTH104
        try:
            os.rename(built, place)  # noqa: PTH104
        except OSError:
            os.rename(aside, place)  # noqa: PTH104
            raise
        return aside
    return built


_HERE = -100
# AT_FDCWD: names are whole paths. Source: linux/fcntl.h.


def _replace(old: Name, new: Name) -> None:
    if BY_FOLDER:
        os.replace(old.name, new.name, src_dir_fd=old.folder, dst_dir_fd=new.folder)
    else:
        os.replace(old.name, new.name)  # noqa: PTH105


def _move_if_free(old: Name, new: Name) -> None:
    """Move unless the name is taken: by one call, else by a second name for the file."""
    if not BY_FOLDER:
        os.rename(old.name, new.name)  # noqa: PTH104  on Windows it fails when the name is taken
        return
    try:
        rename_if_free((old.folder, old.name), (new.folder, new.name))
        return
    except AbsentCallError:
        pass
    try:
        os.link(
            old.name,
            new.name,
            src_dir_fd=old.folder,
            dst_dir_fd=new.folder,
            follow_symlinks=False,
        )
    except FileExistsError:
        raise
    except OSError:
        # No second names on this file system: what is left is to look, and then to rename.
        if _stands(new):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new.name) from None
        _replace(old, new)
        return
    os.unlink(old.name, dir_fd=old.folder)


def _stands(name: Name) -> bool:
    try:
        found = os.stat(name.name, dir_fd=name.folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return stat.S_IFMT(found.st_mode) != 0
