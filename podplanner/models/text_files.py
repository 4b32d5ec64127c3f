"""Text files that hold a model: read whole, within a limit."""

from os import PathLike
from pathlib import Path

from podplanner.errors import FileAccessError, FormatError

_LARGEST = 64 * 2**20
# Bytes; models that are text take a few megabytes at most.


def read_text(path: str | PathLike[str]) -> str:
    """Return what a file holds.

    Raises:
        FileAccessError: It cannot be read, or is too large.
        FormatError: It is not UTF-8.
    """
    file = Path(path)
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
    except OSError as error:
        raise FileAccessError(
            f"{file} cannot be read: {error.strerror}", hint="Give the path of a file."
        ) from error
    if len(content) > _LARGEST:
        raise FileAccessError(
            f"{file} is larger than {_LARGEST // 2**20} MiB", hint="Give the file of the model."
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(f"{file} is not UTF-8", hint="Save it as UTF-8.") from error
