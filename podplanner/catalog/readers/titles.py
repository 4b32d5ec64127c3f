"""Part a title from the description that runs into it: `SATA CableSATA cables from ...`."""

import re
from functools import cache

from podplanner.catalog.vocabulary import find_kinds, fold, words_of

_SEAM = re.compile(r"(?<=[a-zß-ÿ)])(?=[A-ZÀ-Þ0-9])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Z])(?=\d)")
# A seam: lower case or a bracket before a capital or digit (`CaseIncludes`), the end of an
# abbreviation before a word (`CPUIntel`), or before a digit (`RAM4GB`).
_TOKEN = re.compile(r"\S+")


@cache
def _mixed() -> frozenset[str]:
    return frozenset(word.casefold() for word in words_of("makers")["mixed_case"])


@cache
def _makers() -> tuple[str, ...]:
    return tuple(words_of("makers")["makers"])


def split_title(text: str) -> tuple[str, str]:
    """Return (title, description); the description is empty where there is no sure seam.

    A seam is sure where a known kind of part ends at it, or a known maker's name begins. A word
    of mixed case alone (`IronWolf`) is no seam.

    >>> split_title("CPUIntel Core i3 processor i3-2100")
    ('CPU', 'Intel Core i3 processor i3-2100')
    >>> split_title("Seagate IronWolf 16 TB")
    ('Seagate IronWolf 16 TB', '')
    """
    seams = _seams(text)
    for wanted in (_ends_kind, _begins_maker):
        for seam in seams:
            if wanted(text, seam):
                return text[:seam].strip(), text[seam:].strip()
    return text.strip(), ""


def _seams(text: str) -> list[int]:
    found = []
    for token in _TOKEN.finditer(text):
        word = token[0].strip("()[],;:")
        if word.casefold() in _mixed():
            continue
        found += [token.start() + match.start() for match in _SEAM.finditer(token[0])]
    return [seam for seam in found if 0 < seam < len(text)]


def _ends_kind(text: str, seam: int) -> bool:
    """Return whether the words before the seam end in a known kind of part."""
    before = text[:seam].rstrip(" )")
    words = re.findall(r"[^\W_]+(?:[./'’+-][^\W_]+)*", fold(before))
    if len(words) > 8:
        return False
    return any(last == len(words) for _, _, last in find_kinds(before))


def _begins_maker(text: str, seam: int) -> bool:
    after = text[seam:]
    return any(
        after.startswith(maker) and not after[len(maker) : len(maker) + 1].isalnum()
        for maker in _makers()
    )
