"""What docs/store-format.md asks of the paths of a version, by that page alone."""

import re
import unicodedata
from collections.abc import Iterable

from support.second_encodings import require

IGNORED = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)[1-9¹²³]|conin\$|conout\$|clock\$")
TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
KEPT = frozenset('\\:<>"|?*')
RUN = {".git", ".hg", "git~1"}
MOST_ENTRIES = 100_000
MOST_NAMES = 500_000
MOST_PARTS = 128
MOST_BYTES = 4_095
MOST_NAME_BYTES = 255


def check_paths(files: Iterable[str], folders: Iterable[str]) -> None:
    """Refuse paths that could hurt whoever writes them to a disk."""
    files, folders = list(files), list(folders)
    require(len(files) + len(folders) <= MOST_ENTRIES, "too many files and folders")
    seen: dict[str, str] = {}
    leaves: set[str] = set()
    parents: set[str] = set()
    for path in [*files, *folders]:
        _check(path)
        require(path not in leaves, f"twice: {path!r}")
        leaves.add(path)
        names = path.split("/")
        for count in range(1, len(names) + 1):
            whole = "/".join(names[:count])
            first = seen.setdefault(folded(whole), whole)
            require(first == whole, f"{whole!r} is {first!r} to some file systems")
            if count < len(names):
                parents.add(whole)
        require(len(seen) <= MOST_NAMES, "too many names")
    require(not leaves & parents, "a file that is a folder too, or a folder that is not empty")


def folded(name: str) -> str:
    """Return what of a name tells it from others."""
    plain = unicodedata.normalize("NFD", IGNORED.sub("", name))
    return unicodedata.normalize("NFC", plain.casefold())


def _check(path: str) -> None:
    shown = ascii(path)
    require(len(path.encode(errors="surrogatepass")) <= MOST_BYTES, f"too long: {shown}")
    require(not any(0xD800 <= ord(letter) <= 0xDFFF for letter in path), f"surrogates: {shown}")
    require(unicodedata.normalize("NFC", path) == path, f"not NFC: {shown}")
    require(not KEPT.intersection(path), f"a character of Windows' own: {shown}")
    control = any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") for letter in path)
    require(not control and not TURNS.search(path), f"a control character: {shown}")
    names = path.split("/")
    require(len(names) <= MOST_PARTS, f"too deep: {shown}")
    for name in names:
        require(name not in ("", ".", ".."), f"a name that is none: {shown}")
        require(len(name.encode()) <= MOST_NAME_BYTES, f"a long name: {shown}")
        require(name[-1] not in ". ", f"a dot or blank at the end: {shown}")
        require(bool(IGNORED.sub("", name).strip()), f"a name that nobody sees: {shown}")
        device = name.split(".")[0].rstrip().lower()
        require(not DEVICES.fullmatch(device), f"a device: {shown}")
        require(folded(name) not in RUN, f"a folder that programs run: {shown}")
