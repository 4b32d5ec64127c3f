"""Put a version into a directory: whole files only, and nothing lost on the way.

A new or empty directory is built beside its place, in `.<name>.podplanner-<random>`, and renamed
whole. Into a directory that holds something, finished files are renamed one by one: those that
are equal stay as they are, others are refused unless they may be replaced, and what the version
does not have is named. Where nothing can be built beside the directory (its parent may not be
written, or the directory is a mount), a hidden folder in it is used, and gone at the end.

The order of calls: `prepare` looks, writes nothing. The files of `to_judge` are read and each is
told to `keep` or `differs`; `require_no_conflicts`; `require_space`; `begin`. Then every file of
`remaining` is opened with `open_file`, filled and finished. `commit` puts all in place;
`abandon` leaves what was written for the same pull later; `discard` removes it.
"""

import os
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Self

from podplanner.errors import ConflictError, NoSpaceError, UnsafeContentError
from podplanner.store.paths import check_tree, printable
from podplanner.store.worktree.building import BuildPlace
from podplanner.store.worktree.destination import (
    Destination,
    Overwrite,
    check_removal,
    check_swap,
    find_destination,
)
from podplanner.store.worktree.existing import Existing, Present, WantedFile, look_at
from podplanner.store.worktree.failures import reading, write_failure, writing
from podplanner.store.worktree.finishing import Finish, Placed
from podplanner.store.worktree.readable import NO_FOLLOW, OPEN_FLAGS, ReadableFile
from podplanner.store.worktree.staging import Staging
from podplanner.store.worktree.tree import Tree
from podplanner.store.worktree.writer import OPEN_FLAGS as WRITE_FLAGS
from podplanner.store.worktree.writer import FileWriter

_LARGEST_FILE = 2**62
# Bytes: what a piece table can hold.
_BLOCK = 4096
# Bytes: what a small file, or the end of a large one, takes on most disks.


