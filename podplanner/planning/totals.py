"""The three totals of a bill: stated, sum of the lines, quantity x unit price.

None of them is the right one; which of them disagree, and why, is what the checks say.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from podplanner.catalog.bill import BillOfMaterials, Line
from podplanner.units.money import Money, add_up, exactly, trimmed

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum over the lines of a bill and its charges, and how many lines it covers.

    Attributes:
        whole: The sum, when every line is covered and all are in one currency; else None.
        partial: The sum over the covered lines alone; None when there are none, or when
            currencies differ.
        by_currency: The partial sums, one a currency.
    """

    whole: Decimal | None
    partial: Decimal | None
    covered: int
    of: int
    by_currency: dict[str | None, Decimal]


@dataclass(frozen=True, slots=True)
class Totals:
    """What a bill states as its total, and the sums that its lines give."""

    stated: Decimal | None
    lines: Sum
    """Of the stated line totals; a line without one counts with quantity x unit price where at
    least one other line states its total."""
    computed: Sum
    """Of quantity x unit price."""
    charges: Decimal | None
    """Shipping, tax, fees and discounts, contained in both sums; None in several currencies."""


def charges_of(bill: BillOfMaterials, section: str | None = None) -> list[Money]:
    """Return every charge that is added to the parts; percentages are resolved when read."""
    return [
        Money(charge.amount, bill.currency_of(charge))
        for charge in bill.charges
        if charge.amount is not None
        and not charge.included
        and (section is None or charge.section == section)
    ]


def sum_lines(
    bill: BillOfMaterials,
    lines: Sequence[Line],
    charges: Sequence[Money],
    amount: Callable[[Line], Decimal | None],
) -> Sum:
    """Add up `amount` over `lines`, and `charges` on top of it."""
    sums: dict[str | None, Decimal] = {}
    covered = 0
    for line in lines:
        if (value := amount(line)) is not None:
            covered += 1
            currency = line.currency or bill.currency
            sums[currency] = sums.get(currency, _ZERO) + value
    if covered:
        for charge in charges:
            sums[charge.currency] = sums.get(charge.currency, _ZERO) + charge.amount
    partial = trimmed(next(iter(sums.values()))) if len(sums) == 1 else None
    whole = partial if covered == len(lines) and lines else None
    return Sum(whole, partial, covered, len(lines), sums)


@exactly
def totals_of(bill: BillOfMaterials) -> Totals:
    """Return the three totals of `bill`."""
    charges = charges_of(bill)
    states_totals = any(line.total is not None for line in bill.lines)
    sums = add_up(charges)
    return Totals(
        stated=bill.stated_total,
        lines=sum_lines(
            bill, bill.lines, charges, lambda line: line.amount if states_totals else line.total
        ),
        computed=sum_lines(bill, bill.lines, charges, lambda line: line.computed),
        charges=next(iter(sums.values()), Decimal(0)) if len(sums) <= 1 else None,
    )
