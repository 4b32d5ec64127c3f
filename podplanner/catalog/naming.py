"""Names of things: short ids for lines (`sata_card_2`), part numbers as they are compared."""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from podplanner.catalog.vocabulary import fold, kind_of_words, kinds

_SLUG = re.compile(r"[^a-z0-9]+")


def slug(text: str, limit: int = 24) -> str:
    """Return a name that can stand in a link: lower case, digits and underscores.

    >>> slug("Boot Drive (SSD)")
    'boot_drive_ssd'
    """
    return _SLUG.sub("_", fold(text)).strip("_")[:limit].rstrip("_")


def base_id(title: str, category: str | None, kind: str | None = None) -> str:
    """Return what a line is called by its category, else by its kind, else `part`."""
    if category and (named := slug(category)):
        known = kind_of_words(category)
        return named if known is None or "_" in named or not kind else kinds()[known].id
    kind = kind or kind_of_words(title)
    if kind == "drive" and "boot" in fold(title):
        return "boot_drive"
    return kinds()[kind].id if kind else "part"


def free_id(base: str, taken: Collection[str]) -> str:
    """Return `base`, or `base_2`, `base_3` ... where that is taken."""
    if base not in taken:
        return base
    number = 2
    while f"{base}_{number}" in taken:
        number += 1
    return f"{base}_{number}"


def line_ids(lines: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return an id for every line, each once, from `category` and `title`."""
    ids: list[str] = []
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for line in lines:
        title, category = line.get("title"), line.get("category")
        # What is no text is refused later, with its place; here it only must not break.
        base = base_id(
            title if isinstance(title, str) else "", category if isinstance(category, str) else None
        )
        number = counts.get(base, 0) + 1
        name = base if number == 1 else f"{base}_{number}"
        while name in taken:
            number += 1
            name = f"{base}_{number}"
        counts[base] = number
        taken.add(name)
        ids.append(name)
    return ids


@lru_cache(maxsize=16384)
def normal(number: str) -> str:
    """Return a part number as it is compared: upper case, letters and digits alone.

    >>> normal("i3-2100"), normal("G1238M12B1-FSR")
    ('I32100', 'G1238M12B1FSR')
    """
    return "".join(c for c in number.upper() if c.isalnum())
