"""Sums of which some summands are unknown: what is known of them, and what is missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Estimate:
    """A sum, of which at least `known` is certain.

    Attributes:
        known: The sum of the summands that are known, each 0 or more.
        missing: The facts without which the rest cannot be added, each once (`power of SKU`).
    """

    known: Decimal = Decimal(0)
    missing: tuple[str, ...] = ()

    @classmethod
    def of(cls, value: Decimal | None, what: str) -> "Estimate":
        """Return `value`, or that it is missing, under the name of `what`."""
        return cls(Decimal(0), (what,)) if value is None else cls(value)

    @property
    def value(self) -> Decimal | None:
        """Return the whole sum; None when a summand is missing."""
        return None if self.missing else self.known

    def __add__(self, other: "Estimate") -> "Estimate":
        """Return both together; what one lacks, the sum lacks."""
        return Estimate(self.known + other.known, _once((*self.missing, *other.missing)))

    def times(self, number: Decimal | int) -> "Estimate":
        """Return `number` of the same; of none, nothing is missing."""
        return Estimate(self.known * number, self.missing) if number else Estimate()

    def over(self, divisor: Decimal | int) -> "Estimate":
        """Return the sum in another measure: watts over volts are amperes."""
        return Estimate(self.known / divisor, self.missing)


def total(estimates: Iterable[Estimate]) -> Estimate:
    """Return all of them together.

    >>> total([Estimate(Decimal(2)), Estimate.of(None, "power of a fan")])
    Estimate(known=Decimal('2'), missing=('power of a fan',))
    """
    known, missing = Decimal(0), dict[str, None]()
    for estimate in estimates:
        known += estimate.known
        missing.update(dict.fromkeys(estimate.missing))
    return Estimate(known, tuple(missing))


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
