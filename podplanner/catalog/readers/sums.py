"""Rows and comments that are not parts: totals, subtotals, shipping, tax, fees, discounts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Literal

from podplanner.catalog.readers.amounts import NotANumberError, amount_of
from podplanner.catalog.vocabulary import fold, kind_of_words, words_of

ChargeKind = Literal["shipping", "tax", "fee", "discount", "rounding"]
_CHARGES: tuple[ChargeKind, ...] = ("tax", "discount", "shipping", "fee", "rounding")

_ALONE = frozenset(
    fold(word)
    for word in (
        "port", "portes", "handling", "transport", "transporte", "delivery", "lieferung",
        "livraison", "carriage", "courier", "insurance", "versicherung", "assurance", "seguro",
        "credit", "avoir", "fee", "fees", "frais", "tasa", "tasas", "verpackung", "steuer",
        "expedition", "promotion", "promo", "savings", "customs", "aduana", "zoll", "duty",
        "taxe", "taxes", "gebühr", "gebühren", "bonificación", "supplément", "canon digital",
    )
)  # fmt: skip
# Words that also occur in the names of parts: they count only when they are the whole label.

_BRACKETS = re.compile(r"[(\[{][^)\]}]*[)\]}]")
_WORD = re.compile(r"[^\W_]+")
_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s*%")


@dataclass(frozen=True, slots=True)
class Label:
    """What the label of a row says the row is.

    Attributes:
        section: For a subtotal, the rest of its label: which section it may be of.
        included: For a charge, whether it is inside the other amounts already.
        percent: For a charge, the percentage that its label states.
    """

    kind: Literal[
        "total", "subtotal", "carried", "paid", "shipping", "tax", "fee", "discount", "rounding"
    ]
    section: str = ""
    included: bool = False
    percent: Decimal | None = None


@cache
def _words(kind: str) -> frozenset[str]:
    return frozenset(fold(word) for word in words_of("sums")[kind])


@cache
def _telling_words() -> frozenset[str]:
    """Return the first word of everything that may begin a label: most rows have none of them."""
    return frozenset(
        found[0]
        for words in words_of("sums").values()
        for word in words
        if (found := _WORD.findall(fold(word)))
    )


@lru_cache(maxsize=4096)
def label_of(text: str) -> Label | None:
    """Return what a row is whose label is `text`, or None when it may be a part.

    >>> label_of("Gesamtsumme:").kind, label_of("zzgl. 19 % MwSt.").kind, label_of("Port Card")
    ('total', 'tax', None)
    """
    if not text or len(text) > 80:
        return None
    plain = fold(text.replace("*", " ").replace("_", " "))
    if _telling_words().isdisjoint(_WORD.findall(plain)):
        return None
    bare = " ".join(_BRACKETS.sub(" ", plain).strip(" .:;=*-–").split()) or plain.strip(" :")
    if (label := _sum_label(bare)) is not None:
        return label
    for kind in _CHARGES:
        if _is_charge(plain, bare, kind):
            included = bool(set(re.findall(r"[^\W\d]+\.?", plain)) & _words("included"))
            percent = _PERCENT.search(plain)
            number = Decimal(percent[1].replace(",", ".")) if percent else None
            return Label(kind, included=included and kind == "tax", percent=number)
    return None


def _sum_label(bare: str) -> Label | None:
    bare = re.sub(r"\s*\b(?:usd|eur|gbp|chf)\b|[$€£]", "", bare).strip() or bare
    for word in ("carried", "paid"):
        if bare in _words(word):
            return Label("carried" if word == "carried" else "paid")
    for word in ("subtotal", "total"):
        untaxed = re.sub(r"\s+(?:ht|h\.t|netto|net|hors taxes?)\.?$", "", bare)
        for known in (bare, bare.rstrip("."), f"{bare}.", untaxed):
            if known in _words(word):
                return Label("subtotal" if word == "subtotal" else "total")
    match = re.fullmatch(
        r"(?:sub-?\s?total|zwischensumme|sous-total|total|gesamtsumme|summe|suma|sum)\b[\s:–-]+"
        r"(?:for|of|fur|der|des|de la|de|du|pour|para)?\s*(?P<rest>.+)",
        bare,
    ) or re.fullmatch(r"(?P<rest>.+?)[\s:–-]+(?:sub-?\s?total|zwischensumme|total|summe)", bare)
    if match is None or len(match["rest"]) > 40:
        return None
    if re.search(
        r"\b(?:ttc|iva incluido|brutto|inkl\.? mwst\.?|incl?\.? (?:vat|tax|gst)|due)\b", bare
    ):
        return Label("total")
    if set(re.findall(r"[^\W\d]+", match["rest"])) <= {
        "cost", "price", "items", "order", "all", "parts", "bom", "build", "pod", "project",
        "system",
    }:  # fmt: skip
        return Label("total")
    return Label("subtotal", section=match["rest"])


def _is_charge(plain: str, bare: str, kind: ChargeKind) -> bool:
    words = _words(kind)
    stripped = re.sub(r"^(?:zzgl\.?|plus|inkl\.?|incl\.?|davon|\+)\s*", "", bare)
    stripped = " ".join(_PERCENT.sub(" ", stripped).split()).strip(" .:-–")
    if {bare, stripped, f"{stripped}."} & words:
        return True
    if kind_of_words(plain) is not None:
        return False
    safe = words - _ALONE
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", plain) for word in safe)


_ASIDE = re.compile(
    r"\b(?:with|mit|avec|con|incl\w*|inkl\w*|inclu\w*|free|kostenlos\w*|gratis|gratuit\w*|applied|"
    r"pending|without|ohne|sans|sin|after|nach|apres)\b"
)


def names_charge(text: str) -> bool:
    """Return whether a label is a charge, and not a part of which it says something in passing.

    >>> names_charge("DHL Versand"), names_charge("IronWolf 8TB (free shipping)")
    (True, False)
    """
    plain = fold(text.replace("*", " ").replace("_", " "))
    begins = re.sub(r"^(?:zzgl\.?|plus|inkl\.?|incl\.?|davon|\+)\s*", "", plain)
    starts = [
        match.start() for kind in _CHARGES for word in _words(kind)
        for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", begins)
    ]  # fmt: skip
    if not starts:
        return True
    before = _PERCENT.sub(" ", begins[: min(starts)])
    return len(before.split()) <= 3 and not re.search(r"\d", before) and not _ASIDE.search(before)


def charge_kind(category: str) -> ChargeKind | None:
    """Return the charge that a whole cell names, such as a category `shipping`."""
    plain = fold(category.replace("_", " ")).strip(" .:")
    return next((kind for kind in _CHARGES if plain in _words(kind)), None)


@dataclass(frozen=True, slots=True)
class Statements:
    """What comments state: the grand total, subtotals by section, and the source."""

    total: Decimal | None
    sections: dict[str, Decimal]
    source: str


_LONGEST_COMMENT = 1000
_STATED = re.compile(
    r"^(?P<name>.*?)[\s_]*\b(?:stated|printed)[\s_]*(?:total|sum|amount)?\s*(?:=|:|is|of)?\s*"
    r"(?P<amount>[-+$€£]?\s*\d[\d.,' ]*)",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"^(?P<name>(?:.+\s)?)(?:stated_|grand\s+|sub)?(?:total|sum|gesamtsumme|gesamt|summe)\s*[:=]\s*"
    r"(?P<amount>[-+$€£]?\s*\d[\d.,' ]*)",
    re.IGNORECASE,
)
_NOT_STATED = re.compile(r"\b(?:re)?(?:computed|calculated)\b.*|\berrechnet\b.*", re.IGNORECASE)


def statements_of(comments: Iterable[tuple[int, str]]) -> Statements:
    """Return the sums that comments say the list stated; sums made afterwards do not count.

    >>> statements_of([(1, "stage1 stated 4177 recomputed 4177"), (2, "grand total stated 5793")])
    Statements(total=Decimal('5793'), sections={'stage1': Decimal('4177')}, source='')
    """
    total, sections, source = None, {}, ""
    for _, comment in comments:
        if (
            match := re.match(r"\s*(?:source|quelle|fuente)\s*:\s*(.+)", comment, re.I)
        ) and not source:
            source = match[1].strip()
        for clause in comment[:_LONGEST_COMMENT].split(";"):
            said = _NOT_STATED.sub("", clause).strip()
            match = _STATED.match(said) or _TOTAL.match(said)
            if match is None:
                continue
            try:
                amount = amount_of(match["amount"].rstrip(" .,")).value
            except NotANumberError:
                continue
            name = match["name"].strip(" _:-")
            if fold(name) in ("", "grand", "grand total", "total", "overall", "sum"):
                total = amount
            elif amount is not None and len(name) <= 40:
                sections[name] = amount
    return Statements(total, sections, source)
