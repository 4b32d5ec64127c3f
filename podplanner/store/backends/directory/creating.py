"""Creation of one small object if there is none: what correctness between machines rests on."""

# Names are looked up below an open folder, which pathlib cannot do.

import errno
import os
from enum import Enum

from podplanner.errors import BackendUnavailableError, NotPermittedError, OutcomeUnknownError
from podplanner.store.backends.directory import linux
from podplanner.store.backends.directory.claiming import CLAIMS, create_by_claim
from podplanner.store.backends.directory.faults import as_port_error
from podplanner.store.backends.directory.mounts import SMB, mount_of
from podplanner.store.backends.directory.place import ROUNDS, Place
from podplanner.store.backends.directory.writing import Writer, Written


class Primitive(Enum):
    """What a directory offers to make a file only if there is none.

    LINK: A second name by `link()` for a temporary file: refused where the name is taken. Every
        local file system of Linux, and NFS; not FAT, nor many SMB servers.
    RENAME: `renameat2(RENAME_NOREPLACE)`: moves a file only onto a free name. Local file systems
        of Linux, FAT too; not NFS.
    CLAIM: A folder that holds the content, moved to a place that is the key's alone; a move onto
        a folder that is not empty is refused (POSIX). Its owner then moves the content to the
        key. The protocol is in `claiming`.

    LINK and RENAME exclude each other's writers too. CLAIM excludes only others who claim, so
    that a store is either one where everybody claims, from its first object on, or one where
    nobody does: the folder `.claims` in its root says which.
    """

    LINK = "link"
    RENAME = "rename"
    CLAIM = "claim"


_UNSUPPORTED = {
    Primitive.LINK: frozenset(
        {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV, errno.EMLINK}
    ),
    # EPERM: "the file system does not support the creation of hard links", link(2).
    Primitive.RENAME: frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}),
}


def is_sound(primitive: Primitive, place: Place) -> bool:
    """Return whether a primitive that seems to work can be believed where a folder lies.

    Linux' SMB client takes `RENAME_NOREPLACE` on the ground that its protocol replaces nothing
    (`cifs_rename2` in fs/smb/client/inode.c), which is the server's to keep. The writers of one
    machine are kept apart by its kernel, so that a race there would prove nothing of two.
    """
    if primitive is not Primitive.RENAME or not place.remote:
        return True
    mount = mount_of(place.path)
    return mount is None or mount.kind not in SMB


class _UnsupportedError(Exception):
    """This primitive is not to be had here; never leaves this module."""


class Creator:
    """Creates objects in a directory by the first primitive that works there."""

    def __init__(self, place: Place, writer: Writer, primitive: Primitive | None) -> None:
        """Choose later, at the first creation: reading must not need to write.

        Args:
            place: The root.
            writer: Writes temporary files there.
            primitive: The only one to use; None: the first that works.
        """
        self._place = place
        self._writer = writer
        self._forced = primitive
        self._chosen: Primitive | None = None

    @property
    def primitive(self) -> Primitive | None:
        """What was forced, or was found to work; None: nothing was created yet."""
        return self._forced or self._chosen

    def create(self, key: str, content: bytes) -> bool:
        """Make the file of a key, its content durable, if there is none."""
        self._place.assure()
        last: BaseException | None = None
        for primitive in self._candidates():
            try:
                return self._create_by(primitive, key, content)
            except _UnsupportedError as error:
                last = error.__cause__
        raise NotPermittedError(
            f"{self._place.path} lets nobody create a file only if there is none ({last})",
            hint=f"Run `podplanner store doctor {self._place.path}` to see what holds there.",
        ) from last

    def _candidates(self) -> tuple[Primitive, ...]:
        if self._forced is not None:
            return (self._forced,)
        if self._place.has_folder(CLAIMS):
            return (Primitive.CLAIM,)
        if self._chosen is not None:
            return (self._chosen,)
        usual = tuple(
            each for each in (Primitive.LINK, Primitive.RENAME) if is_sound(each, self._place)
        )
        return (*usual, Primitive.CLAIM) if self._place.is_new() else usual

    def _create_by(self, primitive: Primitive, key: str, content: bytes) -> bool:
        if primitive is Primitive.CLAIM:
            created = create_by_claim(self._place, self._writer, key, content)
        else:
            with self._writer.held(content) as written:
                created = self._at_once(primitive, written, key)
        if created:
            self._chosen = primitive
            # Not after False: the system looks whether a name is taken before all else.
        return created

    def _at_once(self, primitive: Primitive, written: Written, key: str) -> bool:
        try:
            self._name(primitive, written.name, key)
        except (FileExistsError, FileNotFoundError) as error:
            return self._answer_of(written, key, error)
            # A call that was sent twice over NFS answers "exists" (link) or "no such file"
            # (rename) of what was its own doing.
        except OSError as error:
            if error.errno in _UNSUPPORTED[primitive]:
                raise _UnsupportedError from error
            return self._answer_after(written, key, error)
        return True

    def _name(self, primitive: Primitive, temporary: str, key: str) -> None:
        """Give the file its name in one step; makes folders that are missing."""
        root, source, target = self._place.folder, *map(self._place.name, (temporary, key))
        for _ in range(ROUNDS):
            try:
                if primitive is Primitive.LINK:
                    os.link(source, target, src_dir_fd=root, dst_dir_fd=root)
                else:
                    linux.rename_no_replace(source, target, folder=root)
            except FileNotFoundError:
                self._place.look(temporary)
                self._place.make_folder(os.path.dirname(key))
            else:
                return
        raise BackendUnavailableError(f"the folder of {key!r} is removed as often as it is made")

    def _answer_of(self, written: Written, key: str, error: OSError) -> bool:
        """Answer by whose file is there; a rename may have lost its source to a collector."""
        try:
            if written.is_at(self._place, key):
                return True
            if isinstance(error, FileExistsError):
                return False
        except OSError as second:
            error = second
        raise _unknown(self._place, key, error) from error

    def _answer_after(self, written: Written, key: str, error: OSError) -> bool:
        """Answer after a call that has failed, although it may have done its work."""
        said = as_port_error(error, self._place.path, key)
        if not isinstance(said, BackendUnavailableError):
            raise said from error
        try:
            if written.is_at(self._place, key):
                return True
        except OSError:
            pass  # Said below.
        raise _unknown(self._place, key, error) from error


def _unknown(place: Place, key: str, error: OSError) -> OutcomeUnknownError:
    said = as_port_error(error, place.path, key)
    return OutcomeUnknownError(said.message, hint=said.hint)
