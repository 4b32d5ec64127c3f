"""Paths of a version's files: what they may look like, checked at push and again at pull.

A manifest may come from anybody, so its paths are hostile until they are checked. What passes
here can be written below any directory of Linux, macOS and Windows and stays below it; and two
paths that pass together are two files on each of them.

Letters of every script are welcome, with the joiners that some of them need (U+200C, U+200D).
Characters that turn the direction of what follows (U+202A to U+202E, U+2066 to U+2069) are
refused: they make a name read as another one, and no script needs them in a name. Characters
that nobody sees do not count when two names are compared, as some file systems hold it.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal, NamedTuple

from podplanner.errors import UnsafeContentError
from podplanner.store.manifest import MOST_FILES
from podplanner.store.names import DEVICE_NAMES

MOST_NAME_BYTES = 255
"""Bytes of one name in UTF-8: NAME_MAX of ext4, XFS, Btrfs and ZFS (and it fits NTFS)."""
MOST_PATH_BYTES = 4095
"""Bytes of a path in UTF-8: Linux's PATH_MAX is 4096 with the byte that ends it."""

MOST_DEPTH = 128
"""Names in a path: what walks a tree by calling itself stays far from Python's limit of 1,000."""

_EASY = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
# Names that need only the look at devices: nearly all there are.
_MORE_DEVICES = frozenset({"conin$", "conout$", "clock$"})
# Consoles and the clock: devices too, though the documentation does not list them with the others.
_LONGEST_DEVICE = max(map(len, _MORE_DEVICES))
_SUPERSCRIPTS = str.maketrans("¹²³", "123")
# Windows takes COM¹ for COM1. Source: Microsoft, "Naming Files, Paths, and Namespaces".
_RUN_BY_TOOLS = frozenset({".git", ".hg", "git~1"})
# A folder of that name makes git or Mercurial run what it holds; `git~1` is `.git` on Windows.
_NOT_ON_WINDOWS = re.compile(r'[<>"|?*]')
# Source: Microsoft, "Naming Files, Paths, and Namespaces".
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
# Source: Unicode 16, DerivedCoreProperties.txt, Default_Ignorable_Code_Point.
_SHOWN = 200
# Characters of a path that an error shows.


def check_path(path: str) -> None:
    """Refuse a path that could do harm, or that some file system could not hold.

    Raises:
        UnsafeContentError: It breaks a rule, which is said.
    """
    if broken := _broken_rule(path):
        raise _unsafe(path, broken)


def check_tree(files: Iterable[str], folders: Iterable[str]) -> None:
    """Refuse paths that break a rule, alone or beside each other.

    Args:
        files: Paths of files.
        folders: Paths of folders that are empty.

    Raises:
        UnsafeContentError: One breaks a rule of its own, two would be one file on a file system
            that does not tell cases or spellings apart, something is a file and a folder at
            once, or there are too many.
    """
    tree = _Tree()
    for path in files:
        tree.add(path, "file")
    for path in folders:
        tree.add(path, "empty")


def printable(path: str) -> str:
    """Return a path that can be shown: no control, no turn of direction, not too long.

    >>> printable("a" + chr(27) + "[2J")
    'a\\\\x1b[2J'
    """
    shown = path if len(path) <= _SHOWN else path[:_SHOWN] + "..."
    if shown.isprintable():
        return shown
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in shown)


class _Node(NamedTuple):
    """A name in a folder."""

    number: int
    name: str
    kind: Literal["file", "folder", "empty"]


