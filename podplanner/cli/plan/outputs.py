"""Files that `plan` commands write beside their answer: pictures and bay maps."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.writers.files import write_whole
from podplanner.cli.bom.opening import path_of
from podplanner.cli.console import say
from podplanner.errors import OutputError

Force = Annotated[bool, typer.Option("--force", help="Write over existing files.")]


def write_outputs(source: str | None, texts: Mapping[Path, str], *, force: bool) -> None:
    """Write every text to its file, once nothing is in the way of any of them.

    Args:
        source: As `refuse_outputs` takes it.
        texts: Path -> what the file shall hold; the paths are different files.
        force: Whether files that are there may be replaced.

    Raises:
        OutputError: As `refuse_outputs`, or a file cannot be written.
    """
    refuse_outputs(source, texts, force=force)
    for path, text in texts.items():
        write_whole(path, text.encode(), fresh=not force)
        say(f"wrote {path}")


def refuse_outputs(source: str | None, paths: Iterable[Path], *, force: bool) -> None:
    """Refuse to go on where a file cannot be written, so that no work is done for naught.

    Args:
        source: What the command reads, which is never written over; None: nothing.
        paths: The files that it will write.
        force: Whether files that are there may be replaced.

    Raises:
        OutputError: A file is there, is what is read, or its folder is missing.
    """
    for path in paths:
        if source not in (None, "-") and path.exists() and _same(path, Path(path_of(source or ""))):
            raise OutputError(f"{path} is the list itself", hint="Name another file.")
        if path.is_file() and not force:
            raise OutputError(f"{path} is there already", hint="Add --force to write over it.")
        if not path.parent.is_dir():
            raise OutputError(f"{path}: there is no such folder", hint="Make it, or name another.")


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.samefile(other)
