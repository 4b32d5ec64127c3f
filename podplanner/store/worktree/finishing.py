"""The last step of a pull: finished files get their names."""

import errno
import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from podplanner.errors import ConflictError, OutputError
from podplanner.store.paths import printable
from podplanner.store.worktree.destination import Destination, Overwrite
from podplanner.store.worktree.exchange import exchange_directories, move
from podplanner.store.worktree.existing import Existing, Present, WantedFile
from podplanner.store.worktree.failures import AGAIN
from podplanner.store.worktree.identity import FileIdentity
from podplanner.store.worktree.settling import settle_directory, settle_files
from podplanner.store.worktree.staging import Staging, keep_only
from podplanner.store.worktree.tree import Tree

_TAKEN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.EISDIR)
# Something stands where there was nothing.


@dataclass(frozen=True, slots=True)
class Placed:
    """What a pull changed in its destination."""

    written: int
    """Files that were put there."""
    kept: int
    """Files that were there and stayed."""
    removed: tuple[str, ...]
    """What the version does not have and was removed, sorted."""
    identities: Mapping[str, FileIdentity]
    """Of all files of the version that are there now."""
    left_behind: str | None = None
    """What should have been removed and could not be: the old directory of a swap, say."""


@dataclass(frozen=True, slots=True)
class Finish:
    """All that is needed to put a version in place."""

    destination: Destination
    files: Mapping[str, WantedFile]
    folders: Collection[str]
    """Empty ones."""
    existing: Existing
    kept: Mapping[str, Present]
    finished: Collection[str]
    overwrite: Overwrite

    def whole(self, staging: Staging) -> Placed:
        """Put a directory that was built in the place of one that is empty, or of the old one.

        Raises:
            ConflictError: Something was put there meanwhile.
            OSError: The disk fails, or it may not be put there.
        """
        tree = staging.tree
        for folder in self.folders:
            tree.make_folder(folder)
        folders = self._all_folders()
        if staging.resumed:
            keep_only(tree, lambda path, _: path in self.files or path in folders)
        settle_files(tree, self.finished, resumed=staging.resumed)
        for folder in sorted(folders, reverse=True):
            tree.sync_folder(folder)
        old = self._put(staging)
        settle_directory(self.destination.parent)
        identities = _identities(tree, self.files)
        removed = (*self.existing.strangers, *self.existing.spared) if old else ()
        return Placed(len(self.files), 0, removed, identities, self._clear(staging))

    def file_by_file(self, staging: Staging | None, tree: Tree) -> Placed:
        """Move finished files into a directory that holds others.

        Raises:
            ConflictError: A file was changed there, or put there, meanwhile.
            OSError: The disk fails, or a file may not be put there.
        """
        if staging is not None:
            settle_files(staging.tree, self.finished, resumed=staging.resumed)
        for path, present in self.kept.items():
            _require_same(tree, path, present)
        self._make_way(tree)
        for folder in sorted(self._all_folders()):
            with _meeting(folder):
                tree.make_folder(folder)
        if staging is not None:
            there = {*self.existing.present, *(one.path for one in self.existing.in_the_way)}
            for path in self.files:
                if path in self.finished:
                    self._move(staging, tree, path, there)
        for path, present in self.kept.items():
            self._set_executable(tree, path, present)
        removed = self._remove_strangers(tree) if self.overwrite.exact else ()
        for folder in sorted(self._all_folders(), reverse=True):
            tree.sync_folder(folder)
        left = self._clear(staging) if staging is not None else None
        identities = _identities(tree, self.files)
        return Placed(len(self.finished), len(self.kept), removed, identities, left)

    def _put(self, staging: Staging) -> str | None:
        """Give what was built its name; return where the old directory is, if there is one."""
        place = self.destination
        try:
            if place.exists and not place.empty:
                return exchange_directories(staging.built, place.real, staging.aside)
            if place.exists:
                mode = stat.S_IMODE(os.stat(place.real).st_mode)  # noqa: PTH116
                os.chmod(staging.built, mode)  # noqa: PTH101
                if os.name == "nt":
                    os.rmdir(place.real)  # noqa: PTH106  Windows (untested) replaces no folder
            os.rename(staging.built, place.real)  # noqa: PTH104
        except FileNotFoundError as error:
            raise _taken_over(place.real) from error
        except OSError as error:
            if error.errno in _TAKEN:
                raise _filled(place.real) from error
            raise
        return None

    def _move(self, staging: Staging, tree: Tree, path: str, there: Collection[str]) -> None:
        with _meeting(path):
            try:
                move(staging.tree, tree, path, replace=path in there)
            except FileNotFoundError as error:
                raise _taken_over(self.destination.real) from error

    def _make_way(self, tree: Tree) -> None:
        """Remove what is of another kind than the version wants at its place."""
        for one in self.existing.in_the_way:
            found = tree.look(one.path)
            if found is None:
                continue
            if stat.S_ISDIR(found.st_mode) != one.folder:
                raise _changed(one.path)
            if one.folder:
                tree.remove_all(one.path)
            elif one.path not in self.files:
                tree.remove(one.path)

    def _set_executable(self, tree: Tree, path: str, present: Present) -> None:
        executable = self.files[path].executable
        found = tree.look(path)
        if executable == present.executable or found is None:
            return
        mode = stat.S_IMODE(found.st_mode)
        # Whoever may read it may run it.
        tree.change_mode(path, mode | (mode & 0o444) >> 2 if executable else mode & ~0o111)

    def _remove_strangers(self, tree: Tree) -> tuple[str, ...]:
        mounts = self.destination.mounts_below()
        for path in self.existing.strangers:
            full = os.path.join(self.destination.real, path)  # noqa: PTH118
            if inside := [mount for mount in mounts if (mount + "/").startswith(full)]:
                raise ConflictError(
                    f"{printable(inside[0])} is a file system that is mounted there, and is kept",
                    hint="Unmount it, or pull without `--exact`.",
                )
        for path in self.existing.strangers:
            with suppress(FileNotFoundError):
                if path.endswith("/"):
                    tree.remove_all(path[:-1])
                else:
                    tree.remove(path)
        return tuple(self.existing.strangers)

    def _all_folders(self) -> set[str]:
        """Return the paths of all folders of the version; the directory itself is ""."""
        found = {""}
        for path in (*self.files, *(f"{folder}/" for folder in self.folders)):
            folder = path.rpartition("/")[0]
            while folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return found

    def _clear(self, staging: Staging) -> str | None:
        """Remove the staging folder; return its path where that fails: all else is done."""
        try:
            staging.remove()
        except OSError:
            return staging.path
        return None


def _identities(tree: Tree, paths: Iterable[str]) -> dict[str, FileIdentity]:
    looked = ((path, tree.look(path)) for path in paths)
    return {path: FileIdentity.of(found) for path, found in looked if found is not None}


def _require_same(tree: Tree, path: str, present: Present) -> None:
    found = tree.look(path)
    if found is None or FileIdentity.of(found) != present.identity:
        raise _changed(path)


@contextmanager
def _meeting(path: str) -> Iterator[None]:
    """Turn "something stands there" into an error that says where."""
    try:
        yield
    except OSError as error:
        if error.errno in _TAKEN:
            raise _changed(path) from error
        raise


def _changed(path: str) -> ConflictError:
    return ConflictError(
        f"{printable(path)} was changed in the destination while it was pulled",
        hint="Run the same command again: it looks anew, and goes on with what is there.",
    )


def _filled(path: str) -> ConflictError:
    return ConflictError(
        f"{printable(path)} was filled while it was pulled",
        hint="Run the same command again: it looks anew, and goes on with what is there.",
    )


def _taken_over(path: str) -> OutputError:
    return OutputError(
        f"what was pulled to {printable(path)} has gone: removed, or another pull took it over",
        hint=AGAIN,
    )
