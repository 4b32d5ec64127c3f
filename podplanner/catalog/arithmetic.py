"""When a printed total and quantity x unit price agree, seen that both were rounded."""

from decimal import Decimal
from enum import IntEnum


class Agreement(IntEnum):
    """How well a total fits quantity x unit price; the smaller the better."""

    EXACT = 0
    ROUNDED = 1
    """A unit price or a total that was rounded for printing explains the difference."""
    DIFFERENT = 2


def printing_step(value: Decimal) -> Decimal:
    """Return the step between neighbouring values at the printed precision.

    >>> printing_step(Decimal("269.00")), printing_step(Decimal("12"))
    (Decimal('0.01'), Decimal('1'))
    """
    return Decimal(1).scaleb(min(int(value.as_tuple().exponent), 0))


def rounding_reach(quantity: Decimal, unit_step: Decimal, total_step: Decimal) -> Decimal:
    """Return how far rounding alone can part a printed total from quantity x printed unit.

    Half a step of the unit price for every piece, and half a step of the total itself.
    """
    return (quantity * unit_step + total_step) / 2


def agreement(
    quantity: Decimal,
    unit_price: Decimal,
    total: Decimal,
    *,
    unit_step: Decimal | None = None,
    total_step: Decimal | None = None,
    factor: Decimal = Decimal(1),
) -> Agreement:
    """Return how well `total` fits `quantity` x `unit_price` x `factor`.

    Args:
        quantity: Pieces, 0 or more.
        unit_price: As printed.
        total: As printed.
        unit_step: Rounding step of the unit price; by default that of its printed digits.
        total_step: Rounding step of the total; by default that of its printed digits.
        factor: What a line's discount leaves, 0 to 1.

    >>> agreement(Decimal(12), Decimal("0.18"), Decimal("2.10")).name
    'ROUNDED'
    >>> agreement(Decimal(5), Decimal("7.66"), Decimal("3.83")).name
    'DIFFERENT'
    """
    difference = abs(total - quantity * unit_price * factor)
    if difference == 0:
        return Agreement.EXACT
    reach = rounding_reach(
        quantity,
        printing_step(unit_price) if unit_step is None else unit_step,
        printing_step(total) if total_step is None else total_step,
    )
    return Agreement.ROUNDED if difference <= reach else Agreement.DIFFERENT
