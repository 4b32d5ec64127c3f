"""Figures as whole numbers: sums of a million designs are quick in them, and exact.

Loads and prices are rounded up to the next step, ratings down, so that no rounding makes a design
look better than it is.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from podplanner.units.money import trimmed

MILLS = 10_000
# Steps of one unit of money: prices of parts have two decimals, of screws up to four.
MILLI = 1_000
# Steps of one watt: data sheets print tenths and hundredths.


def mills(price: Decimal | None) -> int:
    """Return a price in ten-thousandths; a part that comes with another has none and costs 0.

    >>> mills(Decimal("24.95"))
    249500
    """
    return 0 if price is None else int((price * MILLS).to_integral_value(ROUND_CEILING))


def money(amount: int) -> Decimal:
    """Return mills as an amount with at least two decimals.

    >>> money(249500)
    Decimal('24.95')
    """
    return trimmed(Decimal(amount) / MILLS).quantize(Decimal("0.01")) if amount % 100 == 0 else (
        Decimal(amount) / MILLS
    )  # fmt: skip


def load(watts: Decimal | None) -> int:
    """Return a draw in milliwatts, rounded up."""
    return 0 if watts is None else int((watts * MILLI).to_integral_value(ROUND_CEILING))


def rating(watts: Decimal | None) -> int:
    """Return what a supply gives in milliwatts, rounded down; not stated is nothing."""
    return 0 if watts is None else int((watts * MILLI).to_integral_value(ROUND_FLOOR))
