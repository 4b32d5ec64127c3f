"""What could not be written into the database, until it can: one file a time, whole or not there.

The files are lines of JSON. Several processes may write and take in at once: each file has a name
of its own, and entries may be taken in twice without harm.
"""

import contextlib
import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from podplanner.drives.history.entries import AnyEntry, entries_in, lines_of
from podplanner.drives.history.files import settle_folder
from podplanner.drives.state_folder import is_private, make_private

_ENDING = ".jsonl"
_DAMAGED = ".damaged"


@dataclass(frozen=True, slots=True)
class Spooled:
    """One file of a spool.

    Attributes:
        bad: Lines that cannot be read.
    """

    path: Path
    entries: tuple[AnyEntry, ...]
    bad: int


def put(folders: Sequence[Path], entries: Sequence[AnyEntry]) -> Path | None:
    """Write entries into the first folder that takes them, onto the disk; None: none does.

    Args:
        folders: The first lies beside the database, and belongs to whom that does; the others are
            this user's alone.
        entries: What to keep.
    """
    lines = lines_of(entries)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{uuid.uuid4().hex[:8]}{_ENDING}"
    for number, folder in enumerate(folders):
        with contextlib.suppress(OSError):
            if number:
                make_private(folder)
            else:
                folder.mkdir(mode=0o700, exist_ok=True)
            _write_whole(folder / name, lines)
            return folder / name
    return None


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it appears whole or not at all.

    Raises:
        OSError: It cannot be written; then nothing is left of it.
    """
    partial = path.with_name(f".{path.name}")
    try:
        with partial.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        settle_folder(path.parent)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def waiting(folders: Sequence[Path]) -> Iterator[Spooled]:
    """Yield the files that are to be taken in, the oldest of each folder first."""
    for number, folder in enumerate(folders):
        try:
            if number and not is_private(folder):
                continue
            names = sorted(path for path in folder.iterdir() if path.suffix == _ENDING)
        except OSError:
            continue
        for path in names:
            # Another process may have taken it in meanwhile.
            with contextlib.suppress(OSError):
                entries, bad = entries_in(path.read_bytes())
                yield Spooled(path, tuple(entries), bad)


def done(spooled: Spooled) -> None:
    """Remove a file that was taken in; one with lines that could not be read is kept, renamed."""
    with contextlib.suppress(OSError):
        if spooled.bad:
            spooled.path.replace(spooled.path.with_suffix(_DAMAGED))
        else:
            spooled.path.unlink()