class Plan:
    """A version on its way into a directory.

    `open_present`, `open_file` and what they return may be used from several threads; the rest
    belongs to one.

    Attributes:
        dest: The directory, absolute, no link in it.
        present: Plain files there, by the paths that the version has too; their content may be
            reused, whatever it is.
        strangers: What the version does not have, sorted; folders with a slash behind them.
        spared: Strangers that are never removed, such as `.git/`.
    """

    def __init__(
        self,
        destination: Destination,
        files: Mapping[str, WantedFile],
        folders: Collection[str],
        manifest: str,
        overwrite: Overwrite,
        tree: Tree | None,
        existing: Existing,
    ) -> None:
        """Hold what `prepare` found."""
        self.dest = Path(destination.real)
        self.present: Mapping[str, Present] = existing.present
        self.strangers = tuple(existing.strangers)
        self.spared = tuple(existing.spared)
        self._destination = destination
        self._files = files
        self._folders = folders
        self._place = BuildPlace(
            destination, manifest, exchanged=overwrite.swap and not destination.empty
        )
        self._overwrite = overwrite
        self._tree = tree
        self._existing = existing
        self._whole = (
            not destination.exists
            or (overwrite.swap and not destination.empty)
            or (destination.empty and destination.is_replaceable())
        )
        self._kept: dict[str, Present] = {}
        self._differing: list[str] = []
        self._finished: set[str] = set()
        self._lock = threading.Lock()
        self._staging: Staging | None = None

    @property
    def busy(self) -> bool:
        """Whether another pull to the same directory seems to be under way; known after `begin`."""
        return self._place.busy

    @property
    def to_judge(self) -> tuple[Present, ...]:
        """Files that may be those of the version: they are as long. None where all is new."""
        if self._whole:
            return ()
        return tuple(
            one for path, one in self.present.items() if one.identity.size == self._files[path].size
        )

    def keep(self, path: str) -> None:
        """Say that a file which is there is that of the version."""
        self._kept[path] = self.present[path]

    def differs(self, path: str) -> None:
        """Say that a file which is there is not that of the version."""
        self._differing.append(path)

    def conflicts(self) -> tuple[str, ...]:
        """Return the paths at which something stands that would be replaced, sorted."""
        if self._whole:
            return ()
        other = (
            path
            for path, one in self.present.items()
            if one.identity.size != self._files[path].size
        )
        blocked = (one.path for one in self._existing.in_the_way)
        return tuple(sorted({*self._differing, *other, *blocked}))

    def require_no_conflicts(self) -> None:
        """Refuse to replace what stands there, unless that was asked for.

        Raises:
            ConflictError: A file differs; or a folder stands where the version has a file.
        """
        conflicts = self.conflicts()
        if conflicts and not self._overwrite.force:
            more = f" and {len(conflicts) - 1:,} more" if len(conflicts) > 1 else ""
            raise ConflictError(
                f"{printable(conflicts[0])}{more} in {printable(str(self.dest))} would be replaced",
                hint="Add `--force` to replace them, or pull to another directory.",
            )
        for one in self._existing.in_the_way:
            if one.folder and not (self._whole or self._overwrite.exact):
                raise ConflictError(
                    f"a folder stands where the version has the file {printable(one.path)}",
                    hint="Remove the folder, or add `--exact` to have it removed.",
                )

    def remaining(self) -> tuple[WantedFile, ...]:
        """Return the files that are still to be written, in the order of the version."""
        done = self._kept.keys() | self._finished
        return tuple(one for one in self._files.values() if one.path not in done)

    def free_bytes(self) -> int:
        """Return how much can be written where the version is to be."""
        return self._destination.free_bytes()

    def require_space(self, needed: int) -> None:
        """Refuse to begin what cannot be finished.

        Args:
            needed: Bytes that will be written: without holes, and without what is there already.

        Raises:
            NoSpaceError: There is not that much space.
        """
        free = self.free_bytes()
        rounded = needed + _BLOCK * len(self.remaining())
        if rounded > free:
            raise NoSpaceError(
                f"{rounded:,} bytes are needed in {printable(str(self._destination.parent))}, "
                f"and {free:,} are free",
                hint="Free some space, or pull to another disk.",
            )

    def begin(self) -> None:
        """Make the place in which to build, or take over that of a pull that was broken off.

        Raises:
            NotPermittedError: Nothing can be made there.
            NoSpaceError: The disk is full.
        """
        with self._lock:
            if self._staging is None:
                self._begin()

    def _begin(self) -> None:
        with writing(str(self.dest)):
            self._staging = self._place.take()
        if self._place.is_inside(self._staging):
            self._whole = False

    def open_file(self, path: str) -> FileWriter:
        """Open a file of the version for writing, where it is built.

        Its `before` says what of it an earlier pull has written already.

        Raises:
            NotPermittedError: It may not be written.
            NoSpaceError: The disk is full.
            OutputError: The disk fails.
        """
        self.begin()
        staging = self._began()
        wanted = self._files[path]
        with writing(path):
            parent = path.rpartition("/")[0]
            staging.tree.make_folder(parent)
            mode = 0o777 if wanted.executable else 0o666
            fd = staging.tree.open(path, WRITE_FLAGS, mode)
        try:
            return FileWriter(fd, path, wanted.size, staging.beat, partial(self._finish, path))
        except BaseException:
            os.close(fd)
            raise

    def open_present(self, path: str) -> ReadableFile:
        """Open a file that is in the destination, to judge it or to reuse its content.

        Raises:
            SourceChangedError: It is another by now.
            FileAccessError: It cannot be read.
        """
        tree = self._there()
        one = self.present[path]
        with reading(path):
            fd = tree.open(path, OPEN_FLAGS | NO_FOLLOW)
        look = partial(_look, tree, path)
        opened = ReadableFile(fd, path, one.identity, look, sparse=one.sparse)
        try:
            opened.require_unchanged()
        except BaseException:
            opened.close()
            raise
        return opened

    def commit(self) -> Placed:
        """Put everything in place, and make it survive a power cut.

        Raises:
            ConflictError: Something else was put there meanwhile.
            NotPermittedError: It may not be put there.
            OutputError: The disk fails, or another pull took over. In each case what is in
                place is whole, and the same pull goes on later.
        """
        if missing := self.remaining():
            raise ValueError(f"{missing[0].path} and {len(missing) - 1} more are not finished")
        if not (self._whole or self._overwrite.force):
            unknown = [one.path for one in self.to_judge if one.path not in self._kept]
            if unknown:
                raise ValueError(f"nobody judged {unknown[0]}")
            self.require_no_conflicts()
        if self._whole:
            self.begin()
        elif self._staging is None:
            self._place.clear()
        finish = Finish(
            destination=self._destination,
            files=self._files,
            folders=self._folders,
            existing=self._existing,
            kept=self._kept,
            finished=self._finished,
            overwrite=self._overwrite,
        )
        try:
            if self._whole:
                placed = finish.whole(self._began())
            else:
                placed = finish.file_by_file(self._staging, self._there())
        except OSError as error:
            raise write_failure(error, str(self.dest)) from error
        self._staging = None  # it is gone
        self._close()
        return placed

    def abandon(self) -> None:
        """Leave what was written for the same pull later."""
        self._close()

    def discard(self) -> None:
        """Remove what was written; what cannot be removed stays, and a later pull removes it."""
        if self._staging is not None:
            with suppress(OSError):
                self._staging.remove()
            self._staging = None
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._staging is not None:
            self._staging.release()
            self._staging = None
        if self._tree is not None:
            self._tree.close()

    def _began(self) -> Staging:
        assert self._staging is not None  # noqa: S101  `begin` has set it
        return self._staging

    def _there(self) -> Tree:
        assert self._tree is not None  # noqa: S101  the directory exists, so `prepare` opened it
        return self._tree

    def _finish(self, path: str) -> None:
        with self._lock:
            self._finished.add(path)


