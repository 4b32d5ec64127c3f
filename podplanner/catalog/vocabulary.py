"""Words that lists use: kinds of part, headings of columns, charges, names of makers.

The words are data (`bom/words/*.toml`); this module reads them once and answers questions.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import tomli

from podplanner.resources import data_dir

_WORD = re.compile(r"[^\W_]+(?:[./'’+-][^\W_]+)*")
_SEGMENT = re.compile(r"[:;,(\[|–—]|\s-\s")
_HEAD_FIRST = re.compile(r"\s+(?:de|du|des|d['’]|del|la|pour|para|à|con|avec)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of part: what bills call its lines, and its name for people."""

    name: str
    id: str
    label: str


def fold(text: str) -> str:
    """Return `text` without case, accents or doubled spaces, for comparing words.

    >>> fold("Désignation  (Größe)")
    'designation (grosse)'
    """
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


@cache
def words_of(name: str) -> dict[str, Any]:
    """Return the word list `bom/words/<name>.toml`."""
    return tomli.loads((data_dir("bom") / "words" / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def kinds() -> dict[str, Kind]:
    """Return every kind by its name, in the order in which people think of a pod."""
    return {n: Kind(n, entry["id"], entry["label"]) for n, entry in words_of("kinds").items()}


@cache
def _phrases() -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for name, entry in words_of("kinds").items():
        for phrase in (*entry["words"], entry["id"], entry["label"]):
            words = _words(fold(phrase.replace("_", " ")))
            for last in (words[-1], _plural(words[-1])):
                found.setdefault((*words[:-1], last), name)
    return found


def _plural(word: str) -> str:
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


@cache
def _starters() -> dict[str, int]:
    """Return how many words the longest phrase has that begins with a word."""
    longest: dict[str, int] = {}
    for phrase in _phrases():
        longest[phrase[0]] = max(longest.get(phrase[0], 1), len(phrase))
    return longest


@cache
def _compound_heads() -> dict[str, str]:
    """Return words that end German compounds (`Gehäuselüfter`), the longest first."""
    heads = [(p[0], kind) for p, kind in _phrases().items() if len(p) == 1 and len(p[0]) >= 5]
    return dict(sorted(heads, key=lambda head: -len(head[0])))


def _words(folded: str) -> list[str]:
    return _WORD.findall(folded)


@cache
def _singles() -> dict[str, str]:
    """Return the kinds that one word names, with the endings of its plurals and cases."""
    found: dict[str, str] = {}
    for ending in ("", "en", "n", "e", "x"):
        for phrase, kind in _phrases().items():
            if len(phrase) == 1:
                found.setdefault(phrase[0] + ending, kind)
    return found


@lru_cache(maxsize=16384)
def _kind_of_word(word: str) -> str | None:
    """Return the kind that one word names: itself, its singular, or the head of a compound."""
    if (kind := _singles().get(word)) is not None:
        return kind
    heads = _compound_heads()
    if len(word) >= 8 and word.endswith(tuple(heads)):
        return next(kind for head, kind in heads.items() if word.endswith(head))
    return None


def find_kinds(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield (kind, first word, word after the last) of every kind named in `text`, in order.

    Where phrases overlap, the longest wins.
    """
    words = _words(fold(text.replace("_", " ")))
    starters = _starters()
    at = 0
    while at < len(words):
        size = min(starters.get(words[at], 1), len(words) - at)
        while size > 1 and tuple(words[at : at + size]) not in _phrases():
            size -= 1
        kind = _phrases()[tuple(words[at : at + size])] if size > 1 else _kind_of_word(words[at])
        if kind is not None:
            yield kind, at, at + size
        at += size


@lru_cache(maxsize=16384)
def kind_of_words(text: str) -> str | None:
    """Return the kind that a title names, or None.

    English and German say the thing last (`case fan`), French and Spanish first
    (`ventilateur de boîtier`); what stands before a colon or a comma counts before the rest.

    >>> kind_of_words("Fan Connection Housing, 1x3: Fan Assembly")
    'housing'
    >>> kind_of_words("Ventilateur de boîtier")
    'fan'
    """
    for segment in (_SEGMENT.split(text, maxsplit=1)[0], text):
        found = list(find_kinds(segment))
        if found:
            return found[0 if _HEAD_FIRST.search(segment) else -1][0]
    return None
