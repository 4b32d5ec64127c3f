"""What a push leaves out: by itself, by `.podplannerignore`, and by `--exclude`.

Patterns are those of `.gitignore` (git's own documentation, gitignore(5), "PATTERN FORMAT"), one
a line in `.podplannerignore` at the top of the directory; `--exclude` takes one pattern, and
comes after the file, so that it wins. Names are compared as they are stored: composed (NFC),
with upper and lower case told apart.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from podplanner.errors import FormatError, WrongUsageError
from podplanner.store.paths import printable

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".podplannerignore"
LARGEST_IGNORE_FILE = 2**20
"""Bytes: far above any list that a person writes."""

_BY_ITSELF = {
    ".git": "version control",
    ".hg": "version control",
    ".svn": "version control",
    "__pycache__": "compiled by Python",
    ".ipynb_checkpoints": "saved by Jupyter on its own",
    ".ds_store": "kept by the macOS Finder",
    "thumbs.db": "kept by the Windows Explorer",
    "desktop.ini": "kept by the Windows Explorer",
}
"""Folded name -> why it is left out.

What tools keep for themselves: it differs from machine to machine, none of it is the model, and
a version control folder may hold what nobody wants to hand on (and `paths` refuses it).
"""
_STAGING = re.compile(r"\.(?:.*\.)?podplanner-[0-9a-f]{16}")
# As `staging` names its folders.
_DELETED_ON_NFS = re.compile(r"\.nfs[0-9a-f]{16,}")
# A file that was deleted while somebody had it open: NFS clients keep it under such a name.


def left_out_by_itself(path: str) -> str | None:
    """Return why a push leaves a file or folder out on its own; None when it does not."""
    parent, _, name = path.rpartition("/")
    folded = name.lower()
    if why := _BY_ITSELF.get(folded):
        return why
    if folded == "huggingface" and parent.rpartition("/")[2].lower() == ".cache":
        return "kept by the Hugging Face downloader"
    if is_staging_name(name):
        return "left by a pull that was broken off"
    if _DELETED_ON_NFS.fullmatch(name):
        return "deleted, and still open somewhere"
    return None


def is_staging_name(name: str) -> bool:
    """Return whether a pull names the folder so in which it builds."""
    return "podplanner-" in name and _STAGING.fullmatch(name) is not None


class Patterns:
    """Patterns of the ignore file and of the command line; the last that matches decides."""

    def __init__(self, ignore_lines: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        """Read the patterns.

        Raises:
            FormatError: A line of the ignore file is no pattern.
            WrongUsageError: An excluded one is none.
        """
        self._from_file = len(ignore_lines)
        # The library drops empty lines and then counts; a comment keeps the place.
        lines = [line or "#" for line in (*ignore_lines, *map(_anchored, exclude))]
        self._spec = self._read(lines) if lines else None

    def why_left_out(self, path: str, *, folder: bool) -> str | None:
        """Return which pattern leaves a path out, in words; None when none does."""
        if self._spec is None:
            return None
        found = self._spec.check_file(path + "/" if folder else path)
        if not found.include or found.index is None:
            return None
        return IGNORE_FILE if found.index < self._from_file else "--exclude"

    def _read(self, lines: list[str]) -> "GitIgnoreSpec":
        # Imported here: it takes 15 ms, and most pushes have no patterns.
        from pathspec import GitIgnoreSpec

        for number, line in enumerate(lines):
            try:
                GitIgnoreSpec.from_lines([line])
            except ValueError as error:
                raise self._refused(number, line) from error
        return GitIgnoreSpec.from_lines(lines)

    def _refused(self, number: int, line: str) -> FormatError | WrongUsageError:
        hint = "Write patterns as in a .gitignore file."
        if number < self._from_file:
            return FormatError(
                f"line {number + 1} of {IGNORE_FILE} is no pattern: {printable(line)}", hint=hint
            )
        return WrongUsageError(f"--exclude {printable(line)} is no pattern", hint=hint)


def _anchored(pattern: str) -> str:
    """Return a pattern of the command line, where people begin paths with `./`."""
    return pattern[1:] if pattern.startswith("./") else pattern
