"""A directory whose names are reached one folder after the other, so that no link leads out.

Paths are those of a manifest, which `paths` has checked. Every folder on the way is opened below
the one before it, and never through a link: whoever may write into the directory could put a
link there at any moment.
"""

import errno
import os
import shutil
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from podplanner.errors import UnsafeContentError
from podplanner.store.paths import printable
from podplanner.store.worktree.readable import NO_FOLLOW

BY_FOLDER = os.open in os.supports_dir_fd and os.rename in os.supports_dir_fd
"""Whether names can be reached from an open folder; else (Windows, untested) by whole paths."""

_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NEW_FOLDER = 0o777
# As `mkdir` makes them: the user's umask takes from it.


class Name(NamedTuple):
    """A name in a folder that is open."""

    folder: int
    """-1 where the system knows only whole paths."""
    name: str


class _Opened(NamedTuple):
    name: str
    fd: int


class Tree:
    """A directory that is open; its methods may be called from several threads."""

    def __init__(self, root: str) -> None:
        """Open a directory; the name of the directory itself may be a link.

        Raises:
            OSError: It is none, or may not be opened.
        """
        self.root = root
        self._lock = threading.RLock()
        self._top = os.open(root, _FOLDER) if BY_FOLDER else -1
        self._way: list[_Opened] = []
        """The folders that lead to the one used last: most paths are beside the path before."""

    @contextmanager
    def at(self, path: str) -> Iterator[Name]:
        """Hold the folder of a path open, and give its last name.

        Raises:
            FileNotFoundError: A folder on the way is not there.
            NotADirectoryError: A file stands on the way.
            UnsafeContentError: A link stands on the way.
        """
        parent, _, name = path.rpartition("/")
        with self._lock:
            folder = self._enter(parent)
            yield Name(folder, name if BY_FOLDER else os.path.join(self.root, path))  # noqa: PTH118

    def look(self, path: str) -> os.stat_result | None:
        """Return what stands at a path, a link as itself; None where nothing does."""
        try:
            with self.at(path) as (folder, name):
                return os.stat(name, follow_symlinks=False, **_in(folder))  # noqa: PTH116
        except (FileNotFoundError, NotADirectoryError):
            return None

    def look_root(self) -> os.stat_result:
        """Return what the directory itself is."""
        return os.fstat(self._top) if BY_FOLDER else os.stat(self.root)  # noqa: PTH116

    def descriptor(self) -> int:
        """Return the descriptor of the directory itself; -1 where it has none."""
        return self._top

    def entries(self, folder: str) -> list[tuple[str, os.stat_result]]:
        """Return the names in a folder, with what stands there, links as themselves."""
        found = []
        with self._lock:
            fd = self._enter(folder)
            with os.scandir(fd if BY_FOLDER else os.path.join(self.root, folder)) as entries:  # noqa: PTH118
                for entry in entries:
                    with suppress(FileNotFoundError):
                        found.append((entry.name, entry.stat(follow_symlinks=False)))
        return found

    def open(self, path: str, flags: int, mode: int = 0o666) -> int:
        """Open a file; never through a link. The caller closes the descriptor."""
        with self.at(path) as (folder, name):
            return os.open(name, flags | NO_FOLLOW, mode, **_in(folder))

    def make_folder(self, folder: str) -> None:
        """Make a folder and those above it, where they are not there."""
        if not folder:
            return
        with self._lock:
            try:
                self._enter(folder)
            except FileNotFoundError:
                self.make_folder(folder.rpartition("/")[0])
                with self.at(folder) as (parent, name), suppress(FileExistsError):
                    os.mkdir(name, _NEW_FOLDER, **_in(parent))  # noqa: PTH102
                self._enter(folder)

    def remove(self, path: str) -> None:
        """Remove a file or a link."""
        with self.at(path) as (folder, name):
            os.unlink(name, **_in(folder))

    def remove_empty(self, folder: str) -> None:
        """Remove a folder that is empty."""
        with self._lock:
            self._leave(folder)
            with self.at(folder) as (parent, name):
                os.rmdir(name, **_in(parent))

    def remove_all(self, folder: str) -> None:
        """Remove a folder and all below it, following no link."""
        with self._lock:
            self._leave(folder)
            with self.at(folder) as (parent, name):
                shutil.rmtree(name, dir_fd=parent if BY_FOLDER else None)

    def change_mode(self, path: str, mode: int) -> None:
        """Set the permissions of a file, not through a link."""
        fd = self.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            os.fchmod(fd, mode) if hasattr(os, "fchmod") else None
        finally:
            os.close(fd)

    def sync_folder(self, folder: str) -> None:
        """Make the names in a folder survive a power cut."""
        if not BY_FOLDER:
            return
        with self._lock:
            settle_names(self._enter(folder))

    def close(self) -> None:
        """Close all that is open."""
        with self._lock:
            self._back_to(0)
            top, self._top = self._top, -1
            if top >= 0:
                os.close(top)

    def _enter(self, folder: str) -> int:
        """Return an open folder; those on the way stay open for the next question."""
        names = folder.split("/") if folder else []
        if not BY_FOLDER:
            self._look_for_links(names)
            return -1
        same = 0
        while same < len(self._way) and same < len(names) and self._way[same].name == names[same]:
            same += 1
        self._back_to(same)
        fd = self._way[-1].fd if self._way else self._top
        for number in range(same, len(names)):
            fd = self._open_folder(fd, names[number], "/".join(names[: number + 1]))
            self._way.append(_Opened(names[number], fd))
        return fd

    def _open_folder(self, above: int, name: str, path: str) -> int:
        try:
            return os.open(name, _FOLDER | NO_FOLLOW, dir_fd=above)
        except OSError as error:
            if error.errno not in (errno.ENOTDIR, errno.ELOOP):
                raise
            found = os.stat(name, dir_fd=above, follow_symlinks=False)
            if stat.S_ISLNK(found.st_mode):
                raise self._leads_out(path) from error
            raise

    def _look_for_links(self, names: list[str]) -> None:
        for number in range(len(names)):
            path = "/".join(names[: number + 1])
            if os.path.islink(os.path.join(self.root, path)):  # noqa: PTH114, PTH118
                raise self._leads_out(path)

    def _leads_out(self, path: str) -> UnsafeContentError:
        shown = printable(os.path.join(self.root, path))  # noqa: PTH118
        return UnsafeContentError(
            f"{shown} is a link, and nothing is read or written through links in the destination",
            hint="Remove the link, or choose another directory.",
        )

    def _leave(self, folder: str) -> None:
        """Close a folder, if it is one of those that are held open."""
        names = folder.split("/")
        if [one.name for one in self._way[: len(names)]] == names:
            self._back_to(len(names) - 1)

    def _back_to(self, depth: int) -> None:
        while len(self._way) > depth:
            os.close(self._way.pop().fd)


def settle_names(fd: int) -> None:
    """Make the names in an open folder survive a power cut.

    Raises:
        OSError: The disk did not take them. (A file system that cannot do this for folders is
            let pass: there the names are as safe as they can be.)
    """
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EROFS):
            raise


def _in(folder: int) -> dict[str, int]:
    """Return the argument that names an open folder."""
    return {"dir_fd": folder} if BY_FOLDER else {}
