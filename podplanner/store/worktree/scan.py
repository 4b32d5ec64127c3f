"""Scan a directory for a push: which files it has, and what is left out.

Nothing is opened here but the ignore file: a scan takes as long as asking the file system for
every name and its times.
"""

import os
import shlex
import stat
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from podplanner.errors import (
    ConflictError,
    FileAccessError,
    FormatError,
    PodplannerError,
    UnsafeContentError,
    WrongUsageError,
)
from podplanner.store.manifest import MOST_FILES
from podplanner.store.paths import MOST_DEPTH, check_tree, printable, too_many
from podplanner.store.policy import KEY as STORE_KEY
from podplanner.store.results import LeftOut
from podplanner.store.worktree.failures import read_failure, reading
from podplanner.store.worktree.foreign_stores import is_store
from podplanner.store.worktree.holes import may_have_holes
from podplanner.store.worktree.identity import FileIdentity
from podplanner.store.worktree.ignore import (
    IGNORE_FILE,
    LARGEST_IGNORE_FILE,
    Patterns,
    left_out_by_itself,
)


class SourceFile(NamedTuple):
    """A file that a push will store."""

    path: str
    """In the manifest: relative, `/` between names, NFC."""
    real: str
    """On this machine, absolute, as it is spelled on the disk."""
    identity: FileIdentity
    executable: bool
    sparse: bool
    """Whether it takes less space than it has bytes: it may have holes."""
    followed: bool = False
    """Whether links may be followed on the way to it."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a directory holds."""

    files: tuple[SourceFile, ...]
    """In order of their paths by code point."""
    folders: tuple[str, ...]
    """Paths of folders that are empty, sorted."""
    left_out: tuple[LeftOut, ...]
    total_bytes: int
    time: float
    """This machine's clock when the scan began, seconds since 1970: `StatCache` wants it."""


def scan(source: Path, *, exclude: Sequence[str] = (), follow_links: bool = False) -> Scan:
    """Return the files of a directory, or a single file under its own name.

    A file or folder that is named by the user may itself be a link; links inside are refused
    unless they are to be followed. A folder that holds only what is left out is left out with it.

    Args:
        source: A directory or a file.
        exclude: Patterns as in a `.gitignore` file, of what to leave out.
        follow_links: Store what links point to, inside and outside of the directory.

    Raises:
        FileAccessError: It is not there, or something in it cannot be read.
        UnsafeContentError: It holds links, devices, or names that a version cannot have.
        ConflictError: It is a store of models, or holds one.
        WrongUsageError: It holds no file and no folder; or a pattern is none.
        FormatError: The ignore file is no list of patterns.
        SourceChangedError: Something vanished meanwhile.
    """
    began = time.time()
    try:
        real = os.path.realpath(source, strict=True)
        found = os.stat(real)  # noqa: PTH116  a string: a Path costs more than the call
    except OSError as error:
        raise FileAccessError(
            f"cannot read {printable(str(source))}: {(error.strerror or '').lower()}",
            hint="Name a directory or a file that is there.",
        ) from error
    walk = _Walk(follow_links=follow_links)
    if stat.S_ISDIR(found.st_mode):
        walk.patterns = Patterns(_ignore_lines(real, follow_links=follow_links), exclude)
        walk.folder(_Visit(real, "", ((found.st_dev, found.st_ino), None), followed=False))
    else:
        name = unicodedata.normalize("NFC", Path(os.path.abspath(source)).name)  # noqa: PTH100
        walk.file(name, real, found, followed=False)
    walk.finish(source)
    files = tuple(sorted(walk.files))
    folders = tuple(sorted(walk.empty))
    check_tree((file.path for file in files), folders)
    return Scan(
        files,
        folders,
        tuple(sorted(walk.left_out)),
        sum(file.identity.size for file in files),
        began,
    )


_Chain = tuple[tuple[int, int], "_Chain | None"]
# Device and inode of a folder, and those of the folders above it.


