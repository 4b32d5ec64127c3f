"""A walk through the folders of a store, for what should not be there."""

import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from podplanner.store.backend import is_key
from podplanner.store.backends.directory.claiming import CLAIMS
from podplanner.store.backends.directory.place import TEMPORARY, Place
from podplanner.store.examination import Figure, Result

_ENTRIES = 500_000
# Looked at, at most; with the time below it keeps doctor quick in a store of a hundred terabytes.
_LONGEST_S = 10.0
_SHOWN = 3
# Names of each kind that are told.
_HARMLESS = ("lost+found", ".ds_store", "thumbs.db", "desktop.ini", "@eadir", ".snapshot", ".zfs")
_HARMLESS_STARTS = (".nfs", ".trash", "._", "#recycle", "system volume information")
# What file servers, desktops and NAS boxes put into every folder, in lower case.


@dataclass
class _Seen:
    entries: int = 0
    whole: bool = True
    links: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    harmless: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    """Folders that have not the group or the mode of the root."""


def examine_tree(place: Place) -> Iterator[Result]:
    """Yield what is found of links, of files that do not belong, and of folders' modes."""
    seen = _Seen()
    _walk(place, "", seen, place.look("."), time.monotonic() + _LONGEST_S)
    part = "" if seen.whole else f" (of the first {seen.entries} entries only)"
    yield _links(seen, part)
    yield _strangers(seen, part)
    yield _modes(seen, part)


def _links(seen: _Seen, part: str) -> Result:
    figures = (Figure("count", len(seen.links)),)
    if seen.links:
        hint = "Move what they point to into the store, or the whole store to the larger disk."
        words = f"{_named(seen.links)} would not be followed{part}"
        return Result("symbolic links", "error", words, hint, figures)
    return Result("symbolic links", "ok", f"there are none{part}", "", figures)


def _strangers(seen: _Seen, part: str) -> Result:
    figures = (
        Figure("count", len(seen.strangers)),
        Figure("harmless", len(seen.harmless)),
        Figure("looked at", seen.entries),
    )
    if seen.strangers:
        hint = "Move them out: a store's folder is the store's alone."
        words = f"{_named(seen.strangers)} do not belong here; they are passed over{part}"
        return Result("strangers", "warning", words, hint, figures)
    words = "nothing is here that does not belong"
    if seen.harmless:
        words = f"only {_named(seen.harmless)}, which systems leave and which are passed over"
    return Result("strangers", "ok", f"{words}{part}", "", figures)


def _modes(seen: _Seen, part: str) -> Result:
    figures = (Figure("count", len(seen.closed)),)
    if seen.unreadable:
        hint = "Run doctor as a user that may read the store, or mend the folders' modes."
        words = f"{_named(seen.unreadable)} cannot be listed by this user{part}"
        return Result("modes", "error", words, hint, figures)
    if seen.closed:
        hint = "Give every folder the root's group and mode (`chgrp -R`, and `chmod g+rwxs`)."
        words = f"{_named(seen.closed)} have not the group or the mode of the root{part}"
        return Result("modes", "warning", words, hint, figures)
    return Result("modes", "ok", f"all folders have the group and the mode of the root{part}")


def _walk(place: Place, folder: str, seen: _Seen, root: os.stat_result, until: float) -> None:
    try:
        handle = place.open_folder(folder)
    except PermissionError:
        seen.unreadable.append(folder)
        return
    except FileNotFoundError:
        return
    try:
        if isinstance(handle, int) and folder:
            _judge_mode(os.fstat(handle), folder, seen, root)
        with os.scandir(handle) as entries:
            below = [
                name
                for entry in entries
                if (name := _judge(entry, f"{folder}/" if folder else "", seen)) is not None
            ]
    finally:
        place.close_folder(handle)
    for name in below:
        if seen.entries > _ENTRIES or time.monotonic() > until:
            seen.whole = False
            return
        _walk(place, name, seen, root, until)


def _judge(entry: "os.DirEntry[str]", stem: str, seen: _Seen) -> str | None:
    """Note what an entry is; return its name when it is a folder to walk through."""
    seen.entries += 1
    name = f"{stem}{entry.name}"
    if entry.is_symlink():
        seen.links.append(name)
        return None
    if name in (TEMPORARY, CLAIMS):
        return None
    if is_key(entry.name):
        return name if entry.is_dir(follow_symlinks=False) else None
    low = entry.name.lower()
    harmless = low in _HARMLESS or low.startswith(_HARMLESS_STARTS)
    (seen.harmless if harmless else seen.strangers).append(name)
    return None


def _judge_mode(found: os.stat_result, folder: str, seen: _Seen, root: os.stat_result) -> None:
    wanted = stat.S_IMODE(root.st_mode) & ~stat.S_ISVTX
    missing = wanted & ~stat.S_IMODE(found.st_mode)
    other_group = found.st_gid != root.st_gid and wanted & stat.S_IWGRP
    if missing or other_group or found.st_mode & stat.S_ISVTX:
        seen.closed.append(folder)


def _named(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
