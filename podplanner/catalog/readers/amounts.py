"""Amounts and quantities as people write them, read into exact decimals.

`1.234,56 €`, `$1,942.59`, `CHF 1'234.50`, `(5.00)`, `~350`, `12.-`, `4 pcs`: a number, maybe a
currency, maybe a unit. Nothing is guessed: what cannot be read is an error of the caller, and
where one mark could be a decimal point or a thousands mark, the whole column decides.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from podplanner.catalog.bill import in_range

_SYMBOLS = {
    "US$": "USD", "CA$": "CAD", "C$": "CAD", "AU$": "AUD", "A$": "AUD", "NZ$": "NZD",
    "HK$": "HKD", "S$": "SGD", "R$": "BRL", "€": "EUR", "£": "GBP", "₹": "INR", "₽": "RUB",
    "₩": "KRW", "₺": "TRY", "₪": "ILS", "₴": "UAH", "฿": "THB", "zł": "PLN", "Kč": "CZK",
    "SFr.": "CHF", "Fr.": "CHF", "euros": "EUR", "euro": "EUR", "dollars": "USD",
}  # fmt: skip
_BY_SYMBOL = {symbol.lower(): code for symbol, code in _SYMBOLS.items()}
_AMBIGUOUS = {"$": "USD", "¥": "JPY"}
# A bare `$` is many dollars and `¥` two currencies; the usual one is taken and marked assumed.
_CODES = (
    "USD", "EUR", "GBP", "CHF", "JPY", "CNY", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN",
    "CZK", "HUF", "INR", "BRL", "MXN", "KRW", "TWD", "HKD", "SGD", "ZAR", "TRY", "RUB", "ILS",
    "THB", "AED", "SAR", "ARS", "CLP", "COP", "RON", "BGN", "ISK", "UAH", "MYR", "IDR", "PHP",
    "VND",
)  # fmt: skip

_SYMBOL = "|".join(
    re.escape(s).replace(r"\$", r"\s?\$") + (r"(?![A-Za-z])" if s[-1].isalpha() else "")
    for s in sorted([*_SYMBOLS, *_AMBIGUOUS], key=len, reverse=True)
)
_CURRENCY = rf"{_SYMBOL}|(?<![A-Za-z])[A-Za-z]{{3}}(?![A-Za-z])"
# Three letters may be a code; `currency_code` knows which are.
_CURRENCY_FINDER = re.compile(_CURRENCY, re.IGNORECASE)
_BODY = r"(?:\d[\d.,'’ ]*|[.,]\d+)"
_APPROXIMATE = re.compile(
    r"^(?:~|≈|±|(?:ca\.|ca\s|circa|approx\.?|about|env\.|etwa|aprox\.?))\s*", re.I
)
_PAID = re.compile(r"^(?:purchased for|bought for|paid|now|only|nur|ab|from)\s+(?=\S*\d)", re.I)
_DIGITS = re.compile(r"[.,'’ ]*\d[\d.,'’ ]*")
_LONGEST_CELL = 200
_LONGEST = 60
# A number in range has at most 18 + 18 digits, and marks between them.
_SPACED = re.compile(r"\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d+)?")
_FLAT = re.compile(rf"({_BODY}?\d)[.,]\s?[-–—]{{1,2}}")
_AMOUNT = re.compile(
    rf"(?P<open>\()?(?P<sign>[-+])?(?P<before>{_CURRENCY})?\s*(?P<sign2>[-+])?\s*"
    rf"(?P<body>{_BODY})\s*(?P<after>{_CURRENCY})?(?P<close>\))?(?P<trail>-)?\s*(?P<percent>%)?",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"\s*([$€£]?)(\d{1,15}(?:\.\d{2})?)\s*", re.ASCII)
# What most cells hold; it means the same whatever the column's decimal mark is.
_VENDOR = re.compile(r"\s*(?:@|\bat\b|\bfrom\b|\bbei\b|\bchez\b)\s*(?P<vendor>\S.*)")
_EACH = re.compile(
    r"\s*(?:kr\.?|each|ea\.?|per\s+\w+|/\s*\w+|\+|netto|brutto|net|ht|ttc|h\.t\.)\s*$", re.I
)
_QUANTITY = re.compile(
    rf"(?:[x×]\s*)?(?P<body>-?{_BODY})\s*"
    r"(?P<unit>[x×]|(?!e[-+]?\d)(?![²³¹])[^\W\d_][\w./ ²³-]{0,24}|\([^)]*\)|\")?",
    re.IGNORECASE,
)
_BLANK = {
    "", "-", "--", "–", "—", "?", "??", "n/a", "na", "n.a.", "n. a.", "tbd", "tba", "tbc", "none",
    "null", "unknown", "unbekannt", "k.a.", "k. a.", "n/d", "n.d.", "s/o", "as needed",
    "as required", "a/r", "various", "several", "call", "…", "...", "nach bedarf", "*",
}  # fmt: skip
_FREE = {"free", "gratis", "kostenlos", "gratuit", "offert", "free shipping", "$0"}
_NOT_FINITE = re.compile(r"[-+]?(?:nan|inf|infinity|#[A-Z/0!?]+[!?A])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Number:
    """A cell that was a number in its file already (XLSX, JSON), with its printed digits."""

    value: Decimal
    currency: str | None = None
    assumed: bool = False


Cell = str | Number


@dataclass(frozen=True, slots=True)
class Amount:
    """What a cell says of money.

    Attributes:
        value: None where the cell is empty or says that the price is not known.
        currency: ISO 4217, None where the cell shows none.
        assumed: The currency was a bare `$` or `¥`.
        approximate: The list itself calls the value approximate.
        vendor: From `$120.00 @ Shop`.
    """

    value: Decimal | None
    currency: str | None = None
    assumed: bool = False
    approximate: bool = False
    percent: bool = False
    vendor: str | None = None


class NotANumberError(ValueError):
    """A cell that should hold a number does not; the message says what it holds."""


@lru_cache(maxsize=4096)
def tidy(text: str) -> str:
    """Return `text` with every kind of space a plain one and every minus a hyphen.

    >>> tidy("1\\u202f234,56\\u00a0€  \\u2212")
    '1 234,56 € -'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.replace("″", '"')) if _wide(text) else text
        text = text.replace("−", "-").replace("﹣", "-").replace("\ufeff", "").replace("\u200b", "")
    return " ".join(text.split())


