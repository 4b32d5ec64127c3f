"""Making a store at an address."""

import stat
from collections.abc import Callable
from pathlib import Path

from podplanner.errors import ConflictError, NotPermittedError, WrongUsageError
from podplanner.store import policy as policies
from podplanner.store.backend import Backend
from podplanner.store.claims import new_id
from podplanner.store.doctor import PREFIX, demand_creation
from podplanner.store.examination import Result
from podplanner.store.locate import DirectoryAddress, open_backend, parse_address
from podplanner.store.measuring import advise_encoding, measure_speed
from podplanner.store.policy import EncodingPolicy
from podplanner.store.root import StoreRoot, make_root

_SHARED = stat.S_ISGID | stat.S_IRWXG
# The group may write, and what is made below belongs to it too.
_OF_OTHERS = frozenset({"lost+found", "@eaDir", "System Volume Information"})
# What file systems and file servers put into a folder that its owner would call empty.
_OBJECTS, _THREADS, _SECONDS = 12, 4, 1.0
# Of the speed that decides the encoding: 96 MiB, and 32 where it is slow.


def found_store(
    word: str,
    *,
    encoding: EncodingPolicy | None = None,
    shared: bool = False,
    single_writer: bool = False,
    told: Callable[[Result], None] = lambda result: None,
) -> StoreRoot:
    """Make a store and return it open.

    Args:
        word: Its address; a folder is made where there is none.
        encoding: How pushes encode that say nothing else; None: `raw` in a directory, in a bucket
            what its measured speed advises.
        shared: Whether all of the folder's group shall be able to write.
        single_writer: Made where nothing keeps two writers apart: one at a time is the user's
            promise.
        told: Hears what was tried to decide.

    Raises:
        ConflictError: There is a store already, the folder holds something else, or two writers
            can both create the same file there.
        NotPermittedError: The folder cannot be made, or its mode cannot be set.
        NoStoreError: The bucket is not there.
    """
    address = parse_address(word)
    # Asked once each: a place that does not answer now is no place to make a store.
    backend = open_backend(address, make=True, retry=False)
    if backend.head(policies.KEY) is None:
        if isinstance(address, DirectoryAddress):
            _demand_room(address.path)
            if shared:
                _share(address.path)
        else:
            _demand_empty(backend, shared=shared)
        if not single_writer:
            told(demand_creation(backend))
        if encoding is None:
            encoding = _advised(backend, told)
    return make_root(
        open_backend(address),
        encoding=encoding or "raw",
        shared_group=shared,
        single_writer=single_writer,
    )


def _advised(backend: Backend, told: Callable[[Result], None]) -> EncodingPolicy:
    """Return the encoding that suits a place, by its speed where a network is on the way."""
    if not backend.traits.is_remote:
        return "raw"
    prefix = f"{PREFIX}try-{new_id()}/"
    speeds = list(
        measure_speed(backend, prefix, objects=_OBJECTS, threads=_THREADS, seconds=_SECONDS)
    )
    advice = advise_encoding(speeds)
    for result in (*speeds, advice):
        told(result)
    # Where it could not be measured, nothing is lost by doing without.
    return "fast" if any(figure.value == "fast" for figure in advice.figures) else "raw"


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
