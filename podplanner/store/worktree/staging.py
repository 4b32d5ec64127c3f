"""Staging folders: where a pull builds, beside its destination or hidden in it.

A staging folder holds `pull.json`, which says what is pulled and by whom, and `tree/`, with the
files under their own names. It has a random name, so two pulls never build in one; it says all
about itself, so a pull that was broken off goes on from any machine that sees the folder; and it
is taken over by renaming it, which only one of many can do.
"""

import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from podplanner.store.worktree.owner import QUIET_S, PullMark, read_mark
from podplanner.store.worktree.tree import Tree

_MARK = "pull.json"
_TREE = "tree"
_OLD = "old"
_UNMARKED_S = 60.0
# Seconds after which a folder without a mark is nobody's: it is written at once after the folder.
_LONGEST_STEM = 150
# Bytes of the destination's name in that of its staging folder, which takes 255 at most.
_BEAT_S = 30.0
# How often a pull gives a sign of life: see `owner.QUIET_S`.
_LARGEST_MARK = 65_536


class Found(NamedTuple):
    """A staging folder of an earlier pull, or of one that is under way."""

    path: str
    manifest: str
    """Hex; empty where the folder does not say."""
    abandoned: bool
    """Whether nobody works in it."""


class Staging:
    """A staging folder of this pull."""

    def __init__(self, path: str, manifest: str, *, resumed: bool) -> None:
        """Open the folder that `make` made or `take_over` took."""
        self.path = path
        self._manifest = manifest
        self.resumed = resumed
        self.tree = Tree(os.path.join(path, _TREE))  # noqa: PTH118
        self._beaten = time.monotonic()

    @property
    def built(self) -> str:
        """The path of what is being built."""
        return self.tree.root

    @property
    def aside(self) -> str:
        """A free path beside it."""
        return os.path.join(self.path, _OLD)  # noqa: PTH118

    def beat(self) -> None:
        """Give a sign of life, now and then."""
        now = time.monotonic()
        if now - self._beaten > _BEAT_S:
            self._beaten = now
            with suppress(OSError):
                os.utime(self.path)

    def release(self) -> None:
        """Close it and leave it for a later pull."""
        self.tree.close()
        with suppress(OSError):
            _write_mark(self.path, self._manifest, released=True)

    def remove(self) -> None:
        """Remove it and all in it.

        Raises:
            OSError: Something in it cannot be removed.
        """
        self.tree.close()
        remove_staging(self.path)


def make(parent: str, stem: str, manifest: str) -> Staging:
    """Make a staging folder.

    Args:
        parent: The folder in which to make it.
        stem: The destination's name; empty for one inside the destination.
        manifest: Digest of the manifest, hex.

    Raises:
        OSError: It cannot be made there.
    """
    path = os.path.join(parent, _prefix(stem) + secrets.token_hex(8))  # noqa: PTH118
    os.mkdir(path, 0o700)  # noqa: PTH102
    try:
        _write_mark(path, manifest)
        os.mkdir(os.path.join(path, _TREE))  # noqa: PTH102, PTH118
        return Staging(path, manifest, resumed=False)
    except BaseException:
        with suppress(OSError):
            remove_tree(path)
        raise


def find(parent: str, stem: str) -> list[Found]:
    """Return this user's staging folders for a destination, the newest first."""
    form = re.compile(re.escape(_prefix(stem)) + "[0-9a-f]{16}")
    found: list[tuple[float, Found]] = []
    try:
        with os.scandir(parent) as entries:
            names = [entry.name for entry in entries if form.fullmatch(entry.name)]
    except OSError:
        return []
    for name in names:
        path = os.path.join(parent, name)  # noqa: PTH118
        with suppress(OSError):
            seen = os.lstat(path)
            if stat.S_ISDIR(seen.st_mode) and _is_mine(seen):
                found.append((seen.st_mtime, _look(path, seen)))
    return [one for _, one in sorted(found, reverse=True)]


def take_over(found: Found, manifest: str) -> Staging | None:
    """Take a folder that nobody works in; None when somebody else was faster, or it is broken.

    What could not have been written by a pull is removed from it: links, pipes, files of others
    or with a second name.
    """
    parent, name = os.path.split(found.path)
    path = os.path.join(parent, name[:-16] + secrets.token_hex(8))  # noqa: PTH118
    try:
        os.rename(found.path, path)  # noqa: PTH104
    except OSError:
        return None
    try:
        os.utime(path)
        _write_mark(path, manifest)
        if stat.S_ISDIR(os.lstat(os.path.join(path, _TREE)).st_mode):  # noqa: PTH118
            staging = Staging(path, manifest, resumed=True)
            keep_only(staging.tree, _could_be_ours)
            return staging
    except OSError:
        pass
    with suppress(OSError):
        remove_staging(path)
    return None


def keep_only(tree: Tree, wanted: Callable[[str, os.stat_result], bool], folder: str = "") -> None:
    """Remove from a tree all files for which `wanted` is false, and folders that it refuses.

    Raises:
        OSError: Something cannot be removed.
    """
    for name, found in tree.entries(folder):
        path = f"{folder}/{name}" if folder else name
        if stat.S_ISDIR(found.st_mode):
            keep_only(tree, wanted, path)
            if not wanted(path, found):
                with suppress(OSError):
                    tree.remove_empty(path)
        elif not wanted(path, found):
            tree.remove(path)


def remove_staging(path: str) -> None:
    """Remove a staging folder, its mark last: until then it says whose it is.

    Raises:
        OSError: Something cannot be removed.
    """
    for name in (_TREE, _OLD):
        with suppress(OSError):  # told below: what stays there keeps the folder from going
            remove_tree(os.path.join(path, name))  # noqa: PTH118
    remove_tree(path)


def remove_tree(path: str) -> None:
    """Remove a directory and all below it, folders that may not be written too.

    Raises:
        OSError: Something cannot be removed.
    """

    def open_up(_: object, failed: str, error: tuple[object, BaseException, object]) -> None:
        if isinstance(error[1], FileNotFoundError):
            return
        with suppress(OSError):
            Path(failed).parent.chmod(0o700)
        raise error[1]

    for attempt in range(3):
        try:
            shutil.rmtree(path, onerror=open_up)
        except FileNotFoundError:
            return
        except OSError:
            if attempt == 2:
                raise
        else:
            return


def _prefix(stem: str) -> str:
    short = os.fsencode(stem)[:_LONGEST_STEM].decode("utf-8", "ignore")
    return f".{short}.podplanner-" if stem else ".podplanner-"


def _write_mark(path: str, manifest: str, *, released: bool = False) -> None:
    content = msgspec.json.encode(PullMark.of_this_process(manifest, released=released))
    new = os.path.join(path, _MARK + ".new")  # noqa: PTH118
    Path(new).write_bytes(content)
    os.replace(new, os.path.join(path, _MARK))  # noqa: PTH105, PTH118


def _look(path: str, seen: os.stat_result) -> Found:
    age = time.time() - seen.st_mtime
    try:
        with Path(path, _MARK).open("rb") as file:
            mark = read_mark(file.read(_LARGEST_MARK))
    except OSError:
        mark = None
    if mark is None:
        return Found(path, "", age > _UNMARKED_S)
    state = mark.state()
    return Found(path, mark.manifest, state == "dead" or (state == "unknown" and age > QUIET_S))


def _is_mine(found: os.stat_result) -> bool:
    return not hasattr(os, "geteuid") or found.st_uid == os.geteuid()


def _could_be_ours(_: str, found: os.stat_result) -> bool:
    if stat.S_ISDIR(found.st_mode):
        return True
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and _is_mine(found)