def _wide(text: str) -> bool:
    return any("\uff01" <= character <= "\uff5e" for character in text)


def currency_code(text: str) -> tuple[str | None, bool]:
    """Return the currency that a symbol or code means, and whether that is an assumption."""
    text = "".join(text.split())
    if not text:
        return None, False
    if (code := _BY_SYMBOL.get(text.lower())) is not None:
        return code, False
    if text in _AMBIGUOUS:
        return _AMBIGUOUS[text], True
    return (text.upper(), False) if text.upper() in _CODES else (None, False)


def find_currency(text: str) -> tuple[str | None, bool]:
    """Return the first currency named in a heading such as `Price (USD)`."""
    for match in _CURRENCY_FINDER.finditer(text):
        found = currency_code(match[0])
        if found[0] is not None:
            return found
    return None, False


def decimal_mark(texts: Iterable[str]) -> str | None:
    """Return the decimal mark that a column uses, `.` or `,`; None where nothing shows it.

    >>> decimal_mark(["1.234", "12,50"]), decimal_mark(["1,234"]), decimal_mark(["0.125"])
    (',', None, '.')
    """
    votes = {".": 0, ",": 0}
    for text in texts:
        match = re.search(_BODY, tidy(text))
        if match is None:
            continue
        body = re.sub(r"[ '’]", "", match[0]).rstrip(".,")
        points, commas = body.count("."), body.count(",")
        if points and commas:
            votes[body[max(body.rfind("."), body.rfind(","))]] += 1
        elif points + commas == 1:
            mark = "." if points else ","
            whole, _, rest = body.partition(mark)
            if len(rest) != 3 or not whole or whole == "0" or len(whole) > 3:
                votes[mark] += 1
        elif points + commas > 1:
            votes["," if points else "."] += 1
    if votes["."] == votes[","]:
        return None
    return "." if votes["."] > votes[","] else ","


def number_of(body: str, mark: str | None = None) -> Decimal:
    """Return the exact value of digits with marks.

    Args:
        body: Digits, points, commas, spaces and apostrophes.
        mark: The decimal mark of the column, where it is known.

    Raises:
        NotANumberError: The marks do not make one number (`1.2.3`, `12,34,5`).

    >>> number_of("1.234,56"), number_of("1,234"), number_of("1,234", ","), number_of("0.004")
    (Decimal('1234.56'), Decimal('1234'), Decimal('1.234'), Decimal('0.004'))
    """
    text = body.strip()
    if len(text) > _LONGEST or not _DIGITS.fullmatch(text):
        raise NotANumberError(f"{text[:20]!r} is not a number in range")
    number = _parsed(text, body, mark)
    if not in_range(number):
        raise NotANumberError(f"{text!r} is out of range")
    return number


def _parsed(text: str, body: str, mark: str | None) -> Decimal:
    if text.isdecimal():
        return Decimal(text)
    compact = re.sub(r"[ '’]", "", text)
    if compact != text and not _SPACED.fullmatch(text):
        raise NotANumberError(f"{body!r} is not one number")
    kinds = {c for c in compact if c in ".,"}
    if not kinds:
        return Decimal(compact)
    last = compact[max(compact.rfind("."), compact.rfind(","))]
    whole, _, fraction = compact.rpartition(last)
    if len(kinds) == 1 and _is_grouping(compact, last, mark):
        whole, fraction = compact, ""
    if last in whole and fraction:
        raise NotANumberError(f"{body!r} is not one number")
    groups = re.split(r"[.,]", whole)
    if len(groups) > 1 and not _grouped(groups):
        raise NotANumberError(f"{body!r} is not one number")
    return Decimal(f"{''.join(groups) or '0'}.{fraction}" if fraction else "".join(groups))


