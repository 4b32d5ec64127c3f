"""The folder of a store: held open, so that what is written cannot land in another one."""

# Names are looked up below an open folder, which pathlib cannot do.

import errno
import os
import stat
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from podplanner.errors import BackendUnavailableError
from podplanner.store.backends.directory.faults import translated

TEMPORARY = "tmp"
"""Folder of files that are being written; their names are no keys."""
ROUNDS = 200
"""Of doing again what somebody undoes: each round is one removal of a collector more."""
STORE = "store.json"
"""What every store has, and no empty mount point."""
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_BY_DESCRIPTOR = {os.open, os.stat, os.mkdir, os.unlink, os.rmdir, os.rename, os.link} <= set(
    os.supports_dir_fd
) and os.scandir in os.supports_fd
# False on Windows, where full paths are used instead.
_SHARED = 0o2070
# Set-group-id, and read, write, search for the group: what two users of a group need.
_STICKY = 0o1000
# Not handed down: under it the second user could not collect what the first has written.

_CANNOT = frozenset(
    {errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}
)


class Place:
    """The root folder of a store and what is below it.

    The folder is opened once and held. Names are looked up below the open folder, so that
    after an unmount nothing is written into the empty mount point that remains.
    """

    def __init__(self, root: Path, *, shared_group: bool = False) -> None:
        """Name a folder; it is opened when it is first needed."""
        self.path = os.path.abspath(root)
        self._shared_group = shared_group
        self._lock = threading.Lock()
        self._opened: int | None = None
        self._identity: tuple[int, int] | None = None
        self._mode = 0o755
        self._group: int | None = None
        self._is_store = False
        self.remote = False
        """Whether it may be a file server's: names that are not there are looked up twice."""

    @property
    def folder(self) -> int | None:
        """Descriptor for the `dir_fd` of calls; None where the system has none."""
        if self._identity is None:
            with self._lock:
                if self._identity is None:
                    self._open()
        return self._opened

    def name(self, relative: str) -> str:
        """Return the name under which calls with `dir_fd=folder` find something below the root."""
        return relative if _BY_DESCRIPTOR else os.path.join(self.path, relative)

    def look(self, relative: str) -> os.stat_result:
        """Return what is under a name, not following a symbolic link."""
        return os.stat(self.name(relative), dir_fd=self.folder, follow_symlinks=False)

    def has(self, relative: str) -> bool:
        """Return whether anything is under a name."""
        try:
            self.look(relative)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def has_folder(self, relative: str) -> bool:
        """Return whether a folder is under a name, and no link to one."""
        try:
            return stat.S_ISDIR(self.look(relative).st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False

    def open_folder(self, relative: str) -> int | str:
        """Return a descriptor of a folder to list (or its path, where there is no such thing).

        The caller gives it back to `close_folder`. A symbolic link is refused.
        """
        if not _BY_DESCRIPTOR:
            return os.path.join(self.path, relative)
        return os.open(relative or ".", _FOLDER | _NO_LINK, dir_fd=self.folder)

    def close_folder(self, handle: int | str) -> None:
        """Give back what `open_folder` returned."""
        if isinstance(handle, int):
            os.close(handle)

    def make_folder(self, relative: str) -> None:
        """Make a folder and those above it, with the root's group and mode.

        Again and again: a collector may be removing them while they are empty.
        """
        folder = self.folder
        self._learn(os.stat(self.path if folder is None else folder))
        # Anew: whoever makes a store may just have opened its root to the group.
        for rounds_left in reversed(range(ROUNDS)):
            try:
                self._make_path(relative)
            except FileNotFoundError:
                if not rounds_left:
                    raise
            else:
                return

    def adorn_file(self, descriptor: int, mode: int) -> None:
        """Give a file that was just made its mode and the root's group, whatever the umask."""
        found = os.fstat(descriptor)
        if self._group is not None and found.st_gid != self._group:
            with _where_possible():
                os.fchown(descriptor, -1, self._group)
        if stat.S_IMODE(found.st_mode) != mode and hasattr(os, "fchmod"):
            with _where_possible():
                os.fchmod(descriptor, mode)

    def assure(self) -> None:
        """Find that the address still leads to the store that was opened.

        Raises:
            BackendUnavailableError: The folder is gone or another one is there, or it has lost
                its `store.json`: what is missing in it then says nothing.
        """
        with translated(self.path):
            root = self.folder
            here = os.stat(self.path)
            lost = (here.st_dev, here.st_ino) != self._identity
            if not lost:
                try:
                    os.stat(self.name(STORE), dir_fd=root, follow_symlinks=False)
                    self._is_store = True
                except FileNotFoundError:
                    lost = self._is_store
        if lost:
            raise BackendUnavailableError(
                f"{self.path} is no longer the store that it was: is it still mounted?",
                hint="Mount it again; then run the same command again.",
            )

    def is_new(self) -> bool:
        """Return whether there is no `store.json`, and never was one that this process saw."""
        self.assure()
        return not self._is_store

    def _open(self) -> None:
        with translated(self.path):
            if _BY_DESCRIPTOR:
                self._opened = os.open(self.path, _FOLDER)
                weakref.finalize(self, os.close, self._opened)
            found = os.stat(self.path if self._opened is None else self._opened)
            self._learn(found)
            self.remote = os.name != "nt" and os.major(found.st_dev) == 0
            # File systems without a block device: NFS, SMB, FUSE, but btrfs and tmpfs too.
            try:
                os.stat(self.name(STORE), dir_fd=self._opened, follow_symlinks=False)
                self._is_store = True
            except FileNotFoundError:
                self._is_store = False
            self._identity = (found.st_dev, found.st_ino)

    def _learn(self, root: os.stat_result) -> None:
        """Take the mode and the group that everything below the root gets."""
        mode = stat.S_IMODE(root.st_mode) & ~_STICKY
        self._mode = mode | _SHARED if self._shared_group else mode
        self._group = root.st_gid if hasattr(os, "fchown") else None

    def _make_path(self, relative: str) -> None:
        made = ""
        for part in relative.split("/"):
            made = f"{made}/{part}" if made else part
            try:
                self._make_one(made)
            except FileExistsError:
                continue

    def _make_one(self, relative: str) -> None:
        """Make one folder; where a group writes, nobody sees it before its mode is right."""
        folder = self.folder
        shared = self._mode & stat.S_IWGRP and relative != TEMPORARY
        made = f"{TEMPORARY}/_{os.urandom(8).hex()}" if shared else relative
        if shared:
            self._look_for_folder(relative)
        try:
            os.mkdir(self.name(made), 0o777 & self._mode, dir_fd=folder)
        except FileNotFoundError:
            self._make_one(TEMPORARY)
            os.mkdir(self.name(made), 0o777 & self._mode, dir_fd=folder)
        self._adorn_folder(made)
        if made != relative:
            try:
                os.rename(
                    self.name(made), self.name(relative), src_dir_fd=folder, dst_dir_fd=folder
                )
            except OSError as error:
                os.rmdir(self.name(made), dir_fd=folder)
                if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
                    raise FileExistsError(error.errno, error.strerror, relative) from error
                raise

    def _look_for_folder(self, relative: str) -> None:
        """Raise FileExistsError where a name is taken: a rename would replace an empty folder."""
        try:
            self.look(relative)
        except FileNotFoundError:
            return
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), relative)

    def _adorn_folder(self, relative: str) -> None:
        if self._group is None or not _BY_DESCRIPTOR:
            return
        descriptor = os.open(relative, _FOLDER | _NO_LINK, dir_fd=self.folder)
        try:
            self.adorn_file(descriptor, self._mode)
        finally:
            os.close(descriptor)


@contextmanager
def _where_possible() -> Iterator[None]:
    """Pass over what this user may not do, or this file system cannot; doctor says what it means.

    Who is not in a group cannot hand files to it; SMB and FUSE often keep no modes at all.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
