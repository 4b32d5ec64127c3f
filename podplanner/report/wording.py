"""Numbers, amounts and addresses in words: the one place where a report formats anything."""

from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import urlsplit

from podplanner.report.values import Figure
from podplanner.units.money import Money

UNKNOWN = "unknown"

_WHOLE = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
     "XAF", "XOF", "XPF")
)  # fmt: skip
# Currencies without a minor unit (ISO 4217, list one).

_TENTH = Decimal("0.1")
_MINUS = "\N{MINUS SIGN}"


def amount_words(amount: Decimal, currency: str | None = None) -> str:
    """Write an amount with thousands marks, at least to the cent, without idle zeros after it.

    Args:
        amount: In major units.
        currency: Says how many decimals are usual; it is not printed.

    >>> amount_words(Decimal("1942.5")), amount_words(Decimal("0.1750")), amount_words(Decimal(-2))
    ('1,942.50', '0.175', '−2.00')
    """
    places = 0 if currency in _WHOLE else 2
    words = f"{abs(amount):,f}"
    whole, _, decimals = words.partition(".")
    decimals = decimals.rstrip("0").ljust(places, "0")
    sign = _MINUS if amount < 0 else ""
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def money_words(money: Money) -> str:
    """Write an amount with its currency; one that nobody named is said to be so."""
    return f"{amount_words(money.amount, money.currency)} {money.currency or '(no currency)'}"


def amount_figure(amount: Decimal | None, currency: str | None = None, *, code: str = "") -> Figure:
    """Return an amount as a figure; `code` is printed behind it."""
    if amount is None:
        return Figure(UNKNOWN, None)
    words = amount_words(amount, currency)
    return Figure(f"{words} {code}" if code else words, amount)


def count_words(number: Decimal | None, unit: str | None = None) -> str:
    """Write how many, without idle zeros: `9`, `0.5 roll`, `unknown`."""
    if number is None:
        return UNKNOWN
    words = f"{number:,f}"
    if "." in words:
        words = words.rstrip("0").rstrip(".")
    return f"{words} {unit}" if unit else words


def count_figure(number: Decimal | None, unit: str | None = None) -> Figure:
    """Return a count as a figure."""
    return Figure(count_words(number, unit), number)


def share_figure(share: Decimal | None) -> Figure:
    """Return a share (0 to 1) in percent, to a tenth.

    >>> share_figure(Decimal("0.2769")).words, share_figure(Decimal("0.0001")).words
    ('27.7 %', '< 0.1 %')
    """
    if share is None:
        return Figure(UNKNOWN, None)
    percent = (share * 100).quantize(_TENTH, ROUND_HALF_UP)
    if share > 0 and percent == 0:
        return Figure("< 0.1 %", share)
    return Figure(f"{percent:f} %".replace("-", _MINUS), share)


def plural(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun: `1 line`, `22 lines`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def listed(names: tuple[str, ...], most: int = 8) -> str:
    """Write names with commas; beyond `most`, the first ones and how many more there are."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def web_address(link: str | None) -> str:
    """Return `link` when it is an http(s) address that a page may point to, else an empty text.

    >>> web_address("https://example.org/a"), web_address("javascript:alert(1)")
    ('https://example.org/a', '')
    """
    if not link or any(ord(c) <= 32 or ord(c) == 127 for c in link.strip()):
        return ""
    try:
        parts = urlsplit(link.strip())
    except ValueError:
        return ""
    return link.strip() if parts.scheme in ("http", "https") and parts.netloc else ""
