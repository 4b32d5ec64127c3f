"""Recordings of drives: files of smartctl's JSON, read as if the drives were there.

One reading for each recording, also for one that cannot be read: what a person asked about is
never left out. Folders are read by their `*.json`; what lies there for other readers, listings of
devices and states of arrays, is named and passed over.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from podplanner.drives.arrays.recognising import kind_of, text_kind_of
from podplanner.drives.reading import DriveReading, Trouble
from podplanner.drives.smartctl.device import Device
from podplanner.drives.smartctl.document import reading_of
from podplanner.drives.smartctl.foreign import lists_devices
from podplanner.drives.smartctl.listing import listed_in
from podplanner.errors import FileAccessError

MOST_BYTES = 64 * 2**20
"""The longest real document, with every log, is below 1 MB; more is something else."""
_ENCODINGS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# PowerShell's `>` writes UTF-16.
_RECORD = "record it with `smartctl --json --all DEVICE`."


@dataclass(frozen=True, slots=True)
class Recordings:
    """What files and folders hold of drives.

    Attributes:
        readings: One for each recording, in the order of the names given, then of the files.
        skipped: A line for each file that is for another reader.
    """

    readings: tuple[DriveReading, ...] = ()
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Opened:
    """One file: what it holds, or why that is not known.

    Attributes:
        array: What tells of arrays wrote it; None: nothing of that kind.
    """

    name: str
    document: object = None
    words: str = ""
    array: str | None = None


def read_recordings(paths: Sequence[Path]) -> Recordings:
    """Return the readings of files, and of the `*.json` of folders in the order of their names.

    Raises:
        FileAccessError: A path is not there, or a folder cannot be listed.
    """
    readings: list[DriveReading] = []
    skipped: list[str] = []
    for path in _files(paths):
        opened = _open(path)
        if opened.words:
            readings.append(
                DriveReading(
                    source=opened.name,
                    trouble=Trouble.UNREADABLE,
                    trouble_words=opened.words,
                )
            )
        elif lists_devices(opened.document):
            skipped.append(
                f"{opened.name} lists devices and is no reading of a drive; "
                "`podplanner drive scan --from` shows it."
            )
        elif opened.array is not None:
            skipped.append(
                f"{opened.name} is the state of an array ({opened.array}), not of a drive."
            )
        else:
            readings.append(reading_of(opened.document, source=opened.name))
    return Recordings(tuple(readings), tuple(skipped))


def read_scans(paths: Sequence[Path]) -> tuple[Device, ...]:
    """Return the devices that listings of `smartctl --scan` name; other files are left alone.

    Raises:
        FileAccessError: A path is not there, or a folder cannot be listed.
    """
    found: list[Device] = []
    for path in _files(paths):
        opened = _open(path)
        if not opened.words and lists_devices(opened.document):
            found.extend(listed_in(opened.document))
    return tuple(found)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        try:
            if not path.is_dir():
                if not path.exists():
                    raise FileAccessError(
                        f"there is no file {path}",
                        hint="Name a recording, or a folder with recordings (*.json).",
                    )
                yield path
                continue
            names = sorted(entry.name for entry in path.iterdir())
        except OSError as error:
            raise FileAccessError(
                f"{path} cannot be opened: {error.strerror or error}",
                hint="Check its permissions, and the disk that it is on.",
            ) from error
        yield from (
            path / name
            for name in names
            if name.lower().endswith(".json") and not name.startswith(".")
            and not (path / name).is_dir()
        )  # fmt: skip


def _open(path: Path) -> _Opened:
    """Return what a file holds; nothing about it stops the others from being read."""
    try:
        if not path.is_file():
            return _Opened(path.name, words="it is no file; name a recording.")
        if (size := path.stat().st_size) > MOST_BYTES:
            return _Opened(
                path.name,
                words=f"it has {size // 2**20} MiB, far more than smartctl ever writes; {_RECORD}",
            )
        content = path.read_bytes()
    except OSError as error:
        return _Opened(
            path.name,
            words=f"it cannot be opened ({error.strerror or error}); check its permissions.",
        )
    return _parsed(path.name, content)


def _parsed(name: str, content: bytes) -> _Opened:
    text = _decoded(content)
    if text is None:
        return _Opened(name, words=f"it is no text; {_RECORD}")
    if not text.strip():
        return _Opened(name, words=f"it is empty; {_RECORD}")
    if (array := text_kind_of(text)) is not None:
        return _Opened(name, array=array)
    try:
        document = json.loads(text, strict=False)
        return _Opened(name, document, array=kind_of(document))
    except json.JSONDecodeError as error:
        return _Opened(name, words=_wrong_text(text, error))
    except (ValueError, RecursionError):
        # A number of thousands of digits, or brackets a thousand deep: not smartctl's.
        return _Opened(name, words=f"it is JSON that smartctl does not write; {_RECORD}")


def _decoded(content: bytes) -> str | None:
    """Return the text of a file; characters of names that are no UTF-8 are replaced."""
    for mark, encoding in _ENCODINGS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    if b"\x00" in content:
        return None
    return content.decode("utf-8", errors="replace")


def _wrong_text(text: str, error: json.JSONDecodeError) -> str:
    start = text.lstrip()
    if start.startswith("smartctl ") or "=== START OF" in text[:4_000]:
        return f"it is what smartctl prints for people, without --json; {_RECORD}"
    if error.msg == "Extra data":
        return "it holds more after the first document; write each drive to a file of its own."
    if not start.startswith(("{", "[")):
        return f"it is no JSON; {_RECORD}"
    if error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated"):
        return (
            f"it is cut off in line {error.lineno}; record the drive again, or copy the whole file."
        )
    return f"it is no valid JSON (line {error.lineno}: {error.msg}); {_RECORD}"
