"""Making a store at an address."""

import stat
from pathlib import Path

from podplanner.errors import ConflictError, NotPermittedError, WrongUsageError
from podplanner.store import policy as policies
from podplanner.store.backend import Backend
from podplanner.store.doctor import demand_creation
from podplanner.store.locate import DirectoryAddress, open_backend, parse_address
from podplanner.store.policy import EncodingPolicy
from podplanner.store.root import StoreRoot, make_root

_SHARED = stat.S_ISGID | stat.S_IRWXG
# The group may write, and what is made below belongs to it too.
_OF_OTHERS = frozenset({"lost+found", "@eaDir", "System Volume Information"})
# What file systems and file servers put into a folder that its owner would call empty.


def found_store(
    word: str,
    *,
    encoding: EncodingPolicy = "raw",
    shared: bool = False,
    single_writer: bool = False,
) -> StoreRoot:
    """Make a store and return it open.

    Args:
        word: Its address; a folder is made where there is none.
        encoding: How pushes encode that say nothing else.
        shared: Whether all of the folder's group shall be able to write.
        single_writer: Made where nothing keeps two writers apart: one at a time is the user's
            promise.

    Raises:
        ConflictError: There is a store already, the folder holds something else, or two writers
            can both create the same file there.
        NotPermittedError: The folder cannot be made, or its mode cannot be set.
    """
    address = parse_address(word)
    backend = open_backend(address, make=True)
    if backend.head(policies.KEY) is None:
        if isinstance(address, DirectoryAddress):
            _demand_room(address.path)
            if shared:
                _share(address.path)
        else:
            _demand_empty(backend, shared=shared)
        if not single_writer:
            demand_creation(backend)
    return make_root(backend, encoding=encoding, shared_group=shared, single_writer=single_writer)


def _demand_room(folder: Path) -> None:
    """Refuse a folder with files of somebody else in it."""
    try:
        others = sorted(
            entry.name
            for entry in folder.iterdir()
            if not entry.name.startswith(".") and entry.name not in _OF_OTHERS
        )
    except OSError as error:
        raise NotPermittedError(
            f"{folder} cannot be listed: {error.strerror}", hint="Name a folder that is yours."
        ) from error
    if others:
        raise ConflictError(
            f"{folder} is not empty: it holds {', '.join(others[:3])}"
            + (f" and {len(others) - 3} more" if len(others) > 3 else ""),
            hint=f"Name a new or an empty folder, such as {folder / 'models'}.",
        )


def _demand_empty(backend: Backend, *, shared: bool) -> None:
    """Refuse a place in a bucket with objects of somebody else in it."""
    if shared:
        raise WrongUsageError(
            f"{backend.address} is no directory that a group of users shares",
            hint="Who may write to a bucket is a matter of the engine's access keys.",
        )
    found = next(iter(backend.keys("")), None)
    if found is not None:
        raise ConflictError(
            f"{backend.address} is not empty: it holds {found.key}",
            hint=f"Name a place of its own for the store, such as {backend.address}/models.",
        )


def _share(folder: Path) -> None:
    try:
        mode = stat.S_IMODE(folder.stat().st_mode)
        folder.chmod(mode | _SHARED)
    except OSError as error:
        raise NotPermittedError(
            f"the mode of {folder} cannot be changed for its group: {error.strerror}",
            hint=f"Let its owner run `chmod g+rwxs {folder}`, then make the store again.",
        ) from error