def _is_grouping(text: str, only: str, mark: str | None) -> bool:
    groups = text.split(only)
    if len(groups) > 2:
        return _grouped(groups)
    whole, rest = groups
    could_group = len(rest) == 3 and 1 <= len(whole) <= 3 and whole != "0"
    if not could_group or mark == only:
        return not rest and bool(whole)
    return only == "," or mark is not None


def _grouped(groups: list[str]) -> bool:
    """Return whether groups of digits are thousands, or Indian lakhs (`12,34,567`)."""
    return (
        1 <= len(groups[0]) <= 3
        and len(groups[-1]) == 3
        and (
            all(len(group) == 3 for group in groups[1:-1])
            or (len(groups[0]) <= 2 and all(len(group) == 2 for group in groups[1:-1]))
        )
    )


def _checked(value: Decimal) -> Decimal:
    if not value.is_finite() or not in_range(value):
        raise NotANumberError(f"{str(value)[:20]} is out of range")
    return value


def amount_of(cell: Cell, mark: str | None = None) -> Amount:
    """Return what a cell says of money; an empty or `TBD` cell has the value None.

    Raises:
        NotANumberError: The cell holds something else.
    """
    if isinstance(cell, Number):
        return Amount(_checked(cell.value), cell.currency, cell.assumed)
    return _amount_of_text(cell, mark)


@lru_cache(maxsize=8192)
def _amount_of_text(cell: str, mark: str | None) -> Amount:
    if len(cell) > _LONGEST_CELL:
        raise NotANumberError(f"{cell[:20]!r}... is not an amount")
    if (plain := _PLAIN.fullmatch(cell)) is not None:
        currency, assumed = currency_code(plain[1])
        return Amount(Decimal(plain[2]), currency, assumed)
    text = tidy(cell).strip("*_")
    if text.casefold() in _BLANK:
        return Amount(None)
    if text.casefold() in _FREE:
        return Amount(Decimal(0))
    if _NOT_FINITE.fullmatch(text):
        raise NotANumberError(f"{text!r} is not a number")
    text = _PAID.sub("", text)
    sure = _APPROXIMATE.sub("", text).removesuffix("?").rstrip()
    approximate, text = sure != text, sure
    vendor = None
    if (sold := _VENDOR.search(text)) is not None and re.search(r"\d", text[: sold.start()]):
        text, vendor = text[: sold.start()].strip(), sold["vendor"]
    text = _FLAT.sub(r"\1", _EACH.sub("", text))
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        if re.search(r"\d", text):
            raise NotANumberError(f"{cell.strip()!r} is not an amount")
        return Amount(None)
    value = number_of(match["body"].rstrip(" "), mark)
    if match["open"] or match["trail"] or "-" in (match["sign"], match["sign2"]):
        value = value.copy_negate()
    currency, assumed = currency_code(match["before"] or match["after"] or "")
    if currency is None and (match["before"] or match["after"]):
        raise NotANumberError(f"{cell.strip()!r} is not an amount")
    return Amount(value, currency, assumed, approximate, bool(match["percent"]), vendor)


def is_amount(words: str) -> bool:
    """Return whether a text is an amount, and one that is known."""
    try:
        return amount_of(words).value is not None
    except NotANumberError:
        return False


def quantity_of(cell: Cell, mark: str | None = None) -> tuple[Decimal | None, str | None]:
    """Return how many a cell says, and the unit it counts in (None: pieces).

    Raises:
        NotANumberError: The cell holds something else, or a negative or infinite number.
    """
    if isinstance(cell, Number):
        value, unit = _checked(cell.value), None
    else:
        text = tidy(cell)
        if text.casefold() in _BLANK:
            return None, None
        if text.isdecimal():
            return number_of(text), None
        if _NOT_FINITE.fullmatch(text):
            raise NotANumberError(f"{text!r} is not a number")
        match = _QUANTITY.fullmatch(text)
        if match is None:
            raise NotANumberError(f"{text!r} is not a quantity")
        body = match["body"]
        value = number_of(body.lstrip("-").strip(), mark)
        value = value.copy_negate() if body.startswith("-") else value
        unit = unit_of(match["unit"])
    if value < 0:
        raise NotANumberError(f"the quantity is negative: {value}")
    return value, unit


_PIECES = {
    "x", "×", "pc", "pcs", "pc.", "pcs.", "piece", "pieces", "ea", "ea.", "each", "unit", "units",
    "stk", "stk.", "st", "st.", "stück", "ud", "uds", "ud.", "uds.", "unidad", "unidades", "pce",
    "pces", "pièce", "pièces", "u", "u.",
}  # fmt: skip


def unit_of(word: str | None) -> str | None:
    """Return a unit as printed; None for pieces, whatever they are called."""
    if word is None or word.strip().casefold() in _PIECES:
        return None
    return word.strip().strip("()") or None
