"""The words of a text in BIF, one after the other, with the lines they stand on."""

import re
from bisect import bisect_right
from math import isfinite
from typing import NamedTuple, NoReturn

from podplanner.errors import FormatError

KEYWORDS = frozenset(
    {"network", "variable", "probability", "property", "type", "discrete", "table", "default"}
)
"""Words that are no names where they stand without quotes."""
_LONGEST = 64 * 2**20
# Characters; the largest network of the bnlearn repository takes 8 MB.
_SPACE = re.compile(r"(?:[\s,|]+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
# Commas and bars part words as spaces do: files have them with and without.
_WORD = re.compile(r'"([^"\n]*)"|([{}\[\]();])|((?:[^\s{}\[\]();,|"/]|/(?![/*]))+)')
# A text in quotes, a bracket, or a word: real files have states such as `<7.5` and `Asy/Patch`.
_PROPERTY = re.compile(r'(?:[^";]|"[^"]*")*;')
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_LONGEST_NUMBER = 1000


class _Word(NamedTuple):
    text: str
    kind: str
    """`name` in quotes or not, `mark`, `end`."""
    quoted: bool
    start: int
    end: int


class Reader:
    """Reads words forward; knows the line of the one that comes next."""

    def __init__(self, text: str) -> None:
        if len(text) > _LONGEST:
            raise FormatError(f"the network is longer than {_LONGEST:,} characters")
        self._text = text.removeprefix("\ufeff")
        self._ends = [match.start() for match in re.finditer("\n", self._text)]
        self._next = self._at(0)

    @property
    def line(self) -> int:
        """The line of the next word, from 1."""
        return bisect_right(self._ends, self._next.start) + 1

    def error(self, words: str) -> FormatError:
        """Return an error at the next word."""
        return FormatError(
            f"line {self.line}: {words}", hint="See the files of the bnlearn repository for BIF."
        )

    def keyword_or_end(self) -> str | None:
        """Return the next word outside of all blocks; None at the end."""
        if self._next.kind == "end":
            return None
        if self._next.kind == "mark" or self._next.quoted:
            self._refuse("a block")
        return self._take().text

    def name(self) -> str:
        """Return the next word or text in quotes."""
        if self._next.kind != "name":
            self._refuse("a name")
        return self._take().text

    def demand(self, mark: str) -> None:
        """Go past a mark that has to come."""
        if not self.took(mark):
            self._refuse(repr(mark))

    def took(self, mark: str) -> bool:
        """Return whether a mark came next; if so, go past it."""
        return self._took("mark", mark)

    def took_keyword(self, word: str) -> bool:
        """Return whether a word came next, without quotes; if so, go past it."""
        return not self._next.quoted and self._took("name", word)

    def names_up_to(self, mark: str) -> list[str]:
        """Return the names up to a mark, and go past it."""
        found = []
        while not self.took(mark):
            found.append(self.name())
        return found

    def as_number(self, word: str) -> float:
        """Return the number that a word of the last ones writes."""
        if len(word) <= _LONGEST_NUMBER and _NUMBER.fullmatch(word):
            value = float(word)
            if isfinite(value):
                return value
        raise self.error(f"{word[:40]!a} before this is no number")

    def skip_to_semicolon(self) -> None:
        """Go past the text of a property, which may be anything."""
        match = _PROPERTY.match(self._text, self._next.start)
        if match is None:
            raise self.error("a property that does not end")
        self._next = self._at(match.end())

    def _took(self, kind: str, text: str) -> bool:
        if self._next.kind == kind and self._next.text == text:
            self._take()
            return True
        return False

    def _take(self) -> _Word:
        word = self._next
        self._next = self._at(word.end)
        return word

    def _at(self, offset: int) -> _Word:
        space = _SPACE.match(self._text, offset)
        start = space.end() if space else offset
        if start == len(self._text):
            return _Word("", "end", False, start, start)
        match = _WORD.match(self._text, start)
        if match is None:
            self._next = _Word("", "end", False, start, start)
            raise self.error("a comment or a text in quotes that does not end")
        quoted, mark, word = match.groups()
        if mark is not None:
            return _Word(mark, "mark", False, start, match.end())
        text = word if quoted is None else quoted
        return _Word(text, "name", quoted is not None, start, match.end())

    def _refuse(self, wanted: str) -> NoReturn:
        found = ascii(self._next.text[:40]) if self._next.kind != "end" else "the end"
        raise self.error(f"{found} where {wanted} should stand")