class _Visit(NamedTuple):
    """A folder that is still to be looked at."""

    real: str
    path: str
    chain: _Chain
    followed: bool


@dataclass(slots=True)
class _Troubles:
    """What stops a push, each kind told once with its first place."""

    links: list[str] = field(default_factory=list)
    odd: list[tuple[str, str]] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def error(self) -> PodplannerError | None:
        """Return the error that tells of the gravest; None when there is nothing to tell."""
        if self.links:
            return UnsafeContentError(
                f"{_first(sorted(self.links), 'a link', 'links')}, and links are not followed "
                "(a snapshot in the Hugging Face cache is all links)",
                hint="Add `--follow-links` to store what they point to.",
            )
        if self.odd:
            path, what = min(self.odd)
            return UnsafeContentError(
                f"{printable(path)} is {what}: only files and folders can be stored",
                hint="Remove it, or leave it out with `--exclude`.",
            )
        if self.unreadable:
            return FileAccessError(
                f"{_first(sorted(self.unreadable), 'not readable', 'not readable')}",
                hint="Make it readable (`chmod u+r`), or leave it out with `--exclude`.",
            )
        return None


class _Walk:
    """A walk through a directory, without calling itself: a tree may be deep."""

    def __init__(self, *, follow_links: bool) -> None:
        self.files: list[SourceFile] = []
        self.empty: list[str] = []
        self.left_out: list[LeftOut] = []
        self.patterns = Patterns()
        self._follow = follow_links
        self._troubles = _Troubles()
        self._waiting: list[_Visit] = []
        self._visited = 0
        self._me = os.geteuid() if hasattr(os, "geteuid") else -1

    def folder(self, visit: _Visit) -> None:
        """Walk through a folder and all below it."""
        self._waiting.append(visit)
        while self._waiting:
            self._visited += 1
            if self._visited > MOST_FILES:
                raise too_many("folders")
            self._look(self._waiting.pop())

    def file(self, path: str, real: str, found: os.stat_result, *, followed: bool) -> None:
        """Take in what is no folder."""
        if not stat.S_ISREG(found.st_mode):
            self._troubles.odd.append((path, _kind(found.st_mode)))
            return
        mine = found.st_uid == self._me and found.st_mode & stat.S_IRUSR
        if not mine and not os.access(real, os.R_OK):
            self._troubles.unreadable.append(path)
        self.files.append(
            SourceFile(
                path,
                real,
                FileIdentity.of(found),
                bool(found.st_mode & stat.S_IXUSR),
                may_have_holes(found),
                followed,
            )
        )
        if len(self.files) > MOST_FILES:
            raise too_many("files and empty folders")

    def finish(self, source: Path) -> None:
        """Refuse what stops the push."""
        if error := self._troubles.error():
            raise error
        if self.files or self.empty:
            return
        everything = " but what is left out" if self.left_out else ""
        raise WrongUsageError(
            f"there is nothing to store in {printable(str(source))}{everything}",
            hint="Name the directory that holds the model's files.",
        )

    def _look(self, visit: _Visit) -> None:
        try:
            with os.scandir(visit.real) as entries:
                seen = list(entries)
        except PermissionError:
            self._troubles.unreadable.append(visit.path or ".")
            return
        except OSError as error:
            raise read_failure(error, visit.real) from error
        if not seen and visit.path:
            self.empty.append(visit.path)
        if any(entry.name == STORE_KEY for entry in seen) and is_store(visit.real):
            raise _a_store(visit)
        start = visit.path + "/" if visit.path else ""
        for entry in seen:
            name = entry.name if entry.name.isascii() else _composed(entry.name)
            try:
                self._entry(start + name, entry, visit)
            except OSError as error:
                raise read_failure(error, entry.path) from error

    def _entry(self, path: str, entry: os.DirEntry[str], visit: _Visit) -> None:
        linked = entry.is_symlink() or _is_junction(entry)
        folder = self._is_folder(entry)
        if why := left_out_by_itself(path) or self.patterns.why_left_out(path, folder=folder):
            self.left_out.append(LeftOut(path + "/" if folder else path, why))
            return
        if linked and not self._follow:
            self._troubles.links.append(path)
            return
        try:
            found = entry.stat(follow_symlinks=self._follow)
        except OSError as error:
            if linked:
                raise _broken_link(path, entry.path) from error
            raise
        followed = linked or visit.followed
        if stat.S_ISDIR(found.st_mode):
            self._descend(path, entry.path, found, visit, followed=followed)
        else:
            self.file(path, entry.path, found, followed=followed)

    def _is_folder(self, entry: os.DirEntry[str]) -> bool:
        try:
            return entry.is_dir(follow_symlinks=self._follow)
        except OSError:
            return False  # a link round to itself; asking for its times says so

    def _descend(
        self, path: str, real: str, found: os.stat_result, visit: _Visit, *, followed: bool
    ) -> None:
        here = (found.st_dev, found.st_ino)
        above: _Chain | None = visit.chain
        while followed and above is not None:
            if above[0] == here:
                raise UnsafeContentError(
                    f"following links goes round in a circle: {printable(path)} is a folder "
                    "that it lies in",
                    hint="Remove the link, or leave it out with `--exclude`.",
                )
            above = above[1]
        if path.count("/") >= MOST_DEPTH:
            check_tree((path + "/...",), ())
        self._waiting.append(_Visit(real, path, (here, visit.chain), followed))


