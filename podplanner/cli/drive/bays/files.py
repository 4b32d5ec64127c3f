"""The bay map that a command changes: opened, and saved whole after each change."""

from dataclasses import dataclass
from pathlib import Path

import typer

from podplanner.catalog.bay_map import BayMap, bay_map_of_toml
from podplanner.catalog.readers.bay_map import read_bay_map
from podplanner.catalog.writers.bay_map_edits import rewritten
from podplanner.catalog.writers.files import write_whole
from podplanner.errors import ConflictError, FileAccessError, WrongUsageError

_NO_FILE = (
    "Make it by `podplanner drive bays new --chassis SKU -o {path}`, or name another with --bays."
)


@dataclass(frozen=True, slots=True)
class OpenMap:
    """A bay map as it was on disk at one moment."""

    path: Path
    text: str
    bay_map: BayMap

    def save(self, changed: BayMap) -> None:
        """Write what changed, keeping comments, whole or not at all.

        Raises:
            ConflictError: Another program changed the file since it was opened.
            OutputError: It cannot be written.
        """
        text = rewritten(self.text, changed)
        if text != self.text:
            write_whole(self.path, text.encode(), expect=self.text.encode())


@dataclass(frozen=True, slots=True)
class MapFile:
    """A bay map on disk."""

    path: Path

    def open(self) -> OpenMap:
        """Return what it holds now.

        Raises:
            FileAccessError: It is not there, with how to make it.
            FormatError: It is no bay map.
        """
        if not self.path.exists():
            raise FileAccessError(f"there is no bay map {self.path}",
                                  hint=_NO_FILE.format(path=self.path))  # fmt: skip
        bay_map = read_bay_map(self.path)
        with self.path.open(encoding="utf-8", newline="") as opened:
            text = opened.read()
        if bay_map_of_toml(text, str(self.path)) != bay_map:
            raise ConflictError(f"{self.path} was changed by another program meanwhile",
                                hint="Nothing was written; run the command again.")  # fmt: skip
        return OpenMap(self.path, text, bay_map)


def map_file(named: Path | None, context: typer.Context) -> MapFile:
    """Return the map that a command of `drive bays` works on.

    `--bays` may stand before or after the command.

    Raises:
        WrongUsageError: None is named.
    """
    path = named or (context.parent.obj if context.parent is not None else None)
    if not isinstance(path, Path):
        raise WrongUsageError("no bay map is named",
                              hint="Add --bays FILE; `podplanner drive bays new` makes "
                              "one.")  # fmt: skip
    return MapFile(path)
