"""The port of the backends on a directory."""

# Names are looked up below an open folder, which pathlib cannot do.

import errno
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from typing_extensions import Buffer

from podplanner.errors import (
    BackendUnavailableError,
    ObjectCorruptError,
    ObjectMissingError,
    OutcomeUnknownError,
)
from podplanner.store.backend import DOCUMENT_LIMIT, Cleared, ObjectInfo, Traits, is_key
from podplanner.store.backends.directory import leftovers, listing
from podplanner.store.backends.directory.creating import Creator, Primitive
from podplanner.store.backends.directory.faults import translated
from podplanner.store.backends.directory.place import ROUNDS, STORE, Place
from podplanner.store.backends.directory.settling import Settler
from podplanner.store.backends.directory.writing import Writer, Written, temporary_name
from podplanner.store.examination import Result, SecondUser

_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_READ |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
# O_NONBLOCK: a pipe that lies under a key must not hang the reader.


class DirectoryBackend:
    """Objects as files below a folder: of a local disk, or of a mount of a file server.

    A key is a path below the root, so that no key can be a folder of another one. Names that are
    no keys (`.nfs0001`, `.DS_Store`, `lost+found`, `@eaDir`) are passed over, and so are symbolic
    links: none is ever followed to an object. Files are 0444; folders have the mode and the group
    of the root, whatever the umask, so that who may write to the root may write to the store.

    Nothing is written before the first write: a store on a read-only mount can be read.
    """

    def __init__(
        self, root: Path, *, primitive: Primitive | None = None, shared_group: bool = False
    ) -> None:
        """Name a folder; it is opened when it is first needed.

        Args:
            root: The folder, which must exist by then.
            primitive: The only create-only primitive to use; None: the first that works there.
            shared_group: Whether folders are made writable by the root's group even when the
                root itself is not.
        """
        self._place = Place(root, shared_group=shared_group)
        self._writer = Writer(self._place)
        self._creator = Creator(self._place, self._writer, primitive)
        self._settler = Settler(self._place)

    @property
    def address(self) -> str:
        """The path of the root."""
        return self._place.path

    @property
    def traits(self) -> Traits:
        """Nothing special: a look at a file costs next to nothing."""
        return Traits()

    @property
    def primitive(self) -> Primitive | None:
        """The create-only primitive in use; None until the first object is created."""
        return self._creator.primitive

    def get(self, key: str, *, limit: int = DOCUMENT_LIMIT) -> bytes:
        """Return the whole of a small object."""
        descriptor = self._open(_checked(key))
        try:
            with translated(self.address, key, reading=True):
                found = os.fstat(descriptor)
                if not stat.S_ISREG(found.st_mode):
                    raise FileNotFoundError(errno.ENOENT, "no file", key)
                content = _read(descriptor, found.st_size, limit + 1)
        finally:
            os.close(descriptor)
        if len(content) > limit:
            raise ObjectCorruptError(f"{key!r} in {self.address} is larger than {limit} bytes")
        return content

    def read_into(self, key: str, offset: int, buffer: memoryview) -> None:
        """Fill the whole buffer with the object's bytes from `offset`."""
        descriptor = self._open(_checked(key))
        try:
            with translated(self.address, key, reading=True):
                missing = _read_into(descriptor, offset, buffer.cast("B"))
        finally:
            os.close(descriptor)
        if missing:
            raise ObjectCorruptError(
                f"{key!r} in {self.address} ends {missing} bytes before {offset + buffer.nbytes}",
                hint="Run `podplanner store check`.",
            )

    def head(self, key: str) -> ObjectInfo | None:
        """Return size and time of an object, or None when there is none."""
        _checked(key)
        with translated(self.address, key):
            found = self._look(key)
        if found is None or not stat.S_ISREG(found.st_mode):
            self._place.assure()
            return None
        return ObjectInfo(key, found.st_size, found.st_mtime)

    def put(self, key: str, parts: Sequence[Buffer]) -> None:
        """Write an object of these parts, joined; what was under the key is replaced whole."""
        _checked(key)
        with translated(self.address, key):
            written = self._writer.write(parts)
            try:
                self._move(written, key)
            except BaseException:
                self._writer.drop(written.name)
                raise
        self._settler.note(key, written)

    def create(self, key: str, content: bytes) -> bool:
        """Write a small object if there is none under the key, atomically; it is durable."""
        _checked(key)
        with translated(self.address, key):
            created = self._creator.create(key, content)
        if created:
            try:
                self._settler.anchor(os.path.dirname(key))
            except BackendUnavailableError as error:
                raise OutcomeUnknownError(error.message, hint=error.hint) from error
        if key == STORE:
            self._place.assure()
            # So that this process too knows that it has been there, should it go.
        return created

    def delete(self, key: str) -> None:
        """Remove an object, and the folders that it leaves empty; no error when there is none."""
        _checked(key)
        with translated(self.address, key):
            try:
                self._unlink(key)
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                self._place.assure()
                return
            finally:
                self._settler.forget(key)
            self._prune(os.path.dirname(key))

    def delete_all(self, keys: Iterable[str]) -> None:
        """Remove objects, one after the other."""
        for key in keys:
            self.delete(key)

    def keys(self, prefix: str, *, after: str = "") -> Iterator[ObjectInfo]:
        """Yield all objects whose key begins with `prefix`, in order of their keys."""
        _check_prefix(prefix)
        with translated(self.address, prefix):
            yield from listing.keys_below(self._place, prefix[:-1], after)
        self._place.assure()
        # Only now: a listing that was cut short by an unmount must not look like a whole one.

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names directly below `prefix` that have keys below them, sorted."""
        _check_prefix(prefix)
        with translated(self.address, prefix):
            yield from listing.folders_below(self._place, prefix[:-1])
        self._place.assure()

    def settle(self, keys: Iterable[str]) -> None:
        """Make objects under these keys survive a power cut, their names included."""
        try:
            self._settler.settle(_checked(key) for key in keys)
        except ObjectMissingError:
            self._place.assure()
            raise
        self._place.assure()

    def now(self) -> float:
        """Return the time that the file system gives to a file that is made now."""
        name = temporary_name()
        with translated(self.address):
            self._writer.write((), name=name)
            try:
                return self._place.look(name).st_mtime
            finally:
                self._writer.drop(name)

    def free_bytes(self) -> int | None:
        """Return how much can be written; None where the file system does not say."""
        with translated(self.address):
            folder = self._place.folder
            if folder is None:
                return shutil.disk_usage(self.address).free
            found = os.fstatvfs(folder)
        return found.f_bavail * found.f_frsize if found.f_blocks else None

    def clear_leftovers(self, before: float) -> Cleared:
        """Remove old temporary files and claims of creators that died."""
        with translated(self.address):
            return leftovers.clear(self._place, before)

    def examine(self, second_user: SecondUser | None = None) -> Iterator[Result]:
        """Yield what is found of the directory, one thing after another; leaves nothing behind."""
        from podplanner.store.backends.directory import examining  # Only doctor needs it.

        return examining.examine(self._place, second_user)

    def prove_creation(self) -> Result:
        """Race processes for every create-only primitive, and say what holds."""
        from podplanner.store.backends.directory import examining

        return examining.prove_creation(self._place)

    def _open(self, key: str) -> int:
        try:
            with translated(self.address, key, reading=True):
                path, folder = self._place.name(key), self._place.folder
                try:
                    return os.open(path, _READ, dir_fd=folder)
                except FileNotFoundError:
                    self._refresh(key)
                    return os.open(path, _READ, dir_fd=folder)
        except ObjectMissingError:
            self._place.assure()
            raise

    def _look(self, key: str) -> os.stat_result | None:
        for attempt in (1, 2):
            try:
                return self._place.look(key)
            except (FileNotFoundError, NotADirectoryError):
                if attempt == 2 or not self._place.remote:
                    return None
                self._refresh(key)
        return None

    def _refresh(self, key: str) -> None:
        """Make a client of a file server ask it again what is in a folder.

        Opening a folder revalidates what the client remembers of it, "not there" included
        (nfs(5), close-to-open consistency).
        """
        if self._place.remote:
            with suppress(OSError):
                self._place.close_folder(self._place.open_folder(os.path.dirname(key)))

    def _unlink(self, key: str) -> None:
        path, folder = self._place.name(key), self._place.folder
        try:
            os.unlink(path, dir_fd=folder)
        except PermissionError:
            if self._place.has_folder(key):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), key) from None
                # What POSIX says of unlinking a folder, and macOS; Linux says it so.
            if os.name != "nt":
                raise
            os.chmod(path, stat.S_IWRITE)
            os.unlink(path)
            # Windows removes no file that is marked read-only. Untested there.

    def _move(self, written: Written, key: str) -> None:
        root = self._place.folder
        source, target = self._place.name(written.name), self._place.name(key)
        for _ in range(ROUNDS):
            try:
                os.replace(source, target, src_dir_fd=root, dst_dir_fd=root)
            except FileNotFoundError:
                self._place.look(written.name)
                self._place.make_folder(os.path.dirname(key))
            else:
                return
        raise BackendUnavailableError(f"the folder of {key!r} is removed as often as it is made")

    def _prune(self, folder: str) -> None:
        """Remove a folder and those above it while they are empty."""
        while folder:
            try:
                os.rmdir(self._place.name(folder), dir_fd=self._place.folder)
            except OSError:
                return
            folder = os.path.dirname(folder)


def _checked(key: str) -> str:
    if not is_key(key):
        raise ValueError(f"{key!r} is no key of a store")
    return key


def _check_prefix(prefix: str) -> None:
    if prefix and not (prefix.endswith("/") and is_key(prefix[:-1])):
        raise ValueError(f"{prefix!r} is no prefix of keys: it must be empty or end in a slash")


def _read(descriptor: int, size: int, most: int) -> bytes:
    """Return what a file of about a size holds, at most so many bytes."""
    chunks: list[bytes] = []
    left = most
    while left > 0 and (chunk := os.read(descriptor, min(left, size + 1))):
        chunks.append(chunk)
        left -= len(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _read_into(descriptor: int, offset: int, view: memoryview) -> int:
    """Fill a buffer from a file; return how many bytes the file was too short."""
    done = 0
    while done < len(view):
        if hasattr(os, "preadv"):
            step = os.preadv(descriptor, [view[done:]], offset + done)
        else:
            chunk = os.pread(descriptor, len(view) - done, offset + done)
            step = len(chunk)
            view[done : done + step] = chunk
        if not step:
            break
        done += step
    return len(view) - done
