"""Which column is which: headings by their words, in four languages."""

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import cache, lru_cache

from podplanner.catalog.readers.amounts import find_currency
from podplanner.catalog.vocabulary import fold, words_of


class Role(StrEnum):
    """What a column holds."""

    POSITION = "position"
    SECTION = "section"
    CATEGORY = "category"
    TITLE = "title"
    DESCRIPTION = "description"
    MPN = "mpn"
    SKU = "sku"
    MAKER = "maker"
    QUANTITY = "quantity"
    UNIT = "unit"
    UNIT_PRICE = "unit_price"
    PRICE = "price"
    """A price of which the heading does not say whether it is for one piece or for all."""
    TOTAL = "total"
    DISCOUNT = "discount"
    CURRENCY = "currency"
    VENDOR = "vendor"
    LINK = "link"
    NOTE = "note"
    DATE = "date"
    SPARES = "spares"
    IGNORED = "ignored"
    SYSTEM = "system"
    """A figure that only whole systems have."""
    FIGURE = "figure"
    """A figure that whole systems and parts have."""


NAMES = (Role.TITLE, Role.DESCRIPTION, Role.MPN, Role.SKU, Role.CATEGORY)
NUMERIC = (Role.QUANTITY, Role.UNIT_PRICE, Role.PRICE, Role.TOTAL)

_BRACKETS = re.compile(r"[(\[{][^)\]}]*[)\]}]")
_TAXED = re.compile(
    r"\b(?:inc|incl|excl|exc|ex|inkl|exkl)\.?\s*(?:vat|tax|gst|mwst|ust|tva|iva)\b\.?"
    r"|\b(?:h\.?t|t\.?t\.?c)\b\.?|\b(?:netto|brutto)\b"
)
_IN_CURRENCY = re.compile(r"\b(?:in\s+)?(?:usd|eur|gbp|chf|euros?)\b|[$€£]")


def plain_heading(text: str) -> str:
    """Return a heading without case, accents, brackets, currency and punctuation round it.

    >>> plain_heading("Ext. (USD)"), plain_heading("Unit_Price:"), plain_heading("Prix unitaire €")
    ('ext', 'unit price', 'prix unitaire')
    """
    folded = fold(text.replace("_", " ").replace("*", " "))
    for pattern in (_BRACKETS, _TAXED, _IN_CURRENCY):
        folded = pattern.sub(" ", folded).strip() or folded
    return " ".join(folded.strip(" .:;*-–").split())


@cache
def _roles() -> dict[str, tuple[Role, ...]]:
    found: dict[str, list[Role]] = {}
    for role, words in words_of("headings").items():
        for word in words:
            bare = () if _BRACKETS.search(word) else (plain_heading(word),)
            for key in {fold(word), *bare}:
                roles = found.setdefault(key, [])
                if Role(role) not in roles:
                    roles.append(Role(role))
    return {word: tuple(roles) for word, roles in found.items()}


@lru_cache(maxsize=2048)
def roles_of(text: str) -> tuple[Role, ...]:
    """Return the roles that a heading may mean, the likeliest first; empty when it is none."""
    if not text.strip() or len(text) > 60:
        return ()
    known = _roles()
    for key in (fold(text), plain_heading(text)):
        if key in known:
            return known[key]
    bare = plain_heading(text)
    for joined in (bare.replace("-", " "), bare.replace(" ", ""), bare.replace(".", " ").strip()):
        if joined in known:
            return known[joined]
    if "/" in bare:
        halves = [roles for half in bare.split("/") if (roles := known.get(half.strip()))]
        if halves and len(halves) == bare.count("/") + 1:
            return halves[0]
    return ()


def heading_currency(text: str) -> tuple[str | None, bool]:
    """Return the currency that a heading names, and whether that is an assumption."""
    return find_currency(text)


@cache
def _run_together() -> tuple[str, ...]:
    """Return every heading word that may stand in a run-together heading line, longest first."""
    usual = (*NAMES, Role.QUANTITY, Role.UNIT_PRICE, Role.PRICE, Role.TOTAL, Role.MAKER,
             Role.POSITION, Role.VENDOR, Role.LINK, Role.NOTE)  # fmt: skip
    words = {w for w, roles in _roles().items() if len(w) > 1 and any(r in usual for r in roles)}
    return tuple(sorted(words, key=len, reverse=True))


def split_headings(line: str) -> tuple[str, ...]:
    """Return the headings that make up a whole line, run together or not; empty when it is none.

    The split with the fewest headings wins: `Unit Price` is one heading, not two.

    >>> split_headings("ItemDescriptionQtyPriceTotal")
    ('item', 'description', 'qty', 'price', 'total')
    """
    return _split(line, most=False)


def heading_splits(line: str) -> tuple[tuple[str, ...], ...]:
    """Return the splits of a line into the fewest and, where they differ, the most headings.

    >>> heading_splits("Item Qty Price Total")
    (('item', 'qty', 'price total'), ('item', 'qty', 'price', 'total'))
    """
    both = (split_headings(line), _split(line, most=True))
    return tuple(dict.fromkeys(split for split in both if split))


def _split(line: str, *, most: bool) -> tuple[str, ...]:
    if len(line) > 200 or not re.search(r"[^\W\d_]", line):
        return ()
    text = fold(_BRACKETS.sub(" ", line.replace("|", " ").replace("_", " ")))
    best: dict[int, tuple[str, ...]] = {0: ()}
    for start in range(len(text)):
        if start not in best:
            continue
        if text[start] in " .:/;,*":
            _keep(best, start + 1, best[start], most=most)
            continue
        for word in _run_together():
            if text.startswith(word, start):
                _keep(best, start + len(word), (*best[start], word), most=most)
    return best.get(len(text), ())


def _keep(best: dict[int, tuple[str, ...]], at: int, words: tuple[str, ...], *, most: bool) -> None:
    if at not in best or (len(words) > len(best[at]) if most else len(words) < len(best[at])):
        best[at] = words


def heading_strength(texts: Sequence[str]) -> int:
    """Return how many different columns a row of headings would name; 0 for a row of data."""
    roles = [found[0] for text in texts if (found := roles_of(text))]
    filled = [text for text in texts if text.strip()]
    useful = {role for role in roles if role is not Role.IGNORED}
    # Several figures of whole systems (read, write, operations a second) are several columns.
    strength = len(useful) + max(roles.count(Role.SYSTEM) - 1, 0)
    if strength < 2 or len(roles) * 2 < len(filled):
        return 0
    return strength
