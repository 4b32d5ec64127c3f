"""Join lines to catalog parts by the number that they print, and say how sure that is."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from podplanner.catalog.bill import BillOfMaterials, Line
from podplanner.catalog.naming import normal
from podplanner.catalog.parts import Part
from podplanner.catalog.vocabulary import fold

_TOKEN = re.compile(r"[^\s,;\"]+")
_TWO_IN_ONE = re.compile(
    r"(?<![\w-])(?P<head>(?:[\w-]*[^A-Z])?)(?P<one>[A-Z]{1,8})\(OR\s+(?P<two>[A-Z]{1,8})\)"
    r"(?P<tail>[\w-]*)",
    re.IGNORECASE,
)
_CODED = re.compile(r"[A-Z][A-Z]*\d|\d[\dA-Z]*[A-Z]")
_DIGIT = re.compile(r"\d")
_SHORT = 5
# A number of fewer characters (`S330`) occurs by chance; the maker's name must stand by it.
_SUFFIX = 2
# Makers add a letter or two for the packing or the colour ...
_PREFIX = 4
# ... and put up to four before the number (`MBD-X9SCL-F`).


@dataclass(frozen=True, slots=True)
class Match:
    """The part that a line is, and how sure that is."""

    sku: str
    confidence: Literal["exact", "likely"]


@dataclass(frozen=True, slots=True)
class Index:
    """The catalog's numbers and phrases, prepared for looking up many lines."""

    numbers: dict[str, Part]
    zeroed: dict[str, Part]
    """By number with every letter O read as a zero."""
    near: dict[str, Part]
    """By every likely shortening: without a maker's prefix, or without a short suffix."""
    phrases: dict[str, list[tuple[frozenset[str], Part]]]
    """By the longest word of the phrase."""

    @classmethod
    def of(cls, parts: Mapping[str, Part]) -> "Index":
        """Return the index of a catalog."""
        numbers: dict[str, Part] = {}
        for part in parts.values():
            for number in (part.sku, *part.aliases):
                numbers.setdefault(normal(number), part)
        zeroed = {number.replace("O", "0"): part for number, part in numbers.items()}
        near: dict[str, Part] = {}
        for number, part in zeroed.items():
            for cut in range(1, _SUFFIX + 1):
                near.setdefault(number[:-cut], part)
            for cut in range(1, _PREFIX + 1):
                near.setdefault(number[cut:], part)
        phrases = [
            (frozenset(_words(phrase)), part) for part in parts.values() for phrase in part.phrases
        ]
        by_word: dict[str, list[tuple[frozenset[str], Part]]] = {}
        for phrase, part in phrases:
            by_word.setdefault(max(phrase, key=len), []).append((phrase, part))
        return cls(numbers, zeroed, near, by_word)


def alternates(text: str) -> tuple[str, str] | None:
    """Return the two numbers that one field prints, `G1238M(OR E)12B1`, or None.

    >>> alternates("fan G1238M(OR E)12B1-FSR 12V")
    ('G1238M12B1-FSR', 'G1238E12B1-FSR')
    """
    if "(" not in text or (match := _TWO_IN_ONE.search(text)) is None:
        return None
    keep = match["one"][: len(match["one"]) - len(match["two"])]
    return (
        f"{match['head']}{match['one']}{match['tail']}",
        f"{match['head']}{keep}{match['two']}{match['tail']}",
    )


def match_line(line: Line, index: Index) -> Match | None:
    """Return the part that a line is by its printed number, or None.

    Exact: the number itself stands in the line. Likely: it differs by a letter O for a zero, by
    a maker's prefix or a short suffix, is split over words, or the line has the wording of a part.
    """
    text = f"{line.mpn or ''} {line.title} {line.description}".strip()
    tokens = [token.strip("()[].:'*") for token in _TOKEN.findall(text)]
    numbers = [normal(token) for token in tokens]
    for token, number in zip(tokens, numbers, strict=True):
        part = index.numbers.get(number)
        if part is not None and _is_telling(token, part, text, line):
            return Match(part.sku, "exact")
    return _likely(text, numbers, index)


def _is_telling(token: str, part: Part, text: str, line: Line) -> bool:
    number = normal(token)
    if line.mpn and number == normal(line.mpn):
        return True
    if not (any(c.isdigit() for c in number) or ("-" in token and token.isupper())):
        return False
    return len(number) >= _SHORT or bool(part.maker and fold(part.maker) in fold(text))


def _likely(text: str, numbers: list[str], index: Index) -> Match | None:
    for number in _near_numbers(text, numbers):
        if (part := _near_part(number, index)) is not None:
            return Match(part.sku, "likely")
    words = frozenset(_words(text))
    fitting = [
        (len(phrase), part)
        for word in words
        for phrase, part in index.phrases.get(word, ())
        if phrase <= words
    ]
    best = max(fitting, key=lambda entry: entry[0], default=None)
    return Match(best[1].sku, "likely") if best else None


def _near_numbers(text: str, numbers: list[str]) -> Iterator[str]:
    if (both := alternates(text)) is not None:
        yield from (normal(number) for number in both)
    for one, two in zip_longest(numbers, numbers[1:], fillvalue=""):
        if len(one) >= _SHORT and _CODED.search(one):
            yield one
        joined = one + two
        if two and len(joined) > _SHORT and _DIGIT.search(two) and _CODED.search(joined):
            yield joined


def _near_part(number: str, index: Index) -> Part | None:
    zeroed = number.replace("O", "0")
    for cut in range(_SUFFIX + 1):
        shorter = zeroed[: len(zeroed) - cut] if cut else zeroed
        if len(shorter) >= _SHORT and (part := index.zeroed.get(shorter)) is not None:
            return part
    return index.near.get(zeroed) if len(zeroed) > _SHORT else None


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+(?:[.-][a-z0-9]+)*", fold(text))


def identify(bill: BillOfMaterials, parts: Mapping[str, Part]) -> BillOfMaterials:
    """Return `bill` with a part for every line that prints a known number.

    A part that a person wrote stays, and so does a line that is a bill of its own.
    """
    if all(line.part is not None or line.bill is not None for line in bill.lines):
        # A list whose parts are all known, the usual one, needs no index.
        return bill
    index = Index.of(parts)
    lines = []
    changed = False
    for line in bill.lines:
        if line.part is None and line.bill is None:
            match = match_line(line, index)
            if match is not None:
                update = {"part": match.sku, "matched": match.confidence}
                line = line.model_copy(update=update)
                changed = True
        lines.append(line)
    return bill.model_copy(update={"lines": tuple(lines)}) if changed else bill
