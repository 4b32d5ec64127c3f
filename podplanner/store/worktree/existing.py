"""Look at what a destination holds already, beside what a version wants there."""

import os
import stat
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from podplanner.errors import ConflictError, UnsafeContentError
from podplanner.store.paths import printable
from podplanner.store.worktree.holes import may_have_holes
from podplanner.store.worktree.identity import FileIdentity
from podplanner.store.worktree.ignore import is_staging_name, left_out_by_itself
from podplanner.store.worktree.tree import Tree


class WantedFile(NamedTuple):
    """A file of a version."""

    path: str
    size: int
    """Bytes."""
    executable: bool


class Present(NamedTuple):
    """A plain file in the destination where the version has one too."""

    path: str
    identity: FileIdentity
    executable: bool
    sparse: bool


class InTheWay(NamedTuple):
    """Something in the destination of another kind than the version wants there."""

    path: str
    what: str
    """In words: `a folder`, `a link` ..."""
    folder: bool
    """Whether it is a folder."""


@dataclass(slots=True)
class Existing:
    """What stands in a destination."""

    present: dict[str, Present] = field(default_factory=dict)
    in_the_way: list[InTheWay] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    """What the version does not have; with a slash behind it when it is a folder, and then
    nothing in it was looked at."""
    spared: list[str] = field(default_factory=list)
    """Strangers that a push would have left out by itself: they are not removed."""


class _Names:
    """The names that a version has in each folder."""

    def __init__(self, files: Iterable[str], folders: Iterable[str]) -> None:
        self.files: dict[str, set[str]] = {}
        self.folders: dict[str, set[str]] = {}
        for path in files:
            parent, _, name = path.rpartition("/")
            self.files.setdefault(parent, set()).add(name)
            self._enter(parent)
        for path in folders:
            self._enter(path)

    def _enter(self, folder: str) -> None:
        while folder:
            parent, _, name = folder.rpartition("/")
            names = self.folders.setdefault(parent, set())
            if name in names:
                return
            names.add(name)
            folder = parent


def look_at(
    tree: Tree, files: Mapping[str, WantedFile], folders: Collection[str], *, through_links: bool
) -> Existing:
    """Return what stands where a version wants its files, and beside them.

    Only folders that the version has are looked into.

    Args:
        tree: The destination.
        files: By path.
        folders: Paths of folders that are empty.
        through_links: Let links stand that the version has folders for, because nothing will be
            written there; else they are refused.

    Raises:
        UnsafeContentError: A link stands where the version has a folder.
        ConflictError: Another file system is mounted where the version has a folder.
        OSError: A folder cannot be read.
    """
    names = _Names(files, folders)
    existing = Existing()
    waiting = [""]
    device: int | None = None
    while waiting:
        folder = waiting.pop()
        start = folder + "/" if folder else ""
        for name, found in tree.entries(folder):
            path = start + name
            if name in names.files.get(folder, ()):
                _take_file(existing, path, found)
            elif name not in names.folders.get(folder, ()):
                _take_stranger(existing, path, found)
            elif stat.S_ISDIR(found.st_mode):
                device = _same_device(tree, path, found, device)
                waiting.append(path)
            elif stat.S_ISLNK(found.st_mode) and not through_links:
                raise _link_refused(tree, path)
            else:
                existing.in_the_way.append(InTheWay(path, _kind(found), folder=False))
    existing.strangers.sort()
    existing.spared.sort()
    return existing


def _take_file(existing: Existing, path: str, found: os.stat_result) -> None:
    if stat.S_ISREG(found.st_mode):
        executable = bool(found.st_mode & stat.S_IXUSR)
        existing.present[path] = Present(
            path, FileIdentity.of(found), executable, may_have_holes(found)
        )
    else:
        folder = stat.S_ISDIR(found.st_mode)
        existing.in_the_way.append(InTheWay(path, _kind(found), folder))


def _take_stranger(existing: Existing, path: str, found: os.stat_result) -> None:
    if is_staging_name(path.rpartition("/")[2]):
        return
    shown = path + "/" if stat.S_ISDIR(found.st_mode) else path
    (existing.spared if left_out_by_itself(path) else existing.strangers).append(shown)


def _same_device(tree: Tree, path: str, found: os.stat_result, device: int | None) -> int:
    if device is None:
        device = tree.look_root().st_dev
    if found.st_dev != device:
        raise ConflictError(
            f"{printable(os.path.join(tree.root, path))} is another file system, mounted there; "  # noqa: PTH118
            "files cannot be moved into it in one step",
            hint="Pull to another directory.",
        )
    return device


def _link_refused(tree: Tree, path: str) -> UnsafeContentError:
    return UnsafeContentError(
        f"{printable(os.path.join(tree.root, path))} is a link, and the version has a folder "  # noqa: PTH118
        "there: nothing is written through links",
        hint="Remove the link, or choose another directory.",
    )


def _kind(found: os.stat_result) -> str:
    if stat.S_ISDIR(found.st_mode):
        return "a folder"
    if stat.S_ISLNK(found.st_mode):
        return "a link"
    return "a file" if stat.S_ISREG(found.st_mode) else "no plain file"
