"""Recordings: what smartctl said of each drive, kept in a folder for later or for a bug report."""

from collections.abc import Callable
from pathlib import Path

from podplanner.catalog.writers.files import write_whole
from podplanner.errors import OutputError


def keeper(folder: Path) -> Callable[[str, bytes], None]:
    """Return what writes recordings into a folder, which is made where it is not there.

    Raises:
        OutputError: The folder cannot be made. Writing raises it too.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        words = error.strerror or str(error)
        raise OutputError(f"{folder} cannot be made: {words}",
                          hint="Name a folder that can be written.") from error  # fmt: skip

    def keep(name: str, raw: bytes) -> None:
        write_whole(folder / name, raw)

    return keep