class _Tree:
    """The names seen so far, by the form in which a careless file system compares them."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[int, str], _Node] = {}
        """Number of the folder and folded name -> what is there; the root is number 0."""
        self._last = ("", 0)
        """The folder that was entered last, and its number: the next path is mostly in it too."""
        self._entries = 0

    def add(self, path: str, kind: Literal["file", "empty"]) -> None:
        parent, _, name = path.rpartition("/")
        if parent and parent == self._last[0] and len(path) * 4 <= MOST_PATH_BYTES:
            broken = _broken_rule_of_name(name)
        else:
            broken = _broken_rule(path)
        if broken:
            raise _unsafe(path, broken)
        self._entries += 1
        if self._entries > MOST_FILES:
            raise too_many("files and empty folders")
        key = (self._enter(parent), folded_name(name))
        if (other := self._nodes.get(key)) is not None:
            raise _meeting(path, other, kind)
        self._nodes[key] = _Node(len(self._nodes) + 1, name, kind)

    def _enter(self, folder: str) -> int:
        """Enter a folder and its parents; return its number."""
        if folder == self._last[0]:
            return self._last[1]
        number, length = 0, 0
        for name in folder.split("/") if folder else ():
            length += len(name) + 1
            key = (number, folded_name(name))
            node = self._nodes.get(key)
            if node is None:
                node = self._nodes[key] = _Node(len(self._nodes) + 1, name, "folder")
            if node.name != name or node.kind != "folder":
                raise _meeting(folder[: length - 1], node, "folder")
            number = node.number
        if len(self._nodes) > 2 * MOST_FILES:
            raise too_many("folders")
        self._last = (folder, number)
        return number


def _meeting(path: str, other: _Node, kind: str) -> UnsafeContentError:
    """Return the error of a path that meets another at its place."""
    there = path[: path.rfind("/") + 1] + other.name
    if there == path:
        if kind == other.kind:
            return _unsafe(path, "it is there twice")
        one_is_file = "file" in (kind, other.kind)
        return _unsafe(
            path, "it is a file and a folder" if one_is_file else "it is given as empty, and is not"
        )
    return _unsafe(
        path,
        f"{printable(there)} is the same name on systems that do not tell apart "
        "upper and lower case or two spellings of one letter",
    )


def too_many(what: str) -> UnsafeContentError:
    """Return the error of a version with too many of something."""
    return UnsafeContentError(
        f"a version holds at most {MOST_FILES:,} {what}",
        hint="Pack small files together, or divide them among several models.",
    )


def folded_name(name: str) -> str:
    """Return a name as file systems compare it that know neither case nor spelling."""
    if name.isascii():
        return name.lower()
    seen = _UNSEEN.sub("", name)
    folded = unicodedata.normalize("NFD", seen).casefold()
    return unicodedata.normalize("NFC", folded)


def _broken_rule(path: str) -> str | None:
    """Return the rule that a path breaks, in words."""
    if not path:
        return "it is empty"
    if path.startswith("/"):
        return "it is absolute"
    names = path.split("/")
    if len(names) > MOST_DEPTH:
        return f"it is more than {MOST_DEPTH} names deep"
    for name in names:
        if broken := _broken_rule_of_name(name):
            return broken
    if len(path) * 4 > MOST_PATH_BYTES and len(path.encode()) > MOST_PATH_BYTES:
        return f"it is longer than {MOST_PATH_BYTES} bytes"
    return None


def _broken_rule_of_name(name: str) -> str | None:
    if _is_device(name):
        return "Windows takes the name for a device"
    if _EASY.fullmatch(name) and len(name) <= MOST_NAME_BYTES:
        return None
    if name in ("", ".", ".."):
        return f"a name between slashes is {name!r}" if name else "two slashes follow each other"
    return _broken_character(name) or _broken_form(name)


def _broken_character(name: str) -> str | None:
    if "\\" in name:
        return "it has a backslash"
    if ":" in name:
        return "it has a colon, which names a drive or a hidden stream on Windows"
    if odd := _NOT_ON_WINDOWS.search(name):
        return f"it has {odd.group()!r}, which Windows keeps for itself"
    if _TURNS.search(name):
        return "it has a character that turns the direction of reading"
    for character in name:
        kind = unicodedata.category(character)
        if kind in ("Cc", "Zl", "Zp"):
            return f"it has a control character (U+{ord(character):04X})"
        if kind == "Cs":
            return "it is not valid Unicode (on disk: not UTF-8)"
    return None


def _broken_form(name: str) -> str | None:
    if name.endswith((".", " ")):
        return "a name ends in a dot or a space, which Windows drops"
    if len(name.encode()) > MOST_NAME_BYTES:
        return f"a name is longer than {MOST_NAME_BYTES} bytes"
    if not unicodedata.is_normalized("NFC", name):
        return "it is not in Unicode's composed form (NFC)"
    folded = folded_name(name)
    if not folded.strip():
        return "a name has nothing that can be seen"
    if folded in _RUN_BY_TOOLS:
        return "programs run what a folder of that name holds"
    return None


def _is_device(name: str) -> bool:
    stem = name.partition(".")[0].rstrip(" ")
    if not 3 <= len(stem) <= _LONGEST_DEVICE:
        return False
    stem = stem.translate(_SUPERSCRIPTS).lower()
    return stem in DEVICE_NAMES or stem in _MORE_DEVICES


def _unsafe(path: str, why: str) -> UnsafeContentError:
    return UnsafeContentError(
        f"the path {printable(path)} is refused: {why}",
        hint="Rename it where it was made and push again, or leave it out with `--exclude`.",
    )
