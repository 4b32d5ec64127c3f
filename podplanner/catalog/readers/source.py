"""Bytes from a file or standard input, and the text that they are."""

import codecs
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from podplanner.errors import FileAccessError, FormatError

MAX_BYTES = 64 * 1024 * 1024
# The longest real parts lists have tens of thousands of lines (a few MB); what is larger is
# another file by mistake, and reading it would only fill the memory.

_NOT_TEXT = (
    (b"%PDF", "a PDF", "Copy the table out of it and paste it as text."),
    (b"\x89PNG", "a PNG picture", "Type the list, or copy it as text."),
    (b"\xff\xd8\xff", "a JPEG picture", "Type the list, or copy it as text."),
    (b"GIF8", "a GIF picture", "Type the list, or copy it as text."),
    (b"\x7fELF", "a program", "Name the parts list."),
    (b"MZ", "a Windows program", "Name the parts list."),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel file (.xls)", "Save it as .xlsx or CSV."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it first."),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it first."),
    (b"BZh", "a bzip2 archive", "Unpack it first."),
    (b"\xfd7zXZ", "an xz archive", "Unpack it first."),
    (b"(\xb5/\xfd", "a zstd archive", "Unpack it first."),
    (b"{\\rtf", "an RTF document", "Save it as plain text."),
    (b"SQLite format 3", "a database", "Export the table as CSV."),
)


@dataclass(frozen=True, slots=True)
class Source:
    """What was read, and what the user called it."""

    name: str
    """The path as given, or `standard input`."""
    data: bytes

    @property
    def suffix(self) -> str:
        """Return the extension in lower case, without the dot."""
        return Path(self.name).suffix.lower().lstrip(".")

    @property
    def is_zip(self) -> bool:
        """Return whether the bytes begin as a zip archive does (XLSX is one)."""
        return self.data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def load(path: str | Path, stdin: BinaryIO | None = None) -> Source:
    """Return the bytes of a file, or of standard input for `-`.

    Raises:
        FileAccessError: Missing, not permitted, a folder, or larger than 64 MiB.
    """
    if str(path) == "-":
        if stdin is None and sys.stdin is None:
            raise FileAccessError("standard input is closed", hint="Name a file.")
        stream = stdin if stdin is not None else sys.stdin.buffer
        return Source("standard input", _limited(stream, "standard input"))
    if not str(path):
        raise FileAccessError("the name of the file is empty", hint="Name the parts list.")
    file = Path(path)
    try:
        info = file.stat()
        if stat.S_ISDIR(info.st_mode):
            raise FileAccessError(f"{path} is a folder", hint="Name the file in it.")
        if info.st_size > MAX_BYTES:
            raise _too_large(str(path), info.st_size)
        with file.open("rb") as stream:
            return Source(str(path), _limited(stream, str(path)))
    except FileNotFoundError as error:
        raise FileAccessError(
            f"there is no file {path}", hint="Check the path; `-` reads standard input."
        ) from error
    except PermissionError as error:
        raise FileAccessError(
            f"{path} may not be read (permission denied)", hint="Ask its owner for read permission."
        ) from error
    except (OSError, ValueError) as error:
        raise FileAccessError(f"{path} cannot be read: {error}", hint="Check the path.") from error


def _limited(stream: BinaryIO, name: str) -> bytes:
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise _too_large(name, None)
    return data


def _too_large(name: str, size: int | None) -> FileAccessError:
    says = "has" if size is None else f"has {size / 10**6:,.0f} MB, which is"
    return FileAccessError(
        f"{name} {says} more than the {MAX_BYTES // 2**20} MiB that a parts list may have",
        hint="Name the parts list itself, or cut the table out of the file.",
    )


def text_of(source: Source, encoding: str | None = None) -> str:
    """Return the text, by its byte-order mark, as UTF-8, as UTF-16 by its zeros, else as cp1252.

    Raises:
        FormatError: The bytes are no text, or not in `encoding`.
    """
    data = source.data
    if not data.strip():
        raise FormatError(f"{source.name} is empty", hint="Give a file that holds a parts list.")
    for magic, what, hint in _NOT_TEXT:
        if data.startswith(magic) and not _reads_on(data, magic):
            raise FormatError(f"{source.name} is {what}, not a parts list", hint=hint)
    if encoding is not None:
        return _checked(source, _decoded(source, encoding))
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):  # fmt: skip
        if data.startswith(mark):
            return _checked(source, _decoded(source, name))
    sample = data[:4096]
    if sample.count(0):
        even, odd = sample[0::2].count(0), sample[1::2].count(0)
        if min(even, odd) * 10 <= max(even, odd) and max(even, odd) * 5 > len(sample):
            return _checked(source, _decoded(source, "utf-16-le" if odd > even else "utf-16-be"))
        raise FormatError(
            f"{source.name} is a binary file (it holds zero bytes), not a parts list",
            hint="Give CSV, XLSX, JSON, TOML, HTML, Markdown or plain text.",
        )
    try:
        return _checked(source, data.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    try:
        return _checked(source, data.decode("cp1252"))
    except UnicodeDecodeError:
        # The five bytes that cp1252 leaves free are letters on DOS and old Macs.
        return _checked(source, data.decode("cp850"))


def _reads_on(data: bytes, magic: bytes) -> bool:
    """Return whether short magic letters (`MZ`, `BZh`) begin plain text after all."""
    return len(magic) <= 3 and 0 not in data[:512] and data[:512].isascii()


def _decoded(source: Source, encoding: str) -> str:
    try:
        return source.data.decode(encoding)
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{source.name} is not {encoding} (byte {error.start + 1} does not fit)",
            hint="Name another encoding with --encoding, such as cp1252.",
        ) from error
    except (LookupError, ValueError) as error:
        raise FormatError(
            f"there is no encoding {encoding!r}", hint="Use a name such as utf-8, cp1252, utf-16."
        ) from error


def _checked(source: Source, text: str) -> str:
    """Refuse text in which too much cannot be printed."""
    sample = text[:20000]
    odd = sum(1 for c in sample if (c < " " and c not in "\t\n\r\f\v\x1b") or c == "\ufffd")
    if odd * 50 > len(sample):
        raise FormatError(
            f"{source.name} is a binary file, not a parts list",
            hint="Give CSV, XLSX, JSON, TOML, HTML, Markdown or plain text.",
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")
