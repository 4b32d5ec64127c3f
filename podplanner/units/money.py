"""Exact amounts of money."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import wraps
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")

_DIGITS = 100
# Two factors of 18 + 18 digits each, and a sum of a million of their products, fit exactly.


def exactly(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return `function` computing with enough digits that no amount a bill can hold is rounded."""

    @wraps(function)
    def exact(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        with localcontext(prec=_DIGITS):
            return function(*args, **kwargs)

    return exact


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount, in major units (dollars, not cents) of one ISO 4217 currency.

    `currency` is None where nobody has said which: such amounts add up among
    themselves only.
    """

    amount: Decimal
    currency: str | None

    def __add__(self, other: "Money") -> "Money":
        """Add two amounts of one currency; exchange rates are the caller's business."""
        if self.currency != other.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(self.amount + other.amount, self.currency)

    def __str__(self) -> str:
        """Write the amount with thousands marks and its currency code, `1,942.59 USD`."""
        return f"{self.amount:,f} {self.currency}" if self.currency else f"{self.amount:,f}"


def trimmed(amount: Decimal) -> Decimal:
    """Return an amount without the zeros beyond the cent that only multiplying made.

    >>> trimmed(Decimal("1942.680")), trimmed(Decimal("0.175")), trimmed(Decimal("210"))
    (Decimal('1942.68'), Decimal('0.175'), Decimal('210'))
    """
    digits = -int(amount.as_tuple().exponent)
    while digits > 2 and amount == (shorter := round(amount, digits - 1)):
        amount, digits = shorter, digits - 1
    return amount


def add_up(amounts: Iterable[Money]) -> dict[str | None, Decimal]:
    """Return one sum per currency, in the order in which the currencies first occur.

    >>> add_up([Money(Decimal(1), "USD"), Money(Decimal(2), "EUR"), Money(Decimal(3), "USD")])
    {'USD': Decimal('4'), 'EUR': Decimal('2')}
    """
    sums: dict[str | None, Decimal] = {}
    for money in amounts:
        sums[money.currency] = sums.get(money.currency, Decimal(0)) + money.amount
    return sums
