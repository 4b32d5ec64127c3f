"""Recordings that come with podplanner: invented pods, to try commands without a drive."""

import re
from collections.abc import Sequence
from pathlib import Path

from podplanner.resources import data_dir

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# A name must not lead out of the folder.


def sample_folder(name: str) -> Path | None:
    """Return the folder of a shipped pod; None: there is none of that name."""
    folder = data_dir("bom") / "samples" / name
    return folder if _NAME.fullmatch(name) and folder.is_dir() else None


def sample_names() -> tuple[str, ...]:
    """Return the names of all of them."""
    folder = data_dir("bom") / "samples"
    return tuple(sorted(one.name for one in folder.iterdir() if sample_folder(one.name)))


def resolved(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Return the paths; one that does not exist and names a shipped pod is that pod's folder.

    What exists always wins, and what is neither stays as it is, for its reader to refuse.
    """
    return tuple(_resolved(path) for path in paths)


def _resolved(path: Path) -> Path:
    if len(path.parts) != 1 or path.exists():
        return path
    return sample_folder(path.name) or path
