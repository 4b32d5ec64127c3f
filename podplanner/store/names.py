"""Names of models, aliases and versions, and the reference that a person types."""

import re
from dataclasses import dataclass

from podplanner.errors import WrongUsageError

_SEGMENT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_ALIAS = re.compile(r"[A-Za-z](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_LONGEST = 96
# Characters of a segment: what the Hugging Face Hub allows a repository's name.
DEVICE_NAMES = frozenset(
    {"con", "prn", "aux", "nul"}
    | {f"com{n}" for n in "123456789"}
    | {f"lpt{n}" for n in "123456789"}
)
"""Names that Windows takes for devices, in any folder and with any ending.

Source: Microsoft, "Naming Files, Paths, and Namespaces".
"""
LATEST = "latest"
FEEDBACK_SUFFIX = ".feedback"
"""Ends the name of a model's feedback: `team/cat.feedback` is what was said of `team/cat`."""
_HINTS = {
    "model": "Write NAME or TEAM/NAME; of a version NAME:3 or NAME:prod.",
    "alias": "Write a word such as prod.",
    "version": "Write NAME:3, or NAME:prod for an alias.",
}
HIGHEST_NUMBER = 9_999_999_999
# Ten digits, as in the keys of the records.


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model's name as it is shown: one or two segments, `cat` or `team/cat`."""

    shown: str

    @property
    def key(self) -> str:
        """The folder of the model in the store: lower case, `/` written as `%2f`."""
        return self.shown.lower().replace("/", "%2f")

    @property
    def append_only(self) -> bool:
        """Whether each version holds what no other has, as batches of feedback do."""
        return self.shown.lower().endswith(FEEDBACK_SUFFIX)

    def __str__(self) -> str:
        return self.shown

    @classmethod
    def parse(cls, word: str) -> "ModelName":
        """Return a name.

        Raises:
            WrongUsageError: It breaks a rule, which is said.

        >>> ModelName.parse("Team/Cat-7B").key
        'team%2fcat-7b'
        """
        segments = word.split("/")
        if len(segments) > 2:
            raise _bad("model", word, "it has more than two parts between slashes")
        for segment in segments:
            _check(word, segment, _SEGMENT, "model")
        return cls(word)

    @classmethod
    def from_key(cls, key: str) -> "ModelName":
        """Return the name that a folder in the store stands for."""
        return cls.parse(key.replace("%2f", "/"))


@dataclass(frozen=True, slots=True)
class Reference:
    """What a person types for a version: `name`, `name:3`, `name:prod` or `name:latest`."""

    model: ModelName
    version: int | None = None
    alias: str | None = None
    """Never `latest`: that is neither a version nor an alias here, but the default."""

    def __str__(self) -> str:
        if self.version is not None:
            return f"{self.model}:{self.version}"
        return f"{self.model}:{self.alias}" if self.alias else str(self.model)

    @classmethod
    def parse(cls, word: str) -> "Reference":
        """Return a reference.

        Raises:
            WrongUsageError: The name, the number or the alias breaks a rule, which is said.
        """
        name, colon, tail = word.partition(":")
        model = ModelName.parse(name)
        if not colon or tail.lower() == LATEST:
            return cls(model)
        if tail.isascii() and tail.isdigit():
            return cls(model, version=number_of(tail))
        return cls(model, alias=alias_of(tail))


def alias_of(word: str) -> str:
    """Return an alias in the form in which it is kept: lower case.

    Raises:
        WrongUsageError: It breaks a rule, which is said.
    """
    if word.lower() == LATEST:
        raise _bad("alias", word, "`latest` always means the highest version")
    _check(word, word, _ALIAS, "alias")
    return word.lower()


def number_of(word: str) -> int:
    """Return the number of a version.

    Raises:
        WrongUsageError: It is no whole number of 1 or more.
    """
    if not (word.isascii() and word.isdigit()) or not 1 <= int(word[:11]) <= HIGHEST_NUMBER:
        raise _bad("version", word, "versions are counted 1, 2, 3 ...")
    return int(word)


def _check(whole: str, segment: str, form: re.Pattern[str], what: str) -> None:
    if len(segment) > _LONGEST:
        raise _bad(what, whole[:40] + "...", f"it is longer than {_LONGEST} characters")
    if not form.fullmatch(segment):
        first = "begins with a letter and " if what == "alias" else ""
        raise _bad(what, whole, f"it {first}may have letters, digits and . _ - between them")
    if ".." in segment or "--" in segment:
        raise _bad(what, whole, "it has `..` or `--` in it")
    if segment.lower().split(".")[0] in DEVICE_NAMES:
        raise _bad(what, whole, "Windows keeps that name for a device")


def _bad(what: str, word: str, why: str) -> WrongUsageError:
    article = "an" if what == "alias" else "a"
    return WrongUsageError(f"{word!r} cannot name {article} {what}: {why}", hint=_HINTS[what])
