"""The folder of the demo: claimed, filled, and finished, or as it was before."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from podplanner.catalog.writers.files import write_whole
from podplanner.errors import ConflictError, OutputError
from podplanner.store.claims import new_id

MARK = "demo.json"
"""Says that a folder is the demo's, and whether it was finished."""
SCHEMA = "podplanner/demo/1"
_OURS = frozenset({
    MARK, "pod.toml", "pod.html", "plan.html", "drives.html", "story.html", "pictures", "ask",
    "store",
})  # fmt: skip
_MODELS = frozenset({"demo/cat", "demo/cat.feedback"})
# What else is in the folder, or in its store, was put there by somebody else.


@contextlib.contextmanager
def claimed(folder: Path, *, force: bool, keep: bool) -> Iterator[None]:
    """Give an empty folder to fill; where it is not finished, leave what was there before.

    Args:
        folder: Where; its parent must be there.
        force: Take the place of an earlier demo.
        keep: Leave what was made even when a step fails.

    Raises:
        OutputError: There is something, and `force` is not set; or it cannot be made.
        ConflictError: What is there is not the demo's alone, or one stands in it.
    """
    was_empty = _is_empty(folder)
    before = None if was_empty else _set_aside(folder, force=force)
    try:
        if not was_empty:
            make_folder(folder)
        _mark(folder, finished=False)
        yield
        _mark(folder, finished=True)
    except BaseException:
        if not keep:
            _remove(folder, itself=not was_empty)
            if before is not None and not folder.exists():
                before.rename(folder)
                before = None
        raise
    finally:
        if before is not None:
            _remove(before)


def make_folder(folder: Path) -> None:
    """Make a folder.

    Raises:
        OutputError: It cannot be made.
    """
    try:
        folder.mkdir()
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be made: {error.strerror}",
            hint="Check the free space, or name another folder.",
        ) from error


def _is_empty(folder: Path) -> bool:
    """Return whether there is an empty folder, perhaps the one that the user stands in."""
    try:
        return folder.is_dir() and not any(folder.iterdir())
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be read: {error.strerror}", hint="Name another folder."
        ) from error


def _set_aside(folder: Path, *, force: bool) -> Path | None:
    """Set an earlier demo aside and return where it is; None: there was none."""
    if not folder.exists() and not folder.is_symlink():
        if not folder.parent.is_dir():
            raise OutputError(
                f"{folder}: there is no folder {folder.parent}", hint="Make it, or name another."
            )
        return None
    if folder.is_symlink() or not folder.is_dir():
        raise OutputError(f"{folder} is no folder", hint="Name another.")
    finished = _finished(folder)
    if finished is None:
        raise OutputError(f"{folder} is there already, and is no demo's", hint="Name a new folder.")
    if not force:
        what = "a demo already" if finished else "a demo that was not finished"
        raise OutputError(
            f"{folder} has {what}", hint="Add --force to make it anew, or name another folder."
        )
    _refuse_strangers(folder)
    aside = folder.with_name(f".{folder.name}.{new_id()}")
    try:
        folder.rename(aside)
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be replaced: {error.strerror}", hint="Name another folder."
        ) from error
    return aside


def _finished(folder: Path) -> bool | None:
    """Return whether a demo was finished there; None: none was begun."""
    try:
        said = json.loads((folder / MARK).read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(said, dict) or said.get("schema") != SCHEMA:
        return None
    return said.get("finished") is True


def _refuse_strangers(folder: Path) -> None:
    """Refuse to remove what is not the demo's: files beside it, models in its store."""
    here = folder.resolve()
    if Path.cwd().is_relative_to(here):
        raise ConflictError(
            f"{folder} is where you are, and would be replaced", hint="Go to another folder."
        )
    strangers = sorted(one.name for one in folder.iterdir() if one.name not in _OURS)
    if (folder / "store" / "store.json").is_file():
        from podplanner.store import open_store

        models = open_store(str(folder / "store"), read_only=True).models()
        strangers += [one.name for one in models if one.name not in _MODELS]
    if strangers:
        raise ConflictError(
            f"{folder} also holds what the demo did not make: {', '.join(strangers[:5])}",
            hint="Take it out, or name another folder for the demo.",
        )


def _mark(folder: Path, *, finished: bool) -> None:
    text = json.dumps({"schema": SCHEMA, "finished": finished}) + "\n"
    write_whole(folder / MARK, text.encode())


def _remove(folder: Path, *, itself: bool = True) -> None:
    """Remove a folder of ours, or what is in it; what resists stays."""
    with contextlib.suppress(OSError):
        for place, folders, _ in os.walk(folder):
            # A store may have made its folders read-only.
            for name in folders:
                path = Path(place) / name
                path.chmod(path.stat().st_mode | 0o700)
    if itself:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for one in folder.iterdir():
        if one.is_dir():
            shutil.rmtree(one, ignore_errors=True)
        else:
            one.unlink(missing_ok=True)
