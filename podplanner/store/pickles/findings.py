"""What was found of pickles in a file, and what follows from it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from podplanner.errors import UnsafeContentError
from podplanner.store.pickles.allowlist import is_safe

_MOST_GLOBALS = 1000
# A real model names a few dozen; what names more is not for anybody to read.
_MOST_ODDITIES = 20
_LONGEST_SHOWN = 200
# Characters of a name or an oddity: they are printed in terminals.
_ODD = "!"
# Begins an oddity among the words of a manifest; no module's name begins so.
_NAMED = 8
# Globals and files that one error names; `model show` gives all.


class Global(NamedTuple):
    """A name that a pickle imports."""

    module: str
    name: str

    @property
    def shown(self) -> str:
        """`module.name`; `module:name` where the name itself has dots, to tell the two apart."""
        mark = ":" if "." in self.name else "."
        return printable(f"{self.module}{mark}{self.name}")


@dataclass(frozen=True, slots=True)
class PickleFindings:
    """What the pickles of one file import, and what is strange about them."""

    globals: tuple[str, ...]
    """Sorted, as `Global.shown` writes them."""
    oddities: tuple[str, ...] = ()
    """In words; each makes the file unsafe."""

    @property
    def unknown(self) -> tuple[str, ...]:
        """The globals that are not known to be safe."""
        return tuple(name for name in self.globals if not is_safe(name))

    @property
    def safe(self) -> bool:
        """Whether anybody may load the file."""
        return not self.oddities and not self.unknown

    @property
    def words(self) -> tuple[str, ...]:
        """What a manifest keeps of the findings: the oddities, marked, then the globals."""
        return (*(_ODD + odd for odd in self.oddities), *self.globals)

    @classmethod
    def of_words(cls, words: Sequence[str]) -> "PickleFindings":
        """Return the findings that a manifest keeps."""
        return cls(
            tuple(word for word in words if not word.startswith(_ODD)),
            tuple(word[len(_ODD) :] for word in words if word.startswith(_ODD)),
        )


class Gathered:
    """Findings while they are made: each thing once, and not without end."""

    __slots__ = ("globals", "oddities", "pickles", "where")

    def __init__(self, where: str = "") -> None:
        self.globals: dict[str, None] = {}
        self.oddities: dict[str, None] = {}
        self.pickles = 0
        self.where = where
        """The member of an archive that is looked at, for the oddities' words."""

    def imports(self, found: Global) -> None:
        """Note a global."""
        if len(self.globals) < _MOST_GLOBALS:
            self.globals[found.shown] = None
        elif found.shown not in self.globals:
            self.odd(f"imports more than {_MOST_GLOBALS} names")

    def odd(self, what: str) -> None:
        """Note something that makes the file unsafe."""
        if len(self.oddities) < _MOST_ODDITIES:
            place = f"{self.where}: " if self.where else ""
            self.oddities[printable(place + what)] = None

    def add(self, other: "Gathered") -> None:
        """Take over what another has gathered, which was looked at on trial."""
        self.pickles += other.pickles
        for name in other.globals:
            if len(self.globals) < _MOST_GLOBALS:
                self.globals[name] = None
            elif name not in self.globals:
                self.odd(f"imports more than {_MOST_GLOBALS} names")
        for oddity in other.oddities:
            if len(self.oddities) < _MOST_ODDITIES:
                self.oddities[oddity] = None

    def findings(self) -> PickleFindings | None:
        """Return what was found; None when there is no pickle and nothing strange."""
        if not self.pickles and not self.oddities:
            return None
        return PickleFindings(tuple(sorted(self.globals)), tuple(sorted(self.oddities)))


def printable(text: str) -> str:
    """Return text without characters that a terminal obeys, and not too long."""
    if len(text) > _LONGEST_SHOWN:
        text = text[: _LONGEST_SHOWN - 3] + "..."
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode("ascii")
        for c in text
    )


def refuse_unsafe(findings: Mapping[str, PickleFindings], *, allow: bool) -> tuple[str, ...]:
    """Refuse files whose pickles are not known to be safe, unless they are allowed.

    Args:
        findings: What was found, by the path of the file.
        allow: Whether the user has said `--allow-pickle`.

    Returns:
        One line for each unsafe file that was allowed, to warn with.

    Raises:
        UnsafeContentError: A file is unsafe and `allow` is not given; names files and globals.
    """
    lines = tuple(
        f"{printable(path)}: {describe(found)}"
        for path, found in sorted(findings.items())
        if not found.safe
    )
    if not lines or allow:
        return lines
    more = f"; and {len(lines) - _NAMED} more files" if len(lines) > _NAMED else ""
    raise UnsafeContentError(
        f"loading this could run code: {'; '.join(lines[:_NAMED])}{more}",
        hint="If you trust where it comes from, say `--allow-pickle`; "
        "weights alone are better kept as safetensors.",
    )


def describe(found: PickleFindings) -> str:
    """Return in words what is unsafe about a file."""
    said = [_some(found.oddities)] if found.oddities else []
    if found.unknown:
        said.append(f"its pickle imports {_some(found.unknown)}")
    return ", ".join(said) or "safe"


def _some(words: Iterable[str]) -> str:
    listed = list(words)
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return ", ".join(listed[:_NAMED]) + more