def prepare(
    dest: Path,
    files: Sequence[WantedFile],
    folders: Sequence[str],
    *,
    manifest: str,
    overwrite: Overwrite | None = None,
) -> Plan:
    """Look at a destination, and plan what a version changes there. Nothing is written.

    Args:
        dest: A directory that is there or not; its name may be a link to one.
        files: All files of the version that are wanted, in its order.
        folders: Its empty folders.
        manifest: Digest of the manifest, hex: what an earlier pull left of the same is used.
        overwrite: What may be done to what stands there; None: nothing.

    Raises:
        UnsafeContentError: A path could do harm, or a link in the destination would lead out.
        ConflictError: The destination is no directory, or cannot be exchanged.
        WrongUsageError: It is the root or the home directory, and would be emptied.
        FileAccessError: It cannot be read.
    """
    overwrite = overwrite or Overwrite()
    check_tree((one.path for one in files), folders)
    for one in files:
        if not 0 <= one.size < _LARGEST_FILE:
            raise UnsafeContentError(f"{printable(one.path)} claims to be {one.size} bytes long")
    destination = find_destination(dest)
    if destination.exists and overwrite.exact:
        check_removal(destination, "--exact")
    if destination.exists and overwrite.swap and not destination.empty:
        check_swap(destination)
    wanted = {one.path: one for one in files}
    tree, existing = None, Existing()
    if destination.exists:
        with reading(destination.real):
            tree = Tree(destination.real)
        try:
            with reading(destination.real):
                existing = look_at(tree, wanted, folders, through_links=overwrite.swap)
        except BaseException:
            tree.close()
            raise
    return Plan(destination, wanted, folders, manifest, overwrite, tree, existing)


def _look(tree: Tree, path: str) -> os.stat_result:
    found = tree.look(path)
    if found is None:
        raise FileNotFoundError(path)
    return found
