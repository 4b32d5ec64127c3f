"""Where a pull is to write: what stands there, and how it can be put there."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from podplanner.errors import ConflictError, FileAccessError, WrongUsageError
from podplanner.store.paths import printable
from podplanner.store.worktree.failures import read_failure
from podplanner.store.worktree.foreign_stores import store_around
from podplanner.store.worktree.ignore import is_staging_name

_VERSION_CONTROL = (".git", ".hg", ".svn")
# Not part of any version, and often the only copy of what is in it.


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a pull may do to a destination that holds something."""

    force: bool = False
    """Replace files that are not those of the version."""
    exact: bool = False
    """Remove what the version does not have, except what a push leaves out by itself."""
    swap: bool = False
    """Build the whole version beside it, exchange the two, and remove the old one."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A directory to which a version is pulled."""

    real: str
    """Absolute, no link in it."""
    exists: bool
    empty: bool

    @property
    def parent(self) -> str:
        """The folder that holds it."""
        return os.path.dirname(self.real)  # noqa: PTH120

    @property
    def name(self) -> str:
        """Its own name; empty for the root."""
        return os.path.basename(self.real)  # noqa: PTH119

    def is_mount(self) -> bool:
        """Return whether a file system is mounted there: it cannot be renamed or replaced."""
        return os.path.ismount(self.real) or self.real in _mounts()

    def mounts_below(self) -> list[str]:
        """Return the paths of file systems that are mounted in it."""
        start = self.real.rstrip(os.sep) + os.sep
        return [path for path in _mounts() if path.startswith(start)]

    def holds_us(self) -> bool:
        """Return whether this process stands in it, as does the shell that started it."""
        try:
            here = os.path.realpath(os.getcwd())  # noqa: PTH109
        except OSError:
            return False
        return here == self.real or here.startswith(self.real.rstrip(os.sep) + os.sep)

    def is_replaceable(self) -> bool:
        """Return whether a new directory in its place would be as good, and nobody misses it."""
        found = os.stat(self.real)  # noqa: PTH116
        if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
            return False
        if self.holds_us() or self.is_mount():
            return False
        try:
            names = os.listxattr(self.real) if hasattr(os, "listxattr") else []
        except OSError:
            names = []
        return all(name.startswith("security.") for name in names)

    def free_bytes(self) -> int:
        """Return how much can be written there."""
        place = _nearest(self.real)
        try:
            return shutil.disk_usage(place).free
        except OSError as error:
            raise read_failure(error, place) from error


def find_destination(dest: Path) -> Destination:
    """Return what stands where a pull is to write.

    Raises:
        ConflictError: A file stands there, or above it; or it lies in a store.
        FileAccessError: It cannot be looked at.
        WrongUsageError: Nothing is named.
    """
    try:
        real = os.path.realpath(dest)
        if store := store_around(real):
            raise ConflictError(
                f"{printable(real)} lies in the store {printable(store)}",
                hint="A store's folder is the store's alone: name a directory outside of it.",
            )
        nearest = _nearest(real)
        if not os.path.isdir(nearest):  # noqa: PTH112
            raise ConflictError(
                f"{printable(nearest)} is not a directory", hint="Name a directory to pull to."
            )
        if nearest != real:
            return Destination(real, exists=False, empty=True)
        with os.scandir(real) as entries:
            empty = all(is_staging_name(entry.name) for entry in entries)
    except OSError as error:
        raise FileAccessError(
            f"cannot read {printable(str(dest))}: {(error.strerror or '').lower()}",
            hint="Name a directory that you may write.",
        ) from error
    return Destination(real, exists=True, empty=empty)


def check_swap(destination: Destination) -> None:
    """Refuse to exchange a directory that cannot be, or should not be.

    Raises:
        ConflictError: It is where the command was started, or mounted, or holds version control.
        WrongUsageError: It is the root or the user's home.
    """
    check_removal(destination, "--swap")
    shown = printable(destination.real)
    if destination.holds_us():
        raise ConflictError(
            f"{shown} cannot be exchanged while you stand in it",
            hint="Change to another directory and run the command from there.",
        )
    if destination.is_mount() or destination.mounts_below():
        raise ConflictError(
            f"{shown} cannot be exchanged: a file system is mounted there",
            hint="Use `--force --exact` instead of `--swap`.",
        )
    for name in _VERSION_CONTROL:
        if os.path.lexists(os.path.join(destination.real, name)):  # noqa: PTH118
            raise ConflictError(
                f"{shown} holds {name}, which would be removed with the old directory",
                hint="Use `--force --exact`, which leaves it where it is.",
            )


def check_removal(destination: Destination, option: str) -> None:
    """Refuse to remove what a version does not have from where everything else lives.

    Raises:
        WrongUsageError: It is the root or the user's home.
    """
    try:
        home = os.path.realpath(Path.home())
    except RuntimeError:
        home = ""
    shown = printable(destination.real)
    if destination.real in (home, destination.parent):
        raise WrongUsageError(
            f"{option} would remove everything else from {shown}",
            hint="Name a directory of its own for the model.",
        )


def _nearest(path: str) -> str:
    """Return a path, or the part of it that is there."""
    while not os.path.lexists(path) and path != os.path.dirname(path):  # noqa: PTH120
        path = os.path.dirname(path)  # noqa: PTH120
    return path


def _mounts() -> list[str]:
    """Return where file systems are mounted; only Linux tells.

    A folder that is bound to another place of the same file system is known only so (proc(5)).
    """
    try:
        lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    except OSError:
        return []
    return [os.fsdecode(_unescaped(line.split(b" ")[4])) for line in lines if line.count(b" ") > 4]


def _unescaped(word: bytes) -> bytes:
    """Return a path of mountinfo, where blanks and the like are written in octal."""
    for code in (b"040", b"011", b"012"):
        word = word.replace(b"\\" + code, bytes([int(code, 8)]))
    return word.replace(b"\\134", b"\\")
