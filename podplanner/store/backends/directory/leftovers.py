"""What broken writes leave: files in the temporary folder, claims of creators that died."""

# Names are looked up below an open folder, which pathlib cannot do.

import os
import stat
from contextlib import suppress

from podplanner.store.backend import Cleared
from podplanner.store.backends.directory.claiming import CLAIMS, break_claim
from podplanner.store.backends.directory.place import TEMPORARY, Place


def clear(place: Place, before: float) -> Cleared:
    """Remove what was last written before a time, by the store's clock."""
    count = size = 0
    for name, found in _found(place, CLAIMS):
        if stat.S_ISDIR(found.st_mode) and found.st_mtime < before:
            with suppress(FileNotFoundError):
                cleared = _remove(place, break_claim(place, name))
                count, size = count + cleared.count, size + cleared.size
    for name, found in _temporary(place):
        if found.st_mtime < before:
            with suppress(FileNotFoundError):
                cleared = _remove(place, name)
                count, size = count + cleared.count, size + cleared.size
    return Cleared(count, size)


def remove(place: Place, name: str) -> None:
    """Remove a temporary file or folder of ours, if it is there."""
    with suppress(FileNotFoundError):
        _remove(place, name)


def leftovers(place: Place) -> list[tuple[str, int, float]]:
    """Return what lies in the temporary folder and among the claims: name, bytes, time."""
    return [
        (name, found.st_size if stat.S_ISREG(found.st_mode) else 0, found.st_mtime)
        for name, found in [*_temporary(place), *_found(place, CLAIMS)]
    ]


def _temporary(place: Place) -> list[tuple[str, os.stat_result]]:
    """Return what writers made; anything else in the temporary folder is not ours to remove."""
    return [each for each in _found(place, TEMPORARY) if each[0].startswith(f"{TEMPORARY}/_")]


def _found(place: Place, folder: str) -> list[tuple[str, os.stat_result]]:
    try:
        handle = place.open_folder(folder)
    except FileNotFoundError:
        return []
    try:
        names = os.listdir(handle)
    finally:
        place.close_folder(handle)
    found = []
    for name in names:
        with suppress(FileNotFoundError):
            found.append((f"{folder}/{name}", place.look(f"{folder}/{name}")))
    return found


def _remove(place: Place, name: str) -> Cleared:
    """Remove a file, or a folder with all that is in it: one leftover."""
    found = place.look(name)
    if not stat.S_ISDIR(found.st_mode):
        os.unlink(place.name(name), dir_fd=place.folder)
        return Cleared(1, found.st_size)
    size = 0
    for below, _ in _found(place, name):
        with suppress(FileNotFoundError):
            size += _remove(place, below).size
    os.rmdir(place.name(name), dir_fd=place.folder)
    return Cleared(1, size)
