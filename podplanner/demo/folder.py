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
def claimed(folder: Path, *, force: bool, keep: bool) -> Iterator[Path]:
    """Give an empty folder to fill; where it is not finished, leave what was there before.

    Args:
        folder: Where; its parent must be there.
        force: Take the place of an earlier demo.
        keep: Leave what was made even when a step fails.

    Raises:
        OutputError: There is something, and `force` is not set; or it cannot be made.
        ConflictError: What is there is not the demo's alone.
    """
    before = _before(folder, force=force)
    try:
        folder.mkdir()
        _mark(folder, finished=False)
    except OSError as error:
        _put_back(folder, before)
        raise OutputError(
            f"{folder} cannot be made: {error.strerror}",
            hint="Name another folder, in one that you may write to.",
        ) from error
    except BaseException:
        _put_back(folder, before)
        raise
    try:
        yield folder
        _mark(folder, finished=True)
    except BaseException:
        if keep:
            _forget(before)
        else:
            _put_back(folder, before)
        raise
    _forget(before)


def _before(folder: Path, *, force: bool) -> Path | None:
    """Set an earlier demo aside and return where it is; None: there was none."""
    if not folder.parent.is_dir():
        raise OutputError(
            f"{folder}: there is no such folder as {folder.parent}",
            hint="Make it, or name another.",
        )
    if not folder.exists() and not folder.is_symlink():
        return None
    if folder.is_symlink() or not folder.is_dir():
        raise OutputError(f"{folder} is no folder", hint="Name another.")
    if not any(folder.iterdir()):
        folder.rmdir()
        return None
    if not _is_demo(folder):
        raise OutputError(f"{folder} is there already, and is no demo's", hint="Name a new folder.")
    if not force:
        raise OutputError(
            f"{folder} has a demo already", hint="Add --force to make it anew, or name another."
        )
    _refuse_strangers(folder)
    aside = folder.with_name(f".{folder.name}.{new_id()}")
    folder.rename(aside)
    return aside


def _is_demo(folder: Path) -> bool:
    try:
        said = json.loads((folder / MARK).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and said.get("schema") == SCHEMA


def _refuse_strangers(folder: Path) -> None:
    """Refuse to remove what is not the demo's: files beside it, models in its store."""
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


def _put_back(folder: Path, before: Path | None) -> None:
    _remove(folder)
    if before is not None and not folder.exists():
        before.rename(folder)


def _forget(before: Path | None) -> None:
    if before is not None:
        _remove(before)


def _remove(folder: Path) -> None:
    """Remove a folder of ours; what resists stays, and is no reason to say that the demo failed."""
    if folder.is_symlink() or not folder.is_dir():
        return
    with contextlib.suppress(OSError):
        for place, folders, _ in os.walk(folder):
            # Objects lie in folders that their store may have made read-only.
            for name in folders:
                path = Path(place) / name
                path.chmod(path.stat().st_mode | 0o700)
    shutil.rmtree(folder, ignore_errors=True)
