"""Read a bay map from a file."""

from pathlib import Path

from podplanner.catalog.bay_map import BayMap, bay_map_of_toml
from podplanner.errors import FileAccessError, FormatError


def read_bay_map(path: Path) -> BayMap:
    """Return the bay map in a file.

    Raises:
        FileAccessError: The file cannot be opened.
        FormatError: It is no bay map.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(f"{path} is no text in UTF-8", hint="Name a bay map.") from error
    except OSError as error:
        words = error.strerror or str(error)
        raise FileAccessError(
            f"{path} cannot be opened: {words}", hint="Check the name."
        ) from error
    return bay_map_of_toml(text, str(path))
