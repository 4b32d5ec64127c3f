"""The memory of a watch on disk: one small file, replaced whole, of one watch at a time."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from podplanner.catalog.writers.files import write_whole
from podplanner.drives.watching.memory import NOTHING, Memory
from podplanner.errors import ConflictError, FileAccessError, FormatError

SCHEMA: Final = "podplanner/drive-watch-state/1"

_OWN = 0o600
_LARGEST = 16 * 1024 * 1024
# Bytes; a pod of 60 drives takes some 40 kB.


@dataclass(frozen=True, slots=True)
class _Document:
    schema: Literal["podplanner/drive-watch-state/1"]
    memory: Memory


_DOCUMENT = TypeAdapter(_Document)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a file held.

    Attributes:
        trouble: What could not be read of it, a sentence; empty: all was well.
    """

    memory: Memory
    trouble: str = ""


def read_memory(path: Path) -> Remembered:
    """Return what the last round left; nothing where there was none.

    A file that is damaged is set aside, and comparing starts anew: a watch that does not run is
    worse than one that tells twice.

    Raises:
        FileAccessError: It cannot be opened.
        FormatError: It is of a newer podplanner.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return Remembered(NOTHING)
    except OSError as error:
        raise FileAccessError(
            f"{path} cannot be read: {error.strerror or error}",
            hint="Check its permissions, or name another file with --state.",
        ) from error
    try:
        return Remembered(_DOCUMENT.validate_json(data).memory)
    except ValidationError:
        _refuse_other_versions(data, path)
    return Remembered(NOTHING, _set_aside(path))


def _refuse_other_versions(data: bytes, path: Path) -> None:
    try:
        document = from_json(data)
    except ValueError:
        return
    schema = document.get("schema") if isinstance(document, dict) else None
    if isinstance(schema, str) and schema != SCHEMA and schema.startswith("podplanner/"):
        raise FormatError(f"{path} is of another version of podplanner ({schema[:60]!r})",
                          hint="Name another file with --state, or use that version.")  # fmt: skip


def _set_aside(path: Path) -> str:
    aside = path.with_name(f"{path.name}.damaged")
    words = f"{path} is damaged, so that nothing is known of the last round"
    try:
        path.replace(aside)
    except OSError:
        return words
    return f"{words}; it was set aside as {aside.name}"


def write_memory(path: Path, memory: Memory) -> None:
    """Write what this round leaves, so that only its owner reads it.

    Raises:
        OutputError: It cannot be written.
    """
    data = _DOCUMENT.dump_json(_Document(SCHEMA, memory))
    write_whole(path, data, mode=_OWN)


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep a second watch with the same file from running beside this one.

    Raises:
        ConflictError: One runs.
        FileAccessError: The folder cannot be made or written.
    """
    try:
        import fcntl
    except ImportError:  # Windows: there are no such locks
        yield
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, _OWN)
    except OSError as error:
        raise FileAccessError(
            f"{path.parent} cannot be written: {error.strerror or error}",
            hint="Name a file with --state in a folder that you may write.",
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise ConflictError(
            f"another watch uses {path} right now",
            hint="Wait for it, or name another file with --state.",
        ) from error
    try:
        yield
    finally:
        os.close(handle)