def _ignore_lines(real: str, *, follow_links: bool) -> list[str]:
    """Return the lines of the ignore file; none when there is no such file."""
    file = Path(real, IGNORE_FILE)
    if not file.is_file() or (file.is_symlink() and not follow_links):
        return []
    with reading(str(file)):
        content = file.read_bytes()
    if len(content) > LARGEST_IGNORE_FILE:
        raise FormatError(f"{IGNORE_FILE} is larger than {LARGEST_IGNORE_FILE} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{IGNORE_FILE} is not UTF-8 (byte {error.start})", hint="Save it as UTF-8."
        ) from error
    return unicodedata.normalize("NFC", text).splitlines()


def _composed(name: str) -> str:
    """Return a name in NFC, as macOS may have written it in NFD."""
    return unicodedata.normalize("NFC", name)


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Return whether it is a link of Windows between folders (untested)."""
    look: Callable[[], bool] | None = getattr(entry, "is_junction", None)
    return look() if look is not None else False


def _a_store(visit: _Visit) -> ConflictError:
    """Return the error of a store of models in what is pushed: it changes while it is read."""
    if not visit.path:
        return ConflictError(
            f"{printable(visit.real)} is a store of models and no model",
            hint="Copy its models with `podplanner store copy`.",
        )
    pattern = shlex.quote("/" + visit.path)
    return ConflictError(
        f"{printable(visit.path)} is a store of models and no part of one",
        hint=f"Leave it out with `--exclude {pattern}`, or move it elsewhere.",
    )


def _broken_link(path: str, real: str) -> FileAccessError:
    return FileAccessError(
        f"the link {printable(path)} points to nothing: {printable(os.path.realpath(real))}",
        hint="Fetch what it points to, or leave it out with `--exclude`.",
    )


def _kind(mode: int) -> str:
    """Return what stands there that is neither file nor folder."""
    kinds = (
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISBLK, "a block device"),
        (stat.S_ISCHR, "a character device"),
    )
    return next((words for test, words in kinds if test(mode)), "of an unknown kind")


def _first(paths: Sequence[str], one: str, many: str) -> str:
    """Return the first of some paths in words, and how many there are."""
    shown = printable(paths[0])
    if len(paths) == 1:
        return f"{shown} is {one}"
    return f"{shown} and {len(paths) - 1:,} more are {many}"
