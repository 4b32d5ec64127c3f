"""Numbers in sentences: rounded to what a reader can follow, without idle zeros."""

from decimal import ROUND_HALF_EVEN, Context, Decimal

_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)
# A quantity of a bill has up to 18 digits before its point and 18 behind it.


def plain(number: Decimal | int, places: int = 2) -> str:
    """Return a number with at most `places` decimals.

    >>> plain(Decimal("726.750")), plain(Decimal("54.00")), plain(Decimal(2) / 3), plain(1048576)
    ('726.75', '54', '0.67', '1,048,576')
    """
    rounded = Decimal(number).quantize(Decimal(1).scaleb(-places), context=_WIDE)
    words = f"{rounded:,f}"
    return words.rstrip("0").rstrip(".") if "." in words else words


def percentage(share: Decimal) -> str:
    """Return a share of 0 to 1 in percent, to a tenth where that says something.

    >>> percentage(Decimal("0.956")), percentage(Decimal("1.1"))
    ('95.6 %', '110 %')
    """
    return f"{plain(share * 100, 1)} %"
