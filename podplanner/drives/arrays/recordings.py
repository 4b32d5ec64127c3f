"""Read recorded states of arrays from files and folders."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from podplanner.drives.arrays.joining import Told, state_of
from podplanner.drives.arrays.recognising import kind_of, text_kind_of
from podplanner.drives.arrays.state import ArrayState
from podplanner.errors import FileAccessError

_MOST_BYTES = 64 * 2**20
# The states of a hundred thousand placement groups are about 15 MB.
_MARKS = re.compile(r'"(?:output_version|vdev_type|scan_stats|pgmap|pg_stats|osd_xinfo|pool_name|'
                    r'safe_to_destroy|crush_weight)"')  # fmt: skip
# Keys by which a cut-off document is still known to be of an array.


def read_array_recordings(paths: Sequence[Path]) -> ArrayState:
    """Return the state of the arrays that recordings tell of; other files are left.

    Args:
        paths: Files, and folders of which each file is looked at, in the order of their names.

    Raises:
        FileAccessError: A path is not there, or a folder cannot be read.
    """
    told: list[Told] = []
    trouble: list[str] = []
    for path, named in _files(paths):
        text = _text(path, named=named)
        if text is None:
            continue
        found = _told(path, text)
        if isinstance(found, Told):
            told.append(found)
        elif found:
            trouble.append(found)
    return state_of(told, trouble)


def _files(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Yield every file, and whether it was named itself."""
    for path in paths:
        try:
            inside = sorted(path.iterdir()) if path.is_dir() else None
            there = path.exists()
        except OSError as error:
            words = error.strerror or str(error)
            raise FileAccessError(f"{path} cannot be read: {words}",
                                  hint="Check the name and the rights.") from error  # fmt: skip
        if not there:
            raise FileAccessError(f"{path} is not there", hint="Check the name.")
        if inside is None:
            yield path, True
        else:
            yield from ((file, False) for file in inside if file.is_file())


def _text(path: Path, *, named: bool) -> str | None:
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        return path.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError as error:
        if named:
            words = error.strerror or str(error)
            raise FileAccessError(f"{path} cannot be read: {words}",
                                  hint="Check the rights.") from error  # fmt: skip
        return None


def _told(path: Path, text: str) -> Told | str | None:
    """Return what a file tells, a sentence about one that is broken, or None: it is no array's."""
    if not text.lstrip().startswith(("{", "[")):
        kind = text_kind_of(text)
        return None if kind is None else Told(path.name, kind, text)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        if not _MARKS.search(text):
            return None
        return f"{path.name} is cut off or broken: what it tells of arrays is not known"
    kind = kind_of(document)
    return None if kind is None else Told(path.name, kind, document)
