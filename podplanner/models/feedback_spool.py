"""The spool: feedback that is not in the store yet, on this machine's disk.

One folder for each store and model. A process appends to a file of its own (`<id>.spool`), whole
frames at a time, each with its length and digest: what a dead process had begun to write is
noticed and dropped, all before it is kept.

Sending takes a file by renaming it (`<id>.<who>.taken`): of several that try, one succeeds. Whoever
appends looks after each write whether its file still has its name; if it was taken meanwhile the
record is written once more, to a new file, because the taker may have read the old one before. So
nothing is lost whatever locks are worth there, and a record that is sent twice has the same id
twice, which readers drop. Locks (`flock`) only say which processes live, so that their files are
left alone; where they say nothing true, files are taken early, and no harm is done.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from podplanner.store.claims import new_id
from podplanner.store.digest import digest_of

_MAGIC = b"PFB1"
_LENGTH = 8
_CHECK = 16
_HEAD = len(_MAGIC) + _LENGTH + _CHECK
# A frame: four letters, the length of its content, the start of its content's digest, the content.
FULL_BYTES = 32 * 2**20
"""A file of so much is closed and a new one begun: each becomes one version, read whole."""
FULL_FRAMES = 10_000
"""The same for small records: each array has an entry in the header of the batch's tensors."""
_YOUNG_S = 60.0
# An empty file may be one that was just made, and is not locked yet.
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)


def frame(content: bytes) -> bytes:
    """Return content as it is written to a spool."""
    head = _MAGIC + len(content).to_bytes(_LENGTH, "little") + digest_of(content)[:_CHECK]
    return head + content


class Frames(NamedTuple):
    """What a spool's file holds."""

    contents: list[bytes]
    damaged: bool
    """Whether something follows that is neither a frame nor the beginning of one."""


def read_frames(content: bytes) -> Frames:
    """Return the frames in the bytes of a spool's file, up to the first that is not whole."""
    found: list[bytes] = []
    at = 0
    while at < len(content):
        head = content[at : at + _HEAD]
        if not head.startswith(_MAGIC[: len(head)]):
            return Frames(found, damaged=True)
        start = at + _HEAD
        end = start + int.from_bytes(head[len(_MAGIC) : len(_MAGIC) + _LENGTH], "little")
        if len(head) < _HEAD or end > len(content):
            # Its writer died.
            return Frames(found, damaged=False)
        body = content[start:end]
        if digest_of(body)[:_CHECK] != head[-_CHECK:]:
            return Frames(found, damaged=True)
        found.append(body)
        at = end
    return Frames(found, damaged=False)


class Taken:
    """A file of the spool that this process is sending."""

    def __init__(self, path: Path, fd: int) -> None:
        self.path = path
        self._fd = fd

    def frames(self) -> Frames:
        """Return what it holds."""
        return read_frames(self.path.read_bytes())

    def sent(self, *, damaged: bool) -> None:
        """Remove it; what follows damage is kept beside, for a person to look at."""
        if damaged:
            self.path.replace(self.path.with_suffix(".damaged"))
        else:
            self.path.unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Leave it to whoever sends next."""
        os.close(self._fd)


class _Open(NamedTuple):
    """A file to which this process appends."""

    path: Path
    fd: int


class Spool:
    """The files of one process; its methods may be called from several threads."""

    def __init__(self, folder: Path) -> None:
        """Begin no file yet.

        Args:
            folder: There already, and only this user may write there.
        """
        self._folder = folder
        self._id = new_id()
        self._lock = threading.Lock()
        self._open: _Open | None = None
        self._full: list[_Open] = []
        self._frames = 0

    def append(self, content: bytes) -> None:
        """Append one record.

        Raises:
            OSError: The disk is full, or the folder is gone; nothing of the record is there.
        """
        whole = frame(content)
        with self._lock:
            while True:
                at = self._open or self._begin()
                size = _write(at.fd, whole)
                if _still_there(at):
                    break
                # Taken by another process, which may have read it before this was written.
                os.close(at.fd)
                self._open = None
            self._frames += 1
            if size >= FULL_BYTES or self._frames >= FULL_FRAMES:
                self._full.append(at)
                self._open = None

    def take(self) -> Iterator[Taken]:
        """Yield what is to be sent: this process's files, then those of processes that died.

        The caller sends or releases each.
        """
        with self._lock:
            own = [*self._full, *([self._open] if self._open else [])]
            self._full, self._open = [], None
        try:
            while own:
                at = own.pop(0)
                target = self._taken_name(at.path)
                try:
                    at.path.rename(target)
                except FileNotFoundError:
                    # Another process took it, and sends it.
                    os.close(at.fd)
                    continue
                yield Taken(target, at.fd)
        finally:
            # Where sending one fails the others wait for the next time, like a dead process's.
            for at in own:
                os.close(at.fd)
        for path in sorted(self._folder.iterdir()):
            if path.suffix in (".spool", ".taken") and (found := self._take_over(path)):
                yield found

    def forget(self) -> None:
        """Close the files without a word: they are another process's, which forked this one."""
        for at in (*self._full, *([self._open] if self._open else [])):
            with suppress(OSError):
                os.close(at.fd)

    def _begin(self) -> _Open:
        path = self._folder / f"{new_id()}.spool"
        fd = os.open(path, _APPEND, 0o600)
        _locked(fd)
        self._open = _Open(path, fd)
        self._frames = 0
        return self._open

    def _take_over(self, path: Path) -> Taken | None:
        """Take the file of a process that died; None where it lives, or another was faster."""
        try:
            fd = os.open(path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
        except OSError:
            return None
        found = os.fstat(fd)
        young = found.st_size == 0 and time.time() - found.st_mtime < _YOUNG_S
        if young or not _locked(fd):
            os.close(fd)
            return None
        target = self._taken_name(path)
        try:
            path.rename(target)
        except OSError:
            os.close(fd)
            return None
        return Taken(target, fd)

    def _taken_name(self, path: Path) -> Path:
        return path.with_name(f"{path.name.partition('.')[0]}.{self._id}.taken")


def _write(fd: int, whole: bytes) -> int:
    """Append to a file, all or nothing, and return how long it is."""
    before = os.fstat(fd).st_size
    view = memoryview(whole)
    try:
        while view:
            view = view[os.write(fd, view) :]
    except OSError:
        with suppress(OSError):
            os.ftruncate(fd, before)
        raise
    return before + len(whole)


def _still_there(at: _Open) -> bool:
    own = os.fstat(at.fd)
    try:
        found = at.path.stat()
    except FileNotFoundError:
        return False
    return (found.st_dev, found.st_ino) == (own.st_dev, own.st_ino)


def _locked(fd: int) -> bool:
    """Lock a file for as long as it is open; False where another process has it."""
    fcntl = _fcntl()
    if fcntl is None:
        # Windows (untested): whether its process lives cannot be told, so it is taken.
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # No locks on this file system.
        return True
    return True


def _fcntl() -> ModuleType | None:
    try:
        import fcntl
    except ImportError:
        return None
    return fcntl
