"""The keys of a store in the order of the keys, read from folders one at a time."""

# Names are looked up below an open folder, which pathlib cannot do.

import os
import stat
from collections.abc import Iterator

from podplanner.store.backend import ObjectInfo, is_key
from podplanner.store.backends.directory.place import Place


def keys_below(place: Place, folder: str, after: str) -> Iterator[ObjectInfo]:
    """Yield the objects below a folder whose keys are greater than `after`, in order.

    A folder is read whole (names only), and its objects are looked at as they are yielded.
    What is no key is passed over: files of the file server, of a desktop, of an editor.

    Args:
        place: The root.
        folder: Below the root, without a slash at its end; "" is the root.
        after: A key; "" for all.
    """
    try:
        handle = place.open_folder(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    stem = f"{folder}/" if folder else ""
    try:
        for word in _words(handle):
            name = word.removesuffix("/")
            if word != name:
                if f"{stem}{word}" > after or after.startswith(f"{stem}{word}"):
                    yield from keys_below(place, f"{stem}{name}", after)
            elif f"{stem}{name}" > after:
                info = _info(handle, stem, name)
                if info is not None:
                    yield info
    finally:
        place.close_folder(handle)


def folders_below(place: Place, folder: str) -> Iterator[str]:
    """Yield the names of the folders in a folder that have keys below them, sorted."""
    try:
        handle = place.open_folder(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        words = _words(handle)
    finally:
        place.close_folder(handle)
    stem = f"{folder}/" if folder else ""
    for name in sorted(word[:-1] for word in words if word.endswith("/")):
        if _has_keys(place, f"{stem}{name}"):
            yield name


def _has_keys(place: Place, folder: str) -> bool:
    """Return whether there is any key below a folder, at the first that is met."""
    try:
        handle = place.open_folder(folder)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        with os.scandir(handle) as entries:
            return any(
                entry.is_file(follow_symlinks=False)
                or (
                    entry.is_dir(follow_symlinks=False)
                    and _has_keys(place, f"{folder}/{entry.name}")
                )
                for entry in entries
                if is_key(entry.name)
            )
    finally:
        place.close_folder(handle)


def _words(handle: int | str) -> list[str]:
    """Return the names in a folder that may be parts of keys; those of folders end in a slash.

    Sorted so, whole keys come in order: `a-b` before `a/c`, since `-` is before `/`.
    """
    with os.scandir(handle) as entries:
        return sorted(
            f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name
            for entry in entries
            if is_key(entry.name)
        )


def _info(handle: int | str, stem: str, name: str) -> ObjectInfo | None:
    """Return what is known of a file; None when it has gone, or is no file."""
    try:
        if isinstance(handle, int):
            found = os.stat(name, dir_fd=handle, follow_symlinks=False)
        else:
            found = os.stat(os.path.join(handle, name), follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return ObjectInfo(f"{stem}{name}", found.st_size, found.st_mtime)
